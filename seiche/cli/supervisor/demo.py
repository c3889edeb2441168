"""The demo's programs as children of `seiche up --demo`: two releases of a shop, and the people who shop there."""

import os
import sys
from pathlib import Path

from seiche.cli.supervisor.ports import LOOPBACK, ports_after
from seiche.cli.supervisor.probes import answers
from seiche.cli.supervisor.spec import ProcessSpec
from seiche.errors import ConfigurationError

OLD, NEW = "1.4.0", "1.5.0"
REQUESTS_PER_SECOND = 8.0


def demo_processes(data: Path, *, dsn: str, after_port: int) -> list[ProcessSpec]:
    """They know of Seiche what any program knows: a DSN in a variable. Raises `ConfigurationError` where the demo was not shipped."""
    root = Path(__file__).parents[3] / "demo"
    releases = root / "releases"
    if not releases.is_dir():
        raise ConfigurationError(f"{releases} is missing: the demo comes with the source tree; start without --demo")
    free = ports_after(after_port)
    ports = {OLD: next(free), NEW: next(free)}
    # The newer release is what changed, in front of the older one.
    paths = {OLD: [releases / OLD], NEW: [releases / NEW, releases / OLD]}
    specs = []
    for release, port in ports.items():
        folder = data / "demo" / release
        folder.mkdir(parents=True, exist_ok=True)
        environment = {
            "PYTHONPATH": os.pathsep.join(str(path) for path in paths[release]),
            "SENTRY_DSN": dsn,
            "SENTRY_RELEASE": f"shop@{release}",
            "SENTRY_ENVIRONMENT": "production" if release == OLD else "canary",
            "SHOP_DATA": str(folder),
            "SHOP_PORT": str(port),
            "PYTHONSAFEPATH": "1",
        }
        argv = (sys.executable, "-m", "shop")
        ready = answers(LOOPBACK, port, "/health")
        specs.append(ProcessSpec(f"shop-{release}", argv, environment=environment, ready=ready, after=("web", "alerts")))
    urls = [f"http://{LOOPBACK}:{port}" for port in ports.values()]
    traffic = (sys.executable, str(root / "traffic.py"), "--rate", f"{REQUESTS_PER_SECOND:g}", *urls)
    specs.append(ProcessSpec("shop-traffic", traffic, after=tuple(f"shop-{release}" for release in ports)))
    return specs
