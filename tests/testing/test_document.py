"""docs/check-head.md: its code runs, and its table is that of the checks."""

import re

from fss_mm.testing import check_names
from tests.conftest import ROOT

TEXT = (ROOT / 'docs/check-head.md').read_text(encoding='utf-8')


def test_its_code_runs(capsys):
    found = {}
    for block in re.findall(r'```python\n(.*?)```', TEXT, flags=re.DOTALL):
        exec(block, found)
    assert 'order_of_shots: passed' in capsys.readouterr().out
    assert found['test_head'].pytestmark[0].name == 'parametrize'


def test_its_table_has_each_check():
    table = TEXT.partition('## What is checked')[2].partition('\n## ')[0]
    assert re.findall(r'^\| `(\w+)` \|', table, re.M) == check_names()
