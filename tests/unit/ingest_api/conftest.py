"""A registry of a test's own, and ingest above it."""

import gzip
import sqlite3
from contextlib import closing

import pytest

from seiche.registry.engine import make_engine
from seiche.registry.migrate import upgrade
from seiche.registry.projects import bootstrap, create_project
from seiche.settings import load_settings
from tests.unit.ingest_api.world import envelope, event, running


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def fresh_registry(tmp_path_factory):
    """Migrated and with its owner, once: both take their time."""
    path = tmp_path_factory.mktemp("registry") / "registry.sqlite"
    upgrade(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}")
    bootstrap(engine, admin_email="owner@example.org", admin_password="correct horse")
    engine.dispose()
    return path


@pytest.fixture
def installation(tmp_path, fresh_registry):
    """(settings, engine, project), without a running application."""
    settings = load_settings(data=tmp_path)
    with closing(sqlite3.connect(fresh_registry)) as source, closing(sqlite3.connect(tmp_path / "registry.sqlite")) as copy:
        source.backup(copy)
    engine = make_engine(settings.registry_url)
    yield settings, engine, create_project(engine, "Shop")
    engine.dispose()


@pytest.fixture
async def world(installation):
    async with running(*installation) as found:
        yield found


@pytest.fixture
def packed():
    return gzip.compress(envelope(event()))
