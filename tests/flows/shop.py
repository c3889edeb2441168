"""Programs that report through the unmodified sentry-sdk, for the dashboard's flows."""

SHOP = """
import sys
import sentry_sdk

sentry_sdk.init(sys.argv[1], release="shop@1.5.0", environment="production")


def checkout(basket):
    return basket["total"] / basket["items"]


for basket in ({"total": 1, "items": 0}, {"total": 2, "items": 0}, {"total": 3, "items": 0}, {}):
    sentry_sdk.set_user({"id": str(basket.get("total", 0))})
    try:
        checkout(basket)
    except Exception:
        sentry_sdk.capture_exception()
with sentry_sdk.new_scope() as scope:
    scope.set_tag("team", "stock")
    scope.add_attachment(bytes=b"0 crates left", filename="<b>stock.log", content_type="text/plain")
    event_id = sentry_sdk.capture_message("the warehouse answers slowly", level="warning")
from sentry_sdk.envelope import Envelope, Item, PayloadRef

said = {"message": "I wait for <b>my parcel</b>", "name": "Ada", "associated_event_id": event_id}
envelope = Envelope(headers={"event_id": "f" * 32})
envelope.add_item(Item(payload=PayloadRef(json={"contexts": {"feedback": said}}), type="feedback"))
sentry_sdk.get_client().transport.capture_envelope(envelope)
sentry_sdk.flush(10)
"""

ONE = """
import sys
import sentry_sdk

sentry_sdk.init(sys.argv[1])
names = sys.argv[2].split(",") if len(sys.argv) > 2 else ["Surprise"]
for name in names:
    sentry_sdk.capture_exception(type(name, (Exception,), {})(name.lower()))
sentry_sdk.flush(20)
"""
