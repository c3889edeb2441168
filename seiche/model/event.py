"""An event after normalisation: one shape, whatever the SDK sent. Built by `seiche.normalize`, read by everything behind it."""

from typing import Any

import msgspec

Json = Any
"""A decoded JSON value: the SDK's own free-form data."""


class Symbolication(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a minified or obfuscated frame, and the frame as it was sent."""

    resolved: bool
    code: str
    """debug_id, release, proguard; or why not: no_artifact_for_debug_id, file_not_in_release, ..."""
    text: str
    """The same for people: which file answered, or what is missing and what to do."""
    function: str = ""
    module: str = ""
    filename: str = ""
    abs_path: str = ""
    lineno: int | None = None
    colno: int | None = None


class DebugImage(msgspec.Struct, frozen=True):
    """How an event names the uploaded file that a frame is resolved with."""

    type: str
    """sourcemap, proguard."""
    debug_id: str
    """A UUID, in lower case with dashes."""
    code_file: str = ""
    """The frames' `abs_path`, for source maps."""


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """One stack frame. Frames are oldest first: the LAST one raised."""

    function: str = ""
    module: str = ""
    filename: str = ""
    abs_path: str = ""
    lineno: int | None = None
    colno: int | None = None
    in_app: bool = False
    context_line: str = ""
    pre_context: tuple[str, ...] = ()
    post_context: tuple[str, ...] = ()
    vars: dict[str, Json] = msgspec.field(default_factory=dict)
    package: str = ""
    platform: str = ""
    instruction_addr: str = ""
    symbolication: Symbolication | None = None
    """Of frames that are minified or obfuscated; None: the frame is as it was sent, and nothing is to be done."""


class ExceptionValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One exception of a chain. Chains are oldest first: the ROOT CAUSE first, the caught one LAST."""

    type: str = ""
    value: str = ""
    module: str = ""
    frames: tuple[Frame, ...] = ()
    handled: bool | None = None
    mechanism: str = ""
    synthetic: bool = False
    thread_id: str = ""
    exception_id: int | None = None
    """Its number in a tree of exceptions: `parent_id` names the one that holds it, and 0 is the outermost."""
    parent_id: int | None = None
    is_group: bool = False
    """Whether it holds several that happened together (`ExceptionGroup`, `AggregateError`)."""
    mechanism_data: dict[str, Json] = msgspec.field(default_factory=dict)
    """The rest of the mechanism, for people: description, help link, signal, error numbers."""


class Breadcrumb(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something the program did before; oldest first."""

    timestamp: float | None = None
    type: str = "default"
    category: str = ""
    level: str = "info"
    message: str = ""
    data: dict[str, Json] = msgspec.field(default_factory=dict)


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who was affected."""

    id: str = ""
    email: str = ""
    username: str = ""
    ip_address: str = ""
    data: dict[str, Json] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """One string that identifies the user, or "": the first of id, email, username, ip_address that is set."""
        for name in ("id", "email", "username", "ip_address"):
            if value := getattr(self, name):
                return f"{name}:{value}"
        return ""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One occurrence, normalised and trimmed."""

    event_id: str
    project_id: int
    received_at_us: int
    occurred_at_us: int
    """Drift corrected; `received_at_us` where the SDK's time is missing or absurd."""
    platform: str = "other"
    level: str = "error"
    logger: str = ""
    transaction: str = ""
    server_name: str = ""
    release: str = ""
    dist: str = ""
    environment: str = ""
    message: str = ""
    """The formatted log entry or message."""
    message_template: str = ""
    """The unformatted log entry, where the SDK sent one."""
    exceptions: tuple[ExceptionValue, ...] = ()
    thread_frames: tuple[Frame, ...] = ()
    """The stack of the crashed or current thread, where no exception carries one (messages with `attach_stacktrace`)."""
    breadcrumbs: tuple[Breadcrumb, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    user: User = msgspec.field(default_factory=User)
    request: dict[str, Json] = msgspec.field(default_factory=dict)
    contexts: dict[str, Json] = msgspec.field(default_factory=dict)
    extra: dict[str, Json] = msgspec.field(default_factory=dict)
    modules: dict[str, str] = msgspec.field(default_factory=dict)
    sdk_name: str = ""
    sdk_version: str = ""
    fingerprint: tuple[str, ...] = ()
    """The SDK's own `fingerprint`, with `{{ default }}` unexpanded; empty where it sent none."""
    debug_images: tuple[DebugImage, ...] = ()
    """Of source maps and ProGuard mappings."""
    remarks: tuple[str, ...] = ()
    """What normalisation trimmed, dropped or corrected, for people: `extra.body: trimmed to 16384 bytes`."""

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames that decide: the last exception that has some, else the thread's."""
        for exception in reversed(self.exceptions):
            if exception.frames:
                return exception.frames
        return self.thread_frames
