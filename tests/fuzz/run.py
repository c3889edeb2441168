"""Fuzz one target with atheris, from its kept corpus. `make fuzz SECONDS=60` runs all of them; a find is written to tests/fuzz/corpus."""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["seiche"]):
    from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


def main() -> None:
    """`python -m tests.fuzz.run TARGET SECONDS`; libFuzzer ends the process with an error at the first find."""
    name, seconds = sys.argv[1:3]
    kept, found = CORPUS / name, Path(".make") / "fuzz" / name
    kept.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", "-max_len=8192", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0"]
    options += [f"-artifact_prefix={kept}/find-", f"-dict={CORPUS.parent / 'words.dict'}"]
    # New inputs go to the first folder: a run on a developer's machine leaves the kept corpus as it is.
    atheris.Setup([sys.argv[0], *options, str(found), str(kept)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
