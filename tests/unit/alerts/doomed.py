"""A consumer over a log that every run makes alike; it kills itself with SIGKILL at its Nth SQL statement.

doomed.py URL PROJECT_ID N   (N = 0: live to the end)
"""

import importlib.util
import os
import signal
import sys
from pathlib import Path

import sqlalchemy as sa

EVENTS, KINDS, BATCH = 600, 17, 40


def main(url: str, project_id: int, die_at: int) -> None:
    spec = importlib.util.spec_from_file_location("alerts_conftest", Path(__file__).with_name("conftest.py"))
    helpers = importlib.util.module_from_spec(spec)
    sys.modules["alerts_conftest"] = helpers
    spec.loader.exec_module(helpers)
    engine = helpers.make_engine(url)
    log = helpers.MemoryLog()
    for number in range(EVENTS):
        # Every tenth repeats the event before it.
        identity = number - 1 if number % 10 == 9 else number
        log.append(
            helpers.LogRecord(
                kind=helpers.RecordKind.EVENT,
                received_at_us=helpers.START_US + number,
                project_id=project_id,
                public_key="k",
                event_id=f"{identity:032x}",
                config_version=1,
                received=1,
                body=helpers.event_body(kind=f"Error{identity % KINDS}", release=f"shop@1.{identity % 3}"),
            )
        )
    statements = 0

    def count(*_args) -> None:
        nonlocal statements
        statements += 1
        if statements == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(engine, "before_cursor_execute", count)
    sa.event.listen(engine, "commit", count)
    settings = helpers.AlertSettings(batch_records=BATCH)
    consumer = helpers.Consumer(log, engine, settings, base_url="http://x", clock_us=lambda: helpers.START_US)
    while consumer.step(0):
        consumer._commits_at.clear()
    print("done", statements)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
