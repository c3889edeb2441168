"""`make sabotage`: breaks one line at a time in a COPY of the tree, and demands that a named test turns red.

A mutation that no test notices is a hole in the tests; one whose text is no longer found is out of date. Both fail the run.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
TEST_SECONDS = 180
COPIED = (
    "seiche",
    "ingest_api",
    "query_api",
    "alerts",
    "lake",
    "assets",
    "orchestration",
    "bench",
    "demo",
    "dashboard/ops",
    "tests",
    "pyproject.toml",
)


def copy_tree(target: Path) -> None:
    """What the tests need, as it lies in the working tree now; never a link back into it."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
        elif source.exists():
            shutil.copy2(source, target / name)


def run_test(tree: Path, *tests: str, seconds: float = TEST_SECONDS) -> tuple[int, str]:
    """pytest's exit code and the last lines it said. 1 is red; anything else but 0 means the test did not run."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "--no-header",
        "--timeout",
        str(TEST_SECONDS - 20),
        *tests,
    ]
    try:
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return 1, f"no answer within {seconds} s"
    return done.returncode, (done.stdout + done.stderr)[-1500:]


def try_mutation(tree: Path, mutation: Mutation) -> str:
    """Empty where the test turned red; else what is wrong."""
    target = tree / mutation.file
    sound = target.read_text() if target.exists() else ""
    if sound.count(mutation.old) != 1:
        return f"{mutation.file} holds the text {sound.count(mutation.old)} times, not once: bring tests/sabotage/mutations.py up to date"
    target.write_text(sound.replace(mutation.old, mutation.new))
    try:
        code, said = run_test(tree, mutation.test)
    finally:
        target.write_text(sound)
    if code == 0:
        return f"{mutation.test} stayed green"
    if code != 1:
        return f"{mutation.test} did not run (pytest said {code}): {said}"
    return ""


def red_before(tree: Path, tests: list[str]) -> set[str]:
    """Tests that are not green in a tree that nobody touched: in one run; one by one only where that is red."""
    code, _ = run_test(tree, *tests, seconds=TEST_SECONDS * 5)
    if code == 0:
        return set()
    found = set()
    for test in tests:
        code, said = run_test(tree, test)
        if code != 0:
            found.add(test)
            print(f"{test} is not green before any sabotage:\n{said}", flush=True)
    return found


def main() -> int:
    """Run them all, or those whose name holds a given word; 1 where one was not noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word", nargs="?", default="")
    chosen = [mutation for mutation in MUTATIONS if parser.parse_args().word in mutation.name]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="seiche-sabotage-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        unsound = red_before(tree, sorted({mutation.test for mutation in chosen}))
        for mutation in chosen:
            started = time.monotonic()
            problem = try_mutation(tree, mutation) if mutation.test not in unsound else "it is red before any sabotage"
            failures += bool(problem)
            print(
                f"{'MISSED' if problem else 'red':6} {time.monotonic() - started:5.1f} s  {mutation.name}  [{mutation.test}] {problem}",
                flush=True,
            )
    print(f"{len(chosen) - failures} of {len(chosen)} mutations turned their test red")
    return 1 if failures or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
