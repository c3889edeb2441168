"""The query API as a FastAPI application: every route under /api/v1, one error shape, security headers."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from query_api import errors
from query_api.alert_rules.endpoints import router as alert_rules
from query_api.artifacts.endpoints import router as artifacts
from query_api.attachments.endpoints import router as attachments
from query_api.auth.endpoints import router as auth
from query_api.events.endpoints import router as events
from query_api.feedback.endpoints import router as feedback
from query_api.grouping.endpoints import router as grouping
from query_api.health.endpoints import router as health
from query_api.issues.endpoints import router as issues
from query_api.middleware import MAX_BODY_BYTES, Envelope
from query_api.ownership.endpoints import router as ownership
from query_api.projects.endpoints import router as projects
from query_api.projects.keys import router as keys
from query_api.protection.endpoints import router as protection
from query_api.releases.endpoints import router as releases
from query_api.sentry_cli import account as cli_account
from query_api.sentry_cli import issues as cli_issues
from query_api.sentry_cli import releases as cli_releases
from query_api.sentry_cli import uploads as cli_uploads
from query_api.sentry_cli.routes import PREFIX as SENTRY_CLI_PREFIX
from query_api.state import ApiState
from query_api.system.endpoints import router as system
from query_api.teams.endpoints import router as teams

PREFIX = "/api/v1"


def _operation_id(route: APIRoute) -> str:
    return route.name


def describe() -> FastAPI:
    """The application without its ports: enough for the OpenAPI document."""
    app = FastAPI(
        title="Seiche query API",
        version="1",
        description="Issues, events, projects and alert rules. See docs/api.md.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        separate_input_output_schemas=False,
    )
    api = APIRouter(prefix=PREFIX, responses=errors.responses(), max_body_size=MAX_BODY_BYTES)
    for router in (
        auth,
        projects,
        keys,
        grouping,
        protection,
        issues,
        events,
        attachments,
        feedback,
        alert_rules,
        health,
        releases,
        artifacts,
        teams,
        ownership,
        system,
    ):
        api.include_router(router)
    app.include_router(api)
    for part in (cli_account, cli_releases, cli_uploads, cli_issues):
        app.include_router(part.routes.router, prefix=SENTRY_CLI_PREFIX)
    app.add_middleware(Envelope)
    errors.install(app)
    return app


def create_app(state: ApiState) -> FastAPI:
    """The application over its ports."""
    app = describe()
    app.state.api = state
    _build_routes(app)
    return app


def _build_routes(app: FastAPI) -> None:
    """Have FastAPI build its routes now: it would at the first request, and ingest, which shares the loop, stand still for 0.4 s."""
    nowhere = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}
    for route in app.routes:
        route.matches(nowhere)
