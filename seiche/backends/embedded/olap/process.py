"""The `olap` process: open the engine, serve until SIGTERM, close."""

import json
import logging
import signal
import threading

from seiche.backends.embedded.olap.auth import Credentials
from seiche.backends.embedded.olap.engine import Engine
from seiche.backends.embedded.olap.gate import Gate
from seiche.backends.embedded.olap.server import OlapServer
from seiche.errors import ConfigurationError
from seiche.settings import Settings

log = logging.getLogger(__name__)


def run(settings: Settings, *, port: int) -> None:
    """Serve DATA/olap on loopback until SIGTERM or SIGINT. Raises `ConfigurationError` where the folder has another owner."""
    secrets = settings.data / "secrets.json"
    if not secrets.exists():
        raise ConfigurationError(f"{secrets} is missing: start `seiche up --data {settings.data}` once, it generates it")
    engine = Engine(settings.data / "olap", settings.olap)
    credentials = Credentials(settings.olap.user, json.loads(secrets.read_text())["olap_password"])
    try:
        with OlapServer((settings.olap.host, port), engine, credentials, Gate()) as server:
            stopping = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopping.set())
            serving = threading.Thread(target=server.serve_forever, name="olap-accept")
            serving.start()
            log.info("olap answers on %s:%d", *server.server_address[:2])
            stopping.wait()
            server.shutdown()
            serving.join()
    finally:
        engine.close()
