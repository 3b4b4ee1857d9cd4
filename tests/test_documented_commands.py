"""Commands in the documents are ones that the shell's parser takes."""

import re
import shlex

import pytest

from fss_mm_cli.main import COMMANDS, command_parser
from tests.conftest import ROOT
from tests.test_documents import DOCUMENTS

BLOCK = re.compile(r'```bash\n(.*?)```', re.DOTALL)
# scripts of a clone that are a command of fss-mm
SCRIPTS = {
    'tools/train.py': ['train'],
    'tools/test.py': ['test'],
    'tools/reproduce.py': ['reproduce'],
    'tools/run_table.py': ['table'],
    'tools/analysis_tools/benchmark.py': ['benchmark'],
    'tools/analysis_tools/browse_episodes.py': ['browse'],
    'tools/analysis_tools/compare_reports.py': ['compare'],
    'tools/dataset_converters/coco.py': ['convert', 'coco'],
    'tools/dataset_converters/folder.py': ['convert', 'folder'],
    'tools/dataset_converters/fss1000.py': ['convert', 'fss1000'],
    'tools/dataset_converters/voc_sbd.py': ['convert', 'voc-sbd'],
}
CONFIG = re.compile(r'(configs|projects)/[\w./-]+\.py$')


def commands(text):
    """Words of each command of fss-mm in a text's shell blocks."""
    for block in BLOCK.findall(text):
        for line in block.replace('\\\n', ' ').splitlines():
            try:
                words = shlex.split(line, comments=True)
            except ValueError:
                continue  # a loop over several lines, say
            while words and re.match(r'\w+=', words[0]):
                words.pop(0)
            if any(mark in word for word in words for mark in ('$', '<(', '{')):
                continue
            if words[:1] == ['fss-mm']:
                yield words[1:]
            elif words[:1] == ['python'] and words[1:2] and words[1] in SCRIPTS:
                yield SCRIPTS[words[1]] + words[2:]


DOCUMENTED = sorted(
    {
        (name, tuple(words))
        for name in DOCUMENTS
        if name != 'CHANGELOG.md'
        for words in commands((ROOT / name).read_text())
    }
)


def test_there_are_such_commands():
    assert len(DOCUMENTED) > 100
    assert {words[0] for _, words in DOCUMENTED} >= {'train', 'test', 'segment'}


@pytest.mark.parametrize('command', sorted(COMMANDS))
def test_they_are_understood(command, capsys):
    parser, wrong = command_parser([command]), []
    for name, words in DOCUMENTED:
        if words[0] != command or 'NAME' in words[1:2]:
            continue
        words = words[: words.index(';')] if ';' in words else words
        try:
            parser.parse_args(words)
        except SystemExit as ended:
            if ended.code:
                last = capsys.readouterr().err.strip().splitlines()[-1]
                wrong.append(f'{name}: fss-mm {" ".join(words)}: {last}')
    assert not wrong, '\n'.join(wrong)


def test_they_name_configs_that_exist():
    missing = [
        f'{name}: {word}'
        for name, words in DOCUMENTED
        for word in words
        if CONFIG.fullmatch(word) and not (ROOT / word).is_file()
    ]
    assert not missing
