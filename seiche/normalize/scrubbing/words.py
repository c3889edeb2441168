"""Which names announce a secret: the words of Sentry's default scrubbing, less what they hit by accident (`author`, `tokenizer`)."""

import re
from collections.abc import Iterable

from seiche.errors import ConfigurationError

LEFT_ALONE = {"auth": "auth(?!or(?!i[sz]))", "token": "token(?!i[sz])"}
"""`author` and `authority` are no `authorization`; a `tokenizer` is no token."""
WORDS = (
    "password", "passwd", "passphrase", "secret", "api[-_]?key", "auth", "credentials", "mysql_pwd", "private[-_]?key", "token",
    "session[-_]?(?:id|key)", "sessid", "csrf", "xsrf", "connect\\.sid",
)  # fmt: skip
WHOLE = ("otp", "pwd", "two[-_]?factor", "(?:http_)?(?:set[-_])?cookies?")
"""Names that are secret only as a whole."""
COUNTED = "auth|token|session|cookie|csrf|xsrf"
"""Under these words numbers are counts (`max_tokens`), not secrets."""
EXEMPT = frozenset({"_meta", "debug_meta", "sdk", "modules"})
"""Top-level parts that mirror names or list packages (`google-auth`): scrubbing would only destroy them."""
CODE = frozenset(
    {"filename", "abs_path", "function", "raw_function", "module", "package", "context_line", "pre_context", "post_context", "user-agent"}
)
"""Keys whose strings are program text: identity and the source view need them, and a secret in source is not the event's."""
ADDRESSES = re.compile(
    r"(?:ip|ip[-_]?addr(?:ess)?|client[-_]?ip|remote[-_]?(?:ip|addr(?:ess)?)|(?:http[-_])?(?:x[-_])?forwarded(?:[-_]for)?"
    r"|(?:http[-_])?(?:x[-_]real|cf[-_]connecting|true[-_]client|x[-_]client)[-_]ip)",
    re.IGNORECASE,
)
"""Names of client addresses, for projects that keep none."""
MOST_REMEMBERED = 10_000


def own(fields: Iterable[str]) -> list[str]:
    """A project's sensitive fields as patterns: parts of names, as in Sentry. Raises `ConfigurationError` for one that is not usable."""
    found = []
    for field in fields:
        name = field.strip()
        if not name or len(name) > 64 or not name.isascii() or not name.isprintable() or '"' in name or "\\" in name:
            raise ConfigurationError(
                f"the sensitive field {field!r} is not usable: 1 to 64 printable ASCII characters without quotes and backslashes"
            )
        found.append(re.escape(name))
    return found


class Names:
    """Which keys are sensitive; remembers what it has seen, as keys repeat."""

    def __init__(self, words: Iterable[str], whole: Iterable[str], safe: Iterable[str]) -> None:
        words, whole = list(words), list(whole)
        self.words = "|".join(LEFT_ALONE.get(word, word) for word in words) or "(?!)"
        self._search = re.compile(self.words, re.IGNORECASE).search
        self._whole = re.compile("|".join(whole) or "(?!)", re.IGNORECASE).fullmatch
        counted = re.compile(COUNTED, re.IGNORECASE)
        strict = [LEFT_ALONE.get(word, word) for word in words if not counted.match(word)]
        self._strict = re.compile("|".join(strict) or "(?!)", re.IGNORECASE).search
        self._safe = frozenset(name.strip().lower() for name in safe)
        self._seen: dict[str, int] = {}

    def kind(self, key: str) -> int:
        """0: no secret; 1: text and structures under it are secret; 2: numbers too; -1: the project says that it is safe."""
        found = self._seen.get(key)
        if found is None:
            if len(self._seen) >= MOST_REMEMBERED:
                self._seen.clear()  # keys are client-made: without a bound they would fill the memory
            found = self._seen[key] = self._look(key)
        return found

    def _look(self, key: str) -> int:
        if key.lower() in self._safe:
            return -1
        if self._search(key):
            return 2 if self._strict(key) else 1
        if self._whole(key):
            return 1 if "cookie" in key.lower() else 2
        return 0
