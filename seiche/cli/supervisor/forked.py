"""Run something heavy in a fork and keep only its answer: a supervisor that lives for months should not hold SQLAlchemy's memory."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from seiche.errors import ConfigurationError, SeicheError


def forked(work: Callable[[], Any]) -> Any:
    """What `work` returns, which must be JSON. Its `SeicheError` is raised here as a `ConfigurationError` with the same text."""
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _work_and_exit(work, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    if not text:
        raise ConfigurationError(f"preparing the data directory ended {os.waitstatus_to_exitcode(status)}: see the lines above")
    answer = json.loads(text)
    if "error" in answer:
        raise ConfigurationError(answer["error"])
    return answer["result"]


def _work_and_exit(work: Callable[[], Any], writing: int) -> None:
    try:
        answer = {"result": work()}
    except (SeicheError, OSError) as error:
        answer = {"error": str(error)}
    except BaseException:  # noqa: BLE001 - a fork must never run on into its parent's code
        traceback.print_exc()
        os._exit(1)
    with os.fdopen(writing, "w") as pipe:
        json.dump(answer, pipe)
    sys.stderr.flush()
    os._exit(0)
