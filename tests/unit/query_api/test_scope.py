"""Decision 18: one door. Every entry refuses a project outside the scope, and nobody else builds or runs a query."""

import ast
import inspect
from datetime import UTC, datetime
from pathlib import Path

import pytest

import query_api
from query_api.gateway import Gateway
from seiche.errors import NotFound
from seiche.ports.search_index import TextTerm
from seiche.query import clickhouse, sessions
from seiche.query.clickhouse import Position
from seiche.query.scope import Scope

FOREIGN = Scope(frozenset({7}))
ARGUMENTS = {
    "issue_ids": [1],
    "issue_id": 1,
    "since_us": 0,
    "position": Position(1, 0, 0),
    "newer": True,
    "event_id": "0" * 32,
    "filters": (),
    "event_ids": ["0" * 32],
    "environment": "",
    "before": None,
    "limit": 1,
    "now": datetime.now(UTC),
    "since": datetime.now(UTC),
    "terms": [TextTerm(("x",))],
    "fingerprint": "0" * 32,
    "of": ["0" * 32],
    "without": ["1" * 32],
    "fingerprints": ["0" * 32],
    "values": 1,
}


def nobody():
    raise AssertionError("the store was reached without the scope's leave")


def entries(owner):
    for name, function in inspect.getmembers(owner, inspect.isfunction):
        parameters = inspect.signature(function).parameters
        if not name.startswith("_") and function.__module__ in {"query_api.gateway", "seiche.query.clickhouse", "seiche.query.sessions"}:
            yield name, function, parameters


def test_every_statement_checks_the_scope():
    tried = 0
    for name, function, parameters in (*entries(clickhouse), *entries(sessions)):
        given = {key: ARGUMENTS[key] for key in parameters if key in ARGUMENTS}
        with pytest.raises(NotFound):
            function(FOREIGN, 8, **given)
        tried += 1
        assert function(FOREIGN, 7, **given).parameters["project_id"] == 7, name
        assert "project_id = {project_id:Int64}" in function(FOREIGN, 7, **given).sql, name
    assert tried >= 8


def test_every_entry_of_the_gateway_checks_the_scope():
    class Untouchable:
        def __getattr__(self, name):
            nobody()

    tried = 0
    for _, function, parameters in entries(Gateway):
        given = {key: ARGUMENTS[key] for key in parameters if key in ARGUMENTS}
        with pytest.raises(NotFound):
            function(Gateway(nobody, Untouchable()), FOREIGN, 8, **given)
        tried += 1
    assert tried >= 9


def test_nobody_else_touches_a_client_or_the_index():
    found = []
    folder = Path(query_api.__file__).parent
    for path in folder.rglob("*.py"):
        if path.name == "gateway.py":
            continue
        tree = ast.parse(path.read_text())
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imports |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        if names & {"query_arrow", "query_df", "command", "make_olap_client"} or any(
            "clickhouse" in name for name in imports - {"seiche.query.clickhouse"}
        ):
            found.append(str(path.relative_to(folder)))
    assert found == []
