"""Keeps commit time flat: small files together, a checkpoint, old log entries and files away, and a fresh handle.

No reader follows files by commit (positions are log offsets), so `VACUUM_HOURS` only has to outlast one long query of a snapshot.
"""

from datetime import timedelta
from typing import Any

from deltalake import CommitProperties
from deltalake.exceptions import CommitFailedError, DeltaError

from lake.specs import TABLES
from lake.store import COMMIT_RETRIES, Lake, StageReport
from seiche.errors import StoreUnavailable

EVERY_COMMITS = 50
TARGET_FILE_BYTES = 64 << 20
VACUUM_HOURS = 6
VACUUM_EVERY_ROUNDS = 20


def maintain(lake: Lake, *, every_commits: int = EVERY_COMMITS) -> StageReport:
    """Look after each table that grew by `every_commits` commits since the last time; cheap otherwise."""
    detail = {name: _maintain(lake, name) for name in TABLES if _due(lake, name, every_commits)}
    return StageReport(stage="maintenance", rows=len(detail), detail=detail)


def _due(lake: Lake, name: str, every_commits: int) -> bool:
    version = lake.table(name).version()
    return version - int(lake.memory.setdefault(f"maintained:{name}", version - version % every_commits)) >= every_commits


def _maintain(lake: Lake, name: str) -> dict[str, Any]:
    handle, rounds = lake.table(name), lake.memory.get(f"rounds:{name}", 0)
    report: dict[str, Any] = {"version": handle.version()}
    try:
        metrics = handle.optimize.compact(
            target_size=TARGET_FILE_BYTES,
            writer_properties=TABLES[name].writer,
            min_commit_interval=timedelta(days=1),
            commit_properties=CommitProperties(custom_metadata={"seiche.kind": "compact"}, max_commit_retries=COMMIT_RETRIES),
        )
        report |= {"files_removed": metrics["numFilesRemoved"], "files_added": metrics["numFilesAdded"]}
    except CommitFailedError:
        lake.forget(name)  # a rebuild came first: the small files stay until the next round
        report["conflict"] = True
        handle = lake.table(name)
    try:
        handle.create_checkpoint()
        handle.cleanup_metadata()
        if rounds % VACUUM_EVERY_ROUNDS == 0:
            gone = handle.vacuum(
                retention_hours=VACUUM_HOURS,
                dry_run=False,
                enforce_retention_duration=False,
                commit_properties=CommitProperties(custom_metadata={"seiche.kind": "vacuum"}),
            )
            report["files_vacuumed"] = len(gone)
    except DeltaError as error:
        raise StoreUnavailable(f"the lake table {name} cannot be maintained: {error}") from error
    finally:
        lake.forget(name)
    lake.memory |= {f"maintained:{name}": handle.version(), f"rounds:{name}": rounds + 1}
    return report
