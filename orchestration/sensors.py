"""Regroups that somebody asked for become runs."""

from collections.abc import Iterator

import dagster as dg

from orchestration.jobs import regroup


@dg.sensor(job=regroup, minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def regroups_waiting(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:  # noqa: ARG001 - Dagster's form
    """One run for each application that nobody works on; one whose worker died gets another."""
    from seiche import wiring
    from seiche.registry import regroups
    from seiche.registry.engine import read
    from seiche.registry.regroup_tables import RegroupRow
    from seiche.settings import load_settings

    engine = wiring.registry_engine(load_settings().registry_url)
    try:
        with read(engine) as session:
            rows = [session.get_one(RegroupRow, number) for number in regroups.waiting(session, (regroups.APPLY,))]
    finally:
        engine.dispose()
    for row in rows:
        config = {"ops": {"regroup_history": {"config": {"regroup_id": row.id}}}}
        yield dg.RunRequest(run_key=f"regroup-{row.id}-{row.updated_at_us}", run_config=config, tags={"seiche/regroup": str(row.id)})
    if not rows:
        yield dg.SkipReason("no regroup was asked for")
