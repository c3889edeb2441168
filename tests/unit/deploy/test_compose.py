"""docker-compose.yml is not run here: what can be said of it without Docker."""

import re
import tomllib
from pathlib import Path

import pytest
import sqlalchemy as sa
from compose_spec import PyCompose

from seiche.settings import load_settings

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text()
SERVERS = ROOT / "deploy" / "servers"


@pytest.fixture(scope="module")
def compose():
    """As the Compose specification reads it."""
    return PyCompose.from_yaml(TEXT).to_dict()


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


@pytest.mark.parametrize(
    ("now", "wrong"),
    [
        ("    image: redis:7", "    imag: redis:7"),
        ('ports: ["127.0.0.1:6379:6379"]', 'ports: ["127.0.0.1:redis"]'),
    ],
)
def test_the_specification_notices(now, wrong) -> None:
    assert now in TEXT
    with pytest.raises(ValueError, match="redis"):
        PyCompose.from_yaml(TEXT.replace(now, wrong))


def test_its_servers_are_those_of_our_tests(services) -> None:
    common, opensearch, postgres = ((SERVERS / f"{name}.sh").read_text() for name in ("common", "opensearch", "postgres"))
    images = {name: service["image"] for name, service in services.items()}
    assert images.pop("clickhouse").startswith("clickhouse/clickhouse-server:")  # chDB stands in for it in our tests
    assert images == {
        "kafka": "apache/kafka:" + re.findall(r"kafka_version=(\S+)", common)[0],
        "opensearch": "opensearchproject/opensearch:" + re.findall(r"-ge 21 \] && echo (\S+)", opensearch)[0],
        "s3": "versity/versitygw:v" + re.findall(r"versitygw_version=(\S+)", common)[0],
        "postgres": "postgres:" + re.findall(r"/apt\" postgresql-(\d+)", postgres)[0],
        "redis": "redis:7",
    }


def test_every_server_keeps_its_data_in_a_volume_of_its_own(compose, services) -> None:
    kept = {name: [volume.partition(":")[0] for volume in service["volumes"]] for name, service in services.items()}
    assert kept == {name: [name] for name in compose["volumes"]}


def test_nobody_outside_this_machine_reaches_them(services) -> None:
    ports = [port for line in re.findall(r"ports: \[(.*)\]", TEXT) for port in re.findall(r'"([^"]+)"', line)]
    assert len(ports) == len(services)
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_settings_that_the_page_gives_for_it_reach_them(services, tmp_path) -> None:
    page = (ROOT / "docs" / "production.md").read_text()
    (written,) = re.findall(r"```toml\n# of docker-compose\.yml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "seiche.toml").write_text(written)
    settings = load_settings(data=tmp_path)
    assert set(tomllib.loads(written)) <= set(type(settings).model_fields), "every word is a setting"
    told = {name: service.get("environment", {}) for name, service in services.items()}
    registry, postgres = sa.make_url(settings.registry_url), told["postgres"]
    assert (registry.username, registry.password, registry.database) == tuple(
        postgres[f"POSTGRES_{name}"] for name in ("USER", "PASSWORD", "DB")
    )
    clickhouse = told["clickhouse"]
    assert (settings.olap.user, settings.olap.password) == (clickhouse["CLICKHOUSE_USER"], clickhouse["CLICKHOUSE_PASSWORD"])
    for options in (settings.lake.options, settings.raw.options):
        keys = options["aws_access_key_id"], options["aws_secret_access_key"]
        assert keys == (told["s3"]["ROOT_ACCESS_KEY"], told["s3"]["ROOT_SECRET_KEY"])
    reached = {
        "kafka": settings.kafka.servers.rpartition(":")[2],
        "opensearch": settings.opensearch.url.rpartition(":")[2],
        "s3": settings.lake.options["aws_endpoint_url"].rpartition(":")[2],
        "clickhouse": str(settings.olap.port),
        "postgres": str(registry.port or 5432),
        "redis": settings.limits.storage_url.rpartition(":")[2].partition("/")[0],
    }
    assert reached == dict(re.findall(r"^  (\w+):\n(?:    .*\n)*?    ports: \[\"127\.0\.0\.1:(\d+):\d+\"\]", TEXT, re.MULTILINE))
    assert (settings.kafka.replication_factor, settings.kafka.min_insync_replicas, settings.opensearch.replicas) == (1, 1, 0)
