"""What a user said, from the two shapes SDKs send it in."""

import hashlib
from typing import Any

import msgspec

from seiche.errors import InvalidInput
from seiche.protocol.identifiers import event_id

MESSAGE_CHARACTERS, URL_CHARACTERS = 16_384, 2048


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """One person's words."""

    feedback_id: str
    event_id: str
    """The event it speaks about; "" where it names none."""
    name: str
    email: str
    message: str
    url: str


def user_report(body: bytes, record_event_id: str) -> Feedback:
    """`{event_id, name, email, comments}`. Raises `InvalidInput` without words or event."""
    tree = _object(body)
    about = record_event_id or event_id(tree.get("event_id"))
    name, email, message = _text(tree.get("name"), 128), _text(tree.get("email"), 254), _text(tree.get("comments"), MESSAGE_CHARACTERS)
    if not about:
        raise InvalidInput("the report names no event", reason="no_event_id")
    if not message:
        raise InvalidInput("the report has no comments", reason="empty")
    said = f"{about}\0{name}\0{email}\0{message}"
    return Feedback(
        feedback_id=hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32],
        event_id=about,
        name=name,
        email=email,
        message=message,
        url="",
    )


def feedback(body: bytes, record_event_id: str) -> Feedback:
    """An event with `contexts.feedback`. Raises `InvalidInput` without words."""
    tree = _object(body)
    said = _inner(_inner(tree, "contexts"), "feedback")
    user = _inner(tree, "user")
    message = _text(said.get("message"), MESSAGE_CHARACTERS)
    if not message:
        raise InvalidInput("the feedback has no message", reason="empty")
    try:
        about = event_id(said.get("associated_event_id"))
    except InvalidInput:
        about = ""
    return Feedback(
        feedback_id=record_event_id or hashlib.sha256(body).hexdigest()[:32],
        event_id=about,
        name=_text(said.get("name"), 128) or _text(user.get("username"), 128) or _text(user.get("name"), 128),
        email=_text(said.get("contact_email"), 254) or _text(user.get("email"), 254),
        message=message,
        url=_text(said.get("url"), URL_CHARACTERS),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"it is not JSON: {error}", reason="invalid_json") from error
    if not isinstance(tree, dict):
        raise InvalidInput("it is not a JSON object", reason="invalid_json")
    return tree


def _inner(tree: dict[str, Any], name: str) -> dict[str, Any]:
    found = tree.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: Any, most: int) -> str:
    return value.replace("\0", "").strip()[:most] if isinstance(value, str) else ""
