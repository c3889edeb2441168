"""The search language: what it reads, what it refuses and how it says so."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seiche.errors import InvalidInput
from seiche.ports.search_index import TextTerm
from seiche.query.language import LEVELS, STATES, Filter, Key, Query, parse, to_text
from seiche.query.text import matches, tokens

VALUES = st.text(min_size=1, max_size=20).filter(
    lambda value: value.count("*") <= 5 and not any(ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF or c == "\x7f" for c in value)
)
FILTERS = st.one_of(
    st.builds(Filter, st.just(Key.IS), st.sampled_from(STATES), st.booleans()),
    st.builds(Filter, st.just(Key.LEVEL), st.sampled_from([*LEVELS, "w*"]), st.booleans()),
    st.builds(Filter, st.sampled_from([Key.RELEASE, Key.ENVIRONMENT, Key.FIRST_RELEASE, Key.ASSIGNED, Key.HAS]), VALUES, st.booleans()),
    st.builds(Filter, st.just(Key.TAGS), VALUES, st.booleans(), st.sampled_from(["browser", "a.b-c"])),
    st.builds(Filter, st.just(Key.TIMES_SEEN), st.sampled_from([">1", "<=20", "3"]), st.booleans()),
    st.builds(Filter, st.just(Key.AGE), st.sampled_from(["<24h", ">7d"]), st.booleans()),
)
TOKENS = st.text(max_size=20).map(tokens).filter(bool)
TERMS = st.builds(TextTerm, TOKENS, st.booleans())
QUERIES = st.builds(Query, st.lists(TERMS, max_size=5).map(tuple), st.lists(FILTERS, max_size=5).map(tuple))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("  \n ", Query()),
        ("Timeout", Query((TextTerm(("timeout",)),))),
        ("conn*", Query((TextTerm(("conn",), prefix=True),))),
        ('"Connection refused"', Query((TextTerm(("connection", "refused")),))),
        ("shop.cart:total", None),
        ("shop.cart.total", Query((TextTerm(("shop", "cart", "total")),))),
        ("ValueError:", Query((TextTerm(("valueerror",)),))),
        ("user_id", Query((TextTerm(("user_id",)),))),
        ("is:unresolved", Query((), (Filter(Key.IS, "unresolved"),))),
        ("!is:resolved level:error", Query((), (Filter(Key.IS, "resolved", True), Filter(Key.LEVEL, "error")))),
        ('release:"my app*"', Query((), (Filter(Key.RELEASE, "my app*"),))),
        (r'release:"a\"b\\c"', Query((), (Filter(Key.RELEASE, 'a"b\\c'),))),
        ("release:shop@1.2:3", Query((), (Filter(Key.RELEASE, "shop@1.2:3"),))),
        ('tags.os-name:"Mac OS"', Query((), (Filter(Key.TAGS, "Mac OS", name="os-name"),))),
        ("!has:user assigned:#cart", Query((), (Filter(Key.HAS, "user", True), Filter(Key.ASSIGNED, "#cart")))),
        ("x is:new y", Query((TextTerm(("x",)), TextTerm(("y",))), (Filter(Key.IS, "new"),))),
    ],
)
def test_reads(text: str, query: Query | None) -> None:
    if query is None:
        with pytest.raises(InvalidInput):
            parse(text)
    else:
        assert parse(text) == query


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("is:open", "'is:open': is: takes unresolved, resolved"),
        ("level:err", "'level:err': level: takes fatal, error"),
        ("colour:red", "unknown filter 'colour:red': the filters are is:, level:"),
        ("priority:urgent", "priority: takes high, medium, low"),
        ("times_seen:many", "times_seen: takes a number"),
        ("age:24h", "age: takes a time in m, h, d or w"),
        ("event_id:abc", "a whole event id"),
        ("tags:x", "names no tag"),
        ("tags.browser:", "write for example tags.browser:Firefox*"),
        ("release:", "'release:' has no value: write for example release:"),
        ("!word", "'!word': `!` negates filters only"),
        ('!"a b"', "`!` negates filters only"),
        ("!", "'!': `!` negates filters only"),
        ("a*b", "`*` may only end a word, as in a*"),
        ("*", "holds no letter or digit"),
        ("--", "'--' holds no letter or digit"),
        ('"open', "a quote opens or closes in the wrong place"),
        ('a"b"', "a quote opens or closes in the wrong place"),
        ("a\x00b", "control character"),
        ("release:" + "*a" * 6, "at most 5 are taken"),
        ("x " * 31, "at most 30"),
        ("x" * 1001, "at most 1000"),
    ],
)
def test_refuses_by_name(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(text)
    assert says in str(refused.value)
    assert refused.value.reason == "invalid_query"


@given(st.one_of(st.text(max_size=60), st.text(alphabet=' "!:*\\ais.lev\tlrx', max_size=30)))
@example('!"')
def test_never_raises_anything_else(text: str) -> None:
    try:
        query = parse(text)
    except InvalidInput:
        return
    assert parse(to_text(query)) == query


@given(QUERIES)
def test_prints_what_it_reads(query: Query) -> None:
    assert parse(to_text(query)) == query


@given(TERMS, st.text(max_size=10), st.text(max_size=10))
def test_a_term_matches_the_text_it_was_made_of(term: TextTerm, before: str, after: str) -> None:
    text = " ".join(term.tokens)
    assert matches([term], f"{before} {text} {after}")
    assert matches([], before)


def test_phrases_are_adjacent_and_stay_within_one_text() -> None:
    phrase = TextTerm(("connection", "refused"))
    assert matches([phrase], "x", "The Connection refused us")
    assert not matches([phrase], "connection was refused")
    assert not matches([phrase], "connection", "refused")
    assert matches([TextTerm(("connection", "re"), prefix=True)], "connection reset")
    assert not matches([TextTerm(("connect",))], "connection")
