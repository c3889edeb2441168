"""How the supervisor tells that a process does its work, from outside."""

import http.client
import json
import socket
from pathlib import Path

from seiche.cli.supervisor.spec import Probe

TIMEOUT_SECONDS = 0.8


def answers(host: str, port: int, path: str) -> Probe:
    """Ready when a GET is answered with 2xx."""

    def probe(_pid: int, _started_at: float) -> bool:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            return 200 <= connection.getresponse().status < 300
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return probe


def listens(host: str, port: int) -> Probe:
    """Ready when the port takes connections."""

    def probe(_pid: int, _started_at: float) -> bool:
        try:
            with socket.create_connection((host, port), timeout=TIMEOUT_SECONDS):
                return True
        except OSError:
            return False

    return probe


def reports(path: Path) -> Probe:
    """Ready when it has written its own report since it started."""

    def probe(pid: int, started_at: float) -> bool:
        try:
            fresh = path.stat().st_mtime >= started_at
            told = json.loads(path.read_text()) if fresh else {}
        except (OSError, ValueError):
            return False
        return fresh and told.get("pid", pid) == pid

    return probe
