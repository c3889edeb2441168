"""Projects, their keys and their versioned, immutable configuration."""

from typing import Any

import msgspec

from seiche.model.protection import Filters, Limit, ScrubRule, Spike


class ProjectConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a project's owners may set. A version is never edited: a change writes the next one."""

    version: int = 1
    scrub_defaults: bool = True
    sensitive_fields: tuple[str, ...] = ()
    safe_fields: tuple[str, ...] = ()
    scrub_ip_addresses: bool = False
    in_app_include: tuple[str, ...] = ()
    in_app_exclude: tuple[str, ...] = ()
    grouping_version: int = 2
    grouping_earlier: tuple[int, ...] = ()
    """Versions used before: their fingerprints are looked up too, so that a change of version moves no event."""
    grouping_near: bool = True
    """Whether an unseen fingerprint may join an issue that is nearly the same."""
    fingerprint_rules: str = ""
    stack_rules: str = ""
    """Text of `seiche.grouping.rules`, checked before it is stored."""
    retention_days: int = 365
    """Silver and bronze; the hot tier keeps 30 days, or fewer if this is fewer."""
    limits: tuple[Limit, ...] = ()
    """Of the whole project. Its keys and its organization may have their own, see `ProjectKey`."""
    spike: Spike = Spike()
    filters: Filters = Filters()
    scrub_rules: tuple[ScrubRule, ...] = ()
    scrub_hash_key: str = ""
    """Made with the first rule that hashes; never shown."""


def grouping_settings(config: ProjectConfig) -> dict[str, Any]:
    """The settings that decide which events are one issue: what regrouping history may change."""
    return {name: getattr(config, name) for name in ("grouping_version", "grouping_near", "fingerprint_rules", "stack_rules")}


def grouped_by(config: ProjectConfig, other: ProjectConfig) -> ProjectConfig:
    """`config` with the grouping settings of another, by which history was regrouped: no earlier version is looked up any more."""
    return msgspec.structs.replace(config, grouping_earlier=(), **grouping_settings(other))


class ProjectKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a DSN's public key leads to; cached by ingest."""

    public_key: str
    project_id: int
    organization_id: int
    active: bool
    config: ProjectConfig
    limits: tuple[Limit, ...] = ()
    """Of this key alone."""
    organization_limits: tuple[Limit, ...] = ()
    """Quotas of all the organization's projects together."""
