import pytest

from orchestration.instance import open_instance
from seiche.settings import load_settings


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "elsewhere"))  # `open_instance` sets it: give it back afterwards
    return load_settings(data=tmp_path)


@pytest.fixture
def instance(settings):
    with open_instance(settings) as instance:
        yield instance
