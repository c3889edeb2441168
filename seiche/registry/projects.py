"""Making projects, keys and tokens, and looking up what a DSN's key leads to."""

import re
import secrets
import time
import unicodedata
from urllib.parse import urlsplit, urlunsplit

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from seiche.errors import ConfigurationError, InvalidInput, NotFound
from seiche.model.alert import AlertRule, Trigger
from seiche.model.project import ProjectConfig, ProjectKey, grouped_by
from seiche.model.protection import Limit
from seiche.registry.accounts import digest
from seiche.registry.engine import read, write
from seiche.registry.passwords import hash_password
from seiche.registry.tables import (
    AlertRuleRow,
    ApiToken,
    Membership,
    Organization,
    Project,
    ProjectConfigRow,
    ProjectKeyRow,
    UserAccount,
)

DEFAULT_ORGANIZATION = "default"
DEFAULT_RULE = "New and regressed issues"
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


class ProjectInfo(msgspec.Struct, frozen=True):
    """A project and its first key."""

    id: int
    slug: str
    name: str
    public_key: str


def bootstrap(engine: sa.Engine, *, admin_email: str, admin_password: str) -> None:
    """Make the organization "default" and its owner, unless they are there; an existing owner's password is left alone."""
    email, password_hash = admin_email.strip().lower(), None
    with read(engine) as session:
        if session.scalar(sa.select(UserAccount.id).where(UserAccount.email == email)) is None:
            # Outside the write transaction: hashing is slow on purpose.
            password_hash = hash_password(admin_password)
    now = _now_us()
    with write(engine) as session:
        organization = session.scalar(sa.select(Organization).where(Organization.slug == DEFAULT_ORGANIZATION))
        if organization is None:
            organization = Organization(slug=DEFAULT_ORGANIZATION, name="Default", created_at_us=now)
            session.add(organization)
        user = session.scalar(sa.select(UserAccount).where(UserAccount.email == email))
        if user is None and password_hash is not None:
            user = UserAccount(email=email, password_hash=password_hash, created_at_us=now)
            session.add(user)
        session.flush()
        if user is not None and session.get(Membership, (organization.id, user.id)) is None:
            session.add(Membership(organization_id=organization.id, user_id=user.id, role="owner"))


def create_project(
    engine: sa.Engine, name: str, *, platform: str = "other", slug: str | None = None, organization_id: int | None = None
) -> ProjectInfo:
    """A project with a key, configuration version 1 and the default alert rule (which has no actions yet).

    Without `slug` a free one is made from the name; without `organization_id` it belongs to the default one.
    Raises `InvalidInput` where the name is empty or the slug is taken or not usable.
    """
    name = name.strip()
    if not name or len(name) > 128:
        raise InvalidInput("a project's name has 1 to 128 characters", reason="invalid_name")
    if slug is not None and not SLUG.fullmatch(slug):
        raise InvalidInput(f"the slug {slug!r} is not usable: a-z, 0-9 and dashes, 1 to 64 characters", reason="invalid_slug")
    try:
        with write(engine) as session:
            return _create(session, name, platform[:32], slug, organization_id or _organization_id(session))
    except IntegrityError as error:
        raise InvalidInput(f"a project with the slug {slug!r} exists already: choose another", reason="slug_taken") from error


def find_key(engine: sa.Engine, public_key: str) -> ProjectKey | None:
    """What a DSN's public key leads to, with the project's current configuration."""
    chosen = (
        sa.select(
            ProjectKeyRow.public_key,
            ProjectKeyRow.active,
            ProjectKeyRow.limits,
            Project.id,
            Project.organization_id,
            ProjectConfigRow.config,
            Organization.limits.label("organization_limits"),
        )
        .join(Project, Project.id == ProjectKeyRow.project_id)
        .join(Organization, Organization.id == Project.organization_id)
        .join(ProjectConfigRow, sa.and_(ProjectConfigRow.project_id == Project.id, ProjectConfigRow.version == Project.config_version))
        .where(ProjectKeyRow.public_key == public_key)
    )
    with read(engine) as session:
        found = session.execute(chosen).first()
    if found is None:
        return None
    return ProjectKey(
        public_key=found.public_key,
        project_id=found.id,
        organization_id=found.organization_id,
        active=found.active,
        config=msgspec.convert(found.config, ProjectConfig),
        limits=msgspec.convert(found.limits, tuple[Limit, ...]),
        organization_limits=msgspec.convert(found.organization_limits, tuple[Limit, ...]),
    )


def project_config(engine: sa.Engine, project_id: int, version: int) -> ProjectConfig:
    """One version of a project's configuration, with the grouping settings of a later one where history was regrouped by it.

    Cache it for as long as `grouping_floors` answers the same. Raises `NotFound`.
    """
    with read(engine) as session:
        found = session.get(ProjectConfigRow, (project_id, version))
        floor = session.scalar(sa.select(Project.grouping_floor).where(Project.id == project_id)) or 0
        later = session.get(ProjectConfigRow, (project_id, floor)) if version < floor else None
    if found is None:
        raise NotFound(f"project {project_id} has no configuration version {version}")
    config = msgspec.convert(found.config, ProjectConfig)
    return config if later is None else grouped_by(config, msgspec.convert(later.config, ProjectConfig))


def grouping_floors(session: Session) -> dict[int, int]:
    """Project -> the configuration version by whose grouping settings older events are grouped; of those that were regrouped."""
    chosen = sa.select(Project.id, Project.grouping_floor).where(Project.grouping_floor > 0)
    return {row.id: row.grouping_floor for row in session.execute(chosen)}


def retention_days(engine: sa.Engine) -> dict[int, int]:
    """Project id -> days, by each project's current configuration."""
    with read(engine) as session:
        current = session.execute(sa.select(Project.id, Project.config_version)).all()
    return {project: project_config(engine, project, version).retention_days for project, version in current}


def create_token(engine: sa.Engine, label: str = "") -> str:
    """An API token of the default organization; only its hash is kept, so show it now. Raises `ConfigurationError` before `bootstrap`."""
    token = "seiche_" + secrets.token_urlsafe(32)
    with write(engine) as session:
        organization_id = _organization_id(session)
        session.add(ApiToken(organization_id=organization_id, token_hash=digest(token), label=label[:128], created_at_us=_now_us()))
    return token


def dsn(base_url: str, public_key: str, project_id: int) -> str:
    """What an SDK is configured with: `http://KEY@HOST:PORT/ID`."""
    parts = urlsplit(base_url.rstrip("/"))
    return urlunsplit((parts.scheme, f"{public_key}@{parts.netloc}", f"{parts.path}/{project_id}", "", ""))


def new_public_key() -> str:
    """32 hex digits, as SDKs expect."""
    return secrets.token_hex(16)


def _create(session: Session, name: str, platform: str, slug: str | None, organization_id: int) -> ProjectInfo:
    now, key = _now_us(), new_public_key()
    project = Project(
        organization_id=organization_id, slug=slug or _free_slug(session, name), name=name, platform=platform, created_at_us=now
    )
    session.add(project)
    session.flush()
    rule = AlertRule(id=0, project_id=project.id, name=DEFAULT_RULE, triggers=(Trigger.NEW_ISSUE, Trigger.REGRESSION))
    session.add_all(
        [
            ProjectKeyRow(public_key=key, project_id=project.id, created_at_us=now),
            ProjectConfigRow(project_id=project.id, version=1, config=msgspec.to_builtins(ProjectConfig()), created_at_us=now),
            AlertRuleRow(project_id=project.id, name=DEFAULT_RULE, rule=stored_rule(rule), created_at_us=now),
        ]
    )
    return ProjectInfo(id=project.id, slug=project.slug, name=project.name, public_key=key)


def stored_rule(rule: AlertRule) -> dict[str, object]:
    """What `alert_rules.rule` holds: the rule without what has a column of its own."""
    found: dict[str, object] = msgspec.to_builtins(rule)
    return {name: value for name, value in found.items() if name not in {"id", "project_id", "name", "enabled"}}


def read_rule(row: AlertRuleRow) -> AlertRule:
    """The rule of a row."""
    given = {"id": row.id, "project_id": row.project_id, "name": row.name, "enabled": row.enabled}
    return msgspec.convert({**row.rule, **given}, AlertRule)


def _organization_id(session: Session) -> int:
    found = session.scalar(sa.select(Organization.id).where(Organization.slug == DEFAULT_ORGANIZATION))
    if found is None:
        raise ConfigurationError("the registry has no organization yet: start `seiche up` once, it makes the first one")
    return found


def _free_slug(session: Session, name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:56].strip("-") or "project"
    taken = set(session.scalars(sa.select(Project.slug).where(Project.slug.like(f"{stem}%"))))
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(slug for slug in numbered if slug not in taken)


def _now_us() -> int:
    return time.time_ns() // 1000
