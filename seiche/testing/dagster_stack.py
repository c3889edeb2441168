"""Dagster as `seiche up` starts it (code server, webserver, daemon) on free ports, asked through its own GraphQL."""

import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from orchestration.process import dagster_commands
from seiche.settings import Settings
from seiche.testing.olap import free_port

START_SECONDS = 90
LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError { __typename } } } } }"
LAUNCH_BACKFILL = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
  }
}"""
BACKFILL = """
query ($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    __typename
    ... on PartitionBackfill {
      status
      error { message }
      runs(limit: 50) { runId status }
    }
  }
}"""
LAUNCH_RUN = """
mutation ($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}"""
RUN = """
query ($id: ID!) {
  runOrError(runId: $id) {
    ... on Run { status eventConnection { events { __typename ... on MessageEvent { message }
      ... on ExecutionStepFailureEvent { error { message cause { message } } } } } }
  }
}"""


class DagsterStack:
    """Use it as a context manager; it leaves no process behind."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.url = settings, ""
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, tuple[list[str], dict[str, str]]] = {}

    def __enter__(self) -> Self:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        logs = self.settings.data / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self._commands = dagster_commands(self.settings, webserver_port=port, grpc_port=free_port())
        for name in self._commands:
            self._start(name)
        try:
            self.wait_until_loaded()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def kill(self, name: str) -> None:
        """`kill -9`, then start it again, as the supervisor would."""
        self._processes[name].kill()
        self._processes[name].wait()
        self._start(name)

    @property
    def pids(self) -> dict[str, int]:
        """Of the running processes."""
        return {name: process.pid for name, process in self._processes.items()}

    def stop(self) -> None:
        """SIGTERM to all, then wait."""
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The `data` of an answer; raises where Dagster reports errors."""
        answer = httpx.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60).json()
        if "errors" in answer:
            raise RuntimeError(f"Dagster refused: {answer['errors']}")
        data: dict[str, Any] = answer["data"]
        return data

    def backfill(self, assets: list[str], hours: list[str]) -> str:
        """Launch a backfill of these partitions; returns its id."""
        params = {"assetSelection": [{"path": [name]} for name in assets], "partitionNames": hours, "title": "by a test"}
        answer = self.ask(LAUNCH_BACKFILL, params=params)["launchPartitionBackfill"]
        if "backfillId" not in answer:
            raise RuntimeError(f"the backfill was not launched: {answer}")
        return str(answer["backfillId"])

    def backfill_ended(self, backfill_id: str, timeout_seconds: float = 240) -> dict[str, Any]:
        """Wait for its end, whatever that is."""
        give_up = time.monotonic() + timeout_seconds
        while True:
            found: dict[str, Any] = self.ask(BACKFILL, id=backfill_id)["partitionBackfillOrError"]
            if found["status"].startswith("COMPLETED") or found["status"] in {"FAILED", "CANCELED"}:
                return found
            if time.monotonic() > give_up:
                raise TimeoutError(f"the backfill has not ended: {found}; {self.log_ends()}")
            time.sleep(0.5)

    def launch(self, job: str, partition: str | None = None) -> str:
        """Launch a run of a job; returns its id."""
        selector = {"repositoryLocationName": "seiche", "repositoryName": "__repository__", "jobName": job}
        tags = [{"key": "dagster/partition", "value": partition}] if partition else []
        params = {"selector": selector, "runConfigData": {}, "executionMetadata": {"tags": tags}}
        answer = self.ask(LAUNCH_RUN, params=params)["launchRun"]
        if "run" not in answer:
            raise RuntimeError(f"the run was not launched: {answer}")
        return str(answer["run"]["runId"])

    def run_ended(self, run_id: str, timeout_seconds: float = 240) -> dict[str, Any]:
        """Wait for its end, whatever that is."""
        give_up = time.monotonic() + timeout_seconds
        while True:
            found: dict[str, Any] = self.ask(RUN, id=run_id)["runOrError"]
            if found["status"] in {"SUCCESS", "FAILURE", "CANCELED"}:
                return found
            if time.monotonic() > give_up:
                raise TimeoutError(f"run {run_id} has not ended: {found['status']}; {self.log_ends()}")
            time.sleep(0.5)

    def log_ends(self) -> str:
        """What the processes said last."""
        return "\n".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in self._logs())

    def _start(self, name: str) -> None:
        argv, extra = self._commands[name]
        with (self.settings.data / "logs" / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(argv, env={**os.environ, **extra}, stdout=log, stderr=log)  # noqa: S603 - our own command

    def _logs(self) -> list[Path]:
        return sorted((self.settings.data / "logs").glob("dagster-*.log"))

    def wait_until_loaded(self) -> None:
        """The webserver answers, and has the definitions from the code server."""
        give_up = time.monotonic() + START_SECONDS
        while True:
            dead = {name: process.returncode for name, process in self._processes.items() if process.poll() is not None}
            if dead:
                raise RuntimeError(f"{dead} ended: {self.log_ends()}")
            try:
                entries = self.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
                loaded = [entry for entry in entries if (entry["locationOrLoadError"] or {}).get("__typename") == "RepositoryLocation"]
            except (httpx.TransportError, ValueError):
                loaded = []
            if loaded:
                return
            if time.monotonic() > give_up:
                raise TimeoutError(f"Dagster has not loaded the definitions in {START_SECONDS} s: {self.log_ends()}")
            time.sleep(0.3)
