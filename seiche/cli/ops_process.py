"""The `ops` process: Streamlit's pages on loopback, in place of this process, so that signals reach it directly."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import seiche
from seiche.errors import ConfigurationError
from seiche.settings import Settings

OPTIONS = {
    "server.address": "127.0.0.1",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.base": "light",
}


def command(port: int) -> list[str]:
    """How Streamlit is started. Raises `ConfigurationError` where the pages were not shipped with this installation."""
    app = Path(seiche.__file__).parent.parent / "dashboard" / "ops" / "app.py"
    if not app.exists():
        raise ConfigurationError(
            f"{app} is missing: the operations pages come with the source tree; run `seiche up --without ops` without them"
        )
    flags = [f"--{name}={value}" for name, value in {**OPTIONS, "server.port": str(port)}.items()]
    return [sys.executable, "-m", "streamlit", "run", str(app), *flags]


def environment(settings: Settings) -> dict[str, str]:
    """The pages find the installation by SEICHE_DATA, and their own modules by PYTHONPATH."""
    root = str(Path(seiche.__file__).parent.parent)
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "SEICHE_DATA": str(settings.data.resolve()), "PYTHONPATH": path}


def run(settings: Settings, port: int) -> NoReturn:
    """Become Streamlit."""
    argv = command(port)
    os.execve(argv[0], argv, environment(settings))  # noqa: S606 - no shell: our own interpreter and our own file
