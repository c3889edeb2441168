"""Projects as the API shows and changes them."""

from collections.abc import Sequence
from typing import Any

from query_api.auth.sessions import Caller
from query_api.schemas import NewProject, ProjectDetail, ProjectPatch, ProjectSummary
from query_api.state import ApiState
from query_api.times import moment, now_us
from seiche.errors import InvalidInput
from seiche.grouping import rules
from seiche.query.scope import Scope
from seiche.registry import project_queries, projects
from seiche.registry.engine import read, write
from seiche.registry.tables import Project

MAX_SENSITIVE_FIELDS = 100
MAX_FIELD_LENGTH = 128
PLAIN = ("retention_days", "scrub_defaults", "grouping_version", "grouping_near", "fingerprint_rules", "stack_rules")
"""Settings that are stored as they are sent."""


def listed(api: ApiState, scope: Scope) -> list[ProjectSummary]:
    """By name."""
    with read(api.engine) as session:
        found = project_queries.listed(session, scope.project_ids)
        unresolved = project_queries.unresolved(session, scope.project_ids)
    return [ProjectSummary(**_summary(project, unresolved)) for project in found]


def create(api: ApiState, caller: Caller, body: NewProject) -> ProjectDetail:
    """In the caller's organization."""
    caller.must_manage()
    made = projects.create_project(api.engine, body.name, platform=body.platform, organization_id=caller.account.organization_id)
    return detail(api, Scope(frozenset({made.id})), made.slug)


def detail(api: ApiState, scope: Scope, slug: str) -> ProjectDetail:
    """One project with its settings."""
    with read(api.engine) as session:
        project = project_queries.find(session, scope.project_ids, slug)
        config = project_queries.config(session, project)
        unresolved = project_queries.unresolved(session, [project.id])
        active = [key.public_key for key in project_queries.keys(session, project.id) if key.active]
    return ProjectDetail(
        **_summary(project, unresolved),
        dsn=projects.dsn(api.settings.base_url, active[0], project.id) if active else "",
        retention_days=config.retention_days,
        scrub_defaults=config.scrub_defaults,
        sensitive_fields=list(config.sensitive_fields),
        grouping_version=config.grouping_version,
        grouping_near=config.grouping_near,
        fingerprint_rules=config.fingerprint_rules,
        stack_rules=config.stack_rules,
        created_at=moment(project.created_at_us),
    )


def change(api: ApiState, caller: Caller, slug: str, patch: ProjectPatch) -> ProjectDetail:
    """A name is a name; everything else is the next configuration version."""
    caller.must_manage()
    changes = {name: value for name in PLAIN if (value := getattr(patch, name)) is not None}
    rules.check(fingerprint_rules=patch.fingerprint_rules or "", stack_rules=patch.stack_rules or "")
    if patch.sensitive_fields is not None:
        changes["sensitive_fields"] = _fields(patch.sensitive_fields)
    with write(api.engine) as session:
        project = project_queries.find(session, caller.scope.project_ids, slug)
        if patch.name is not None:
            project.name = patch.name.strip() or project.name
        if changes:
            project_queries.change_config(session, project, changes, now_us=now_us())
    return detail(api, caller.scope, slug)


def _fields(names: Sequence[str]) -> tuple[str, ...]:
    cleaned = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(cleaned) > MAX_SENSITIVE_FIELDS or any(len(name) > MAX_FIELD_LENGTH for name in cleaned):
        message = f"sensitive_fields takes at most {MAX_SENSITIVE_FIELDS} names of at most {MAX_FIELD_LENGTH} characters"
        raise InvalidInput(message, reason="invalid_settings")
    return cleaned


def _summary(project: Project, unresolved: dict[int, int]) -> dict[str, Any]:
    return {
        "id": str(project.id),
        "slug": project.slug,
        "name": project.name,
        "platform": project.platform,
        "has_events": project.first_event_at_us is not None,
        "unresolved": unresolved.get(project.id, 0),
    }
