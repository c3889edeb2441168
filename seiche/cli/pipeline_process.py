"""The `pipeline` process: `orchestration.worker` under the name that the CLI knows."""

from orchestration.worker import run

__all__ = ["run"]
