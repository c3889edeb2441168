"""What the canary's sender finds out where the line does not work; where it does, tests/flows/test_supervisor.py shows it."""

import threading

from orchestration.canary import CanarySender
from seiche.cli.supervisor.prepare import make_registry
from seiche.model.canary import judge
from seiche.registry import canaries
from seiche.settings import load_settings
from seiche.testing.olap import free_port
from seiche.wiring import registry_engine


def test_nobody_listens(tmp_path) -> None:
    """It is said which hop, and why; the thread goes on and ends when told."""
    given = {"enabled": True, "every_seconds": 1, "url": f"http://127.0.0.1:{free_port()}"}
    settings = load_settings(data=tmp_path, canary=given)
    make_registry(settings, {"admin_email": "a@seiche.test", "admin_password": "x"})
    engine = registry_engine(settings.registry_url)
    sender = CanarySender(settings, engine, lambda _stage: {})
    stop = threading.Event()
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    while len(canaries.newest(engine)) < 2:
        assert thread.is_alive()
        stop.wait(0.05)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    found = canaries.newest(engine)
    assert all("refused" in one.problem for one in found)
    told = judge(found, now_us=found[-1].sent_at_us + 1, every_seconds=1, late_seconds=0)
    assert told.stalled == ("accepted",)
    assert told.hops[0].stalled_since_us == found[0].sent_at_us
