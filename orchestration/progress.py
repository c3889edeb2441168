"""run/pipeline.json: what the pipeline process did last, for `seiche status`, the operations pages and people."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.line import Line


def write(path: Path, line: Line, *, turns: int) -> None:
    """Replace the file in one step."""
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(told(line, turns=turns)))
    fresh.replace(path)


def told(line: Line, *, turns: int) -> dict[str, Any]:
    """A row per stage: how far, what the last call wrote and how long it took, and what went wrong."""
    return {
        "pid": os.getpid(),
        "at": _when(datetime.now(UTC).timestamp()),
        "turns": turns,
        "share": f"{line.part.share.number}/{line.part.share.count}",
        "does_upkeep": line.part.does_upkeep,
        "stages": {
            stage.name: {
                "position": stage.detail.get("positions", {}),
                "waiting": stage.detail.get("more", 0),
                "rows": stage.rows,
                "rows_since_start": stage.total_rows,
                "seconds": round(stage.seconds, 4),
                "at": _when(stage.at),
                "failures": stage.failures,
                "error": stage.error,
                "error_at": _when(stage.error_at),
            }
            for stage in line.stages.values()
        },
        "error": "; ".join(f"{stage.name}: {stage.error}" for stage in line.failing),
    }


def _when(timestamp: float) -> str | None:
    return datetime.fromtimestamp(timestamp, UTC).isoformat() if timestamp else None
