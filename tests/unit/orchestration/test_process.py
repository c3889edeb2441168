import json
import subprocess
import sys
from pathlib import Path

import seiche
from orchestration.definitions import defs
from orchestration.process import dagster_commands

ROOT = Path(seiche.__file__).parent.parent
GRAPH = "{ assetNodes { assetKey { path } dependencyKeys { path } isPartitioned } }"


def test_the_commands_share_one_code_server_and_one_home(settings):
    commands = dagster_commands(settings, webserver_port=4001, grpc_port=4002)
    assert list(commands) == ["dagster-code", "dagster-web", "dagster-daemon"]
    home = settings.data.resolve() / "dagster"
    for argv, environment in commands.values():
        assert Path(argv[0]).exists()
        assert environment["DAGSTER_HOME"] == str(home)
        assert environment["SEICHE_DATA"] == str(settings.data.resolve())
        assert environment["MALLOC_ARENA_MAX"] == "2"
    workspace = str(home / "workspace.yaml")
    assert json.loads(Path(workspace).read_text())["load_from"][0]["grpc_server"]["port"] == 4002
    assert [workspace in argv for argv, _ in commands.values()] == [False, True, True]
    assert "4002" in commands["dagster-code"][0]
    assert "4001" in commands["dagster-web"][0]


def test_the_supervisor_does_not_pay_for_dagster():
    program = "import sys, orchestration.process; print('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_workspace_yaml_serves_the_same_graph(settings, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text('{"telemetry": {"enabled": false}}')
    answer = subprocess.run(
        [Path(sys.executable).parent / "dagster-graphql", "-w", ROOT / "workspace.yaml", "-t", GRAPH],
        cwd=ROOT,
        env={"DAGSTER_HOME": str(home), "HOME": str(tmp_path), "PATH": "", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=True,
        timeout=110,
    )
    nodes = json.loads(next(line for line in answer.stdout.splitlines() if line.startswith("{")))["data"]["assetNodes"]
    found = {node["assetKey"]["path"][0]: sorted(key["path"][0] for key in node["dependencyKeys"]) for node in nodes}
    graph = defs.resolve_asset_graph()
    assert found == {
        key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys) for key in graph.get_all_asset_keys()
    }
