"""Dagster's answers as rows, and the question itself against Dagster's own schema."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import graphql
import pytest
from dagster_graphql.schema import create_schema

from dashboard.ops.quality import CHECKS_QUERY, dagster_checks
from seiche.errors import StoreUnavailable


def check(name: str, status: str | None, **evaluation: Any) -> dict[str, Any]:
    execution = None if status is None else {"status": status, "timestamp": 1_700_000_000.5, "evaluation": evaluation or None}
    return {"name": name, "description": "what it says", "executionForLatestMaterialization": execution}


@contextmanager
def answering(status: int, body: object) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_question_is_one_that_dagster_understands() -> None:
    assert graphql.validate(create_schema().graphql_schema, graphql.parse(CHECKS_QUERY)) == []


def test_results_become_states() -> None:
    checks = [
        check(
            "good",
            "SUCCEEDED",
            success=True,
            severity="ERROR",
            partition="2026-01-01-00:00",
            metadataEntries=[{"label": "rows", "intValue": 5}],
        ),
        check("bad", "FAILED", success=False, severity="ERROR", partition=None, metadataEntries=[]),
        check("meh", "FAILED", success=False, severity="WARN", partition=None, metadataEntries=[]),
        check("crashed", "EXECUTION_FAILED"),
        check("never", None),
    ]
    nodes = [
        {"assetKey": {"path": ["silver_events"]}, "assetChecksOrError": {"__typename": "AssetChecks", "checks": checks}},
        {"assetKey": {"path": ["old"]}, "assetChecksOrError": {"__typename": "AssetCheckNeedsMigrationError"}},
    ]
    with answering(200, {"data": {"assetNodes": nodes}}) as url:
        found = {row["check"]: row for row in dagster_checks(url).to_dicts()}
    states = {name: row["state"] for name, row in found.items()}
    assert states == {"good": "passed", "bad": "failed", "meh": "warned", "crashed": "broke", "never": "never run"}
    assert found["good"]["detail"] == "rows: 5"
    assert found["good"]["partition"] == "2026-01-01-00:00"
    assert found["never"]["at"] is None


@pytest.mark.parametrize(("status", "body"), [(500, {}), (200, {"errors": [{"message": "no such field"}]})])
def test_trouble_is_translated(status: int, body: object) -> None:
    with answering(status, body) as url, pytest.raises(StoreUnavailable, match=r"Dagster does not answer|no such field"):
        dagster_checks(url)


def test_nobody_there_is_said() -> None:
    with pytest.raises(StoreUnavailable, match="start `seiche up` without"):
        dagster_checks("http://127.0.0.1:9", timeout_seconds=2)
