"""Which names (JSON keys, query parameters, headers, variables) say that their value is a secret."""

import re
from collections.abc import Iterable

FILTERED = "[Filtered]"

WORDS = r"password|passwd|passphrase|secret|api[-_ ]?key|auth|credential|mysql_pwd|private[-_ ]?key|access[-_ ]?key|token|csrf|xsrf"
"""A name that contains one of them is sensitive, but for what `_HARMLESS` takes out. Plain enough for `re` and hyperscan alike."""

EXACT = (
    r"otp|two[-_]?factor|cvv2?|cvc2?|ssn|(?:http[-_])?(?:set[-_])?cookies?2?|session_?id|session_?cookie|"
    r"phpsessid|jsessionid|aspsessionid|asp\.net_sessionid|connect\.sid|laravel_session|aiohttp_session|user_session|symfony"
)
"""Names that are sensitive as a whole, and mean something else within a longer one."""

ADDRESSES = (
    r"ip_address|(?:http[-_])?(?:remote[-_]addr|x[-_]forwarded[-_]for|x[-_]real[-_]ip|forwarded|forwarded[-_]for|client[-_]ip|"
    r"x[-_]client[-_]ip|x[-_]cluster[-_]client[-_]ip|true[-_]client[-_]ip|cf[-_]connecting[-_]ip(?:v6)?|fastly[-_]client[-_]ip)"
)
"""Where the address of a visitor stands (`scrub_ip_addresses`)."""

# Authors and tokenisers are no secrets; `authorization` is one.
_HARMLESS = re.compile(r"author(?!i[sz])|tokeni[sz]", re.IGNORECASE | re.ASCII)
_WORDS = re.compile(WORDS, re.IGNORECASE | re.ASCII)
_EXACT = re.compile(EXACT, re.IGNORECASE | re.ASCII)
_ADDRESSES = re.compile(ADDRESSES, re.IGNORECASE | re.ASCII)
# How many tokens a language model used is a number that people want to see.
_COUNT = re.compile(r"tokens|token[-_ ]?(?:count|limit|usage|used)", re.IGNORECASE | re.ASCII)
_MOST_REMEMBERED = 10_000


class Names:
    """Tells sensitive names. `own` fields match anywhere in a name, `safe` fields a whole name; letters' case does not matter."""

    def __init__(self, *, defaults: bool, addresses: bool, own: Iterable[str], safe: Iterable[str]) -> None:
        self._defaults = defaults
        self._addresses = addresses
        self._own = tuple(fold(name.strip()) for name in own if name.strip())
        self._safe = frozenset(fold(name.strip()) for name in safe if name.strip())
        self._known: dict[str, bool] = {}

    def sensitive(self, name: str) -> bool:
        """Whether what stands under `name` is to be hidden."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            known = self._known[name] = self._is_sensitive(name)
        return known

    def safe(self, name: str) -> bool:
        """Whether the project's owners said that what stands under `name`, however deep, is to be kept as it is."""
        return bool(self._safe) and fold(name) in self._safe

    def sensitive_in_text(self, name: str) -> bool:
        """The same for `name=value` within a text: of `auth_user.id` and `user[password]` only the last part is looked at for our words."""
        last = _parts(name)[-1]
        if self.safe(name) or self.safe(last):
            return False
        return self.sensitive(last) or (self.sensitive(name) and not self._by_word(name))

    def _is_sensitive(self, name: str) -> bool:
        if self.safe(name):
            return False
        return self._by_project(name) or (self._defaults and (self._by_word(name) or _EXACT.fullmatch(name) is not None))

    def _by_project(self, name: str) -> bool:
        if self._addresses and _ADDRESSES.fullmatch(name):
            return True
        folded = fold(name)
        return any(own in folded for own in self._own)

    def _by_word(self, name: str) -> bool:
        return _WORDS.search(_HARMLESS.sub(" ", name)) is not None


def _parts(name: str) -> list[str]:
    plain = name.replace("%5B", "[").replace("%5b", "[").replace("%5D", "]").replace("%5d", "]")
    return [part.strip("]-$@!*") for part in re.split(r"[.\[]", plain)]


def counts(name: str) -> bool:
    """Whether a number under `name` is a quantity."""
    return _COUNT.search(name) is not None


def fold(name: str) -> str:
    """Lower case, letter by letter; a letter that is ASCII only in one case (the Kelvin sign) stays, as hyperscan cannot know it."""
    if name.isascii():
        return name.lower()
    return "".join(lower if len(lower := c.lower()) == 1 and lower.isascii() == c.isascii() else c for c in name)
