"""The SDK's own fingerprint, with its variables filled in."""

import re
from collections.abc import Sequence

from seiche.model.event import Event
from seiche.model.issue import Grouping

VARIABLE = re.compile(r"\{\{\s*([\w.\- ]+?)\s*\}\}")
DEFAULT = "default"


def is_default(parts: Sequence[str]) -> bool:
    """Whether the SDK left the decision to us."""
    return not parts or all((found := VARIABLE.fullmatch(part.strip())) is not None and found[1] == DEFAULT for part in parts)


def expanded(parts: Sequence[str], event: Event, default: Grouping) -> tuple[str, ...]:
    """Each part with `{{ default }}`, `{{ type }}`, `{{ tags.x }}` and so on replaced; unknown variables stay as they are."""
    found = {
        DEFAULT: default.fingerprints[0],
        "type": default.type,
        "error.type": default.type,
        "value": default.value,
        "error.value": default.value,
        "message": event.message or default.value,
        "transaction": event.transaction,
        "level": event.level,
        "logger": event.logger,
        "release": event.release,
        "environment": event.environment,
        **{f"tags.{key}": value for key, value in event.tags},
    }
    return tuple(VARIABLE.sub(lambda match: found.get(match[1], match[0]), part) for part in parts)
