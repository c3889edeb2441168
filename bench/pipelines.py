"""The same backlog brought into every store by one, two or more pipelines: CPU and memory of each, and how long it took.

Usage: SEICHE_SERVERS_RUN=... python -m bench.pipelines [EVENTS] [PIPELINES ...] (default 3,000, by 1 and by 2). Reference events of six
projects in six partitions, decided by `alerts` while the pipelines are held still; analytics are chDB.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from bench.corpus import payloads
from bench.rows_live import recent_hours
from seiche import wiring
from seiche.errors import StoreUnavailable
from seiche.model.record import LogRecord, RecordKind
from seiche.registry import sightings
from seiche.registry.engine import read
from seiche.registry.migrate import upgrade
from seiche.registry.projects import ProjectInfo, bootstrap, create_project
from seiche.settings import Settings
from seiche.testing import servers
from seiche.testing.olap import OlapProcess
from seiche.testing.product import settings_from

PARTITIONS, CORPUS, PATIENCE_SECONDS = 6, 400, 400.0


def measure(events: int, count: int, bodies: list[bytes]) -> str:
    """One line of the table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seiche-bench-")))
        olap = stack.enter_context(OlapProcess(folder / "olap"))
        environment = {
            **servers.product_environment(stack.enter_context(servers.fresh_database())),
            "SEICHE_OLAP__PORT": str(olap.port),
            "SEICHE_OLAP__PASSWORD": olap.password,
            "SEICHE_KAFKA__PARTITIONS": str(PARTITIONS),
            "SEICHE_CANARY__ENABLED": "false",
            "SEICHE_PIPELINE__SHARE": "auto",
        }
        settings = settings_from(folder / "operator", environment)
        upgrade(settings.registry_url)
        engine = wiring.registry_engine(settings.registry_url)
        stack.callback(engine.dispose)
        bootstrap(engine, admin_email="bench@example.org", admin_password="not a secret")
        projects = [create_project(engine, f"Shop {number}") for number in range(PARTITIONS)]
        pipelines = [_start(stack, folder / f"pipeline-{number}", "pipeline", environment) for number in range(count)]
        _until(lambda: [_share(folder, number) for number in range(count)].count(count) == count)
        for process in pipelines:
            process.suspend()
        asyncio.run(_send(settings, projects, events, bodies))
        alerts = _start(stack, folder / "alerts", "alerts", environment)
        _until(lambda: _is_decided(settings))
        alerts.terminate()
        began, before, beside = time.monotonic(), sum(map(_cpu, pipelines)), servers.cpu_seconds()
        for process in pipelines:
            process.resume()
        index = wiring.search_index(settings)
        _until(lambda: sum(index.hour_rows(hour) for hour in recent_hours()) >= events)
        seconds, used = time.monotonic() - began, sum(map(_cpu, pipelines)) - before
        theirs = sum(servers.cpu_seconds().values()) - sum(beside.values())
        memory = sum(process.memory_full_info().pss for process in pipelines)
        index.drop_everything()  # type: ignore[attr-defined] # OpenSearch's
    return (
        f"{count:9}{seconds:9.1f} s{events / seconds:9.0f}/s{1000 * used / events:9.2f} ms{1000 * theirs / events:12.2f} ms"
        f"{memory / count / 1e6:12.0f} MB{os.getloadavg()[0]:8.1f}"
    )


def _start(stack: ExitStack, data: Path, name: str, environment: dict[str, str]) -> psutil.Process:
    outside = {variable: value for variable, value in os.environ.items() if not variable.startswith("SEICHE_")}
    argv = [sys.executable, "-m", "seiche.cli.main", name, "--data", str(data)]
    process = subprocess.Popen(argv, env={**outside, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end() -> None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(60)

    stack.callback(end)
    return psutil.Process(process.pid)


def _share(folder: Path, number: int) -> int:
    """Of how many pipelines it is one, as it last said."""
    told = wiring.read_run_file(folder / f"pipeline-{number}" / "run" / "pipeline.json").get("share", "0/0")
    return int(str(told).partition("/")[2])


async def _send(settings: Settings, projects: list[ProjectInfo], events: int, bodies: list[bytes]) -> None:
    async with wiring.event_log_writer(settings) as writer:
        for start in range(0, events, 200):
            made = [_record(projects[number % len(projects)], number, bodies) for number in range(start, min(events, start + 200))]
            await asyncio.gather(*(writer.append([one]) for one in made))


def _record(project: ProjectInfo, number: int, bodies: list[bytes]) -> LogRecord:
    return LogRecord(
        kind=RecordKind.EVENT,
        received_at_us=time.time_ns() // 1000,
        project_id=project.id,
        public_key=project.public_key,
        event_id=f"{number:032x}",
        config_version=1,
        received=1,
        body=bodies[number % len(bodies)],
    )


def _is_decided(settings: Settings) -> bool:
    log, engine = wiring.event_log_reader(settings), wiring.registry_engine(settings.registry_url)
    with read(engine) as session:
        return all(sightings.position(session, partition) >= log.end_offset(partition) for partition in log.partitions())


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with suppress(StoreUnavailable):  # an index of today that is being made answers nothing
            if there():
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"not there after {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.2)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]] or [3_000]
    print("pipelines     took   brought   their CPU  servers' CPU   memory each    load", flush=True)
    corpus = payloads(CORPUS)
    for several in numbers[1:] or [1, 2]:
        print(measure(numbers[0], several, corpus), flush=True)
