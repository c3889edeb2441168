"""`seiche doctor`: is this machine and this installation fit."""

from typing import TYPE_CHECKING, Annotated

import typer

from seiche.cli import options
from seiche.cli.output import coloured, emit_json, emit_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from seiche.cli.checks.check import Finding
    from seiche.settings import Settings

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    data: options.Data = None,
    send_test: Annotated[str, typer.Option(metavar="PROJECT", help="Also send a test event to this project and time it.")] = "",
    as_json: options.AsJson = False,
) -> None:
    """Every check: ok, warn or fail, and how to mend it. Exit code 1 where one fails."""
    settings = options.settings_of(data)
    found = _findings(settings, send_test)
    failed = any(finding.verdict == "fail" for finding in found)
    if as_json:
        checks = [{"name": f.name, "verdict": str(f.verdict), "says": f.says, "mend": f.mend} for f in found]
        emit_json({"ok": not failed, "data": str(settings.data), "checks": checks})
    else:
        width = max(len(finding.name) for finding in found)
        for finding in found:
            emit_lines([f"{coloured(f'{finding.verdict:4}', COLOURS[finding.verdict])}  {finding.name:{width}}  {finding.says}"])
            if finding.mend:
                emit_lines([f"      {'':{width}}  -> {finding.mend}"])
    if failed:
        raise typer.Exit(1)


def _findings(settings: "Settings", send_test: str) -> "list[Finding]":
    from functools import partial

    from seiche.cli.checks import installation, machine
    from seiche.cli.checks.check import guarded

    found = [machine.python(), machine.node(), machine.chromium(), machine.memory()]
    exists = settings.profile == "production" or (settings.data / "secrets.json").exists()
    looks: list[Callable[[Settings], Finding]] = [machine.rights, machine.disk]
    looks += [machine.clock, *installation.ALL] if exists else [installation.secrets, installation.dashboard, installation.ports]
    if settings.profile == "production":
        from seiche.cli.checks import production

        looks += production.ALL
    found += [guarded(look.__name__, partial(look, settings)) for look in looks]
    if exists:
        found += installation.processes(settings)
    if send_test:
        from seiche.cli.checks.round_trip import round_trip

        found.append(guarded("round trip", lambda: round_trip(settings, send_test)))
    return found
