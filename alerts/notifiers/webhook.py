"""Webhooks by Standard Webhooks 1.0.0: signed, never redirected, bounded in time."""

import base64
import binascii
import hashlib
import hmac
import time
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from alerts.notifiers.guard import checked
from seiche.errors import Terminal, Transient
from seiche.model.alert import Channel, Notification

SECRET_PREFIX = "whsec_"
TIMEOUT_SECONDS = 15.0
STEP_TIMEOUT_SECONDS = 5.0
ANSWER_BYTES = 2000


class WebhookNotifier:
    """One POST a notification; 2xx is success, 410 ends it, all else is tried again."""

    channel = Channel.WEBHOOK

    def __init__(self, *, allow_private: bool = False) -> None:
        self._allow_private = allow_private
        # No proxy of the environment, no cookies, no redirects: the request goes where the guard has looked, or nowhere.
        self._client = httpx.Client(follow_redirects=False, trust_env=False, timeout=STEP_TIMEOUT_SECONDS)

    def send(self, notification: Notification) -> None:
        """See `seiche.ports.notifier.Notifier`."""
        parts, address = checked(notification.target, allow_private=self._allow_private)
        content = msgspec.json.encode(notification.payload)
        headers = {
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "User-Agent": "seiche-webhooks/1",
            **signature_headers(notification.delivery_id, content, notification.secret, at_seconds=int(time.time())),
        }
        url = httpx.URL(notification.target).copy_with(host=address)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        extensions = {"sni_hostname": parts.hostname, "timeout": httpx.Timeout(STEP_TIMEOUT_SECONDS).as_dict()}
        try:
            with self._client.stream("POST", url, content=content, headers=headers, extensions=extensions) as response:
                answer = _bounded(response, deadline)
        except httpx.InvalidURL as error:
            raise Terminal(f"{notification.target!r} is not a usable address: {error}") from error
        except httpx.HTTPError as error:
            raise Transient(f"{notification.target} does not answer: {type(error).__name__} {error}") from error
        finally:
            self._client.cookies.clear()
        _judge(notification.target, response, answer)


def signature_headers(message_id: str, content: bytes, secret: str, *, at_seconds: int) -> dict[str, str]:
    """`webhook-id`, `webhook-timestamp` and, where there is a secret, `webhook-signature`."""
    headers = {"webhook-id": message_id, "webhook-timestamp": str(at_seconds)}
    if secret:
        signed = f"{message_id}.{at_seconds}.".encode() + content
        mac = hmac.new(_key(secret), signed, hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(mac).decode()}"
    return headers


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise Terminal("the webhook's secret is not whsec_ and base64: make the rule's action anew") from error


def _bounded(response: httpx.Response, deadline: float) -> str:
    """The beginning of the answer; a server that drips is left after the time is up."""
    found = b""
    for chunk in response.iter_raw():
        found += chunk
        if len(found) >= ANSWER_BYTES:
            break
        if time.monotonic() > deadline:
            raise Transient("the webhook's answer did not end in time")
    return found[:ANSWER_BYTES].decode("utf-8", "replace")


def _judge(target: str, response: httpx.Response, answer: str) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    said = f"{target} answered {status}: {answer}".rstrip(": ")
    if status == 410:
        raise Terminal(f"{said} (gone: it wants no more)")
    if 300 <= status < 400:
        raise Terminal(f"{said} (redirects are not followed: set the final address)")
    raise Transient(said, retry_after_seconds=_retry_after(response))


def _retry_after(response: httpx.Response) -> float:
    """What the server asks for, in seconds; 0 where it does not."""
    value = response.headers.get("retry-after", "")
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return 0.0
