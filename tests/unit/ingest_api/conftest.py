"""A registry of a test's own, and ingest above it."""

import gzip

import pytest

from seiche.registry.engine import make_engine
from seiche.registry.projects import create_project
from seiche.settings import load_settings
from seiche.testing.registries import new_registry
from tests.unit.ingest_api.world import envelope, event, running


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture
def installation(tmp_path):
    """(settings, engine, project), without a running application."""
    settings = load_settings(data=tmp_path)
    engine = make_engine(new_registry(tmp_path / "registry.sqlite"))
    yield settings, engine, create_project(engine, "Shop")
    engine.dispose()


@pytest.fixture
async def world(installation):
    async with running(*installation) as found:
        yield found


@pytest.fixture
def packed():
    return gzip.compress(envelope(event()))
