"""Programs made at random from functions that fail, for `unseen.py`: handlers that call one another on the way to them, over three releases.

A release moves lines, gives a third of the functions other names, rewrites statements, adds decorators and wrappers, changes how
everything is entered, mends a quarter of the mistakes and makes new ones. The seed decides all of it, and the labels stay.
"""

# ruff: noqa: E501  # programs as tables: a line is a function

import random
import re
from typing import NamedTuple

Files = dict[str, str]
VERBS = [
    *("apply", "build", "check", "close", "collect", "create", "derive", "fire", "handle", "issue", "merge", "notify", "open", "plan", "prepare", "process", "publish", "refresh", "resume", "review", "sync", "submit", "update", "verify"),
]  # fmt: skip
NOUNS = [
    *("bin", "bundle", "campaign", "cart", "contract", "digest", "feed", "ledger", "listing", "mandate", "mirror", "notice", "parcel", "period", "policy", "profile", "quota", "receipt", "record", "report", "route", "segment", "shipment", "snapshot", "statement", "ticket", "voucher"),
]  # fmt: skip
RELEASES = ("1", "2", "3")
ROUTES = {"1": ("routes", "jobs", "panel"), "2": ("routes", "jobs", "panel", "services"), "3": ("api", "jobs", "panel", "services")}


class Bug(NamedTuple):
    """A function that fails, and what it is called with."""

    label: str
    module: str
    name: str
    parameter: str
    body: tuple[str, ...]
    payload: str
    fixed: bool = False
    """Whether its name is a helper's: other functions call it too."""


JS = [
    *[
        Bug(
            f"map-{kind}",
            f"{kind}Mapper",
            "toView",
            "doc",
            (f"return {{ kind: '{kind}', id: doc.id, label: doc.meta.label }};",),
            "{ id: id() }",
        )
        for kind in ("refund", "order", "invoice")
    ],
    *[
        Bug(f"need-{field}", "forms", name, "form", (f"return must(form.{field}, '{field}');",), "{}")
        for name, field in (("openReturn", "reason"), ("addGift", "note"), ("shipTo", "street"))
    ],
    *[
        Bug(f"have-{field}", "forms", name, "form", (f"return mustHave(form.{field});",), "{}")
        for name, field in (("bookCourier", "phone"), ("bill", "iban"))
    ],
    *[
        Bug(f"down-{path}", "clients", name, "key", (f"return await call('/{path}/' + key);",), "id()")
        for name, path in (("getFraud", "fraud"), ("getGeo", "geo"), ("getRates", "rates"))
    ],
    Bug("admin", "users", "findAdmin", "list", ("return list.find((user) => user.role === 'admin').email;",), "[{ role: 'guest' }]"),
    Bug(
        "config",
        "setup",
        "loadConfig",
        "text",
        ("const settings = JSON.parse(text);", "return settings.theme;"),
        "oneOf('', '{', 'x', '<a>')",
    ),
    Bug("theme", "setup", "readTheme", "settings", ("return settings.theme.colours[0];",), "{}"),
    Bug("dashes", "text", "repeatDash", "n", ("return '-'.repeat(n);",), "-1 - random(9)"),
    Bug("words", "text", "highlight", "pattern", ("return 'some text'.replace(new RegExp(pattern, 'g'), '*');",), "oneOf('(', '[', '*a')"),
    Bug("cut", "text", "truncate", "text", ("return text.slice(0, 12).trimEnd() + '...';",), "oneOf(null, null)"),
    Bug("cents", "money", "addCents", "amount", ("return amount + 1n;",), "random(99)"),
    Bug("digits", "money", "showPrice", "digits", ("return (12.5).toFixed(digits);",), "101 + random(99)"),
    Bug("lines", "money", "sumLines", "order", ("return order.lines.reduce((sum, line) => sum + line.cents, 0);",), "{ id: id() }"),
    Bug("tax", "money", "taxOf", "order", ("const rate = order.country.rates.vat;", "return rate * 100;"), "{ country: {} }"),
    Bug("big", "ids", "toBig", "text", ("return BigInt(text);",), "oneOf('12.5', 'abc', 'n')"),
    Bug("uri", "ids", "decodePath", "text", ("return decodeURIComponent(text);",), "'%E0%' + random(9)"),
    Bug("link", "ids", "hostOf", "text", ("return new URL(text).host;",), "id()"),
    Bug("flag", "flags", "readFlag", "name", ("const flags = {};", "return flags[name].enabled;"), "id()"),
    Bug("entry", "flags", "readEntry", "key", ("const [expires, value] = new Map().get(key);", "return expires + value;"), "id()"),
    Bug("has", "flags", "hasFlag", "store", ("return 'beta' in store;",), "id()"),
    Bug(
        "state",
        "orders",
        "transition",
        "order",
        ("if (order.state === 'paid') throw new RangeError(`order ${order.id}: paid -> void not allowed`);", "return order;"),
        "{ id: id(), state: 'paid' }",
    ),
    Bug(
        "stock",
        "orders",
        "reserve",
        "order",
        ("if (order.count > 3) throw new Error('only 3 of ' + order.sku + ' are left');", "return order.count;"),
        "{ sku: id(), count: 4 + random(9) }",
    ),
    Bug("freeze", "orders", "stamp", "order", ("order.stamped = true;", "return order;"), "Object.freeze({ id: id() })"),
    Bug(
        "attempts",
        "queue",
        "drain",
        "job",
        (
            "await null;",
            "if (job.attempts > 3) throw new Error('job ' + job.id + ' exceeded ' + job.attempts + ' attempts');",
            "return job;",
        ),
        "{ id: id(), attempts: 4 + random(9) }",
    ),
    Bug("locked", "queue", "lock", "job", ("await null;", "return job.owner.lock();"), "{ id: id() }"),
    Bug(
        "late",
        "queue",
        "waitFor",
        "ms",
        ("return new Promise((resolve, reject) => setTimeout(() => reject(new Error(`timed out after ${ms} ms`)), 1));",),
        "100 + random(900)",
    ),
    Bug("loop", "trees", "expand", "node", ("return { ...node, kids: node.kids.map((kid) => expand(kid)) };",), "loop"),
    Bug(
        "leaf",
        "trees",
        "depth",
        "node",
        ("if (!node.child) return node.value.length;", "return 1 + depth(node.child);"),
        "{ child: { child: { value: null } } }",
    ),
    Bug("date", "dates", "isoDay", "text", ("return new Date(text).toISOString();",), "id()"),
    Bug("zone", "dates", "localDay", "zone", ("return new Date(0).toLocaleString('en', { timeZone: zone });",), "'Moon/' + id()"),
    Bug("seats", "plans", "seatPlan", "rows", ("return new Array(rows).fill('-');",), "-1 - random(9)"),
    Bug("clone", "plans", "copyPlan", "plan", ("return structuredClone({ plan, undo: () => plan });",), "{ id: id() }"),
    Bug("kind", "plans", "pricePlan", "kind", ("const prices = { day: () => 1, week: () => 6 };", "return prices[kind]();"), "id()"),
    Bug("shared-trim", "shared", "trimmed", "text", ("return text.trim();",), "undefined", True),
]
JS_MODULES = {
    "guards": "export function must(value, name) {\n  if (value === undefined) throw new Error(`${name} is required`);\n  return value;\n}\n\nexport function mustHave(value) {\n  if (value === undefined) throw new Error('required value missing');\n  return value;\n}\n",
    "upstream": "export async function call(path) {\n  const response = await fetch(globalThis.base + path);\n  if (!response.ok) throw new Error(`upstream responded with ${response.status}`);\n  return response.json();\n}\n",
}
JS_IMPORTS = {"forms": "import { must, mustHave } from './guards.js';\n", "clients": "import { call } from './upstream.js';\n"}

PYTHON = [
    *[
        Bug(
            f"map-{kind}",
            f"{kind}_mapper",
            "to_view",
            "doc",
            (f'return {{"kind": "{kind}", "id": doc["id"], "label": doc["meta"]["label"]}}',),
            '{"id": code()}',
        )
        for kind in ("refund", "order", "invoice")
    ],
    *[
        Bug(f"need-{field}", "forms", name, "form", (f'return must(form.get("{field}"), "{field}")',), "{}")
        for name, field in (("open_return", "reason"), ("add_gift", "note"), ("ship_to", "street"))
    ],
    *[
        Bug(f"have-{field}", "forms", name, "form", (f'return must_have(form.get("{field}"))',), "{}")
        for name, field in (("book_courier", "phone"), ("bill", "iban"))
    ],
    *[
        Bug(f"down-{path}", "clients", name, "key", (f'return call("/{path}/" + key)',), "code()")
        for name, path in (("get_fraud", "fraud"), ("get_geo", "geo"), ("get_rates", "rates"))
    ],
    Bug(
        "admin",
        "users",
        "find_admin",
        "users",
        ('return next(user for user in users if user["role"] == "admin")["mail"]',),
        '[{"role": "guest"}]',
    ),
    Bug("owner", "users", "mail_of", "user", ("return user.owner.mail.lower()",), "Thing(owner=None)"),
    Bug(
        "config", "setup", "load_config", "text", ("settings = json.loads(text)", 'return settings["theme"]'), 'oneof("", "{", "x", "<a>")'
    ),
    Bug("theme", "setup", "read_theme", "settings", ('return settings["theme"]["colours"][0]',), "{}"),
    Bug("env", "setup", "read_port", "text", ("return int(text)",), "code()"),
    Bug("short", "texts", "initials", "name", ("first, last = name.split()", "return first[0] + last[0]"), 'oneof("ada", "a b c")'),
    Bug("codec", "texts", "decode", "data", ('return data.decode("utf-8").strip()',), r"bytes([255, choose.randrange(128, 255)])"),
    Bug("pattern", "texts", "highlight", "pattern", ('return re.sub(pattern, "*", "some text")',), 'oneof("(", "[", "*a")'),
    Bug("cut", "texts", "truncate", "text", ('return text[:12].rstrip() + "..."',), "None"),
    Bug("add", "money", "add_cents", "amount", ("total = 100 + amount", "return total"), "code()"),
    Bug("share", "money", "share", "parts", ("return 100 / len(parts)",), "[]"),
    Bug("decimal", "money", "exact", "text", ("return Decimal(text).quantize(Decimal(1))",), "code()"),
    Bug("lines", "money", "sum_lines", "order", ('return sum(line["cents"] for line in order["lines"])',), '{"lines": [{"id": code()}]}'),
    Bug("rate", "money", "rate_of", "country", ('rates = {"NO": 25, "DE": 19}', "return rates[country]"), "code()"),
    Bug(
        "state",
        "orders",
        "transition",
        "order",
        ('if order["state"] == "paid":', "    raise ValueError(f\"order {order['id']}: paid -> void not allowed\")", "return order"),
        '{"id": code(), "state": "paid"}',
    ),
    Bug(
        "stock",
        "orders",
        "reserve",
        "order",
        ("left = 3", 'if order["count"] > left:', '    raise OutOfStock("only %d of %s are left" % (left, order["sku"]))', "return left"),
        '{"sku": code(), "count": 9}',
    ),
    Bug("first", "orders", "first_line", "order", ('return order["lines"][0]',), '{"lines": []}'),
    Bug(
        "late",
        "queue",
        "wait_for",
        "job",
        ("async def work():", "    await asyncio.wait_for(asyncio.sleep(9), 0.001)", "return asyncio.run(work())"),
        "code()",
    ),
    Bug(
        "locked",
        "queue",
        "lock",
        "job",
        ("async def work():", "    await asyncio.sleep(0)", "    return job.owner.lock()", "return asyncio.run(work())"),
        "Thing(owner=None)",
    ),
    Bug(
        "attempts",
        "queue",
        "drain",
        "job",
        ('if job["attempts"] > 3:', '    raise RuntimeError("job {id} exceeded {attempts} attempts".format(**job))', "return job"),
        '{"id": code(), "attempts": choose.randrange(4, 99)}',
    ),
    Bug("loop", "trees", "expand", "node", ('return {**node, "kids": [expand(kid) for kid in node["kids"]]}',), "LOOP"),
    Bug(
        "leaf",
        "trees",
        "depth",
        "node",
        ('if "child" not in node:', '    return len(node["value"])', 'return 1 + depth(node["child"])'),
        '{"child": {"child": {"value": None}}}',
    ),
    Bug("date", "dates", "day_of", "text", ('return datetime.strptime(text, "%Y-%m-%d")',), "code()"),
    Bug("zone", "dates", "zone_of", "name", ("return ZoneInfo(name)",), '"Moon/" + code()'),
    Bug("model", "plans", "read_plan", "body", ("return Plan(**body)",), '{"name": "x", "seats": "many"}'),
    Bug("file", "plans", "plan_file", "name", ('with open("/nowhere/" + name) as file:', "    return file.read()"), "code()"),
    Bug("kind", "plans", "price_plan", "kind", ('prices = {"day": lambda: 1}', "return prices.get(kind)()"), "code()"),
    Bug("table", "store", "rows_of", "table", ('return store().execute(f"select * from {table}").fetchall()',), "code()"),
    Bug("twice", "store", "insert", "key", ("return store().execute(\"insert into users values (1, 'x'), (1, 'y')\")",), "code()"),
    Bug("null", "store", "rename", "key", ('return store().execute("update users set name = null")',), "code()"),
    Bug("shared-trim", "shared", "trimmed", "text", ("return text.strip()",), "None", True),
]
PYTHON_MODULES = {
    "guards": 'def must(value, name):\n    if value is None:\n        raise ValueError(f"{name} is required")\n    return value\n\n\ndef must_have(value):\n    if value is None:\n        raise ValueError("required value missing")\n    return value\n',
    "upstream": 'import requests\n\nBASE = ""\n\n\ndef call(path):\n    response = requests.get(BASE + path, timeout=2)\n    if not response.ok:\n        raise RuntimeError(f"upstream responded with {response.status_code}")\n    return response.json()\n',
}
PYTHON_IMPORTS = {
    "forms": "from .guards import must, must_have\n",
    "clients": "from .upstream import call\n",
    "setup": "import json\n",
    "texts": "import re\n",
    "money": "from decimal import Decimal\n",
    "orders": "class OutOfStock(Exception):\n    pass\n\n\n",
    "queue": "import asyncio\n",
    "dates": "from datetime import datetime\nfrom zoneinfo import ZoneInfo\n",
    "plans": "from pydantic import BaseModel\n\n\nclass Plan(BaseModel):\n    name: str\n    seats: int\n\n\n",
    "store": 'import sqlite3\n\n\ndef store():\n    found = sqlite3.connect(":memory:")\n    found.execute("create table users (id integer primary key, name text not null)")\n    found.execute("insert into users values (7, \'a\')")\n    return found\n\n\n',
}


class Made(NamedTuple):
    """One release."""

    files: Files
    routes: list[tuple[str, str, str, str]]
    """(label, module, handler, payload), in the order in which they are called."""


def releases(seed: int, *, python: bool) -> list[Made]:
    """The three releases of one program."""
    choose = random.Random(seed)
    bugs = PYTHON if python else JS
    alive = {bug.label: _lifetime(choose) for bug in bugs}
    volume = {bug.label: max(1, int(24 / choose.randrange(1, 12))) for bug in bugs}
    names = {bug.label: bug.name for bug in bugs}
    bodies = {bug.label: bug.body for bug in bugs}
    modules = {bug.module: bug.module for bug in bugs}
    handlers: dict[str, list[tuple[str, ...]]] = {bug.label: [] for bug in bugs}
    taken: set[str] = set()
    found = []
    for release in RELEASES:
        if release != "1":
            for bug in bugs:
                if choose.random() < 0.3 and not bug.fixed:
                    bodies[bug.label] = _rewritten(bodies[bug.label], python=python)
                if release == "3" and choose.random() < 0.35 and not bug.fixed:
                    names[bug.label] = _other_name(names[bug.label], choose, python=python)
        if release == "3":
            for module in choose.sample(sorted(modules), 4):
                modules[module] = f"{module}_service" if python else f"{module}Service"
        for bug in bugs:
            kept = [path for path in handlers[bug.label] if choose.random() < 0.7]
            wanted = 2 + (volume[bug.label] > 4) * 2
            while len(kept) < wanted:
                kept.append(tuple([_handler(choose, taken, python=python) for _ in range(choose.choice([1, 1, 2, 2, 3]))]))
            handlers[bug.label] = kept
        here = [bug for bug in bugs if alive[bug.label][0] <= release <= alive[bug.label][1]]
        write = _python if python else _js
        files, routes = write(release, here, names, bodies, modules, handlers, choose)
        calls = [
            (label, *route) for label, ways in routes.items() for number in range(volume[label]) for route in [ways[number % len(ways)]]
        ]
        choose.shuffle(calls)
        found.append(Made(files, calls))
    return found


def _lifetime(choose: random.Random) -> tuple[str, str]:
    return choose.choice([("1", "3")] * 5 + [("1", "2"), ("2", "3"), ("2", "3"), ("1", "1"), ("3", "3")])


def _handler(choose: random.Random, taken: set[str], *, python: bool) -> str:
    while True:
        verb, noun = choose.choice(VERBS), choose.choice(NOUNS)
        name = f"{verb}_{noun}" if python else f"{verb}{noun.capitalize()}"
        if name not in taken:
            taken.add(name)
            return name


def _other_name(name: str, choose: random.Random, *, python: bool) -> str:
    if choose.random() < 0.6:
        return name + (choose.choice(["_v2", "_safe"]) if python else choose.choice(["V2", "Safe"]))
    verb, noun = choose.choice(["compose", "locate", "obtain", "compute"]), choose.choice(["figures", "facts", "outline", "detail"])
    return f"{verb}_{noun}_{name[:3]}" if python else f"{verb}{noun.capitalize()}{name[:3].capitalize()}"


def _rewritten(body: tuple[str, ...], *, python: bool) -> tuple[str, ...]:
    last = body[-1]
    if not last.startswith("return ") or "outcome" in last:
        return body
    value = last.removeprefix("return ").rstrip(";")
    return (*body[:-1], f"outcome = {value}", "return outcome") if python else (*body[:-1], f"const outcome = {value};", "return outcome;")


def _js(release, bugs, names, bodies, modules, handlers, choose):  # type: ignore[no-untyped-def]
    files = {f"{name}.js": text for name, text in JS_MODULES.items()}
    for module in dict.fromkeys(bug.module for bug in bugs):
        text = "// " + "moved " * choose.randrange(4) + "\n" * choose.randrange(1, 9) + JS_IMPORTS.get(module, "")
        for bug in (bug for bug in bugs if bug.module == module):
            name, body = names[bug.label], bodies[bug.label]
            lines = re.sub(rf"(?<![.\w]){bug.name}\(", f"{name}(", "\n".join(f"  {line}" for line in body))
            text += f"\nexport {'async ' if 'await' in lines else ''}function {name}({bug.parameter}) {{\n{lines}\n}}\n"
        files[f"{modules[module]}.js"] = text
    spread: dict[str, list[str]] = {name: [] for name in ROUTES[release]}
    imports: dict[str, set[str]] = {name: set() for name in spread}
    routes: dict[str, list[tuple[str, str, str]]] = {}
    for bug in bugs:
        for path in handlers[bug.label]:
            target, alias = names[bug.label], f"{modules[bug.module]}_{names[bug.label]}"
            module = choose.choice(ROUTES[release])
            imports[module].add(f"import {{ {target} as {alias} }} from './{modules[bug.module]}.js';")
            called = alias
            for depth, name in enumerate(reversed(path)):
                waits = choose.random() < 0.5
                call = f"{'await ' if waits else ''}{called}(payload)"
                if release == "3" and depth == len(path) - 1 and choose.random() < 0.2:
                    body = f"  try {{\n    return {'' if waits else 'await '}{call};\n  }} catch (error) {{\n    throw new Error('{name} failed', {{ cause: error }});\n  }}"
                    waits = True
                else:
                    body = f"  const outcome = {call};\n  return outcome;"
                spread[module].append(f"export {'async ' if waits else ''}function {name}(payload) {{\n{body}\n}}\n")
                called = name
            routes.setdefault(bug.label, []).append((module, path[0], bug.payload))
    for module, functions in spread.items():
        choose.shuffle(functions)
        files[f"{module}.js"] = "\n".join([*sorted(imports[module]), "", *functions])
    return files, routes


def _python(release, bugs, names, bodies, modules, handlers, choose):  # type: ignore[no-untyped-def]
    files = {f"app/{name}.py": text for name, text in PYTHON_MODULES.items()}
    files["app/__init__.py"] = ""
    for module in dict.fromkeys(bug.module for bug in bugs):
        text = "# moved\n" * choose.randrange(6) + PYTHON_IMPORTS.get(module, "")
        for bug in (bug for bug in bugs if bug.module == module):
            name, body = names[bug.label], bodies[bug.label]
            lines = re.sub(rf"(?<![.\w]){bug.name}\(", f"{name}(", "\n".join(f"    {line}" for line in body))
            text += f"\n\ndef {name}({bug.parameter}):\n{lines}\n"
        files[f"app/{modules[module]}.py"] = text
    spread: dict[str, list[str]] = {name: [] for name in ROUTES[release]}
    routes: dict[str, list[tuple[str, str, str]]] = {}
    used: set[str] = set()
    for bug in bugs:
        for path in handlers[bug.label]:
            module = choose.choice(ROUTES[release])
            used.add(modules[bug.module])
            called = f"{modules[bug.module]}.{names[bug.label]}"
            for depth, name in enumerate(reversed(path)):
                call = f"{called}(payload)"
                if release == "3" and depth == len(path) - 1 and choose.random() < 0.2:
                    body = f'    try:\n        return {call}\n    except Exception as error:\n        raise StepFailed("{name} failed") from error'
                else:
                    body = f"    outcome = {call}\n    return outcome"
                mark = "@measured\n" if release == "3" and choose.random() < 0.3 else ""
                spread[module].append(f"{mark}def {name}(payload):\n{body}\n")
                called = name
            routes.setdefault(bug.label, []).append((module, path[0], bug.payload))
    files["app/marks.py"] = (
        "import functools\n\n\nclass StepFailed(Exception):\n    pass\n\n\ndef measured(function):\n    @functools.wraps(function)\n"
        "    def inside(*args):\n        return function(*args)\n\n    return inside\n"
    )
    for module, functions in spread.items():
        choose.shuffle(functions)
        imports = f"from . import {', '.join(sorted(used))}\nfrom .marks import StepFailed, measured\n"
        files[f"app/{module}.py"] = "\n\n".join([imports, *functions])
    return files, routes
