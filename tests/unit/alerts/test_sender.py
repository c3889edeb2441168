"""The sender: at least once, in parallel, on a schedule, and what became of it."""

import threading
import time

import pytest

from alerts import sender as sender_module
from alerts.sender import SCHEDULE_SECONDS, Sender, retry_after_us
from seiche.errors import Terminal, Transient
from seiche.model.alert import Channel, Trigger
from seiche.registry.engine import write
from seiche.registry.outbox import due
from seiche.registry.tables import Activity, OutboxRow


class Recorder:
    """A notifier that answers as told, by target."""

    channel = Channel.WEBHOOK

    def __init__(self) -> None:
        self.sent, self.answers, self.pauses = [], {}, {}

    def send(self, notification) -> None:
        self.pauses.get(notification.target, threading.Event()).wait(0)
        if notification.target in self.pauses:
            self.pauses[notification.target].wait(20)
        self.sent.append((notification.target, notification.delivery_id))
        answer = self.answers.get(notification.target)
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else None
        if answer is not None:
            raise answer


@pytest.fixture
def outbox(bench):
    rule = bench.rule(Trigger.NEW_ISSUE)
    bench.log.append(bench.event())
    bench.consumer().step(0)
    with write(bench.engine) as session:
        session.query(OutboxRow).delete()

    def add(delivery_id: str, target: str = "https://a.test/", **more) -> None:
        fields = {"channel": "webhook", "payload": {}, "next_attempt_at_us": 0, "created_at_us": 0} | more
        with write(bench.engine) as session:
            session.add(OutboxRow(delivery_id=delivery_id, project_id=bench.project.id, rule_id=rule, issue_id=1, target=target, **fields))

    return add


@pytest.fixture
def running(bench):
    """Starts senders; stops them at the end."""
    stop, threads, senders = threading.Event(), [], []

    def start(notifier, **more) -> Sender:
        sender = Sender(bench.engine, {Channel.WEBHOOK: notifier}, **{"poll_seconds": 0.02, **more})
        senders.append(sender)
        threads.append(threading.Thread(target=sender.run, args=(stop,)))
        threads[-1].start()
        return sender

    yield start
    stop.set()
    for sender in senders:
        sender.wake()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def until(condition) -> None:
    give_up = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def states(bench) -> dict[str, str]:
    return {row.delivery_id: row.state for row in bench.rows(OutboxRow)}


def test_what_is_due_is_sent_once_and_told(bench, outbox, running) -> None:
    outbox("one")
    outbox("later", next_attempt_at_us=2**60)
    notifier = Recorder()
    running(notifier)
    until(lambda: states(bench)["one"] == "sent")
    time.sleep(0.1)
    assert notifier.sent == [("https://a.test/", "one")]
    assert states(bench) == {"one": "sent", "later": "pending"}
    (told,) = bench.rows(Activity, Activity.kind == "notified")
    assert (told.issue_id, told.data["delivery_id"], told.reason) == (1, "one", "webhook to https://a.test/")


def test_a_transient_failure_is_tried_again_with_the_same_id_until_the_schedule_ends(bench, outbox, running) -> None:
    outbox("one")
    outbox("two", "https://b.test/")
    notifier = Recorder()
    notifier.answers = {
        "https://a.test/": [Transient("busy", 0), ValueError("a fault of the notifier")],
        "https://b.test/": Transient("away", 0),
    }
    running(notifier, schedule_seconds=(0.01, 0.01))
    until(lambda: states(bench) == {"one": "sent", "two": "failed"})
    rows = {row.delivery_id: row for row in bench.rows(OutboxRow)}
    assert (rows["one"].attempts, rows["one"].last_error) == (3, "")
    assert (rows["two"].attempts, rows["two"].last_error) == (3, "given up after 3 attempts: away")
    assert sorted(notifier.sent) == [("https://a.test/", "one")] * 3 + [("https://b.test/", "two")] * 3


def test_a_terminal_failure_is_given_up_and_told(bench, outbox, running) -> None:
    outbox("one")
    outbox("mail", channel="mail")
    notifier = Recorder()
    notifier.answers = {"https://a.test/": Terminal("gone")}
    running(notifier)
    until(lambda: set(states(bench).values()) == {"failed"})
    told = {row.data["delivery_id"]: row.reason for row in bench.rows(Activity, Activity.kind == "notification_failed")}
    assert told["one"] == "webhook to https://a.test/: gone"
    assert "no notifier for the channel" in told["mail"]


def test_a_slow_target_delays_no_other(bench, outbox, running) -> None:
    for number in range(30):
        outbox(f"slow{number:02}", "https://slow.test/")
    outbox("z", "https://fast.test/", next_attempt_at_us=1)
    notifier = Recorder()
    notifier.pauses["https://slow.test/"] = threading.Event()
    running(notifier)
    until(lambda: states(bench)["z"] == "sent")
    assert notifier.sent == [("https://fast.test/", "z")]
    notifier.pauses["https://slow.test/"].set()
    until(lambda: set(states(bench).values()) == {"sent"})
    assert len(notifier.sent) == len(set(notifier.sent)) == 31


def test_pauses_follow_the_schedule_with_jitter_and_what_the_receiver_asks(bench) -> None:
    assert SCHEDULE_SECONDS[:4] == (5, 300, 1800, 7200)
    assert retry_after_us(300, 0, jitter=lambda: 0.0) == 270_000_000
    assert retry_after_us(300, 0, jitter=lambda: 1.0) == 330_000_000
    assert retry_after_us(5, 60, jitter=lambda: 0.5) == 60_000_000
    assert retry_after_us(5, 10**9, jitter=lambda: 0.5) == 86_400_000_000


def test_the_next_message_to_a_target_waits_for_no_transaction(bench, outbox, running) -> None:
    """Others write for a while: what became of the first messages waits for them, the messages behind do not."""
    for number in range(12):
        outbox(f"m{number:02}")
    notifier = Recorder()
    with write(bench.engine):
        running(notifier)
        until(lambda: len(notifier.sent) == 12)
    until(lambda: set(states(bench).values()) == {"sent"})
    assert len(set(notifier.sent)) == len(notifier.sent) == 12


def test_a_burst_to_one_target_is_one_look_and_news_need_no_poll(bench, outbox, running, monkeypatch) -> None:
    """A look for each two messages of a target took longer than sending them, beside a busy consumer."""
    looks = []
    monkeypatch.setattr(sender_module.outbox, "due", lambda *given, **more: looks.append(1) or due(*given, **more))
    for number in range(40):
        outbox(f"m{number:02}")
    notifier = Recorder()
    sender = running(notifier, poll_seconds=3600)
    until(lambda: len(notifier.sent) == 40)
    assert [delivery_id for _, delivery_id in sorted(notifier.sent)] == [f"m{number:02}" for number in range(40)]
    assert len(looks) == 1
    until(lambda: set(states(bench).values()) == {"sent"})
    outbox("news")
    sender.wake()
    until(lambda: len(notifier.sent) == 41)
    assert len(looks) == 2
