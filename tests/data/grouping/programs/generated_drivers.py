"""The entries of the programs of `generated.py`: each calls every handler and reports what fails, with its label as a tag."""

from generated import ROUTES, Made


def driver(made: Made, release: str, *, sdk: str) -> str:
    """The program's entry: for JavaScript of `@sentry/node` or `@sentry/browser`, or for Python (`sentry_sdk`)."""
    if sdk == "sentry_sdk":
        calls = ",\n".join(f'    ("{label}", {module}, "{name}", lambda: {payload})' for label, module, name, payload in made.routes)
        return (
            PYTHON_DRIVER.replace("CALLS", calls)
            .replace("ENTRY", {"1": "perform", "2": "perform", "3": "run_job"}[release])
            .replace("MODULES", ", ".join(ROUTES[release]))
        )
    calls = ",\n".join(f"  ['{label}', {module}, '{name}', () => ({payload})]" for label, module, name, payload in made.routes)
    imports = "\n".join(f"import * as {name} from './{name}.js';" for name in ROUTES[release])
    start = (
        "const [release, seed, dsn] = process.argv.slice(2); globalThis.base = process.env.BASE;"
        if sdk == "@sentry/node"
        else "const query = new URLSearchParams(location.search); globalThis.base = '/api';\n"
        "const [release, seed, dsn] = ['release', 'seed', 'dsn'].map((name) => query.get(name));"
    )
    end = "process.exit(0);" if sdk == "@sentry/node" else "window.done = true;"
    entry = {"1": "perform", "2": "perform", "3": "runJob"}[release]
    return (
        JS_DRIVER.replace("SDK", sdk)
        .replace("IMPORTS", imports)
        .replace("START", start)
        .replace("END", end)
        .replace("ENTRY", entry)
        .replace("CALLS", calls)
    )


JS_DRIVER = """import * as Sentry from 'SDK';
IMPORTS

START
Sentry.init({ dsn, release: `made@${release}`, environment: 'production', tracesSampleRate: 0 });
let state = Number(seed) + 11;
const random = (n) => { state = (state * 48271) % 2147483647; return state % n; };
const oneOf = (...all) => all[random(all.length)];
const id = () => `${oneOf('b', 'k', 'x')}${random(99999)}-${random(9999)}`;
const loop = { id: 'p' };
loop.kids = [loop];

async function ENTRY(table, name, payload) {
  return await table[name](payload);
}

const calls = [
CALLS
];
for (const [label, table, name, payload] of calls) {
  Sentry.getGlobalScope().setTag('label', label);
  try {
    await ENTRY(table, name, payload());
  } catch (error) {
    Sentry.captureException(error);
  }
  await Sentry.flush(2000);
}
END
"""
PYTHON_DRIVER = """import random, sys, threading
import sentry_sdk
release, seed, dsn, base = sys.argv[1:5]
sentry_sdk.init(dsn=dsn, release=f"made@{release}", environment="production", max_breadcrumbs=0, include_local_variables=False)
from app import MODULES, upstream
upstream.BASE = base
choose = random.Random(int(seed))
oneof = lambda *all: choose.choice(all)
code = lambda: f"{oneof('b', 'k', 'x')}{choose.randrange(99999)}-{choose.randrange(9999)}"
LOOP = {"kids": []}
LOOP["kids"].append(LOOP)


class Thing:
    def __init__(self, **more):
        self.__dict__.update(more)


def ENTRY(table, name, payload):
    return getattr(table, name)(payload)


calls = [
CALLS
]
for label, table, name, payload in calls:
    with sentry_sdk.isolation_scope() as scope:
        scope.set_tag("label", label)
        try:
            ENTRY(table, name, payload())
        except Exception:
            sentry_sdk.capture_exception()
sentry_sdk.flush(5)
"""
