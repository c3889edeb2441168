"""The login window: bounded, by address, forgiving to those who get in."""

from query_api.auth import attempts
from query_api.auth.attempts import PER_ADDRESS, PER_EMAIL, WINDOW_SECONDS, Attempts


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_waits_after_too_many_failures_for_one_email_from_one_address():
    clock = Clock()
    window = Attempts(clock)
    for _ in range(PER_EMAIL):
        assert window.begin("10.0.0.1", "a@x") == 0
        clock.now += 1
    assert window.begin("10.0.0.1", "a@x") == WINDOW_SECONDS - PER_EMAIL
    assert window.begin("10.0.0.2", "a@x") == 0, "a stranger elsewhere must not lock a person out"
    assert window.begin("10.0.0.1", "b@x") == 0
    clock.now += WINDOW_SECONDS
    assert window.begin("10.0.0.1", "a@x") == 0


def test_an_address_that_tries_many_emails_waits():
    window = Attempts(Clock())
    for number in range(PER_ADDRESS):
        assert window.begin("10.0.0.1", f"{number}@x") == 0
    assert window.begin("10.0.0.1", "new@x") > 0


def test_success_starts_afresh_and_is_not_held_against_the_address():
    window = Attempts(Clock())
    for _ in range(3 * PER_ADDRESS):
        assert window.begin("10.0.0.1", "a@x") == 0
        window.succeeded("10.0.0.1", "a@x")


def test_success_does_not_clear_other_emails_failures():
    window = Attempts(Clock())
    for number in range(PER_ADDRESS - 1):
        window.begin("10.0.0.1", f"{number}@x")
    assert window.begin("10.0.0.1", "a@x") == 0
    window.succeeded("10.0.0.1", "a@x")
    assert window.begin("10.0.0.1", "b@x") == 0
    assert window.begin("10.0.0.1", "c@x") > 0


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(attempts, "MAX_KEYS", 10)
    window = Attempts(Clock())
    for number in range(100):
        window.begin(f"10.0.0.{number}", "a@x")
    assert len(window._made) <= 10
