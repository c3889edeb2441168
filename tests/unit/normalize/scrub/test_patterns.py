"""hyperscan against `re`, pattern by pattern: it must not miss a match, and its last byte must be where the finder expects it."""

import random
import re

import hyperscan
import pytest

from seiche.normalize.scrubbing import names, patterns, text

ALL = patterns.patterns(defaults=True, addresses=True, own=("kenn-wort", "пароль", 'a"b', "päss/wort"), safe=("token_id", "größe"))
PIECES = (
    '"', '"', '"', ":", ":", ",", "[", "]", "{", "}", " ", "\n", "\\", "\\\\", '\\"', "\\n", "\\/", "/", "'", "=", "@", "-", ".",
    "1", "0", "12", "4111",
    "111111111111", "token", "TOKEN", "password", "auth", "api_key", "api-key", "Authorization", "cookie", "Cookies", "otp", "ssn",
    "[F", "[Filtered]", '""',
    '{"":{"rem', '{"":{"x', "bearer", "Bearer", "basic", "abc", "x", "DE89", "DE89370400440532013000", "219-09-9999",
    "-----BEGIN RSA PRIVATE KEY", "://", ":\\/\\/",
    '"otp":', '"cookie" : ', '"CVV",', '"x-real-ip":1', '"sdk":', '"_meta" :', '"token_id":', '"gr\\u00f6\\u00dfe":', '["', '"x"',
    "ghp_" + "a1" * 18, "bearer x",
    "basic\\nYQ", "cookie: a", " 4111 1111 1111 1111", ":4111111111111", '"219-09-9999', "\\n219-09-9999", " DE89 3704 0044 0532 0130 00",
    "u:p", "redis", "_meta", "modules", "sdk", "\\u003d", "\\u0027", "\\u0022", "\\u0061", "\\u00a0", "\\u043f", "kenn-wort",
    "пароль", 'a\\"b', "token_id", "&", "AKIA",
    "ABCDEFGHIJ234567", "eyJhbGciOi", ".eyJ", "ghp_", "x-api-key", ": ", "é", "ip_address", "X-Forwarded-For", "PÄSS\\/WORT",
    "p\\u00e4ss/wort", "gr\\u00f6\\u00dfe", "größe",
)  # fmt: skip


def compiled(kind: int, pattern: str, cased: bool) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_DOTALL | (0 if cased else hyperscan.HS_FLAG_CASELESS)
    database.compile(expressions=[pattern.encode()], ids=[kind], elements=1, flags=[flags])
    return database


def ends(database: hyperscan.Database, body: bytes) -> set[int]:
    found: set[int] = set()

    def keep(_kind: int, _start: int, end: int, _flags: int, _context: object) -> None:
        found.add(end)

    database.scan(body, match_event_handler=keep)
    return found


def bodies(seed: int, count: int) -> list[bytes]:
    choose = random.Random(seed)
    return ["".join(choose.choices(PIECES, k=choose.randint(2, 30))).encode() for _ in range(count)]


@pytest.mark.parametrize(("number", "kind", "pattern", "cased"), [(number, *each) for number, each in enumerate(ALL)])
def test_no_match_is_missed(number: int, kind: int, pattern: str, cased: bool) -> None:
    alone, expression = compiled(kind, pattern, cased), re.compile(pattern.encode(), re.DOTALL | (0 if cased else re.IGNORECASE))
    matched = 0
    for body in bodies(number, 2000):
        # From every position, as matches may overlap; `re` says one end for each, hyperscan all.
        wanted = {found.end() for start in range(len(body)) if (found := expression.match(body, start))}
        reported = ends(alone, body)
        assert wanted <= reported, (body, wanted - reported)
        assert bool(wanted) == bool(reported), body
        matched += bool(wanted)
    assert matched > 3, "the pieces hardly ever made this pattern match: it was not tested"


@pytest.mark.parametrize(("kind", "text_", "count"), [
    (patterns.MEMBER, b'{"a":{"PassWord" : "x"}}', 1),
    (patterns.MEMBER, b'{"password":"[Filtered]","api_key":"","auth":null,"token":true,"secret":{},"otp":[ ]}', 0),
    (patterns.MEMBER, b'{"password":"[Filtered] x"}', 1),
    (patterns.MEMBER, b'{"_meta":{"password":{"":{"rem":[["!config","s"]]}}}}', 0),
    (patterns.PAIR, b'[["token","x"]]', 1),
    (patterns.PAIR, b'[\n  [\n\t"token",\n"x"]]', 1),
    (text.PAIRS, rb'{"q":"a=1&token=2"}', 1),
    (text.PAIRS, rb'{"q":"token=[Filtered]"}', 1),
    (text.PAIRS, rb'{"path":"C:\\token\\","b":1}', 0),
    (text.ADDRESSES, rb'{"u":"redis:\/\/:p@host"}', 1),
    (text.ADDRESSES, rb'{"u":"https://host/a@b"}', 0),
    (patterns.ESCAPED, rb'{"u":"\u003c\u003e\u0026\u0027\u0022\u003d\u002b"}', 0),
    (patterns.ESCAPED, rb'{"\u0070assword":1}', 1),
])  # fmt: skip
def test_hits_of_the_whole_database(kind: int, text_: bytes, count: int) -> None:
    found: list[int] = []

    def keep(kind_: int, _start: int, _end: int, _flags: int, _context: object) -> None:
        found.append(kind_)

    database = patterns.compiled(defaults=True, addresses=False, own=(), safe=())
    database.scan(text_, match_event_handler=keep)
    assert found.count(kind) == count, found


def test_the_default_database_is_compiled_once() -> None:
    arguments = {"defaults": True, "addresses": False, "own": (), "safe": ()}
    assert patterns.compiled(**arguments) is patterns.compiled(**arguments)


def test_nothing_to_look_for_needs_no_database() -> None:
    assert patterns.compiled(defaults=False, addresses=False, own=(), safe=()) is None


def test_letters_are_folded_as_hyperscan_can() -> None:
    assert names.fold("TO\N{KELVIN SIGN}EN") == "to\N{KELVIN SIGN}en"
    assert names.fold("ПАРОЛЬ") == "пароль"
