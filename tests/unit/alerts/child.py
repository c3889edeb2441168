"""The `alerts` process over a log in memory.   child.py DATA PROJECT_ID EVENTS"""

import importlib.util
import logging
import sys
import time
from pathlib import Path

from seiche import wiring
from seiche.cli import alerts_process
from seiche.settings import load_settings

spec = importlib.util.spec_from_file_location("alerts_conftest", Path(__file__).with_name("conftest.py"))
helpers = importlib.util.module_from_spec(spec)
sys.modules["alerts_conftest"] = helpers
spec.loader.exec_module(helpers)

log = helpers.MemoryLog()
for number in range(int(sys.argv[3])):
    log.append(
        helpers.LogRecord(
            kind=helpers.RecordKind.EVENT,
            received_at_us=time.time_ns() // 1000,
            project_id=int(sys.argv[2]),
            event_id=f"{number:032x}",
            config_version=1,
            received=1,
            body=helpers.event_body(),
        )
    )
wiring.event_log_reader = lambda _settings: log
logging.basicConfig(level=logging.INFO)
alerts_process.run(load_settings(data=Path(sys.argv[1])))
