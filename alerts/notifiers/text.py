"""A notification as plain text, the guilty line first. Pure."""

from typing import Any


def subject(payload: dict[str, Any]) -> str:
    """`[SHOP-1] ValueError: ...`, with a mark where it came back; one line."""
    data = payload["data"]
    came_back = "Regressed: " if payload["type"] == "issue.regressed" else ""
    title = " ".join(str(data["title"]).split())[:150]
    return f"[{data['issue']['short_id']}] {came_back}{title}"


def body(payload: dict[str, Any]) -> str:
    """Why now, what, where, how often, and where to look."""
    data = payload["data"]
    issue, event = data["issue"], data["event"]
    lines = [
        f"{data['project']['name']}: {data['why']}",
        "",
        data["title"],
        data["url"],
        "",
        f"State        {issue['status']}{', ' + issue['substatus'] if issue['substatus'] else ''} ({issue['level']})",
        f"First seen   {issue['first_seen']}",
        f"Events       {issue['count']}",
    ]
    named = (("Release", event["release"]), ("Environment", event["environment"]), ("Transaction", event["transaction"]))
    lines += [f"{name:<12} {value}" for name, value in named if value]
    lines += _frame(data["frame"])
    lines += ["", f"Change who gets these mails: {data['settings_url']}"]
    return "\n".join(lines) + "\n"


def _frame(frame: dict[str, Any] | None) -> list[str]:
    if frame is None:
        return []
    where = frame["filename"] or frame["module"]
    number = f":{frame['lineno']}" if frame["lineno"] else ""
    lines = ["", f"{where}{number} in {frame['function'] or '?'}"]
    for line in frame["lines"]:
        mark = ">" if line["number"] == frame["lineno"] else " "
        lines.append(f"{mark} {line['number']:>5}  {line['code']}")
    return lines
