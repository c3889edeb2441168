"""docs/production.md says what ran over which implementation: every suite of `make test-production` is in its table."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_table_of_suites_names_every_one() -> None:
    """After a new suite: `make test-production`, then `.ci/suites --write docs/production.md test-results/production.xml`."""
    named = set(re.findall(r"^\| `(tests/\S+\.py)` \|", (ROOT / "docs" / "production.md").read_text(), re.MULTILINE))
    (contracts,) = re.findall(r"^PRODUCTION_CONTRACTS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    long_form = {"tests/production/test_outages.py"}
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "production").glob("test_*.py")} - long_form
    assert named == there | set(contracts.split())
