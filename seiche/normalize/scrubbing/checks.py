"""Card, bank account and social security numbers, told from other digits by their check digits and allotted ranges."""

import base64
import binascii
import re

# Issuers' ranges and lengths: ISO/IEC 7812 as published by the networks.
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|"
    r"3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6[0-9])\d{14}"
)
# The registry of ISO 13616: how long the account numbers of a country are.
_IBAN_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH CR HR LI LV",
    22: "BG BH DE GB GE IE IM ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ DZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BF BI BJ CF CG CI CM DJ FR GA GF GP GR IR IT KM MC MG ML MQ MR NC NE SM TD TG",
    28: "AL AO AZ BY CV CY DO EG GQ GT GW HN HU LB MA MZ NI PL SN SV",
    29: "BR PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_IBAN_LENGTHS = {country: length for length, countries in _IBAN_COUNTRIES.items() for country in countries.split()}


def is_card(digits: str) -> bool:
    """A payment card's number: 13 to 19 ASCII digits without separators, of a known issuer, with a right check digit (Luhn)."""
    if _CARD.fullmatch(digits) is None:
        return False
    total = sum(map(int, digits[-1::-2])) + sum(int(digit) * 2 - 9 * (digit > "4") for digit in digits[-2::-2])
    return total % 10 == 0


def iban_length(text: str) -> int:
    """How many letters and digits of `text` (no separators; country first) make an account number; 0 where they make none."""
    length = _IBAN_LENGTHS.get(text[:2], 0)
    if not length or len(text) < length:
        return 0
    rearranged = text[4:length] + text[:4]
    return length if int("".join(str(int(letter, 36)) for letter in rearranged)) % 97 == 1 else 0


def is_basic_credentials(encoded: str) -> bool:
    """The base64 of `user:password`, as in `Authorization: Basic`."""
    try:
        return b":" in base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
