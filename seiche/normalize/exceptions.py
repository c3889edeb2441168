"""Exceptions and threads: one chain, root cause first, whatever list, dict or legacy place they came in."""

import re
from typing import Any

import msgspec

from seiche.model.event import ExceptionValue, Frame
from seiche.model.project import ProjectConfig
from seiche.normalize import wire
from seiche.normalize.stacktrace import frames
from seiche.normalize.values import boolean, integer, text, tree

CHAIN_LIMIT = 50
MECHANISM_BYTES = 4096
TOLD = ("description", "help_link", "source", "meta", "data")
"""Of a mechanism."""
TYPE_IN_VALUE = re.compile(r"^([A-Z]\w*(?:Error|Exception)?): (.+)$", re.DOTALL)


def exceptions(event: "wire.Identity[Any]", config: ProjectConfig, remarks: list[str]) -> tuple[ExceptionValue, ...]:
    """The chain, oldest first. Entries with neither type, value nor frames say nothing and are left out."""
    sent = event.exception
    given: list[Any] = []
    if isinstance(sent, wire.Exceptions):
        given = sent.values if sent.values is not None else [sent]
    elif sent is not None:
        given = sent
    if len(given) > CHAIN_LIMIT:
        remarks.append(f"exception: {len(given) - CHAIN_LIMIT} of {len(given)} cut from the middle of the chain")
        given = given[: CHAIN_LIMIT // 2] + given[-CHAIN_LIMIT // 2 :]
    chain = [_exception(item, config, remarks, details=isinstance(event, wire.Details)) for item in given if item is not None]
    chain = [item for item in chain if item.type or item.value or item.frames]
    if chain and event.stacktrace is not None and not any(item.frames for item in chain):
        # The deprecated place: the stack of the exception that was caught.
        stack = frames(event.stacktrace, "stacktrace", config, remarks)
        chain[-1] = msgspec.structs.replace(chain[-1], frames=stack)
    return tuple(chain)


def thread_frames(event: "wire.Identity[Any]", thread_id: str, config: ProjectConfig, remarks: list[str]) -> tuple[Frame, ...]:
    """The stack of the exception's own thread, else of the crashed, the current or the only one; else the deprecated top-level stack."""
    sent = event.threads
    given: list[Any] = []
    if isinstance(sent, wire.Threads):
        given = sent.values if sent.values is not None else [sent]
    elif sent is not None:
        given = sent
    threads = [thread for thread in given if thread is not None and thread.stacktrace is not None]
    chosen = (
        next((thread for thread in threads if thread_id and text(thread.id, 64) == thread_id), None)
        or next((thread for thread in threads if thread.crashed is True), None)
        or next((thread for thread in threads if thread.current is True), None)
        or (threads[0] if len(threads) == 1 else None)
    )
    stack = chosen.stacktrace if chosen is not None else event.stacktrace
    return frames(stack, "threads" if chosen is not None else "stacktrace", config, remarks)


def _exception(sent: "wire.Thrown[Any]", config: ProjectConfig, remarks: list[str], *, details: bool) -> ExceptionValue:
    kind, value = text(sent.type, 256, "exception.type", remarks), text(sent.value, 8192, "exception.value", remarks)
    if not kind and (found := TYPE_IN_VALUE.match(value)):
        kind, value = found[1], found[2]
    mechanism = sent.mechanism if isinstance(sent.mechanism, dict) else {}
    stack = frames(sent.stacktrace, "exception.stacktrace", config, remarks)
    return ExceptionValue(
        type=kind,
        value=value,
        module=text(sent.module, 256),
        frames=stack or frames(sent.raw_stacktrace, "exception.raw_stacktrace", config, remarks),
        handled=boolean(mechanism.get("handled")),
        mechanism=text(mechanism.get("type") if mechanism else sent.mechanism, 64),
        synthetic=mechanism.get("synthetic") is True,
        thread_id=text(sent.thread_id, 64),
        exception_id=integer(mechanism.get("exception_id")),
        parent_id=integer(mechanism.get("parent_id")),
        is_group=mechanism.get("is_exception_group") is True,
        mechanism_data=_told(mechanism, remarks) if details and mechanism else {},
    )


def _told(mechanism: dict[str, Any], remarks: list[str]) -> dict[str, Any]:
    """What people may want to know of a mechanism, beside what stands in the exception's own fields."""
    found = {name: mechanism[name] for name in TOLD if mechanism.get(name)}
    return tree(found, MECHANISM_BYTES, "exception.mechanism", remarks) if found else found
