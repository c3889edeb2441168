"""Alert rules of a project."""

from fastapi import APIRouter

from query_api.alert_rules import preview, service, trial
from query_api.auth.sessions import SignedIn
from query_api.deps import Api, numeric_id
from query_api.errors import responses
from query_api.schemas import AlertRuleBody, AlertRuleView, RulePreview

router = APIRouter(prefix="/projects/{slug}/alert-rules", tags=["alert rules"])


@router.get("", responses=responses(404))
async def list_alert_rules(api: Api, caller: SignedIn, slug: str) -> list[AlertRuleView]:
    """Oldest first, with how often each fired and its last delivery error; secrets are not shown again."""
    return await api.run(service.listed, api, caller.scope, slug)


@router.post("", status_code=201, responses=responses(400, 403, 404, 413))
async def create_alert_rule(api: Api, caller: SignedIn, slug: str, body: AlertRuleBody) -> AlertRuleView:
    """A new rule. Webhook secrets are made by the server and shown in this answer only."""
    return await api.run(service.create, api, caller, slug, body)


@router.post("/preview", responses=responses(400, 404, 413, 503))
async def preview_alert_rule(api: Api, caller: SignedIn, slug: str, body: AlertRuleBody) -> RulePreview:
    """What its triggers `frequency` and `users` would have sent in the last seven days; touches nothing."""
    return await api.run(preview.preview, api, caller.scope, slug, body)


@router.put("/{rule_id}", responses=responses(400, 403, 404, 413))
async def replace_alert_rule(api: Api, caller: SignedIn, slug: str, rule_id: str, body: AlertRuleBody) -> AlertRuleView:
    """Replace a rule. A webhook whose target stays keeps its secret; a new target's is shown in this answer only."""
    return await api.run(service.replace, api, caller, slug, numeric_id(rule_id, "alert rule"), body)


@router.delete("/{rule_id}", status_code=204, responses=responses(403, 404))
async def delete_alert_rule(api: Api, caller: SignedIn, slug: str, rule_id: str) -> None:
    """Delete a rule; what is already in the outbox is still sent."""
    await api.run(service.delete, api, caller, slug, numeric_id(rule_id, "alert rule"))


@router.post("/{rule_id}/test", status_code=202, responses=responses(400, 403, 404))
async def test_alert_rule(api: Api, caller: SignedIn, slug: str, rule_id: str) -> AlertRuleView:
    """Send each action once, about the project's newest issue; the result shows in `last_error`."""
    return await api.run(trial.send, api, caller, slug, numeric_id(rule_id, "alert rule"))
