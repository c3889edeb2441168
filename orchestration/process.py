"""How `seiche up` starts Dagster: one code server, the webserver and the daemon. The supervisor owns ports and restarts."""

import os
import sys
from pathlib import Path

import seiche
from orchestration.instance import LOCATION, aws_variables, home, prepare
from seiche.errors import ConfigurationError
from seiche.settings import Settings

MEMORY = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""For the `pipeline` process as well: it holds 284 MB in place of 377, at the same CPU."""


def dagster_commands(settings: Settings, *, webserver_port: int, grpc_port: int) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Name -> (argv, variables to set on top of the supervisor's own). Writes DATA/dagster/{dagster,workspace}.yaml.

    Start dagster-code first; the others wait for it and find it again when it was restarted. All three end on SIGTERM. A
    launched run is a child of dagster-code and inherits its variables.
    """
    folder = prepare(settings, grpc_port=grpc_port)
    root = str(Path(seiche.__file__).parent.parent)
    environment = {
        **MEMORY,
        **aws_variables(settings),
        "DAGSTER_HOME": str(home(settings)),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "SEICHE_DATA": str(settings.data.resolve()),
        "PYTHONPATH": os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part),
        "PYTHONWARNINGS": "ignore",
    }
    workspace = str(folder / "workspace.yaml")
    code = ["api", "grpc", "--module-name", "orchestration.definitions", "--host", "127.0.0.1", "--port", str(grpc_port)]
    web = ["--host", "127.0.0.1", "--port", str(webserver_port), "--workspace", workspace, "--log-level", "warning"]
    return {
        "dagster-code": ([_script("dagster"), *code, "--location-name", LOCATION, "--log-level", "warning"], environment),
        "dagster-web": ([_script("dagster-webserver"), *web], environment),
        "dagster-daemon": ([_script("dagster-daemon"), "run", "--workspace", workspace, "--log-level", "warning"], environment),
    }


def _script(name: str) -> str:
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise ConfigurationError(f"{path} is missing: install Seiche with its dependencies again, or run `seiche up --without dagster`")
    return str(path)
