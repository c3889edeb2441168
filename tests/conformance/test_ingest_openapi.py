"""Schemathesis throws what ingest's OpenAPI document allows, and what it does not, at ingest: every answer must be as documented."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from ingest_api.openapi import document
from seiche.testing.web import WebProcess

EXAMPLES = 25
OPERATIONS = [(path, method) for path, found in document()["paths"].items() for method in found]
CASES = [
    (*operation, mode) for operation in OPERATIONS for mode in GenerationMode if mode is GenerationMode.POSITIVE or operation[1] == "post"
]
"""A GET without parameters has nothing that could be broken."""
PICKY = {
    "/api/{project_id}/security/",
    "/api/{project_id}/nel/",
    "/api/{project_id}/minidump/",
    "/api/{project_id}/events/{event_id}/attachments/",
}
"""What a schema cannot describe (a crash file's first bytes, a browser's report): any answer may be a refusal, as documented."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def _framed(payload, kind):
    return b'{}\n{"type":"%s","length":%d}\n%s\n' % (kind.encode(), len(payload), payload)


ENVELOPES = st.builds(
    _framed, st.binary(max_size=50) | st.just(b'{"message":"x"}'), st.sampled_from(["event", "session", "client_report", "?"])
)
schemathesis.openapi.media_type("application/x-sentry-envelope", ENVELOPES | st.binary(max_size=200))


@schemathesis.serializer("application/x-sentry-envelope")
def _as_it_is(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with WebProcess(tmp_path_factory.mktemp("conformance") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def schema(web):
    return schemathesis.openapi.from_url(f"{web.url}/api/ingest/openapi.json")


def test_the_document_names_every_endpoint():
    assert {path for path, _ in OPERATIONS} == {
        "/api/{project_id}/envelope/", "/api/{project_id}/store/", "/api/v1/events", "/health/live", "/health/ready", *PICKY,
    }  # fmt: skip


@pytest.mark.parametrize(("path", "method", "mode"), CASES, ids=[f"{path}-{mode.value}" for path, _, mode in CASES])
def test_answers_as_documented(web, schema, path, method, mode):
    """`positive` cases have the documented shape, `negative` ones break it somewhere."""
    answered = []

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(schema[path][method].as_strategy(generation_mode=mode))
    def send(case):
        # Half of the examples get past the key.
        headers = {}
        if len(answered) % 2 == 0:
            if "project_id" in case.path_parameters:
                case.path_parameters["project_id"] = web.project.id
            case.query = {}
            headers["X-Sentry-Auth"] = f"Sentry sentry_key={web.project.public_key}"
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)
        answered.append(answer.status_code)

    send()
    assert min(answered) < 300 if mode is GenerationMode.POSITIVE and path not in PICKY else answered
