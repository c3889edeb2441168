"""Makes `services.jsonl.gz`: Python services of three releases each, run under `sentry-sdk`: `python tests/data/grouping/programs/make.py`.

The releases are the sources beside this file with edits applied, one upon the other: lines move and are wrapped, names change, helpers and
base classes appear, functions become asynchronous, modules are renamed. They were written before the algorithm had seen them.
"""

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = ("clinic", "market")


def run(program: str) -> list[dict[str, object]]:
    """What the releases of a program sent."""
    plan = json.loads((HERE / program / "edits.json").read_text())
    rows: list[dict[str, object]] = []
    sources = {path.name.removesuffix(".py.txt"): path.read_text() for path in sorted((HERE / program).glob("*.py.txt"))}
    for number, (release, edits) in enumerate(plan["releases"].items()):
        for module, old, new in edits:
            if old not in sources[module]:
                raise SystemExit(f"release {release}: {module} has no {old!r}")
            sources[module] = sources[module].replace(old, new)
        if release == max(plan["releases"]):
            sources |= {new: sources.pop(old) for old, new in plan["renamed_modules"].items()}
        with tempfile.TemporaryDirectory() as root:
            package = Path(root) / program
            package.mkdir()
            for name, text in {"__init__": "", **sources}.items():
                (package / f"{name}.py").write_text(text)
            shutil.copy(HERE / program / "driver.txt", Path(root) / "main.py")
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "main.py", release, str(number)],
                cwd=root,
                check=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for line in done.stdout.splitlines():
                plain = line
                for path, shown in ((str(Path(root).resolve()), "/srv"), (root, "/srv"), (sys.prefix, "/srv"), (sys.base_prefix, "/usr")):
                    plain = plain.replace(path, shown)
                event = json.loads(plain)
                event["event"]["server_name"] = "host"
                rows.append({"project": program, "kind": "python", **event})
    return rows


def main() -> None:
    """Run every release of every program and write what was captured."""
    rows = [row for program in PROGRAMS for row in run(program)]
    with gzip.GzipFile(HERE.parent / "services.jsonl.gz", "wb", mtime=0) as file:
        for number, row in enumerate(rows):
            file.write((json.dumps({"event_id": f"{number:032x}", **row}, sort_keys=True) + "\n").encode())
    print(f"{len(rows)} events of {len({(row['project'], row['label']) for row in rows})} problems")


if __name__ == "__main__":
    main()
