"""The installation: data directory, secrets, registry, processes, ports, stores, mail."""

import smtplib
import socket
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from seiche.cli.checks.check import Finding, fail, ok, warn

if TYPE_CHECKING:
    from seiche.settings import Settings

MAIL_SECONDS = 5.0


def secrets(settings: "Settings") -> Finding:
    """Passwords for their owner's eyes alone."""
    path = settings.data / "secrets.json"
    if not path.exists():
        return warn("secrets", f"{path} is missing", f"start `seiche up --data {settings.data}` once: it generates it")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return fail("secrets", f"{path} has mode {mode:o}: others may read it", f"chmod 600 {path}")
    return ok("secrets", f"{path} has mode {mode:o}")


def registry(settings: "Settings") -> Finding:
    """Schema version against what this Seiche knows."""
    from seiche.registry.migrate import versions

    current, newest = versions(settings.registry_url)
    if not current:
        return warn("registry", "the registry is empty", f"start `seiche up --data {settings.data}` once: it makes it")
    if current != newest:
        return warn("registry", f"schema {current}, this Seiche has {newest}", "start `seiche up` again: it brings the registry up to date")
    return ok("registry", f"schema {current}, the newest")


def dashboard(_settings: "Settings") -> Finding:
    """The built pages."""
    import seiche

    index = Path(seiche.__file__).parent.parent / "dashboard" / "web" / "dist" / "index.html"
    if not index.exists():
        return warn("dashboard", "the dashboard is not built", "run `make dashboard` (it needs Node 20)")
    return ok("dashboard", f"built: {index.parent}")


def processes(settings: "Settings") -> list[Finding]:
    """What the supervisor says, and whether it is true."""
    from seiche.cli.condition import is_up
    from seiche.wiring import read_run_file

    if not is_up(settings):
        return [warn("seiche up", "it does not run", f"start `seiche up --data {settings.data}`")]
    found = []
    for name, told in read_run_file(settings.run_dir / "state.json").get("processes", {}).items():
        says = f"{told['state']}, {told['restarts']} restarts" + (f", last ended {told['last_exit']}" if told["last_exit"] else "")
        log = settings.data / "logs" / f"{name}.log"
        if told["state"] == "on demand" or (told["state"] == "running" and psutil.pid_exists(told["pid"])):
            if told["restarts"] > 5:
                found.append(warn(name, says, f"read {log}: it should not have to be started so often"))
            else:
                found.append(ok(name, says))
        else:
            found.append(fail(name, says, f"read {log}"))
    return found


def ports(settings: "Settings") -> Finding:
    """The product's own port: ours, free, or somebody else's."""
    from seiche.cli.condition import is_up
    from seiche.wiring import read_run_file

    if is_up(settings):
        return ok("ports", f"listening at {read_run_file(settings.run_dir / 'endpoints.json').get('web')}")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return warn("ports", f"port {settings.port} of {settings.host}: {error.strerror}", "stop what uses it, or pass another --port")
    return ok("ports", f"port {settings.port} of {settings.host} is free")


def log(settings: "Settings") -> Finding:
    """The event log, and how much of it waits."""
    from seiche.wiring import event_log_reader

    reader = event_log_reader(settings)
    lags: dict[str, int] = {}
    total = 0
    for partition in reader.partitions():
        end = reader.end_offset(partition)
        total += end - reader.start_offset(partition)
        for consumer, offset in reader.acknowledged(partition).items():
            lags[consumer] = lags.get(consumer, 0) + max(0, end - offset)
    says = f"{total} records" + "".join(f", {name} {lag} behind" for name, lag in sorted(lags.items()))
    if max(lags.values(), default=0) > settings.log.queue_records:
        return warn("event log", says, "`seiche status` shows which consumer is slow or down")
    return ok("event log", says)


def lake(settings: "Settings") -> Finding:
    """Whether every table opens with this version's columns."""
    from lake.specs import TABLES
    from seiche import wiring

    tables = wiring.lake(settings)
    if not tables.exists("bronze_events"):
        return warn("lake", "no table yet", "they are made when the first event arrives")
    versions = [f"{name} {tables.table(name).version()}" for name in TABLES]
    return ok("lake", f"{settings.lake_url}: versions " + ", ".join(versions))


def olap(settings: "Settings") -> Finding:
    """ClickHouse's protocol, with our password."""
    from seiche.cli.condition import is_up
    from seiche.wiring import olap_client

    if not settings.olap.port and not is_up(settings):
        return warn("olap", "not looked at: `seiche up` does not run", f"start `seiche up --data {settings.data}`")
    client = olap_client(settings, patience_seconds=1.0)
    return ok("olap", f"ClickHouse {client.server_version}")


def canary(settings: "Settings") -> Finding:
    """Whether Seiche's own event comes through the whole line."""
    import time

    from seiche.cli.condition import is_up
    from seiche.model.canary import judge
    from seiche.registry import canaries
    from seiche.wiring import registry_engine

    chosen = settings.canary
    if not chosen.enabled:
        return warn("canary", "it is switched off", "set canary.enabled = true, and a line that stands still is noticed within a minute")
    if not is_up(settings) and settings.profile == "embedded":
        return warn("canary", "not looked at: `seiche up` does not run", f"start `seiche up --data {settings.data}`")
    sent = canaries.newest(registry_engine(settings.registry_url))
    found = judge(sent, now_us=time.time_ns() // 1000, every_seconds=chosen.every_seconds, late_seconds=chosen.late_seconds)
    if found.problem:
        return fail("canary", found.problem, "`seiche status` shows which process is down, or how far each consumer is behind")
    if not found.hops:
        return ok("canary", "none has been sent yet")
    hops = ", ".join(f"{hop.name} {hop.seconds:.2f} s" for hop in found.hops if hop.seconds is not None)
    return ok("canary", hops or "under way")


def limits(settings: "Settings") -> Finding:
    """Where limits are counted, and whether it can be relied on."""
    url = settings.limits.storage_url
    if not url.startswith(("redis://", "rediss://", "unix://")):
        return ok(
            "limits", "counted in the web process" if url in {"", "memory://"} else f"counted in {url.partition(':')[0]}, not looked at"
        )
    from seiche.backends.production.redis import health
    from seiche.errors import StoreUnavailable

    try:
        found = health(url)
    except StoreUnavailable as error:
        return warn("limits", str(error), "start it; until then each web process counts alone, and together they let pass more")
    says = f"Redis {found.version}"
    if found.evicts:
        return warn("limits", f"{says}, maxmemory-policy {found.evicts}", "set noeviction: a count that is thrown away renews its quota")
    if not found.is_kept:
        return warn("limits", f"{says}, without append-only file", "set appendonly yes: quotas of a month begin anew when it restarts")
    return ok("limits", f"{says}, counts are kept")


def mail(settings: "Settings") -> Finding:
    """The mail server: greeting, TLS and login, no mail."""
    chosen = settings.alerts.mail
    if not chosen.host:
        return warn(
            "mail", "no mail server is set: rules that ask for mail cannot send", "set alerts.mail.host (SEICHE_ALERTS__MAIL__HOST)"
        )
    try:
        with smtplib.SMTP(chosen.host, chosen.port, timeout=MAIL_SECONDS) as server:
            if chosen.starttls:
                server.starttls()
            if chosen.username:
                server.login(chosen.username, chosen.password)
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return fail(
            "mail",
            f"{chosen.host}:{chosen.port} does not take mail: {error}",
            "check alerts.mail.* in seiche.toml or SEICHE_ALERTS__MAIL__*",
        )
    return ok("mail", f"{chosen.host}:{chosen.port} answers")


ALL: Sequence[Any] = (secrets, registry, dashboard, ports, log, lake, olap, canary, limits, mail)
