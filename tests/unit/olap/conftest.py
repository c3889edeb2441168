import pytest

from seiche.settings import OlapSettings
from seiche.testing.olap import OlapProcess


@pytest.fixture(scope="module")
def olap(tmp_path_factory):
    limits = OlapSettings(max_execution_seconds=5, max_result_rows=50_000)
    with OlapProcess(tmp_path_factory.mktemp("olap"), olap=limits) as process:
        process.client().close()
        yield process


@pytest.fixture
def client(olap):
    client = olap.client()
    yield client
    client.close()
