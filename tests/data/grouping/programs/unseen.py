"""Makes `node`, `browser`, `java`, `worker`, `go` and `ruby.jsonl.gz`: programs under unmodified SDKs, over several releases.

`python tests/data/grouping/programs/unseen.py FOLDER [PROGRAM...]`: FOLDER is where dependencies are installed and programs are built.
Releases are the sources beside this file with the edits of `edits.txt`, one upon the other. Each problem was labelled in the driver, which
knows what it breaks; events reach a server on loopback as an SDK sends them, and what does not bear on grouping is left out.
"""

import functools
import gzip
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import generated
import generated_drivers

HERE = Path(__file__).parent
KEPT = (
    "exception", "message", "logentry", "level", "platform", "release", "environment", "transaction", "logger", "sdk", "fingerprint",
    "threads", "debug_meta",
)  # fmt: skip
Files = dict[str, str]


class Inbox(http.server.BaseHTTPRequestHandler):
    """Takes envelopes; `events` holds what came."""

    events: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        """An envelope, whatever its compression."""
        body = self.rfile.read(int(self.headers.get("content-length", 0))) if "content-length" in self.headers else self._chunks()
        if self.headers.get("content-encoding") == "gzip":
            body = zlib.decompress(body, 31)
        lines = body.split(b"\n")
        for header, payload in zip(lines[1::2], lines[2::2], strict=False):
            if json.loads(header or b"{}").get("type") == "event":
                self.events.append(json.loads(payload))
        self.send_response(200)
        self.send_header("access-control-allow-origin", "*")
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_OPTIONS(self) -> None:
        """What a browser asks first."""
        self.send_response(200)
        for name in ("origin", "headers", "methods"):
            self.send_header(f"access-control-allow-{name}", "*")
        self.end_headers()

    def _chunks(self) -> bytes:
        found = b""
        while size := int(self.rfile.readline().strip() or b"0", 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        return found

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def inbox() -> Iterator[str]:
    """A DSN whose events are in `Inbox.events`."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inbox) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://key@127.0.0.1:{server.server_port}/1"
        server.shutdown()


def releases(program: str) -> Iterator[tuple[str, Files]]:
    """(release, sources by path) in order. `edits.txt`: `== RELEASE`, `@ FILE`, then `<<< === >>>`, `rename OLD NEW` and `mv NEW`."""
    folder = HERE / program
    sources = {
        str(path.relative_to(folder)).removesuffix(".txt"): path.read_text()
        for path in sorted(folder.rglob("*.txt"))
        if path.name not in {"edits.txt", "driver.txt"}
    }
    main = {"java": f"com/{program}/Main.java", "worker": "main.py", "go": "main.go", "ruby": "main.rb"}.get(
        PROGRAMS[program][0], "main.py" if program == "made-python" else "main.js"
    )
    if program in GENERATED:
        seed, sdk = GENERATED[program]
        for made, release in zip(generated.releases(seed, python=sdk == "sentry_sdk"), generated.RELEASES, strict=True):
            yield release, {**made.files, main: generated_drivers.driver(made, release, sdk=sdk)}
        return
    sources[main] = (folder / "driver.txt").read_text()
    yield "1", dict(sources)
    for part in (folder / "edits.txt").read_text().split("\n== ")[0:]:
        release, _, body = part.removeprefix("== ").partition("\n")
        _edit(sources, body, f"{program} {release}")
        yield release.strip(), dict(sources)


def _edit(sources: Files, body: str, where: str) -> None:
    name = ""
    lines = iter(body.splitlines())
    for line in lines:
        if line.startswith("@ "):
            name = line[2:].strip()
        elif line == "<<<":
            old, new = _until(lines, "==="), _until(lines, ">>>")
            _replace(sources, name, old, new, where)
        elif line.startswith("rename "):
            _, old, new = line.split(" ")
            for each in sources if name == "*" else [name]:
                sources[each] = re.sub(rf"(?<![\w$]){re.escape(old)}(?![\w$])", lambda _, new=new: new, sources[each])  # type: ignore[misc]
        elif line.startswith("mv "):
            sources[line[3:].strip()] = sources.pop(name)
        elif line.startswith("new "):
            sources[line[4:].strip()] = _until(lines, ">>>")
        elif line.strip():
            raise SystemExit(f"{where}: what is {line!r}?")


def _until(lines: Iterator[str], end: str) -> str:
    found = []
    for line in lines:
        if line == end:
            break
        found.append(line)
    return "\n".join(found)


def _replace(sources: Files, name: str, old: str, new: str, where: str) -> None:
    if old not in sources.get(name, ""):
        raise SystemExit(f"{where}: {name} has no {old!r}")
    sources[name] = sources[name].replace(old, new)


def write(root: Path, sources: Files) -> None:
    """The sources of a release."""
    for name, text in sources.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def run(command: list[str], root: Path, **more: str) -> None:
    """Run one release to its end."""
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, **more})
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-3000:]}")


def install_node(tools: Path, name: str, dependencies: dict[str, str]) -> Path:
    """A folder with `node_modules`."""
    folder = tools / name
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"name": name, "private": True, "dependencies": dependencies}))
        run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], folder)
    return folder


def node(program: str, release: str, number: int, sources: Files, tools: Path, dsn: str) -> None:
    """A Node service; the third release has newer libraries."""
    older = {"@sentry/node": "9.47.1", "express": "4.21.2", "zod": "3.25.76", "axios": "1.7.9"}
    newer = {"@sentry/node": "11.12.0", "express": "5.2.1", "zod": "4.1.12", "axios": "1.12.2"}
    installed = install_node(tools, "node-newer", newer) if number > 1 else install_node(tools, "node-older", older)
    root = fresh(tools / "srv" / program)
    write(root, sources)
    (root / "node_modules").symlink_to(installed / "node_modules")
    if program in GENERATED:
        (root / "package.json").write_text('{"type": "module"}')
    with upstream() as base:
        run(["node", "--preserve-symlinks", "main.js", release, str(number), dsn], root, BASE=base)


@contextmanager
def upstream() -> Iterator[str]:
    """A service that is down."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()


def browser(program: str, release: str, number: int, sources: Files, tools: Path, dsn: str) -> None:
    """A page in Chromium, minified without source maps; the third release is split into chunks with hashes."""
    installed = install_node(tools, "browser", {"@sentry/browser": "11.12.0", "esbuild": "0.28.2", "terser": "5.44.0"})
    root = fresh(installed / "src" / program)
    write(root, sources)
    named = ["--entry-names=assets/[name]-[hash]"] if number else ["--entry-names=[name].min"]
    split = (
        ["--splitting", "--format=esm", "--chunk-names=assets/chunk-[hash]"] if number > 1 else ["--format=esm"] * (program in GENERATED)
    )
    served = fresh(tools / "srv" / program)
    esbuild = str(installed / "node_modules/.bin/esbuild")
    run([esbuild, "main.js", "--bundle", "--minify", f"--outdir={served}", "--log-level=warning", *named, *split], root)
    (script,) = served.rglob("main*.js")
    if program in GENERATED:
        terser = str(installed / "node_modules/.bin/terser")
        run([terser, str(script), "--module", "--compress", "--mangle", "-o", str(script)], root)
    tag = f"<script type=module src=/{script.relative_to(served)}></script>"
    (served / "index.html").write_text(f"<!doctype html><title>shop</title><body>{tag}")
    visit(served, f"dsn={quote(dsn, safe='')}&release={release}&seed={number}")


def visit(served: Path, query: str) -> None:
    """Open the page and wait until it is done."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    handler = functools.partial(Shop, directory=served)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            page = opened.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/index.html?{query}")
            page.wait_for_function("window.done", timeout=120_000)
        finally:
            opened.close()
            server.shutdown()


class Shop(http.server.SimpleHTTPRequestHandler):
    """The page's files, and an API that fails or answers with next to nothing."""

    def do_GET(self) -> None:
        """`/api/...`: an empty object, text that is no JSON, or a failure."""
        if not self.path.startswith("/api/"):
            super().do_GET()
            return
        answers = {"empty": (200, b"{}"), "broken": (200, b"<html>")}
        status, body = answers.get(self.path.partition("?")[0].rsplit("/", 1)[-1], (500 + len(self.path) % 4, b""))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


OLDER = {"spring": "6.1.14", "jackson": "2.17.2", "h2": "2.2.224", "sentry": "8.20.0"}
NEWER = {"spring": "6.2.12", "jackson": "2.20.0", "h2": "2.4.240", "sentry": "8.63.0"}
ARTIFACTS = (
    ("io.sentry", "sentry", "sentry"),
    ("org.springframework", "spring-context", "spring"),
    ("org.springframework", "spring-aspects", "spring"),
    ("com.fasterxml.jackson.core", "jackson-databind", "jackson"),
    ("com.h2database", "h2", "h2"),
)


def java(program: str, release: str, number: int, sources: Files, tools: Path, dsn: str) -> None:
    """A Java service with Spring's proxies; the third release has newer libraries."""
    jars = install_java(tools, "java-newer", NEWER) if number > 1 else install_java(tools, "java-older", OLDER)
    root = fresh(tools / "srv" / program)
    write(root, sources)
    classpath = f"{jars}/*"
    written = [str(path.relative_to(root)) for path in sorted(root.rglob("*.java"))]
    run(["javac", "-g", "-parameters", "-nowarn", "-cp", classpath, "-d", "classes", *written], root)
    run(["java", "-cp", f"{root}/classes:{classpath}", f"com.{program}.Main", release, str(number), dsn], root)


def install_java(tools: Path, name: str, versions: dict[str, str]) -> Path:
    """A folder of jars."""
    folder = tools / name
    if not folder.exists():
        folder.mkdir(parents=True)
        wanted = "".join(
            f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{versions[key]}</version></dependency>"
            for group, artifact, key in ARTIFACTS
        )
        named = "<modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>"
        pom = f"<project>{named}<dependencies>{wanted}</dependencies></project>"
        (folder / "pom.xml").write_text(pom)
        copy = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies"
        run(["mvn", "-q", "-B", "-f", str(folder / "pom.xml"), copy, f"-DoutputDirectory={folder}"], folder)
    return folder


PYTHON_OLDER = ("sentry-sdk==2.19.2", "celery==5.4.0", "requests==2.31.0", "sqlalchemy==2.0.36", "pydantic==2.9.2")
PYTHON_NEWER = ("sentry-sdk==2.75.0", "celery==5.5.3", "requests==2.32.5", "sqlalchemy==2.0.44", "pydantic==2.12.4")


def python(program: str, release: str, number: int, sources: Files, tools: Path, dsn: str) -> None:
    """A worker; the third release has newer libraries."""
    name, wanted = ("python-newer", PYTHON_NEWER) if number > 1 else ("python-older", PYTHON_OLDER)
    installed = tools / "srv" / name
    if not installed.exists():
        run([sys.executable, "-m", "venv", str(installed)], HERE)
        run([str(installed / "bin/pip"), "install", "-q", *wanted], HERE)
    root = fresh(tools / "srv" / program)
    write(root, sources)
    with upstream() as base:
        run([str(installed / "bin/python"), "-W", "ignore", "main.py", release, str(number), dsn, base], root)


def go(program: str, release: str, number: int, sources: Files, tools: Path, dsn: str) -> None:
    """A Go program; its sources are there when it fails, as the SDK wants them."""
    root = fresh(tools / "srv" / program)
    write(root, sources)
    (root / "go.mod").write_text(f"module {program}\n\ngo 1.25.0\n\nrequire github.com/getsentry/sentry-go v0.50.0\n")
    run(["go", "mod", "tidy", "-e"], root)
    run(["go", "run", ".", release, str(number), dsn], root)


def ruby(program: str, release: str, number: int, sources: Files, tools: Path, dsn: str) -> None:
    """A Ruby program of requests and jobs under Debian's ruby-sentry-ruby, ruby-sinatra, ruby-activerecord and ruby-sqlite3."""
    root = fresh(tools / "srv" / program)
    write(root, sources)
    with upstream() as base:
        run(["ruby", "-W0", "main.rb", release, str(number), dsn, base], root)


def fresh(folder: Path) -> Path:
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


GENERATED = {"made-python": (41, "sentry_sdk"), "made-node": (42, "@sentry/node"), "made-browser": (43, "@sentry/browser")}
"""Program -> (seed, SDK)."""
PROGRAMS: dict[str, tuple[str, Callable[[str, str, int, Files, Path, str], None]]] = {
    "ferry": ("node", node),
    "tiles": ("browser", browser),
    "mill": ("java", java),
    "press": ("worker", python),
    "quay": ("go", go),
    "weir": ("ruby", ruby),
    "made-python": ("made", python),
    "made-node": ("made", node),
    "made-browser": ("made", browser),
}


def captured(program: str, tools: Path) -> list[dict[str, object]]:
    """The labelled events of every release of a program."""
    kind, runner = PROGRAMS[program]
    rows: list[dict[str, object]] = []
    for number, (release, sources) in enumerate(releases(program)):
        Inbox.events.clear()
        with inbox() as dsn:
            runner(program, release, number, sources, tools, dsn)
        for event in Inbox.events:
            label = label_of(event)
            kept = {key: event[key] for key in KEPT if key in event}
            for frame in frames_of(event) if kind == "ruby" else ():
                for key in ("pre_context", "post_context"):
                    frame.pop(key, None)
            plain = json.dumps(kept)
            for path, shown in ((tools / "srv", "/srv"), (tools, "/srv"), (Path(sys.prefix), "/srv/venv"), (Path(sys.base_prefix), "/usr")):
                plain = plain.replace(str(path), shown)
            plain = re.sub(r"127\.0\.0\.1:\d{2,5}", "127.0.0.1:8443", plain)
            rows.append({"project": program, "kind": kind, "label": label, "event": json.loads(plain)})
        print(f"{program} {release}: {len(Inbox.events)} events, {len({row['label'] for row in rows})} problems so far")
    return rows


def frames_of(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The frames of every exception."""
    for value in (event.get("exception") or {}).get("values") or ():
        yield from (value.get("stacktrace") or {}).get("frames") or ()


def label_of(event: dict[str, Any]) -> str:
    """The driver's label."""
    found = dict(event.get("tags") or {}).get("label")
    if not found:
        raise SystemExit(f"an event without a label: {json.dumps(event)[:2000]}")
    return str(found)


def main() -> None:
    """Run every release of the programs named and write what was captured, one file for each language."""
    tools, wanted = Path(sys.argv[1]).resolve(), sys.argv[2:] or list(PROGRAMS)
    files = {PROGRAMS[program][0] for program in wanted}
    for name in sorted(files):
        programs = [program for program, (kind, _) in PROGRAMS.items() if kind == name]
        rows = [row for program in programs for row in captured(program, tools)]
        with gzip.GzipFile(HERE.parent / f"{name}.jsonl.gz", "wb", mtime=0) as file:
            for number, row in enumerate(rows):
                file.write((json.dumps({"event_id": f"{number:032x}", **row}, sort_keys=True) + "\n").encode())
        print(f"{name}: {len(rows)} events of {len({(row['project'], row['label']) for row in rows})} problems")


if __name__ == "__main__":
    main()
