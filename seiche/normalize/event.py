"""One event: body bytes in whatever shape -> `Event`. Pure."""

import re
from typing import Any

from seiche.model.event import DebugImage, Event
from seiche.model.project import ProjectConfig
from seiche.model.record import LogRecord
from seiche.normalize import agent, context, wire
from seiche.normalize.exceptions import exceptions, thread_frames
from seiche.normalize.times import occurred_at_us
from seiche.normalize.values import text

LEVELS = {name: name for name in ("fatal", "error", "warning", "info", "debug")} | {
    "critical": "fatal", "panic": "fatal", "err": "error", "exception": "error", "warn": "warning",
    "log": "info", "notice": "info", "information": "info", "trace": "debug", "verbose": "debug",
    "50": "fatal", "40": "error", "30": "warning", "20": "info", "10": "debug",
}  # fmt: skip
DEBUG_ID = re.compile(r"[0-9a-f]{32}(?:[0-9a-f]{1,8})?")
DEBUG_IMAGE_TYPES = frozenset({"sourcemap", "proguard"})
DEBUG_IMAGES_LIMIT = 200
RELEASE_LIMIT, ENVIRONMENT_LIMIT = 200, 64
BAD_RELEASE = re.compile(r"[\x00-\x1f\x7f/\\]|^(?:\.{1,2}|latest|\s*)$")
BAD_ENVIRONMENT = re.compile(r"[\x00-\x1f\x7f/]|^(?:none|\s*)$", re.IGNORECASE)


def normalise(body: bytes, record: LogRecord, config: ProjectConfig, *, details: bool = True) -> Event:
    """The event in `body` (decompressed JSON) as everything behind ingest sees it. Raises `InvalidInput`, and nothing else.

    Without `details` it leaves out what only people read (locals, context lines around the faulty one, breadcrumb data, request,
    contexts, extra, modules), which halves the cost; all else is the same, grouping and search text included.
    """
    remarks: list[str] = []
    sent = wire.decode(body, details=details, remarks=remarks)
    platform = text(sent.platform, 64).lower() or "other"
    message, template = context.message(sent, remarks)
    chain = exceptions(sent, config, remarks)
    sdk = sent.sdk if isinstance(sent.sdk, dict) else {}
    tags = context.tags(sent.tags, remarks)
    told = agent.told_by(agent.user_agent(sent.request, platform, record.user_agent), platform)
    tags = agent.tags(agent.with_agent(agent.spoken(sent.contexts), told), tags)
    client_ip = "" if config.scrub_ip_addresses else record.client_ip
    more: dict[str, Any] = {}
    if details and isinstance(sent, wire.Details):
        more = {
            "request": context.request(sent.request, remarks),
            "contexts": agent.with_agent(context.contexts(sent.contexts, remarks), told),
            "extra": context.extras(sent.extra, remarks),
            "modules": context.modules(sent.modules, remarks),
        }
    return Event(
        event_id=record.event_id,
        project_id=record.project_id,
        received_at_us=record.received_at_us,
        occurred_at_us=occurred_at_us(sent.timestamp, received_at_us=record.received_at_us, sent_at_us=record.sent_at_us, remarks=remarks),
        platform=platform,
        level=_level(sent.level, remarks),
        logger=text(sent.logger, 64, "logger", remarks),
        transaction=text(sent.transaction or sent.culprit, 200, "transaction", remarks),
        server_name=text(sent.server_name, 256, "server_name", remarks),
        release=_named(sent.release, BAD_RELEASE, RELEASE_LIMIT, "release", remarks),
        dist=text(sent.dist, 64, "dist", remarks),
        environment=_named(sent.environment or dict(tags).get("environment"), BAD_ENVIRONMENT, ENVIRONMENT_LIMIT, "environment", remarks),
        message=message,
        message_template=template,
        exceptions=chain,
        thread_frames=()
        if any(item.frames for item in chain)
        else thread_frames(sent, chain[-1].thread_id if chain else "", config, remarks),
        breadcrumbs=context.breadcrumbs(sent.breadcrumbs, details=details, remarks=remarks),
        tags=tags,
        user=context.user(sent.user, sent.request, platform, client_ip, record.geo, details=details, remarks=remarks),
        sdk_name=text(sdk.get("name"), 64),
        sdk_version=text(sdk.get("version"), 64),
        fingerprint=_fingerprint(sent.fingerprint, remarks),
        debug_images=_debug_images(sent.debug_meta),
        remarks=tuple(dict.fromkeys(remarks)),
        **more,
    )


def debug_id(sent: Any) -> str:
    """A UUID in lower case with dashes, without what some append to it (`-0`, an age); "" where it is none."""
    plain = text(sent, 64).replace("-", "").lower()
    if not DEBUG_ID.fullmatch(plain):
        return ""
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:32]}"


def _debug_images(sent: "wire.DebugMeta | None") -> tuple[DebugImage, ...]:
    if sent is None or not sent.images:
        return ()
    found: list[DebugImage] = []
    for image in filter(None, sent.images):
        kind = image.type
        if isinstance(kind, str) and kind in DEBUG_IMAGE_TYPES and len(found) < DEBUG_IMAGES_LIMIT:
            named = debug_id(image.debug_id) or debug_id(image.uuid)
            if named:
                found.append(DebugImage(kind, named, text(image.code_file, 1024)))
    return tuple(found)


def _level(sent: Any, remarks: list[str]) -> str:
    if sent is None:
        return "error"
    found = LEVELS.get(text(sent, 16).strip().lower())
    if found is None:
        remarks.append("level: unknown, error is used")
        return "error"
    return found


def _named(sent: Any, bad: re.Pattern[str], limit: int, name: str, remarks: list[str]) -> str:
    """A release or environment; one that cannot be an address or a filter is removed, not the event refused."""
    value = text(sent, 1000).strip()
    if not value:
        return ""
    if bad.search(value) or len(value) > limit:
        remarks.append(f"{name}: removed, {value[:60]!r} is not a usable name")
        return ""
    return value


def _fingerprint(sent: Any, remarks: list[str]) -> tuple[str, ...]:
    if sent is None:
        return ()
    parts = [text(part, 1024, "fingerprint", remarks) for part in (sent if isinstance(sent, list) else [sent])[:50] if part is not None]
    return tuple(parts) if any(parts) else ()
