"""Commands of fss-mm in this process."""

import sys

import pytest

from fss_mm_cli.main import main


@pytest.fixture(autouse=True)
def loggers(own_loggers):
    """Each command has its own, as a process has."""


@pytest.fixture
def call(monkeypatch, capsys):
    """Run ``fss-mm``: its exit code, output and errors."""

    def run(*words):
        monkeypatch.setattr(sys, 'argv', ['fss-mm', *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code or 0, *capsys.readouterr()

    return run
