"""The Notifier contract over mail (a real SMTP server) and webhooks (a real HTTP server, verified by the reference library)."""

import email.policy
import json
import socket
import threading
import time
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from alerts.notifiers import MailNotifier, WebhookNotifier, configured_notifiers
from seiche.errors import Terminal, Transient
from seiche.model.alert import Channel, Notification
from seiche.settings import AlertSettings, MailSettings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAYLOAD = {
    "type": "issue.regressed",
    "timestamp": "2026-11-24T10:00:00.000Z",
    "data": {
        "title": "ValueError: größer\nals 0",
        "why": "a resolved issue came back (rule: pager)",
        "url": "http://seiche.test/issues/7",
        "rule": {"id": "1", "name": "pager"},
        "project": {"id": "1", "slug": "shop", "name": "Shop"},
        "settings_url": "http://seiche.test/projects/shop/settings",
        "issue": {
            "id": "7", "short_id": "SHOP-7", "type": "ValueError", "value": "größer", "culprit": "shop.cart.total", "level": "error",
            "status": "unresolved", "substatus": "regressed", "first_seen": "2026-11-24T09:00:00.000Z",
            "last_seen": "2026-11-24T10:00:00.000Z", "count": 12,
        },
        "event": {
            "id": "a" * 32, "occurred_at": "2026-11-24T10:00:00.000Z", "received_at": "2026-11-24T10:00:00.000Z", "release": "shop@1.2",
            "environment": "production", "transaction": "/cart", "message": "",
        },
        "frame": {
            "filename": "shop/cart.py", "module": "shop.cart", "function": "total", "lineno": 7, "in_app": True,
            "lines": [{"number": 6, "code": "def total():"}, {"number": 7, "code": "    return 1 / 0"}],
        },
    },
}  # fmt: skip


def notification(channel: Channel, target: str, **more) -> Notification:
    fields = {"delivery_id": "d" * 32, "secret": SECRET, "payload": PAYLOAD} | more
    return Notification(channel=channel, target=target, **fields)


class Inbox:
    def __init__(self) -> None:
        self.messages = []
        self.answer = "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.messages.append((envelope.rcpt_tos, BytesParser(policy=email.policy.default).parsebytes(envelope.content)))
        return self.answer


class FreePort(Controller):
    """aiosmtpd on a port of the system's choice: its own start connects to the port it was given."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def smtp():
    inbox = Inbox()
    controller = FreePort(inbox, hostname="127.0.0.1", port=0)
    controller.start()
    inbox.port = controller.port
    yield inbox
    controller.stop()


@pytest.fixture
def http():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.received.append((self.path, dict(self.headers), body))
            status, headers, answer, pause = self.server.answer
            time.sleep(pause)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.received, server.answer = [], (200, {}, b"ok", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["mail", "webhook"])
def way(request, smtp, http):
    """(notifier, a good notification, how many have arrived)."""
    if request.param == "mail":
        settings = MailSettings(host="127.0.0.1", port=smtp.port, sender="seiche@seiche.test")
        return MailNotifier(settings), notification(Channel.MAIL, "oncall@seiche.test"), lambda: len(smtp.messages)
    target = f"http://127.0.0.1:{http.server_port}/hook"
    return WebhookNotifier(allow_private=True), notification(Channel.WEBHOOK, target), lambda: len(http.received)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_delivers_and_a_repeat_is_a_second_message_with_the_same_id(way) -> None:
    notifier, good, arrived = way
    notifier.send(good)
    notifier.send(good)
    assert arrived() == 2


def test_it_may_be_shared_by_threads(way) -> None:
    notifier, good, arrived = way
    threads = [threading.Thread(target=notifier.send, args=(good,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert arrived() == 8


def test_a_server_that_is_not_there_is_transient() -> None:
    port = closed_port()
    with pytest.raises(Transient, match="does not answer"):
        MailNotifier(MailSettings(host="127.0.0.1", port=port)).send(notification(Channel.MAIL, "a@seiche.test"))
    with pytest.raises(Transient, match="does not answer"):
        WebhookNotifier(allow_private=True).send(notification(Channel.WEBHOOK, f"http://127.0.0.1:{port}/"))


def test_settings_make_one_of_each() -> None:
    found = configured_notifiers(AlertSettings())
    assert {channel: notifier.channel for channel, notifier in found.items()} == {channel: channel for channel in Channel}
    with pytest.raises(Terminal, match="SEICHE_ALERTS__MAIL__HOST"):
        found[Channel.MAIL].send(notification(Channel.MAIL, "a@seiche.test"))


def test_a_mail_says_what_broke_and_threads_by_issue(smtp) -> None:
    MailNotifier(MailSettings(host="127.0.0.1", port=smtp.port)).send(notification(Channel.MAIL, "oncall@seiche.test"))
    ((to, message),) = smtp.messages
    assert to == ["oncall@seiche.test"]
    assert message["Subject"] == "[SHOP-7] Regressed: ValueError: größer als 0"
    assert message.get_content_type() == "text/plain"
    text = message.get_content()
    for part in (
        "a resolved issue came back",
        "http://seiche.test/issues/7",
        "shop/cart.py:7 in total",
        ">     7      return 1 / 0",
        "shop@1.2",
    ):
        assert part in text
    assert message["Message-ID"] == f"<{'d' * 32}@seiche.invalid>"
    assert message["References"] == message["In-Reply-To"] == "<issue-7@seiche.invalid>"
    assert message["List-Unsubscribe"] == "<http://seiche.test/projects/shop/settings>"


@pytest.mark.parametrize(("answer", "kind"), [("451 later", Transient), ("550 no such user", Terminal)])
def test_what_a_mail_server_answers_decides_whether_it_is_tried_again(smtp, answer, kind) -> None:
    smtp.answer = answer
    with pytest.raises(kind, match=answer.split()[1]):
        MailNotifier(MailSettings(host="127.0.0.1", port=smtp.port)).send(notification(Channel.MAIL, "oncall@seiche.test"))


@pytest.mark.parametrize("target", ["nobody", "a@b\r\nBcc: x@y.test", "", "@"])
def test_an_address_that_is_none_is_terminal(smtp, target) -> None:
    with pytest.raises(Terminal, match="not a mail address"):
        MailNotifier(MailSettings(host="127.0.0.1", port=smtp.port)).send(notification(Channel.MAIL, target))
    assert smtp.messages == []


def test_a_webhook_is_signed_as_the_reference_library_verifies(http) -> None:
    WebhookNotifier(allow_private=True).send(notification(Channel.WEBHOOK, f"http://127.0.0.1:{http.server_port}/hook?team=1"))
    ((path, headers, body),) = http.received
    assert path == "/hook?team=1"
    lower = {name.lower(): value for name, value in headers.items()}
    assert Webhook(SECRET).verify(body, lower) == PAYLOAD == json.loads(body)
    assert (lower["webhook-id"], lower["content-type"], lower["host"]) == ("d" * 32, "application/json", f"127.0.0.1:{http.server_port}")
    assert len(body) < 20_000
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", lower)


@pytest.mark.parametrize(
    ("status", "headers", "kind", "text"),
    [
        (410, {}, Terminal, "gone"),
        (302, {"Location": "http://127.0.0.1:1/"}, Terminal, "redirects are not followed"),
        (500, {}, Transient, "answered 500: broken"),
        (404, {}, Transient, "answered 404"),
        (429, {"Retry-After": "120"}, Transient, "answered 429"),
    ],
)
def test_what_a_receiver_answers_decides_whether_it_is_tried_again(http, status, headers, kind, text) -> None:
    http.answer = (status, headers, b"broken", 0)
    with pytest.raises(kind, match=text) as caught:
        WebhookNotifier(allow_private=True).send(notification(Channel.WEBHOOK, f"http://127.0.0.1:{http.server_port}/"))
    assert len(http.received) == 1
    assert getattr(caught.value, "retry_after_seconds", 0) == (120 if status == 429 else 0)


def test_a_name_that_resolves_anew_leads_nowhere_else(http, monkeypatch) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def answers(host, port, *rest, **more):
        if host != "hook.example":
            return real(host, port, *rest, **more)  # the address that was looked at, and nothing else, is connected to
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    WebhookNotifier(allow_private=True).send(notification(Channel.WEBHOOK, f"http://hook.example:{http.server_port}/"))
    assert (len(http.received), asked) == (1, ["hook.example"])
    with pytest.raises(Terminal, match=r"169\.254\.169\.254, which is not a public address"):
        WebhookNotifier().send(notification(Channel.WEBHOOK, f"http://hook.example:{http.server_port}/"))
    assert len(http.received) == 1


def test_a_slow_receiver_is_left_in_bounded_time(http, monkeypatch) -> None:
    monkeypatch.setattr("alerts.notifiers.webhook.STEP_TIMEOUT_SECONDS", 0.2)
    http.answer = (200, {}, b"", 1)
    began = time.monotonic()
    with pytest.raises(Transient, match="does not answer"):
        WebhookNotifier(allow_private=True).send(notification(Channel.WEBHOOK, f"http://127.0.0.1:{http.server_port}/"))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/", "http://localhost:8000/", "http://[::1]/", "http://10.1.2.3/", "http://169.254.169.254/latest/meta-data", "http://0.0.0.0/",
        "http://[::ffff:192.168.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[fd00::1]/", "http://2130706433/",
        "http://100.64.0.1/", "http://224.0.0.1/",
    ],
)  # fmt: skip
def test_no_webhook_reaches_the_operators_own_network(target) -> None:
    with pytest.raises(Terminal, match="not a public address"):
        WebhookNotifier().send(notification(Channel.WEBHOOK, target))


@pytest.mark.parametrize(
    "target", ["ftp://x.test/", "file:///etc/passwd", "http://", "nonsense", "http://u:p@127.0.0.1/", "http://[::1", "http://h:99999/"]
)
def test_an_address_that_is_no_webhook_is_terminal(target) -> None:
    with pytest.raises(Terminal):
        WebhookNotifier(allow_private=True).send(notification(Channel.WEBHOOK, target))


def test_a_secret_that_is_none_is_terminal(http) -> None:
    target = f"http://127.0.0.1:{http.server_port}/"
    with pytest.raises(Terminal, match="whsec_"):
        WebhookNotifier(allow_private=True).send(notification(Channel.WEBHOOK, target, secret="whsec_not base64!"))
    assert http.received == []
