"""Whoever may read the data directory may see every project: the query API's state and scope for commands."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from query_api.auth.sessions import Caller
    from query_api.state import ApiState
    from seiche.query.scope import Scope
    from seiche.settings import Settings


def whole_installation(settings: "Settings") -> tuple["ApiState", "Scope"]:
    """The ports of the query API, and every project of people."""
    import sqlalchemy as sa

    from seiche.model.canary import OWN_PROJECT
    from seiche.query.scope import Scope
    from seiche.registry.engine import read
    from seiche.registry.migrate import upgrade
    from seiche.registry.tables import Project
    from seiche.wiring import query_api_state

    upgrade(settings.registry_url)
    state = query_api_state(settings)
    with read(state.engine) as session:
        return state, Scope(frozenset(session.scalars(sa.select(Project.id).where(Project.id != OWN_PROJECT))))


def whole_caller(settings: "Settings") -> tuple["ApiState", "Caller"]:
    """Whoever may write the data directory may do what an owner may; the activity says that it was the command line."""
    from query_api.auth.sessions import Caller
    from seiche.registry.accounts import Account

    api, scope = whole_installation(settings)
    return api, Caller(Account(organization_id=0, organization="", email="cli", name="cli", role="owner"), scope)
