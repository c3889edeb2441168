"""`python -m query_api.openapi [PATH]`: write the OpenAPI document, the same bytes for the same code."""

import json
import sys
from pathlib import Path

from query_api.app import describe

COMMITTED = Path(__file__).with_name("openapi.json")


def document() -> str:
    """The document as text."""
    return json.dumps(describe().openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else COMMITTED
    target.write_text(document(), encoding="utf-8")
    sys.stderr.write(f"wrote {target}\n")
