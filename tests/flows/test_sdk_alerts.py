"""From an SDK's error to a mail and a signed webhook, within seconds."""

import json
import time

import pytest
from standardwebhooks.webhooks import Webhook

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

PROGRAM = """
import sys
import sentry_sdk
sentry_sdk.init(sys.argv[1], release="alerts@1", environment="production")
try:
    {}["lighthouse"]
except KeyError:
    sentry_sdk.capture_exception()
sentry_sdk.flush(10)
"""


def test_a_new_issue_pages_by_mail_and_by_webhook(product, inbox, receiver, python_program, until) -> None:
    dsn = product.dsn()
    actions = [{"channel": "mail", "target": "oncall@example.org"}, {"channel": "webhook", "target": receiver.url}]
    body = {"name": "page me", "triggers": ["new_issue"], "actions": actions}
    rule = product.api.post(f"/api/v1/projects/{product.slug}/alert-rules", json=body).raise_for_status().json()
    secret = next(action["secret"] for action in rule["actions"] if action["channel"] == "webhook")
    began = time.monotonic()
    python_program(PROGRAM, dsn)

    mail = until(lambda: inbox.mails and inbox.mails[0])
    headers, content = until(lambda: receiver.calls and receiver.calls[0])
    assert time.monotonic() - began < 30

    assert mail["To"] == "oncall@example.org"
    assert "lighthouse" in mail["Subject"]
    told = Webhook(secret).verify(content, headers)
    assert told == json.loads(content)
    assert told["type"] == "issue.created"
    assert told["data"]["issue"]["type"] == "KeyError"
    assert told["data"]["project"]["slug"] == product.slug
    # The link leads to the product, and to this issue.
    issue_id = told["data"]["issue"]["id"]
    assert told["data"]["url"] == f"{product.url}/issues/{issue_id}"
    assert product.api.get(f"/api/v1/issues/{issue_id}").raise_for_status().json()["title"] in mail["Subject"]

    python_program(PROGRAM, dsn)
    product.drain()
    time.sleep(1)
    assert (len(inbox.mails), len(receiver.calls)) == (1, 1), "an issue that is known pages nobody"
