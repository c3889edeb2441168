"""What must hold of every closed hour of silver, as a Great Expectations suite: the names are the checks that Dagster shows.

Great Expectations costs 3 s and 160 MB to import: only `validate_hour` does, in a launched run's own process.
"""

import warnings
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import pandas as pd

    from lake.store import Lake

LEVELS = ("fatal", "error", "warning", "info", "debug")
HEX_32 = "^[0-9a-f]{32}$"
FUTURE_LIMIT_SECONDS = 60
"""What normalising allows an event to be ahead of its receipt."""
UNPROCESSABLE_SHARE = 0.05
EXAMPLES = 5


class Rule(msgspec.Struct, frozen=True):
    """One expectation. `kind` is its class in `great_expectations.expectations`."""

    kind: str
    meaning: str
    arguments: dict[str, Any] = {}
    stored_only: bool = False
    """Of events alone: repeats are left out."""
    warn_only: bool = False


class Finding(msgspec.Struct, frozen=True):
    """What one expectation found in one hour."""

    name: str
    passed: bool
    rows: int
    unexpected: int
    examples: list[str]
    warn_only: bool


NOT_NULL, MATCHES, IN_SET, BETWEEN, UNIQUE = (
    "ExpectColumnValuesToNotBeNull",
    "ExpectColumnValuesToMatchRegex",
    "ExpectColumnValuesToBeInSet",
    "ExpectColumnValuesToBeBetween",
    "ExpectCompoundColumnsToBeUnique",
)

RULES: dict[str, Rule] = {
    "event_id_not_null": Rule(NOT_NULL, "every row names its event", {"column": "event_id"}),
    "event_id_is_hex": Rule(MATCHES, "event ids are 32 hex digits", {"column": "event_id", "regex": HEX_32}),
    "event_id_unique": Rule(
        UNIQUE, "no (project, event id) is stored twice", {"column_list": ["project_id", "event_id"]}, stored_only=True
    ),
    "log_offset_unique": Rule(UNIQUE, "no place in the log was written twice", {"column_list": ["log_partition", "log_offset"]}),
    "project_id_positive": Rule(BETWEEN, "every row belongs to a project", {"column": "project_id", "min_value": 1}),
    "received_at_in_hour": Rule(BETWEEN, "rows were received within the hour", {"column": "received_at", "strict_max": True}),
    "received_date_is_the_partition": Rule(IN_SET, "rows lie in the partition of their date", {"column": "received_date"}),
    "occurred_at_not_null": Rule(NOT_NULL, "every event has a time", {"column": "occurred_at"}),
    "occurred_at_not_in_the_future": Rule(
        BETWEEN, "nothing happened a minute or more after it was received", {"column": "ahead_seconds", "max_value": FUTURE_LIMIT_SECONDS}
    ),
    "level_known": Rule(IN_SET, f"levels are {', '.join(LEVELS)}", {"column": "level", "value_set": list(LEVELS)}),
    "fingerprint_not_null": Rule(NOT_NULL, "every row can be joined to an issue", {"column": "fingerprint"}),
    "fingerprint_is_hex": Rule(MATCHES, "fingerprints are 32 hex digits", {"column": "fingerprint", "regex": HEX_32}),
    "grouping_version_known": Rule(BETWEEN, "rows say how they were grouped", {"column": "grouping_version", "min_value": 0}),
    "title_not_null": Rule(NOT_NULL, "every event has a title", {"column": "title"}, stored_only=True),
    "mostly_processable": Rule(
        "ExpectColumnValuesToBeNull",
        f"normalising raised for no more than {UNPROCESSABLE_SHARE:.0%} of the events",
        {"column": "unprocessable", "mostly": 1 - UNPROCESSABLE_SHARE},
        stored_only=True,
        warn_only=True,
    ),
}
COLUMNS = (
    "received_date",
    "log_partition",
    "log_offset",
    "received_at",
    "project_id",
    "event_id",
    "duplicate",
    "unprocessable",
    "occurred_at",
    "level",
    "title",
    "fingerprint",
    "grouping_version",
)


def validate_hour(lake: "Lake", hour: datetime) -> list[Finding]:
    """Every rule over every row of the hour, in the order of `RULES`."""
    from lake.rows import hour_filter

    rows = lake.dataset("silver_events").to_table(columns=list(COLUMNS), filter=hour_filter(hour)).to_pandas()
    return validate(rows, hour)


def validate(rows: "pd.DataFrame", hour: datetime) -> list[Finding]:
    """The same, of rows at hand."""
    rows["ahead_seconds"] = (rows["occurred_at"] - rows["received_at"]).dt.total_seconds()
    stored = rows[~rows["duplicate"].astype("bool")]
    found: dict[str, Finding] = {}
    for frame, stored_only in ((rows, False), (stored, True)):
        rules = {name: rule for name, rule in RULES.items() if rule.stored_only == stored_only}
        found |= _run(frame, {name: _of_hour(name, rule, hour) for name, rule in rules.items()})
    return [found[name] for name in RULES]


def _of_hour(name: str, rule: Rule, hour: datetime) -> Rule:
    more: dict[str, Any] = {}
    if name == "received_at_in_hour":
        more = {"min_value": hour, "max_value": hour + timedelta(hours=1)}
    elif name == "received_date_is_the_partition":
        more = {"value_set": [hour.date()]}
    return msgspec.structs.replace(rule, arguments=rule.arguments | more)


def _run(frame: "pd.DataFrame", rules: dict[str, Rule]) -> dict[str, Finding]:
    if frame.empty:
        return {name: Finding(name, True, 0, 0, [], rule.warn_only) for name, rule in rules.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its own imports of modules that Python has deprecated
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        expectations = [getattr(gx.expectations, rule.kind)(**rule.arguments, meta={"check": name}) for name, rule in rules.items()]
        asset = context.data_sources.add_pandas("lake").add_dataframe_asset("silver_events")
        batch = asset.add_batch_definition_whole_dataframe("hour").get_batch({"dataframe": frame})
        result = batch.validate(
            gx.ExpectationSuite("silver_events", expectations=expectations),
            result_format={"result_format": "BASIC", "partial_unexpected_count": EXAMPLES},
        )
    return {finding.name: finding for finding in (_finding(one, len(frame), rules) for one in result.results)}


def _finding(result: Any, rows: int, rules: dict[str, Rule]) -> Finding:
    name = result.expectation_config.meta["check"]
    details = result.result or {}
    examples: Sequence[Any] = details.get("partial_unexpected_list", [])
    if not details:  # the expectation itself could not run: that is a failed check which says why
        examples = [str(result.exception_info)]
    unexpected = int(details.get("unexpected_count", rows))
    return Finding(name, bool(result.success), rows, unexpected, [str(one) for one in examples], rules[name].warn_only)
