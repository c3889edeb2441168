"""Secrets inside texts: each kind's own pattern, on one string at a time."""

import re
from collections.abc import Callable
from functools import cache

from seiche.normalize.scrubbing.find import Kind

FILTERED = "[Filtered]"
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22,
    "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30,
    "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31,
    "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
"""ISO 13616: the length of each country's account number."""

BEARER = re.compile(r"(?i)\b(bearer|basic)((?: |\t|%20)+)([a-z0-9._~+/=-]{6,})")
CARD = re.compile(
    r"(?<![\w.-])(?:[2-6]\d{12,18}|[2-6]\d{3}(?P<gap>[ -])\d{4}(?P=gap)\d{4}(?P=gap)\d{1,7}"
    r"|3\d{3}(?P<other>[ -])\d{6}(?P=other)\d{5})(?![\w-])"
)
IBAN = re.compile(r"\b[A-Z]{2}\d\d(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?)\b")
SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}-----.*?(?:-----END [A-Z0-9 ]{0,40}-----|\Z)", re.DOTALL)
URL = re.compile(r"(:(?:\\?/){2})[^\s/@\"<>]{0,200}:[^\s/@\"<>]{1,200}@")


def replacers(words: str, kinds: Kind) -> list[Callable[[str], str]]:
    """One function a kind; `words` is an alternation of sensitive names."""
    found: list[Callable[[str], str]] = [replace for kind, replace in _FIXED.items() if kind in kinds]
    if Kind.PART in kinds:
        found += _parts(words)
    return found


@cache
def _parts(words: str) -> list[Callable[[str], str]]:
    assigned = re.compile(rf"(?i)((?:{words})[\w.-]{{0,40}}=)(?!\[Filtered)[^\s\"&;,'=\[][^\s\"&;,'\])}}]*")
    described = re.compile(
        rf"(?i)('[^'\"\\]{{0,100}}(?:{words})[^'\"\\]{{0,100}}' ?: ?)"
        r"(?!'\[Filtered\])(?:b?'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\{[^{}]*\}|\[[^\[\]]*\]|\([^()]*\)|[-0-9][\w.]*)"
    )
    quoted = re.compile(
        rf"(?is)((?P<quote>\\*\")[^\"\\]{{0,100}}(?:{words})[^\"\\]{{0,100}}(?P=quote)\s*:\s*)"
        r"(?:(?P=quote)(?!\[Filtered\])(?:(?!(?P=quote)).)+(?P=quote)|-?[0-9][\w.+-]*|\{[^{}]*\}|\[[^\[\]]*\])"
    )
    return [
        lambda text: assigned.sub(rf"\1{FILTERED}", text),
        lambda text: described.sub(rf"\1'{FILTERED}'", text),
        lambda text: quoted.sub(rf"\1\g<quote>{FILTERED}\g<quote>", text),
    ]


def _bearer(text: str) -> str:
    return BEARER.sub(lambda hit: f"{hit[1]}{hit[2]}{FILTERED}" if _is_credential(hit[1], hit[3]) else hit[0], text)


def _is_credential(scheme: str, said: str) -> bool:
    # "Basic functionality" is English; base64 of user:password has mixed case, digits or padding.
    return scheme.lower() == "bearer" or (bool(re.search(r"[0-9=+/]|[a-z][A-Z]", said)) and len(said) >= 8)


def _card(text: str) -> str:
    return CARD.sub(lambda hit: FILTERED if _luhn(hit[0]) else hit[0], text)


def _luhn(text: str) -> bool:
    """ISO/IEC 7812-1 annex B, for the lengths that issuers use."""
    digits = [int(letter) for letter in text if letter.isdigit()]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2])
    return 13 <= len(digits) <= 19 and (sum(digits[::-2]) + sum(doubled)) % 10 == 0


def _iban(text: str) -> str:
    return IBAN.sub(_without_iban, text)


def _without_iban(hit: "re.Match[str]") -> str:
    """ISO 13616: country's length, then the remainder by 97 is 1. What follows the number is kept."""
    said = hit[0]
    length = IBAN_LENGTHS.get(said[:2])
    if length is None:
        return said
    compact = ""
    for place, letter in enumerate(said):
        compact += "" if letter == " " else letter
        if len(compact) == length:
            number = int("".join(str(int(one, 36)) for one in compact[4:] + compact[:4]))
            return FILTERED + said[place + 1 :] if number % 97 == 1 else said
    return said


_FIXED: dict[Kind, Callable[[str], str]] = {
    Kind.BEARER: _bearer,
    Kind.CARD: _card,
    Kind.IBAN: _iban,
    Kind.SSN: lambda text: SSN.sub(FILTERED, text),
    Kind.PEM: lambda text: PEM.sub(FILTERED, text),
    Kind.URL: lambda text: URL.sub(rf"\1{FILTERED}@", text),
}
