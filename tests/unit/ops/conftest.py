"""Streamlit's AppTest leaves the page it ran as `__main__`; processes that later tests spawn would run that page again."""

import sys

import pytest


@pytest.fixture(autouse=True)
def main_module_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
