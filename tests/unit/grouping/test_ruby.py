"""What Ruby does otherwise: exceptions hold their whole stack and are linked by themselves; what its libraries say."""

import pytest

from seiche.grouping.chains import root_cause
from seiche.grouping.helpers import is_helper
from seiche.grouping.templates import lacking
from seiche.model.event import ExceptionValue, Frame


def stack(*names, library=()):
    return tuple([Frame(name, "", f"lib/{name.split()[-1]}.rb", "", 1, None, name not in library) for name in names])


INNER = ExceptionValue("NoMethodError", "undefined method `round' for nil:NilClass", frames=stack("main", "run", "attempt", "latest"))


@pytest.mark.parametrize(
    ("outer", "chosen"),
    [
        pytest.param(stack("main", "run", "attempt", "rescue in attempt"), "NoMethodError", id="wrapped where it was caught"),
        pytest.param(stack("main", "run", "rescue in run"), "NoMethodError", id="wrapped further out"),
        pytest.param(stack("main", "run", "attempt", "rescue in attempt", "tell"), "JobFailed", id="what caught it failed further on"),
        pytest.param(
            stack("main", "run", "attempt", "rescue in attempt", "raised", library=("raised",)), "NoMethodError", id="a library wraps"
        ),
        pytest.param(stack("pool", "join"), "NoMethodError", id="handed over by another thread"),
        pytest.param((), "NoMethodError", id="the SDK sends the stack once"),
    ],
)
def test_a_wrapper_is_not_the_cause_and_a_failure_of_the_handler_is_its_own(outer, chosen) -> None:
    found = root_cause((INNER, ExceptionValue("JobFailed", "job 3 failed", frames=outer)), "ruby")
    assert found is not None
    assert found.type == chosen


@pytest.mark.parametrize(
    ("kind", "message", "line", "names"),
    [
        ("NoMethodError", "private method `name' called for nil:NilClass", '"#{river.title} (#{keeper.name})"', "name"),
        ("NoMethodError", "undefined method `move_anna' for #<Gates>", 'public_send("move_#{direction}", number)', ""),
        ("NoMethodError", "undefined method `lock' for #<Gates>", "gates.send(:lock)", "lock"),
        ("AttributeError", "'Gates' object has no attribute 'move_anna'", "getattr(gates, wanted)()", ""),
        ("AttributeError", "'Gates' object has no attribute 'level'", "total = (", "level"),
        ("KeyError", "key not found: :rate", "row.fetch(:rate) * row.fetch(:hours)", ":rate"),
        ("KeyError", "key not found: :rate", "row.fetch(:rates)", ""),
        ("KeyError", 'key not found: "hours"', 'request("/x").fetch("hours")', "hours"),
        ("KeyError", 'key not found: "yd"', "UNITS.fetch(unit)", ""),
        ("RecordInvalid", "Validation failed: Title can't be blank", "row.save!", "Title can't be blank"),
        (
            "RecordInvalid",
            "Validation failed: Height must be less than 900, Title can't be blank",
            "row.save!",
            "Height must be less than <number>",
        ),
    ],
)
def test_what_is_missing_is_what_the_program_wrote_not_its_data(kind, message, line, names) -> None:
    assert lacking(kind, message, line) == names


def test_modules_and_functions_named_for_complaining_are_helpers() -> None:
    assert is_helper("must.rb", "have", "Missing")
    assert is_helper("weather.rb", "checked", "RemoteFailed")
    assert not is_helper("gates.rb", "have", "Missing")
    assert not is_helper("weather.rb", "checked_out", "RemoteFailed")
