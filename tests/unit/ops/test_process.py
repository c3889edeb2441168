"""How the `ops` process becomes Streamlit."""

from pathlib import Path

from seiche.cli.ops_process import command, environment
from seiche.settings import load_settings


def test_it_listens_on_loopback_alone_and_tells_nobody() -> None:
    argv = command(8123)
    assert argv[2:4] == ["streamlit", "run"]
    assert Path(argv[4]).is_file()
    assert {"--server.address=127.0.0.1", "--server.port=8123", "--browser.gatherUsageStats=false", "--server.headless=true"} <= set(argv)


def test_the_pages_find_their_installation(tmp_path: Path) -> None:
    assert environment(load_settings(data=tmp_path))["SEICHE_DATA"] == str(tmp_path)
