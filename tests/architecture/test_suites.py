"""docs/production.md says what ran over which implementation: every suite of contracts, flows and faults is in its table."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SUITES = ("contracts", "faults", "flows", "production")


def test_the_table_of_suites_names_every_one() -> None:
    """After a new suite: `make test test-production`, then `.ci/suites --write docs/production.md test-results/*.xml`."""
    named = set(re.findall(r"^\| `(tests/\S+\.py)` \|", (ROOT / "docs" / "production.md").read_text(), re.MULTILINE))
    assert named == {str(path.relative_to(ROOT)) for name in SUITES for path in (ROOT / "tests" / name).glob("test_*.py")}


def test_what_is_to_run_on_the_servers_is_there() -> None:
    listed = re.findall(r"^(?:PRODUCTION_\w+|ALONE|OUTAGES) := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    files = {word for line in listed for word in re.findall(r"\btests/\w+/test_\w+\.py", line)}
    assert len(files) > 8
    assert [name for name in sorted(files) if not (ROOT / name).is_file()] == []
