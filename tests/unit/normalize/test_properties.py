"""Whatever JSON comes, normalising answers an event or `InvalidInput`, and identity does not depend on the details."""

import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.grouping import group
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord, RecordKind
from seiche.normalize import normalise, search_text

RECORD = LogRecord(kind=RecordKind.EVENT, received_at_us=1_764_000_000_000_000, project_id=1, event_id="a" * 32, client_ip="192.0.2.1")

words = st.text(st.characters(), max_size=20) | st.just("\0x") | st.just("{{auto}}")
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4), max_leaves=12
)


def some(**fields):
    """An object with some of the named fields; each mostly right, at times anything at all."""
    return st.fixed_dictionaries({}, optional={name: strategy | anything for name, strategy in fields.items()})


def listed(item):
    return st.lists(item | anything, max_size=3) | some(values=st.lists(item | anything, max_size=3)) | item


frame = some(
    function=scalars,
    module=scalars,
    filename=scalars,
    abs_path=st.sampled_from(["http://[x", "https://a/b.js?x", "/srv/a.py"]),
    lineno=scalars,
    in_app=scalars,
    context_line=scalars,
    vars=anything,
    pre_context=anything,
    post_context=anything,
)
stack = some(frames=st.lists(frame | anything, max_size=4))
exception = some(
    type=scalars, value=anything, module=scalars, mechanism=anything, stacktrace=stack, raw_stacktrace=stack, thread_id=scalars
)
events = some(
    timestamp=scalars
    | st.sampled_from(["2026-11-24T10:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "1e400", "1764000000.5"]),
    level=scalars,
    platform=scalars,
    message=scalars,
    logentry=some(message=scalars, formatted=scalars, params=anything),
    tags=anything,
    user=anything,
    request=some(headers=st.just({"User-Agent": "curl/8.1"}) | anything, query_string=anything, data=anything, env=anything),
    contexts=some(browser=some(name=scalars, version=anything), os=anything, device=some(family=scalars, model=anything)),
    extra=anything,
    modules=anything,
    fingerprint=anything,
    sdk=anything,
    release=scalars,
    environment=scalars,
    exception=listed(exception),
    threads=listed(some(stacktrace=stack)),
    stacktrace=stack,
    breadcrumbs=listed(some(timestamp=scalars, message=scalars, data=anything)),
    **{"sentry.interfaces.Exception": exception},
)


@settings(max_examples=400, deadline=None)
@given(events | anything, st.none() | st.integers(0, 2**53))
def test_any_json_becomes_an_event_or_is_refused(tree, sent_at_us) -> None:
    record = msgspec.structs.replace(RECORD, sent_at_us=sent_at_us)
    body = json.dumps(tree).encode()
    try:
        event = normalise(body, record, ProjectConfig())
    except InvalidInput:
        assert not isinstance(tree, dict)
        return
    grouping = group(event, ProjectConfig())
    brief = normalise(body, record, ProjectConfig(), details=False)
    assert group(brief, ProjectConfig()) == grouping
    assert search_text(brief, grouping) == search_text(event, grouping)
    assert (brief.user.key, brief.tags, brief.occurred_at_us) == (event.user.key, event.tags, event.occurred_at_us)
    # Everything can be stored: as UTF-8 JSON, and as text without NUL in the registry.
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) is not None
    assert "\0" not in grouping.title + grouping.value + grouping.culprit + search_text(event, grouping)
    assert normalise(body, record, ProjectConfig()) == event


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_become_an_event_or_are_refused(body) -> None:
    reason = "none"
    try:
        event = normalise(body, RECORD, ProjectConfig())
        assert event.event_id == RECORD.event_id
    except InvalidInput as error:
        reason = error.reason
    assert reason in {"none", "invalid_utf8", "invalid_json", "too_deep"}


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"\A-?\d{1,20}(\.\d{1,9})?\Z") | st.floats() | st.integers())
def test_the_time_of_occurrence_is_never_absurd(timestamp) -> None:
    event = normalise(json.dumps({"timestamp": timestamp}).encode(), RECORD, ProjectConfig())
    assert RECORD.received_at_us - 30 * 86_400_000_000 <= event.occurred_at_us <= RECORD.received_at_us + 60_000_000
