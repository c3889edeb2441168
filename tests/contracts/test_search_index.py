"""One suite for every `SearchIndex`. A new implementation joins by one more entry in `IMPLEMENTATIONS`."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from lake.tables import SILVER_EVENTS
from seiche.backends.clickhouse_schema import migrate
from seiche.backends.clickhouse_search import ClickHouseSearchIndex
from seiche.backends.production.opensearch.index import OpenSearchIndex
from seiche.ports.search_index import TextTerm
from seiche.production_settings import OpenSearchSettings
from seiche.testing import servers
from seiche.testing.olap import OlapProcess

HOUR = datetime(2026, 11, 24, 10, tzinfo=UTC)
SHOP, JOBS = 1, 2
TEXTS = [
    # (project, fingerprint, minutes after HOUR, text)
    (SHOP, "f1", 0, "KeyError: 'sku' shop.cart.total quick_brown fox"),
    (SHOP, "f2", 10, "ValueError: quick brown fox in checkout"),
    (SHOP, "f1", 20, "KeyError: 'price' brown quick FOX"),
    (SHOP, "f3", 70, "naïve café TimeoutError after 30s"),
    (JOBS, "f1", 15, "KeyError: 'sku' in another project"),
    (SHOP, "f4", 130, ""),
]


def rows(texts=TEXTS, first_offset=0):
    selected = [
        SILVER_EVENTS.field(name)
        for name in ("log_partition", "log_offset", "received_at", "project_id", "event_id", "fingerprint", "search_text")
    ]
    values = [
        {
            "log_partition": 0,
            "log_offset": first_offset + number,
            "received_at": HOUR + timedelta(minutes=minutes),
            "project_id": project,
            "event_id": f"e{first_offset + number}",
            "fingerprint": fingerprint,
            "search_text": text,
        }
        for number, (project, fingerprint, minutes, text) in enumerate(texts)
    ]
    return pa.Table.from_pylist(values, schema=pa.schema(selected))


@pytest.fixture(scope="module")
def olap(tmp_path_factory):
    with OlapProcess(tmp_path_factory.mktemp("search")) as process:
        yield process


@pytest.fixture
def clickhouse(request):
    client = request.getfixturevalue("olap").client()
    client.command("DROP TABLE IF EXISTS search_events")
    client.command("DROP TABLE IF EXISTS cursor_floors")
    migrate(client)
    yield ClickHouseSearchIndex(lambda: client)
    client.close()


@pytest.fixture
def opensearch():
    index = OpenSearchIndex(OpenSearchSettings(url=servers.opensearch(), prefix=servers.fresh_name("search-"), replicas=0))
    yield index
    index.drop_everything()


IMPLEMENTATIONS = ["clickhouse", *servers.parameters("opensearch")]


@pytest.fixture(params=IMPLEMENTATIONS)
def empty(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def index(empty):
    empty.index(rows(), version="v1")
    return empty


def word(*tokens, prefix=False):
    return TextTerm(tokens, prefix)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([word("keyerror")], {"f1"}),
        ([word("fox")], {"f1", "f2"}),
        ([word("quick"), word("fox")], {"f1", "f2"}),
        ([word("quick_brown")], {"f1"}),
        ([word("quick", "brown")], {"f2"}),
        ([word("brown", "quick")], {"f1"}),
        ([word("quick", "fox")], {"f1"}),
        ([word("fox", "quick")], set()),
        ([word("cart", "fo", prefix=True)], set()),
        ([word("brown", "fo", prefix=True)], {"f2"}),
        ([word("checko", prefix=True)], {"f2"}),
        ([word("checko")], set()),
        ([word("uick", prefix=True)], set()),
        ([word("quick_", prefix=True)], {"f1"}),
        ([word("quick_brow", prefix=True), word("sku")], {"f1"}),
        ([word("errors")], set()),
        ([word("naïve"), word("30s")], {"f3"}),
        ([word("shop", "cart", "total")], {"f1"}),
        ([], {"f1", "f2", "f3", "f4"}),
        ([word("100%", prefix=True)], set()),
        ([word("'; DROP TABLE search_events --")], set()),
    ],
)
def test_words_phrases_and_prefixes(index, terms, expected):
    assert set(index.fingerprints(SHOP, terms)) == expected


def test_newest_first_and_limited(index):
    assert list(index.fingerprints(SHOP, [])) == ["f4", "f3", "f1", "f2"]
    assert list(index.fingerprints(SHOP, [], limit=2)) == ["f4", "f3"]
    assert list(index.event_ids(SHOP, ["f1", "f2"], [word("fox")])) == ["e2", "e1", "e0"]
    assert list(index.event_ids(SHOP, ["f1", "f2"], [word("fox")], limit=1)) == ["e2"]
    assert list(index.event_ids(SHOP, [], [word("fox")])) == []


def test_since_leaves_older_events_out(index):
    assert set(index.fingerprints(SHOP, [word("fox")], since=HOUR + timedelta(minutes=15))) == {"f1"}
    assert set(index.fingerprints(SHOP, [], since=HOUR + timedelta(minutes=70))) == {"f3", "f4"}


def test_a_project_never_sees_anothers(index):
    assert list(index.event_ids(SHOP, ["f1"], [word("sku")])) == ["e0"]
    assert list(index.event_ids(JOBS, ["f1"], [word("sku")])) == ["e4"]
    assert list(index.fingerprints(3, [])) == []


def test_repeating_a_version_adds_nothing(index):
    index.index(rows(), version="v1")
    assert list(index.event_ids(SHOP, ["f1"], [])) == ["e2", "e0"]


def test_the_position_follows_the_rows(empty):
    assert empty.indexed_offset(0) == 0
    empty.index(rows(), version="v1")
    assert empty.indexed_offset(0) == len(TEXTS)
    assert empty.indexed_offset(1) == 0
    empty.index(rows(first_offset=100), version="v2")
    assert empty.indexed_offset(0) == 100 + len(TEXTS)


def test_replacing_an_hour_replaces_exactly_it(index):
    index.replace_hour(HOUR, rows([(SHOP, "f9", 5, "something else")], first_offset=0))
    assert set(index.fingerprints(SHOP, [])) == {"f9", "f3", "f4"}
    assert set(index.fingerprints(SHOP, [word("keyerror")])) == set()
    assert set(index.fingerprints(JOBS, [])) == set()
    index.replace_hour(HOUR, rows([]))
    assert set(index.fingerprints(SHOP, [])) == {"f3", "f4"}


def test_dropping_old_hours_keeps_the_position(index):
    assert index.drop_before(HOUR + timedelta(hours=1, minutes=30)) == 1
    assert set(index.fingerprints(SHOP, [])) == {"f3", "f4"}
    assert index.drop_before(HOUR + timedelta(days=1)) == 2
    assert set(index.fingerprints(SHOP, [])) == set()
    assert index.indexed_offset(0) == len(TEXTS), "else old events would be indexed again and again"
    assert index.drop_before(HOUR + timedelta(days=1)) == 0


def test_dropping_one_projects_old_rows_leaves_the_others(index):
    assert index.drop_project_before(SHOP, HOUR + timedelta(hours=2)) == 2
    assert set(index.fingerprints(SHOP, [])) == {"f4"}
    assert set(index.fingerprints(JOBS, [])) == {"f1"}
    assert index.indexed_offset(0) == len(TEXTS)
    assert index.drop_project_before(SHOP, HOUR + timedelta(hours=2)) == 0
