"""The notebook runs from top to bottom, on a small model and a short training."""

import json
import sys
from types import SimpleNamespace

from fss_mm_cli.main import main
from tests.conftest import ROOT
from tests.inference.conftest import color_config
from tests.tool_runs import TINY, own_loggers  # noqa: F401

NOTEBOOK = ROOT / 'docs/notebooks/quickstart.ipynb'


def test_from_top_to_bottom(tmp_path, monkeypatch, own_loggers):  # noqa: F811
    notebook = json.loads(NOTEBOOK.read_text())
    cells = [c for c in notebook['cells'] if c['cell_type'] == 'code']
    assert not any(cell['outputs'] for cell in cells), 'it is kept without outputs'
    monkeypatch.chdir(tmp_path)

    def run_here(command, check):
        """The command in this process, small."""
        words = [*command[3:], *TINY, 'train_cfg.max_iters=2']
        monkeypatch.setattr(sys, 'argv', ['fss-mm', *words])
        try:
            main()
        except SystemExit as ended:
            assert not ended.code

    names = dict(config=color_config(), opened=opened)
    for cell in cells:
        if 'subprocess' in names:
            names['subprocess'] = SimpleNamespace(run=run_here)
        text = ''.join(cell['source']).replace("'prototype/photographs'", 'config')
        text = text.replace('ITERATIONS = 1400', 'ITERATIONS = 2')
        text = text.replace("'shapes/simprop_fold0', 'run'", "*opened('run')")
        exec(compile(text, NOTEBOOK.name, 'exec'), names)  # noqa: S102
    assert len(names['queries']) == 4 and names['rows'][0].shape == (192, 384, 3)


def opened(folder):
    """The config that the small training has written, and its folder."""
    (config,) = ROOT.__class__(folder).glob('*.py')
    return str(config), folder
