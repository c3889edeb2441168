"""The order of the files: what takes long begins first, so that pytest-xdist's workers end together. `--no-loadscope-reorder` keeps it.

Property tests assert no timing: the machine may be busy.
"""

import pytest
from hypothesis import settings

settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")

LONG = (
    "test_dagster_backfill.py",
    "test_dashboard.py",
    "test_dashboard_issue.py",
    "test_kill.py",
    "test_supervisor.py",
    "test_replay.py",
    "test_clients.py",
    "test_cli.py",
    "test_demo.py",
)
"""Of tests/flows and tests/faults, the longest first, measured on two quiet cores: 180 s to 30 s."""


def _rank(item: pytest.Item) -> int:
    if item.path.parent.name not in {"flows", "faults"}:
        return len(LONG) + 1
    return LONG.index(item.path.name) if item.path.name in LONG else len(LONG)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_rank)
