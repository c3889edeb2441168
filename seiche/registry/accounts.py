"""Who may see what: accounts behind passwords, sessions and API tokens. Only a secret's SHA-256 is stored."""

import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from seiche.registry.engine import read, write
from seiche.registry.tables import ApiToken, Membership, Organization, Project, UserAccount, WebSession

MANAGERS = frozenset({"owner", "admin", "token"})


@dataclass(frozen=True)
class Account:
    """A signed-in person, or a token of an organization."""

    organization_id: int
    organization: str
    """Its slug."""
    email: str
    """Empty for a token."""
    name: str
    role: str
    """owner, admin, member; `token` for a token, which may do what an admin may."""

    @property
    def actor(self) -> str:
        """What the activity log says: an email, or `token:LABEL`."""
        return self.email or f"token:{self.name}"

    @property
    def manages(self) -> bool:
        """Whether it may change settings, keys, rules and projects."""
        return self.role in MANAGERS


def new_secret() -> str:
    """A session's token: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def password_hash_of(engine: sa.Engine, email: str) -> tuple[int, str] | None:
    """(user id, password hash) of an email; upper and lower case are the same person."""
    with read(engine) as session:
        found = session.execute(
            sa.select(UserAccount.id, UserAccount.password_hash).where(sa.func.lower(UserAccount.email) == email.lower())
        ).first()
        return (found.id, found.password_hash) if found else None


def open_session(engine: sa.Engine, user_id: int, secret: str, *, now_us: int, expires_at_us: int) -> None:
    """Remember a session, and forget those that have expired."""
    with write(engine) as session:
        session.execute(sa.delete(WebSession).where(WebSession.expires_at_us <= now_us))
        session.add(WebSession(token_hash=digest(secret), user_id=user_id, created_at_us=now_us, expires_at_us=expires_at_us))


def close_session(engine: sa.Engine, secret: str) -> None:
    """Forget a session; an unknown one is fine."""
    with write(engine) as session:
        session.execute(sa.delete(WebSession).where(WebSession.token_hash == digest(secret)))


def account_of_session(engine: sa.Engine, secret: str, *, now_us: int) -> Account | None:
    """Whose session it is, unless it is unknown or has expired."""
    chosen = (
        sa.select(Organization.id, Organization.slug, UserAccount.email, UserAccount.name, Membership.role)
        .select_from(WebSession)
        .join(UserAccount, UserAccount.id == WebSession.user_id)
        .join(Membership, Membership.user_id == UserAccount.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(WebSession.token_hash == digest(secret), WebSession.expires_at_us > now_us)
        .order_by(Organization.id)
        .limit(1)
    )
    return _account(engine, chosen)


def account_of_token(engine: sa.Engine, secret: str) -> Account | None:
    """Whose API token it is."""
    chosen = (
        sa.select(Organization.id, Organization.slug, sa.literal(""), ApiToken.label, sa.literal("token"))
        .select_from(ApiToken)
        .join(Organization, Organization.id == ApiToken.organization_id)
        .where(ApiToken.token_hash == digest(secret))
    )
    return _account(engine, chosen)


def project_ids(session: Session, organization_id: int) -> frozenset[int]:
    """Every project that the organization's callers may see."""
    return frozenset(session.scalars(sa.select(Project.id).where(Project.organization_id == organization_id)))


def _account(engine: sa.Engine, chosen: sa.Select[int, str, str, str, str]) -> Account | None:
    with read(engine) as session:
        found = session.execute(chosen).first()
        return Account(found[0], found[1], found[2], found[3], found[4]) if found else None
