"""The resource of launched runs: plain `Rebuild` stages, built from one `Settings` object by `seiche.wiring`."""

import os
from collections.abc import Iterator

import dagster as dg
import psutil

from assets.stages import Rebuild

PROCESS_TAG = "seiche/process"
"""`PID:STARTED`: whose death makes a run that has not ended a failed one."""


@dg.resource(
    description="Rebuilds closed hours. Finds the installation by SEICHE_DATA and the other SEICHE_* variables, when a run starts."
)
def rebuild_stages(context: dg.InitResourceContext) -> Iterator[Rebuild]:
    """One engine, client and index for the run; the tables are there afterwards, even where somebody dropped them."""
    from seiche import wiring
    from seiche.backends.clickhouse_schema import migrate
    from seiche.settings import load_settings

    if context.instance is not None and context.run_id is not None:
        context.instance.add_run_tags(context.run_id, {PROCESS_TAG: own_mark()})
    settings = load_settings()
    client = wiring.olap_client(settings)
    try:
        migrate(client, settings.olap.cluster)
        yield Rebuild(
            wiring.lake(settings),
            wiring.registry_engine(settings.registry_url),
            client,
            wiring.search_index(settings, lambda: client),
            hot_days=settings.pipeline.hot_days,
            closed_after_seconds=settings.pipeline.closed_after_seconds,
            artifacts=wiring.artifact_finder(settings),
        )
    finally:
        client.close()


def own_mark() -> str:
    """`process_mark` of this process."""
    return process_mark(os.getpid())


def process_mark(pid: int) -> str:
    """Names a process so that a later one with the same number is another."""
    return f"{pid}:{psutil.Process(pid).create_time():.2f}"


def is_alive(mark: str) -> bool:
    """Whether the process that `process_mark` named still runs on this machine."""
    pid = int(mark.partition(":")[0])
    try:
        return process_mark(pid) == mark and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
