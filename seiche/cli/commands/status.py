"""`seiche status`: processes, lag, freshness, accounting."""

from typing import Any

from seiche.cli import options
from seiche.cli.output import coloured, emit_json, emit_lines, table


def status(data: options.Data = None, as_json: options.AsJson = False) -> None:
    """What runs, how far each consumer is behind, how fresh everything is, and what became of every event."""
    settings = options.installation(data)
    from seiche.cli.condition import condition

    found = condition(settings)
    if as_json:
        emit_json(found)
        return
    emit_lines(_lines(found))


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['data']}  {found['url'] or ''}", ""]
    lines += table(
        ("process", "state", "pid", "restarts", "since"),
        [(p["name"], p["state"], p["pid"], p["restarts"], (p["since"] or "")[:19]) for p in found["processes"]],
    )
    lines += ["", *table(("consumer", "offset", "lag"), [(c["name"], c["offset"], c["lag"]) for c in found["consumers"]])]
    fresh = found["freshness"]
    waiting = fresh["oldest_waiting_seconds"]
    lines += ["", f"newest event in the lake {_ago(fresh['silver_age_seconds'])}, in analytics {_ago(fresh['analytics_age_seconds'])}"]
    lines += [f"oldest waiting event: {waiting:.1f} s" if waiting else "nothing waits"]
    lines += _canary(found["canary"])
    sums = found["accounting"]
    parts = " + ".join(f"{name} {sums[name]}" for name in ("stored", "duplicates", "filtered", "rate_limited", "invalid", "pending"))
    lines += ["", f"received {sums['received']} = {parts}"]
    if sums["unexplained"]:
        lines += [coloured(f"{sums['unexplained']} events are not accounted for: run `seiche drain`, it names them", "red")]
    return lines


def _canary(found: dict[str, Any] | None) -> list[str]:
    """The line as Seiche's own event saw it: seconds from sending until it was behind each hop."""
    if found is None:
        return []
    if found["problem"]:
        stalled = [f"{hop['name']} since {hop['stalled_since'][:19]}" for hop in found["hops"] if hop["stalled_since"]]
        return ["", coloured("; ".join([found["problem"], *stalled]), "red")]
    hops = [f"{hop['name']} {hop['seconds']:.2f} s" for hop in found["hops"] if hop["seconds"] is not None]
    return ["", f"canary  {', '.join(hops)}" if hops else "canary  none has been sent yet"]


def _ago(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds:.0f} s ago"
