"""The asset graph as people see it, and what loading it costs."""

import subprocess
import sys

import dagster as dg
import pytest

from assets.expectations import RULES
from orchestration.definitions import defs

GRAPH = {
    "event_log": (set(), False),
    "issue_registry": ({"event_log"}, False),
    "bronze_events": ({"event_log"}, True),
    "bronze_items": ({"event_log"}, False),
    "silver_events": ({"bronze_events", "issue_registry"}, True),
    "issues": ({"issue_registry"}, False),
    "fingerprint_map": ({"issue_registry"}, False),
    "events_hot": ({"silver_events"}, True),
    "issue_rollups": ({"events_hot"}, True),
    "search_index": ({"silver_events"}, True),
    "session_rows": ({"bronze_items"}, True),
    "closed_hours": ({"silver_events", "events_hot", "issue_rollups", "search_index"}, True),
    "retention": ({"bronze_events", "silver_events", "events_hot", "search_index"}, False),
}
WITHOUT_TABLE = {"event_log", "issue_registry", "closed_hours", "retention"}


@pytest.fixture(scope="module")
def specs():
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_definitions_load():
    dg.Definitions.validate_loadable(defs)


def test_the_graph_is_the_line_of_the_architecture(specs):
    found = {name: ({dep.asset_key.to_user_string() for dep in spec.deps}, spec.partitions_def is not None) for name, spec in specs.items()}
    assert found == GRAPH


def test_every_asset_says_what_it_is_and_whose(specs):
    for name, spec in specs.items():
        assert spec.owners, name
        assert spec.group_name not in {None, "default"}, name
        assert spec.kinds, name
        assert len(spec.description) > 20, name
        if name not in WITHOUT_TABLE:
            columns = spec.metadata["dagster/column_schema"].columns
            assert len(columns) >= 7, name
            assert any(column.description for column in columns), name


def test_columns_of_clickhouse_are_those_of_its_tables(specs):
    from seiche.backends import clickhouse_schema as schema

    def described(name):
        return {column.name for column in specs[name].metadata["dagster/column_schema"].columns}

    def declared(ddl):
        return {line.split()[0] for line in ddl.strip().splitlines() if not line.strip().startswith("INDEX")}

    assert described("events_hot") <= declared(schema.EVENT_COLUMNS)
    assert described("issue_rollups") == declared(schema.ROLLUP_COLUMNS)
    assert described("session_rows") == declared(schema.SESSION_COLUMNS)
    assert described("search_index") == declared(schema.SEARCH_COLUMNS)


def test_every_expectation_is_a_check_of_silver():
    names = {key.name for key in defs.resolve_asset_graph().asset_check_keys if key.asset_key == dg.AssetKey("silver_events")}
    assert set(RULES) <= names
    assert len(RULES) >= 10


def test_the_code_server_loads_no_engine():
    program = (
        "import sys, orchestration.definitions\n"
        "heavy = ('great_expectations', 'pandas', 'polars', 'clickhouse_connect', 'deltalake', 'chdb', 'fastapi', 'streamlit')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
