"""`seiche drain`: wait until every accepted event has arrived everywhere, and prove the sum."""

from typing import Annotated

import typer

from seiche.cli import options
from seiche.cli.output import emit_json, emit_lines, say


def drain(
    data: options.Data = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most.", min=0)] = 60.0,
    as_json: options.AsJson = False,
) -> None:
    """Wait until every accepted event is in issues, silver, rollups and search; then compare row by row.

    Exit code 1 where something is missing, where the sum is not met, or where time runs out.
    """
    settings = options.installation(data)
    from seiche.cli.settle import settle

    settled = settle(settings, timeout_seconds=timeout)
    if as_json:
        emit_json(settled.sums)
    else:
        emit_lines([" + ".join(f"{name} {number}" for name, number in settled.sums.items() if name != "received")])
        emit_lines([f"received {settled.sums['received']}"])
    for problem in settled.problems:
        say(f"missing: {problem}")
    if settled.problems:
        raise typer.Exit(1)
