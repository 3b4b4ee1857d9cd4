"""What the documents point to exists."""

import ast
import re

import pytest
from mmengine.config import Config

from fss_mm.inference import FewShotInferencer
from fss_mm.models import FewShotSegmentor
from tests.conftest import ROOT

FOLDERS = ('configs', 'docs', 'fss_mm', 'projects', 'tests', 'tools')
DOCUMENTS = sorted(
    str(path.relative_to(ROOT))
    for pattern in ('*.md', *(f'{folder}/**/*.md' for folder in FOLDERS))
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r'\]\(\s*<?([^)\s>]+)')


@pytest.mark.parametrize('name', DOCUMENTS)
def test_relative_links_exist(name):
    text = re.sub(r'```.*?```', '', (ROOT / name).read_text(), flags=re.DOTALL)
    folder, missing = (ROOT / name).parent, []
    for link in LINK.findall(text):
        path = link.partition('#')[0]
        if not path or re.match(r'\w+:', path):
            continue
        target = (folder / path).resolve()
        if not target.exists():
            missing.append(link)
    assert not missing


def test_there_are_documents_with_links():
    assert {'README.md', 'docs/architecture.md', 'CHANGELOG.md'} <= set(DOCUMENTS)
    assert len(LINK.findall((ROOT / 'README.md').read_text())) > 10


def test_what_the_documents_call_on_a_model_exists():
    pages = 'README.md', 'docs/train-and-test.md'
    text = ''.join((ROOT / page).read_text() for page in pages)
    blocks = re.findall(r'```python\n(.*?)```', text, flags=re.DOTALL)
    names = {
        node.attr
        for block in blocks
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == 'model'
    }
    assert {'represent', 'segment'} <= names
    known = (FewShotSegmentor, FewShotInferencer)
    assert [n for n in sorted(names) if not any(hasattr(k, n) for k in known)] == []


def test_every_extra_is_listed():
    extras = (ROOT / 'setup.py').read_text().partition('extras_require')[2]
    rows = re.findall(r"^ {8}'([\w-]+)': \[", extras, re.M)
    assert {'mm', 'dev'} <= set(rows)
    table = (ROOT / 'docs/get-started.md').read_text().partition('| extra | for |')[2]
    listed = re.findall(r'^\| `([\w-]+)` \|', table, re.M)
    assert sorted(listed) == sorted(rows)


BLOCKS = [
    (name, block)
    for name in DOCUMENTS
    for block in re.findall(
        r'```python\n(.*?)```', (ROOT / name).read_text(), re.DOTALL
    )
]


def test_blocks_of_python_can_be_read():
    """Those of own-images, extend/ and check-head are run, too, by tests of theirs."""
    assert len(BLOCKS) > 30
    for name, block in BLOCKS:
        compile(block, name, 'exec')


def test_configs_of_the_documents_find_their_bases(tmp_path):
    configs = [(name, block) for name, block in BLOCKS if '_base_ =' in block]
    assert len(configs) > 5
    for number, (name, block) in enumerate(configs):
        path = tmp_path / f'{number}.py'
        text = block.replace('path/to/fss_mm/', f'{ROOT}/')
        text = text.replace('fss_mm::', f'{ROOT}/configs/')
        path.write_text(re.sub(r'^custom_imports.*\n', '', text, flags=re.M))
        # the encoders of VOC-8 lie elsewhere
        assert len(Config.fromfile(path, import_custom_modules=False)) > 1, name
