"""An ordinary Python program: reports an error with its cause, and a message, through whichever sentry-sdk it finds."""

import json
import sys

import sentry_sdk

sentry_sdk.init(sys.argv[1], release="harbour@3.0.1", environment="production", server_name="pier-2", dist="7")
sentry_sdk.set_user({"id": "12", "email": "elif@example.org", "username": "elif"})
sentry_sdk.set_tag("quay", "north")
sentry_sdk.set_context("crane", {"load": 12, "driver": "Otto"})
sentry_sdk.add_breadcrumb(category="crane", message="hook lowered", level="info", data={"metres": 4})


def weigh(container):
    return container["weight"]


def unload(containers):
    try:
        return [weigh(container) for container in containers]
    except KeyError as error:
        raise RuntimeError("cannot unload") from error


try:
    unload([{"weight": 2}, {}])
except RuntimeError:
    error_id = sentry_sdk.capture_exception()
message_id = sentry_sdk.capture_message("crane needs grease", level="warning")
sentry_sdk.flush(10)
print(json.dumps({"version": sentry_sdk.VERSION, "eventId": error_id, "messageId": message_id}))
