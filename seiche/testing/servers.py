"""The real servers that `make servers` has started (deploy/servers): where they listen, and fresh room on them for one test."""

import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from seiche.settings import Settings

SCRIPTS = Path(__file__).parent.parent.parent / "deploy" / "servers"
VARIABLE = "SEICHE_SERVERS_RUN"
S3_KEY, S3_SECRET = "seiche-test", "seiche-test-secret"
S3_BUCKET = "seiche-test"


def run_folder() -> Path | None:
    """Where the servers' pids and ports are; None where nobody said that they run."""
    found = os.environ.get(VARIABLE)
    return Path(found) if found else None


def parameters(*names: str) -> tuple[str, ...]:
    """These test parameters where the servers run, else none: so one suite serves both kinds of run."""
    return names if run_folder() else ()


def profile() -> str:
    """What flows run on: `make test-production` has started the servers, `make test` has not."""
    return "production" if run_folder() else "embedded"


def port(server: str) -> int:
    """Where it listens."""
    folder = run_folder()
    if folder is None:
        raise RuntimeError(f"{VARIABLE} is not set: run `make test-production`, or start the servers by `make servers`")
    return int((folder / server / "port").read_text())


def kafka() -> str:
    """Bootstrap servers."""
    return f"127.0.0.1:{port('kafka')}"


def opensearch() -> str:
    """The node's URL."""
    return f"http://127.0.0.1:{port('opensearch')}"


def redis() -> str:
    """A storage URL as `limits` takes it."""
    return f"redis://127.0.0.1:{port('redis')}/0"


def storage_options() -> dict[str, str]:
    """What deltalake and obstore need for the S3 of the tests."""
    return {
        "aws_endpoint_url": f"http://127.0.0.1:{port('s3')}",
        "aws_access_key_id": S3_KEY,
        "aws_secret_access_key": S3_SECRET,
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
        "aws_conditional_put": "etag",
    }


def bucket() -> str:
    """The tests' bucket: a folder of the gateway's, made here; a prefix of its own keeps tests apart."""
    folder = run_folder()
    if folder is None:
        raise RuntimeError(f"{VARIABLE} is not set")
    (folder / "s3" / "data" / S3_BUCKET).mkdir(parents=True, exist_ok=True)
    return S3_BUCKET


def fresh_name(stem: str = "t") -> str:
    """For a topic, a prefix, a database: nobody has it yet."""
    return f"{stem}{uuid.uuid4().hex[:12]}"


@contextmanager
def fresh_database() -> Iterator[str]:
    """The URL of an empty Postgres database that goes afterwards."""
    import psycopg

    name = fresh_name("seiche_")
    at = f"postgresql://postgres@127.0.0.1:{port('postgres')}"
    with psycopg.connect(f"{at}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{at}/{name}"
    with psycopg.connect(f"{at}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def product_environment(database_url: str) -> dict[str, str]:
    """Variables that put the whole product on these servers, each store with room of its own."""
    name = fresh_name("p")
    return {
        "SEICHE_PROFILE": "production",
        "SEICHE_REGISTRY__URL": database_url,
        "SEICHE_LAKE__URL": f"s3://{bucket()}/{name}",
        "SEICHE_LAKE__OPTIONS": json.dumps(storage_options()),
        "SEICHE_RAW__URL": f"s3://{bucket()}/{name}-raw",
        "SEICHE_RAW__OPTIONS": json.dumps(storage_options()),
        "SEICHE_KAFKA__SERVERS": kafka(),
        "SEICHE_KAFKA__TOPIC": f"events-{name}",
        "SEICHE_KAFKA__PARTITIONS": "3",
        "SEICHE_KAFKA__REPLICATION_FACTOR": "1",
        "SEICHE_KAFKA__MIN_INSYNC_REPLICAS": "1",
        "SEICHE_OPENSEARCH__URL": opensearch(),
        "SEICHE_OPENSEARCH__PREFIX": name,
        "SEICHE_OPENSEARCH__REPLICAS": "0",
    }


def lake_folder(settings: Settings) -> Path:
    """Where the lake's files are, to weigh them: a folder, or what the gateway keeps of its bucket."""
    folder, (scheme, found, rest) = run_folder(), settings.lake_url.partition("://")
    return Path(scheme) if not found or folder is None else folder / "s3" / "data" / rest


def cpu_seconds() -> dict[str, float]:
    """User and system time so far of each server; {} where none runs."""
    found = {}
    for path in sorted(folder.glob("*/pid")) if (folder := run_folder()) else ():
        root = psutil.Process(int(path.read_text()))
        times = [process.cpu_times() for process in (root, *root.children(recursive=True))]
        found[path.parent.name] = sum(spent.user + spent.system + spent.children_user + spent.children_system for spent in times)
    return found


def call(server: str, action: str) -> None:
    """`deploy/servers/SERVER.sh ACTION`. Raises `CalledProcessError`."""
    subprocess.run([SCRIPTS / f"{server}.sh", action], check=True, timeout=400)  # noqa: S603 - our own script


def kill(server: str) -> None:
    """`kill -9`, and wait until it is gone."""
    folder = run_folder()
    if folder is None:
        raise RuntimeError(f"{VARIABLE} is not set")
    process = psutil.Process(int((folder / server / "pid").read_text()))
    below = process.children(recursive=True)
    process.send_signal(signal.SIGKILL)
    psutil.wait_procs([process, *below], timeout=20)
    (folder / server / "pid").unlink(missing_ok=True)


@contextmanager
def away(server: str, seconds: float, *, killed: bool = False) -> Iterator[None]:
    """The server is stopped (or killed) for the time of the block and at least `seconds`, and back afterwards."""
    kill(server) if killed else call(server, "stop")
    gone_at = time.monotonic()
    try:
        yield
        time.sleep(max(0.0, gone_at + seconds - time.monotonic()))
    finally:
        call(server, "start")
