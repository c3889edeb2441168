"""Version 2's names, lines, messages and helpers, language by language."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seiche.grouping import names
from seiche.grouping.helpers import is_helper, is_machinery
from seiche.grouping.names import file_name, function_name, module_name, type_name, words
from seiche.grouping.skeleton import informative, minified_skeleton, skeleton
from seiche.grouping.templates import telling, template, tokens


@pytest.mark.parametrize(
    ("name", "module", "clean"),
    [
        # Python, JavaScript
        ("total", "shop.cart", "total"), ("<lambda>", "shop", ""), ("Object.<anonymous>", "", ""), ("async handler", "", "handler"),
        ("Layer.handle [as handle_request]", "", "Layer.handle"), ("get error [as error]", "", "error"), ("exports.run", "", "run"),
        ("HTMLButtonElement.<anonymous>", "", ""), ("Timeout._onTimeout", "", "_onTimeout"), ("?", "", ""), ("new Basket", "", "Basket"),
        # JVM
        ("lambda$fire$0", "com.Main", "fire"), ("<init>", "com.Range", "<init>"), ("invokeSuspend", "com.Repo$load$2", "load"),
        ("$anonfun$run$1", "com.Job", "run"), ("invoke", "com.Cart", "invoke"),
        # Go
        ("(*Server).handle.func1", "main", "Server.handle"), ("(*Queue[...]).Decode", "q", "Queue.Decode"), ("main", "main", "main"),
        # .NET
        ("MoveNext", "Shop.Cart+<PayAsync>d__5", "PayAsync"), ("<Main>b__0_0", "Shop.Program", "Main"), ("{ lambda }", "Shop.Web", ""),
        ("async Task<int> Cart.PayAsync(Order order)", "Shop.Cart", "PayAsync"),
        # PHP, Ruby
        ("App\\Job::{closure:App\\Job::handle():20}", "", "App\\Job"), ("block (2 levels) in Foo#bar", "", "bar"),
        ("rescue in bar", "", "bar"),
        # Swift, Objective-C, Rust, C++
        ("closure #1 in Cart.row(at:)", "", "Cart.row"), ("@objc Cart.row", "", "Cart.row"), ("-[Cart rowAt:]", "", "-[Cart rowAt:]"),
        ("__14-[Cart rowAt:]_block_invoke_2", "", "-[Cart rowAt:]"), ("depot::take::h0123456789abcdef", "", "depot::take"),
        ("<depot::Row as core::str::FromStr>::from_str", "", "depot::Row::from_str"), ("depot::serve::{{closure}}", "", "depot::serve"),
        ("void foo::Bar<int>::baz(int, char const*) const", "", "foo::Bar::baz"), ("render(Cart const&) [clone .isra.0]", "", "render"),
        ("(anonymous namespace)::render(Cart const&)", "", "render"),
    ],
)  # fmt: skip
def test_functions(name, module, clean) -> None:
    assert function_name(name, module) == clean


@pytest.mark.parametrize(
    ("module", "clean"),
    [
        ("com.Cart$1", "com.Cart"), ("com.Repo$load$2", "com.Repo"), ("com.Cart$$EnhancerBySpringCGLIB$$ab12", "com.Cart"),
        ("Shop.Cart+<PayAsync>d__5", "Shop.Cart"), ("Shop.Cart+<>c__DisplayClass3_0", "Shop.Cart"), ("shop.cart", "shop.cart"),
        ("https://shop.test/assets/app.js", ""), ("example.com/shop@v1.2.3/cart", "example.com/shop/cart"),
    ],
)  # fmt: skip
def test_modules(module, clean) -> None:
    assert module_name(module) == clean


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("https://x.test/assets/index-DiwrgTda.js", "index.js"), ("app.4f3e2a1b9c.js?x=1", "app.js"), ("a/b/Main.PY", "main.py"),
        ("C:\\x\\Cart.cs", "cart.cs"), ("lib-1.2.3.jar", "lib.jar"), ("order_mapper_helpers.py", "order_mapper_helpers.py"), ("", ""),
        ("checkout-summary.tsx", "checkout-summary.tsx"),
    ],
)  # fmt: skip
def test_files(path, clean) -> None:
    assert file_name(path) == clean


def test_types_and_words() -> None:
    assert [type_name(kind) for kind in ("ValueError", "Foo<Bar>", "Cart$1", "e")] == ["ValueError", "Foo", "Cart", ""]
    assert words("mustHaveID2_now") == ("must", "have", "id", "2", "now")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("const outcome = await call(port, 'rates', '/' + key);", "return await call(PORT, 'rates', '/' + id)"),
        ("for (const item of order.items) sum += item.price.amount;", "for (const line of cart.items) acc += line.price.amount;"),
        ("total: Decimal = sum(i.price for i in items)  # note", "return sum(item.price for item in rows)"),
        ("String s = map.get(k).trim();", "return lookup.get(key).trim();"),
        ("$due = $invoice->dueAt->format('Y-m-d');", "return $i->dueAt->format('Y-m-d');"),
        ("raise ValueError(f'order {id} is bad')", "raise ValueError(f'order {order.id} is bad')"),
    ],
)
def test_a_line_survives_renamed_variables_and_returns_that_become_assignments(one, other) -> None:
    assert skeleton(one) == skeleton(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("return doc.meta.label", "return doc.meta.title"),
        ("must(form.reason, 'reason')", "must(form.note, 'note')"),
        ("x = parse(a)", "x = check(a)"),
        ("return a.size + 1", "return a.size / 1"),
    ],
)
def test_two_lines_that_do_something_else_differ(one, other) -> None:
    assert skeleton(one) != skeleton(other)


def test_a_line_of_local_names_says_nothing() -> None:
    assert [skeleton(line) for line in ("return a + b;", "}", "", "x, y = pair")] == [""] * 4
    assert informative(skeleton("order.items.first()")) == 2


def test_of_minified_code_the_statement_at_the_column_stays_without_mangled_names() -> None:
    line = "'{snip} function tn(e){let t=0;for(let n of e.items)t+=n.price.amount*n.qty;return t}function rn(e){return e.find(u {snip}"
    other = "'{snip} function aa(q){let b=0;for(let c of q.items)b+=c.price.amount*c.qty;return b}function zz(q){return q.find(x {snip}"
    assert minified_skeleton(line, 3000) == minified_skeleton(other, 9000) == ".items .price .amount .qty"


@pytest.mark.parametrize(
    ("message", "mask"),
    [
        ("user 42 not found", "user <number> not found"),
        ("Request failed with status code 503", "Request failed with status code 503"),
        ("GET https://api.test:8080/v1/orders/17?x=1 failed", "GET https://api.test/v1/orders/<id> failed"),
        ("Cannot read properties of undefined (reading 'email')", "Cannot read properties of nothing (reading 'email')"),
        ("'NoneType' object has no attribute 'label'", "<quoted> object has no attribute 'label'"),
        ('relation "orders" does not exist', 'relation "orders" does not exist'),
        ("bad value 'x9' of anna@shop.test", "bad value <quoted> of <email>"),
        ("open /var/log/x.log at 0x7f00aa", "open <path> at <hex>"),
        ("lag of 17ms on 2026-11-24T10:00:00Z from 10.0.0.1:80", "lag of <number> on <date> from <ip>"),
        ("utf8 and sha256 stay", "utf8 and sha256 stay"),
        ("\n\n  second   line \nthird", "second line"),
        ("", ""),
    ],
)  # fmt: skip
def test_messages(message, mask) -> None:
    assert template(message) == mask


def test_a_minifiers_names_leave_messages_and_properties_stay() -> None:
    assert template("e.rate.toFixed is not a function", minified=True) == template("aB.rate.toFixed is not a function", minified=True)
    assert template("t is not a function", minified=True) == "_ is not a function"
    assert (tokens("user <number> lost"), telling("user <number> lost")) == (("user", "<number>", "lost"), 2)


@pytest.mark.parametrize(
    ("place", "function", "kind", "helper"),
    [
        ("guards", "must", "Error", True), ("shop.guards", "ensure_positive", "ValueError", True), ("com.x.Guards", "require", "E", True),
        ("com.google.common.base.Preconditions", "checkState", "E", True), ("org.jsoup.helper.Validate", "notEmpty", "E", True),
        ("shop.guards", "require_value", "E", True),
        ("shop.client", "_request", "E", True), ("upstream", "call", "Error", True), ("shop.store", "query", "E", True),
        ("com.x.JsonMappingException", "from", "JsonMappingException", True), ("com.x.Context", "wrongTokenException", "E", True),
        ("shop.orders", "validate_order", "E", False), ("com.x.Net", "url", "E", False), ("shop.orders", "load_user", "E", False),
        ("com.x.Net", "connect", "E", False), ("shop.jobs", "run", "E", False), ("shop.validation", "check_signup", "E", False),
        ("shop.shared", "normalise", "E", False), ("shop.x", "", "E", False),
    ],
)  # fmt: skip
def test_helpers(place, function, kind, helper) -> None:
    assert is_helper(place, function, kind) is helper


def test_machinery() -> None:
    assert is_machinery("sun.reflect.GeneratedMethodAccessor7", "invoke")
    assert is_machinery("", "core::panicking::panic_fmt")
    assert is_machinery("com.x.Cart", "access$300")
    assert not is_machinery("shop.cart", "total")


@given(st.text(max_size=300), st.text(max_size=200), st.integers(0, 3000))
def test_nothing_raises_and_everything_is_bounded(text, other, column) -> None:
    assert len(function_name(text, other)) <= len(text) + len(other)
    assert len(file_name(text)) <= 200 + len(text)
    assert len(skeleton(text)) <= 4 * len(text) + 10
    minified_skeleton(text, column)
    module_name(text)
    is_helper(text, other, text)
    assert len(template(text)) <= 8 * len(text) + 10


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_numbers_never_matter(one, other) -> None:
    assert template(f"order {one} failed") == template(f"order {other} failed")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("https://x.test/assets/index-h63gHtye.js", "index.js"),
        ("https://x.test/assets/index-pKe-OIVh.js", "index.js"),
        ("/static/js/main.3f4a5b6c.js", "main.js"),
        ("main.3f4a5b6c.chunk.js", "main.chunk.js"),
        ("vendor-3f4a5b6c7d.js?v=2", "vendor.js"),
        ("shop/cart_helpers.py", "cart_helpers.py"),
        ("date-fns.js", "date-fns.js"),
    ],
)
def test_a_file_is_known_without_the_hash_of_its_build(path, name) -> None:
    assert file_name(path) == name


PIECES = st.sampled_from([
    *("Object", "Module", "module.exports", "process", "globalThis", "Timeout", "self", "init", "async", "handle", "été", "x1"),
    *(".", "..", "_", "__", "__123", "__12", "_block_invoke", "_block_invoke_2", "_2", ".cold", ".part.0", ".isra.3", ".llvm.77", ".func1"),
    *(".func1.2", ".gowrap3", ".eval", "-fm", "$", "block in ", "#", "(", ")", "<", ">", "::", " "),
])  # fmt: skip


@given(st.lists(PIECES, max_size=6).map("".join))
def test_a_plain_name_is_what_asking_every_pattern_makes_of_it(name) -> None:
    with pytest.MonkeyPatch.context() as patch:
        known = names.function_name.__wrapped__(name)
        patch.setattr(names, "_PLAIN", re.compile("(?!)"))
        assert names.function_name.__wrapped__(name) == known
