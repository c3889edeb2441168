"""What is replaced within one string: the sensitive part, not the whole, so that messages stay readable.

Every rule takes a text and answers it with its findings replaced. It is linear in the text's length, and leaves alone what it wrote itself.
"""

import re
from collections.abc import Callable
from typing import Final

from seiche.normalize.scrubbing.checks import iban_length, is_basic_credentials, is_card
from seiche.normalize.scrubbing.names import FILTERED

Rule = Callable[[str], str]

PAIRS: Final = 1
CREDENTIALS: Final = 2
CARDS: Final = 3
ACCOUNTS: Final = 4
SOCIAL_SECURITY: Final = 5
KEYS: Final = 6
ADDRESSES: Final = 7
TOKENS: Final = 8
HEADERS: Final = 9
ORDER: Final = (PAIRS, HEADERS, KEYS, ADDRESSES, CREDENTIALS, TOKENS, CARDS, ACCOUNTS, SOCIAL_SECURITY)

_CREDENTIALS = re.compile(r"(?i:\b(bearer|basic))(\s+)([A-Za-z0-9._~+/=%:|-]+)", re.ASCII)
_PLAIN_WORD = re.compile(r"[A-Za-z]{1,20}[.:!?]*")
_CARD = re.compile(r"(?<![0-9A-Za-z])(?<![0-9]\.)[2-6][0-9]{3}(?:[ -]?[0-9]){9,15}(?![0-9A-Za-z])(?!\.[0-9])")
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,36}")
_SOCIAL_SECURITY = re.compile(r"(?<![0-9A-Za-z-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9A-Za-z-])")
_KEY = re.compile(r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----)(.*?)(?=-----END|\Z)", re.DOTALL)
# What stands before the @ may hold anything but a slash, as people do not always escape their passwords; `host:80?x=a@b` has no password.
_ADDRESS = re.compile(r"(?<=://)(?![^\s/\"'<>@:]*:[0-9]{1,5}[?#])([^\s/\"'<>]+)@")
_LONG_USER = 16
_HEADERS = re.compile(
    r"(?i:(?<![\w-])((?:proxy-)?authorization ?: ?)((?:bearer|basic|digest|negotiate|token|apikey|aws4-hmac-sha256) +[^\s\"'<>\\]+)"
    r"|((?:set-)?cookie ?: ?)([^\s=\"'<>\\]+=[^\r\n\"'\\]+)|(x-[a-z-]{0,40}(?:token|key|secret|auth) ?: ?)([^\s\"'<>\\]+))",
    re.ASCII,
)
_TOKEN = re.compile(
    r"(?<![0-9A-Za-z])(?:gh[pousr]_[0-9A-Za-z]{36,}|github_pat_\w{40,}|glpat-[\w-]{20,}|xox[abeoprs]-[0-9A-Za-z-]{10,}|"
    r"[rs]k_(?:live|test)_[0-9A-Za-z]{16,}|AKIA[0-9A-Z]{16}(?![0-9A-Z])|AIza[\w-]{35}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)",
    re.ASCII,
)


def credentials(text: str) -> str:
    """What follows `Bearer` (unless it is a word: "bearer token") and `Basic` (if it is base64 of user:password)."""

    def replaced(found: re.Match[str]) -> str:
        scheme, space, value = found.groups()
        hidden = is_basic_credentials(value) if scheme.lower() == "basic" else not _PLAIN_WORD.fullmatch(value)
        return f"{scheme}{space}{FILTERED}" if hidden else found.group()

    return _CREDENTIALS.sub(replaced, text)


def headers(text: str) -> str:
    """HTTP headers that were written into a text."""

    def replaced(found: re.Match[str]) -> str:
        name, value = (part for part in found.groups() if part is not None)
        return found.group() if value.startswith(FILTERED) else name + FILTERED

    return _HEADERS.sub(replaced, text)


def cards(text: str) -> str:
    """Payment cards' numbers, in one piece or in groups parted by single blanks or hyphens."""
    return _CARD.sub(lambda found: FILTERED if is_card(found.group().replace(" ", "").replace("-", "")) else found.group(), text)


def accounts(text: str) -> str:
    """International bank account numbers (IBAN), in one piece or in groups."""

    def replaced(found: re.Match[str]) -> str:
        whole = found.group()
        length = iban_length(whole.replace(" ", ""))
        if not length:
            return whole
        end = 0
        for position, letter in enumerate(whole):
            length -= letter != " "
            if not length:
                end = position + 1
                break
        return whole if whole[end : end + 1].isalnum() else FILTERED + whole[end:]

    return _ACCOUNT.sub(replaced, text)


def social_security(text: str) -> str:
    """US social security numbers, in allotted ranges."""
    return _SOCIAL_SECURITY.sub(FILTERED, text)


def keys(text: str) -> str:
    """The bodies of private keys in PEM form; to the end of the text where the SDK cut the key off."""
    return _KEY.sub(lambda found: found.group(1) + FILTERED, text)


def addresses(text: str) -> str:
    """`user:password@` in URLs, and users so long that they are keys."""

    def replaced(found: re.Match[str]) -> str:
        who = found.group(1)
        return f"{FILTERED}@" if who != FILTERED and (":" in who or len(who) >= _LONG_USER) else found.group()

    return _ADDRESS.sub(replaced, text)


def tokens(text: str) -> str:
    """Keys of well-known services that say themselves what they are, and JSON web tokens."""
    return _TOKEN.sub(FILTERED, text)


RULES: dict[int, Rule] = {
    HEADERS: headers,
    CREDENTIALS: credentials,
    CARDS: cards,
    ACCOUNTS: accounts,
    SOCIAL_SECURITY: social_security,
    KEYS: keys,
    ADDRESSES: addresses,
    TOKENS: tokens,
}
