"""Protection as the API shows and changes it: checked by compiling it, as ingest will."""

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec

from query_api.auth.sessions import Caller
from query_api.protection.schemas import (
    FiltersBody,
    LimitBody,
    Limits,
    Protection,
    ProtectionPatch,
    Scrubbing,
    ScrubRuleBody,
    SpikeBody,
)
from query_api.state import ApiState
from query_api.times import now_us
from seiche.errors import InvalidInput
from seiche.model.project import ProjectConfig
from seiche.model.protection import Filters, Limit, Method, ScrubRule, Spike
from seiche.normalize.filters import Screen
from seiche.normalize.scrub import Scrubber
from seiche.normalize.scrubbing.custom import CustomRules
from seiche.query.scope import Scope
from seiche.registry import project_queries
from seiche.registry.engine import read, write
from seiche.registry.tables import Organization

LISTS = ("error_messages", "releases", "ip_addresses")


def shown(api: ApiState, scope: Scope, slug: str) -> Protection:
    """As it is in force."""
    with read(api.engine) as session:
        return _view(project_queries.config(session, project_queries.find(session, scope.project_ids, slug)))


def change(api: ApiState, caller: Caller, slug: str, patch: ProtectionPatch) -> Protection:
    """The next configuration version. Raises `InvalidInput` naming what cannot be used."""
    caller.must_manage()
    changes: dict[str, Any] = {}
    if patch.limits is not None:
        changes["limits"] = limits_of(patch.limits)
    if patch.spike is not None:
        changes["spike"] = msgspec.convert(patch.spike.model_dump(), Spike)
    if patch.filters is not None:
        changes["filters"] = filters_of(patch.filters)
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        if patch.scrubbing is not None:
            changes |= scrubbing_of(patch.scrubbing, project_queries.config(session, project))
        return _view(project_queries.change_config(session, project, changes, now_us=now_us()))


def filters_of(body: FiltersBody) -> Filters:
    """Lines without what is around them, each once. Raises `InvalidInput` where one cannot be used."""
    given = body.model_dump()
    given |= {name: tuple(dict.fromkeys(line.strip() for line in given[name] if line.strip())) for name in LISTS}
    filters = msgspec.convert(given, Filters)
    Screen(filters)
    return filters


def scrubbing_of(body: Scrubbing, before: ProjectConfig) -> dict[str, Any]:
    """Fields of the configuration. Raises `InvalidInput` naming the rule that cannot be used."""
    rules: list[ScrubRule] = []
    for number, given in enumerate(body.rules, start=1):
        rule = msgspec.convert(given.model_dump(), ScrubRule)
        try:
            CustomRules([rule])
        except InvalidInput as error:
            raise InvalidInput(f"rule {number}: {error}", reason=error.reason) from error
        rules.append(rule)
    changes: dict[str, Any] = {
        "scrub_rules": tuple(rules),
        "scrub_ip_addresses": body.ip_addresses,
        "safe_fields": tuple(dict.fromkeys(name.strip()[:128] for name in body.safe_fields if name.strip())),
    }
    if any(rule.method is Method.HASH for rule in rules) and not before.scrub_hash_key:
        changes["scrub_hash_key"] = secrets.token_hex(16)
    Scrubber(msgspec.structs.replace(before, **changes))
    return changes


def limits_of(bodies: Sequence[LimitBody]) -> tuple[Limit, ...]:
    """Raises `InvalidInput` where two limits count the same thing: only the smaller would ever be met."""
    limits = tuple(msgspec.convert(body.model_dump(), Limit) for body in bodies)
    kinds = [(limit.window, limit.unit, frozenset(limit.categories)) for limit in limits]
    for number, kind in enumerate(kinds):
        if kind in kinds[:number]:
            raise InvalidInput(
                f"two limits count the same {kind[1]} a {kind[0]}: only the smaller would ever be met, so take one out", reason="same_limit"
            )
    return limits


def organization_limits(api: ApiState, caller: Caller) -> Limits:
    """Quotas of all the caller's organization's projects together."""
    with read(api.engine) as session:
        return Limits(limits=views(session.get_one(Organization, caller.account.organization_id).limits))


def change_organization_limits(api: ApiState, caller: Caller, body: Limits) -> Limits:
    """Ingest notices within its key cache's seconds."""
    caller.must_manage()
    limits = limits_of(body.limits)
    with write(api.engine) as session:
        session.get_one(Organization, caller.account.organization_id).limits = msgspec.to_builtins(limits)
    return Limits(limits=views(msgspec.to_builtins(limits)))


def views(stored: Sequence[Any]) -> list[LimitBody]:
    """Of limits as the registry has them."""
    return [LimitBody.model_validate(limit) for limit in stored]


def _view(config: ProjectConfig) -> Protection:
    return Protection(
        limits=views(msgspec.to_builtins(config.limits)),
        spike=SpikeBody.model_validate(msgspec.to_builtins(config.spike)),
        filters=FiltersBody.model_validate(msgspec.to_builtins(config.filters)),
        scrubbing=Scrubbing(
            safe_fields=list(config.safe_fields),
            ip_addresses=config.scrub_ip_addresses,
            rules=[ScrubRuleBody.model_validate(rule) for rule in msgspec.to_builtins(config.scrub_rules)],
        ),
        version=config.version,
    )
