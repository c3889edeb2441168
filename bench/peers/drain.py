"""drain3's template miner beside ours, on the labelled messages without a stack: `python -m bench.peers.drain VENV`.

VENV is a folder for drain3, made where it is not there (uv; from PyPI): it is no dependency of the product. A miner a project, messages in
the order of the stream. "masked" gives drain3 our masks, so that only the way in which words are merged differs.
"""

import argparse
import json
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from bench.grouping import SETS, Issues, Row, cpu_us, load, score
from bench.measure import mean
from seiche.grouping.templates import template

VERSION = "0.9.11"
MINER = """
import json, sys, time
from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig
from drain3.masking import MaskingInstruction

config = TemplateMinerConfig()
config.drain_sim_th = float(sys.argv[1])
config.masking_instructions = [
    MaskingInstruction(r"((?<=[^A-Za-z0-9])|^)(\\\\d{1,3}\\\\.\\\\d{1,3}\\\\.\\\\d{1,3}\\\\.\\\\d{1,3})((?=[^A-Za-z0-9])|$)", "IP"),
    MaskingInstruction(r"((?<=[^A-Za-z0-9])|^)([\\\\-\\\\+]?\\\\d+)((?=[^A-Za-z0-9])|$)", "NUM"),
]
miners, found, spent = {}, [], 0
for project, said in json.load(sys.stdin):
    miner = miners.setdefault(project, TemplateMiner(config=config))
    began = time.process_time_ns()
    cluster = miner.add_log_message(said)["cluster_id"]
    spent += time.process_time_ns() - began
    found.append(cluster)
print(json.dumps([found, spent / 1000 / len(found)]))
"""


def messages() -> list[Row]:
    """The labelled events that no exception comes with."""
    return [row for name in SETS for row in load(name) if not row.event.exceptions]


def drain(venv: Path, rows: Sequence[Row], texts: Sequence[str], alike: float) -> tuple[list[int], float]:
    """(cluster of each text, CPU of a message in microseconds); `alike`: how many words must be the same, 0 to 1."""
    given = json.dumps([[row.project, text] for row, text in zip(rows, texts, strict=True)])
    command = [venv / "bin" / "python", "-c", MINER.replace("\\\\", "\\"), str(alike)]
    found, spent = json.loads(subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout)
    return found, spent


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("venv", type=Path)
    venv: Path = parser.parse_args().venv
    if not (venv / "bin" / "python").exists():
        uv = Path(".make/tools/bin/uv")
        subprocess.run([uv, "venv", "--quiet", "--no-python-downloads", venv], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", venv / "bin" / "python", f"drain3=={VERSION}"], check=True)
    rows = messages()
    said = [row.event.message_template or row.event.message for row in rows]
    formatted = [row.event.message for row in rows]
    issues: defaultdict[str, Issues] = defaultdict(Issues)
    project = iter([row.project for row in rows])
    ours: list[object] = []
    spent = cpu_us(lambda event: template(event.message_template or event.message), rows)
    deciding = cpu_us(lambda event: ours.append(issues[next(project)].issue_of(event)), rows)
    ways: dict[str, tuple[Sequence[object], float]] = {
        "masks alone, formatted": ([template(text) for text in formatted], mean(spent)),
        "masks alone": ([template(text) for text in said], mean(spent)),
        "masks and words that vary": (ours, mean(deciding)),
    }
    for alike in (0.4, 0.6, 0.8):
        ways[f"drain3 {alike}, formatted"] = drain(venv, rows, formatted, alike)
        ways[f"drain3 {alike}, masked"] = drain(venv, rows, [template(text) for text in said], alike)
    print(f"{len(rows)} messages of {len({(row.project, row.label) for row in rows})} problems")
    print(f"{'way':28}{'B3-P':>7}{'B3-R':>7}{'B3-F1':>7}{'over':>7}{'hidden':>8}{'groups':>8}{'us':>7}")
    for way, (groups, cost) in ways.items():
        found = score(rows, groups)
        print(f"{way:28}{''.join(f'{figure:7.3f}' for figure in found[:4])}{found.hidden:8.3f}{found.groups:8}{cost:7.0f}")


if __name__ == "__main__":
    main()
