"""A registry as a first start makes it, migrated and with its owner: made once in a process, then copied. Both take their time."""

import tempfile
from functools import cache
from pathlib import Path

from seiche.registry.engine import make_engine
from seiche.registry.migrate import upgrade
from seiche.registry.projects import bootstrap

OWNER_EMAIL = "owner@example.org"
OWNER_PASSWORD = "correct horse battery"


def new_registry(path: Path) -> str:
    """Put one at `path`, where none may be yet; returns its URL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(_template())
    return f"sqlite:///{path}"


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.sqlite"
        url = f"sqlite:///{path}"
        upgrade(url)
        engine = make_engine(url)
        bootstrap(engine, admin_email=OWNER_EMAIL, admin_password=OWNER_PASSWORD)
        engine.dispose()  # the last connection leaves nothing behind in a journal
        if path.with_name(f"{path.name}-wal").exists():
            raise RuntimeError("somebody still has the registry open")
        return path.read_bytes()
