"""One regroup from beginning to end: what Dagster's op and the pipeline's own process run. `python -m orchestration.regroup ID`."""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from assets.stages import Rebuild
from lake import silver
from lake.regroup import work
from lake.store import Lake, from_us
from lake.watermark import is_closed
from seiche import wiring
from seiche.errors import SeicheError
from seiche.registry import regroups
from seiche.registry.engine import read
from seiche.registry.regroup_tables import RegroupRow
from seiche.settings import Settings, load_settings

HOUR_US = 3_600_000_000
OPEN_HOURS_SECONDS = 60.0
"""How long the run waits for the pipeline to make the open hours again; it does so whether or not somebody waits."""


def run(settings: Settings, regroup_id: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Up to the switch, then the closed hours; the open ones are the pipeline process's. Returns what people are told."""
    engine, lake = wiring.registry_engine(settings.registry_url), wiring.lake(settings)
    row = work(lake, engine, wiring.event_log_reader(settings), regroup_id, artifacts=wiring.artifact_finder(settings))
    if row is None:
        return {"state": "nothing to do: it is done, was cancelled, or another process works on it"}
    say(f"regroup {regroup_id} is {row.state}")
    if row.state == regroups.SWITCHED:
        _follow(settings, lake, engine, regroup_id, say)
    with read(engine) as session:
        row = session.get_one(RegroupRow, regroup_id)
    told = {name: value for name, value in row.result.items() if isinstance(value, (int, str, bool))}
    return {"state": row.state, **told, "hours_left": len(row.result.get("hours_left", ()))}


def _follow(settings: Settings, lake: Lake, engine: Any, regroup_id: int, say: Callable[[str], None]) -> None:
    artifacts = wiring.artifact_finder(settings)
    stages = _stages(settings, lake, engine) if wiring.has_olap(settings) else None
    waited = 0.0
    while waited < OPEN_HOURS_SECONDS:
        with read(engine) as session:
            left = [one.hour for one in regroups.hours_left(session, regroup_id)]
        closed = [hour for hour in left if is_closed(lake, from_us(hour * HOUR_US))]
        for hour in closed:
            at = [from_us(hour * HOUR_US)]
            silver.rebuild_hour(lake, engine, at[0], artifacts=artifacts)
            if stages is not None:
                stages.hot(at)
                stages.search(at)
            regroups.hour_done(engine, regroup_id, hour)
            say(f"{at[0]:%Y-%m-%d %H:00} is made again")
        if not left:
            return
        if not closed:
            threading.Event().wait(1.0)
            waited += 1.0
    say("the open hours are left to the pipeline process")


def _stages(settings: Settings, lake: Lake, engine: Any) -> Rebuild:
    client = wiring.olap_client(settings)
    index = wiring.search_index(settings, lambda: client)
    pipeline = settings.pipeline
    return Rebuild(lake, engine, client, index, hot_days=pipeline.hot_days, closed_after_seconds=pipeline.closed_after_seconds)


def main() -> None:
    """SEICHE_DATA and the other variables say which installation."""
    logging.basicConfig(level=logging.INFO)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run(load_settings(), int(sys.argv[1]), logging.getLogger(__name__).info)
    except SeicheError as error:
        logging.getLogger(__name__).warning("%s", error)
        sys.exit(1)


if __name__ == "__main__":
    main()
