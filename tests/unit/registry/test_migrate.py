"""Who starts while the registry is away waits for it."""

import threading

from seiche.registry import migrate
from seiche.testing.olap import free_port


def test_a_start_during_an_outage_waits_until_it_is_over(monkeypatch, tmp_path) -> None:
    away, here, tried = f"postgresql://127.0.0.1:{free_port()}/x", f"sqlite:///{tmp_path / 'registry.sqlite'}", []
    real = migrate.upgrade

    def upgrade(_url: str) -> None:
        tried.append(1)
        real(away if len(tried) < 2 else here)

    monkeypatch.setattr(migrate, "upgrade", upgrade)
    migrate.upgrade_when_there("", threading.Event())
    current, newest = migrate.versions(here)
    assert (current == newest, len(tried)) == (True, 2)


def test_a_start_during_an_outage_can_be_stopped() -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    migrate.upgrade_when_there(f"postgresql://127.0.0.1:{free_port()}/x", stop)
    assert stop.is_set()
