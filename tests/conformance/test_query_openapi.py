"""Schemathesis throws what the OpenAPI document allows, and what it does not, at the running API: every answer must be as documented."""

import time

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from query_api.app import PREFIX, create_app, describe
from query_api.state import ApiState
from seiche.backends.clickhouse_schema import migrate
from seiche.backends.clickhouse_search import ClickHouseSearchIndex
from seiche.registry.engine import write
from seiche.registry.projects import create_project, create_token
from seiche.registry.tables import FingerprintRow, Issue
from seiche.settings import load_settings
from seiche.testing.olap import OlapProcess
from seiche.testing.registries import new_registry
from seiche.wiring import event_log_reader, notification_payload, registry_engine

EXAMPLES = 8
# The live feed does not end: tests/unit/query_api/test_live.py has it.
OPERATIONS = [(path, method) for path, found in describe().openapi()["paths"].items() for method in found if not path.endswith("/live")]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """(application, a token, parameters that exist)"""
    data = tmp_path_factory.mktemp("conformance")
    config = load_settings(data=data)
    engine = registry_engine(new_registry(data / "registry.sqlite"))
    project = create_project(engine, "Shop")
    now_us = int(time.time() * 1e6)
    with write(engine) as session:
        issue = Issue(
            project_id=project.id, number=1, type="ValueError", value="x", title="ValueError: x", culprit="shop.cart", level="error",
            platform="python", status_changed_at_us=now_us, first_seen_us=now_us, last_seen_us=now_us, first_partition=0, first_offset=0,
            first_event_id="0" * 32, last_partition=0, last_offset=0, last_event_id="0" * 32, created_at_us=now_us,
        )  # fmt: skip
        session.add(issue)
        session.flush()
        why = {"rule": "unseen", "score": 1.0, "version": 1, "components": [["type", "ValueError"]], "map_version": 1}
        session.add(FingerprintRow(project_id=project.id, fingerprint="0" * 32, issue_id=issue.id, created_at_us=now_us, **why))
        known = {"slug": "shop", "issue_id": str(issue.id), "event_id": "latest", "rule_id": "1", "public_key": project.public_key}
    with OlapProcess(data / "olap-process") as olap:
        client = olap.client()
        migrate(client)
        state = ApiState(
            settings=config,
            engine=engine,
            log=event_log_reader(config),
            make_olap_client=olap.client,
            search=ClickHouseSearchIndex(olap.client),
            notification_payload=notification_payload(config),
        )
        yield create_app(state), create_token(engine, "conformance"), known
        client.close()
    engine.dispose()


@pytest.fixture(scope="module")
def schema(api):
    return schemathesis.openapi.from_asgi(f"{PREFIX}/openapi.json", api[0])


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_as_documented(api, schema, path, method, mode):
    """`positive` cases have the documented shape, `negative` ones break it somewhere."""
    _, token, known = api
    answered = []

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(schema[path][method].as_strategy(generation_mode=mode))
    def send(case):
        # Half of the examples reach something that exists.
        for name in known.keys() & case.path_parameters.keys():
            if len(str(case.path_parameters[name])) % 2:
                case.path_parameters[name] = known[name]
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(answer, checks=CHECKS)
        answered.append(answer.status_code)

    try:
        send()
    except Unsatisfiable:
        pytest.skip("nothing in this operation can be broken")
    assert answered
