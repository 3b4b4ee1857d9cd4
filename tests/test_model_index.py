"""The index of models, in OpenMMLab's form."""

import re

import pytest
import yaml

from fss_mm.utils.config_files import config_names
from tests.conftest import ROOT

FOLDERS = sorted(p.parent.name for p in ROOT.glob('configs/*/metafile.yml'))


def read(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text(encoding='utf-8'))


def test_the_index_imports_each_metafile():
    files = [f'configs/{folder}/metafile.yml' for folder in FOLDERS]
    assert read('model-index.yml') == dict(Import=files)
    assert sorted((ROOT / 'configs').rglob('metafile.yml')) == [ROOT / f for f in files]


@pytest.mark.parametrize('folder', FOLDERS)
def test_a_metafile_has_each_config_of_its_folder(folder):
    given = read(f'configs/{folder}/metafile.yml')
    (collection,) = given['Collections']
    assert (ROOT / collection['README']).is_file()
    assert (ROOT / collection['Code']).is_file()
    models = given['Models']
    names = [f'configs/{name}.py' for name in config_names()]
    assert sorted(model['Config'] for model in models) == [
        name for name in names if name.startswith(f'configs/{folder}/')
    ]
    assert len({model['Name'] for model in models}) == len(models)
    assert {model['In Collection'] for model in models} == {collection['Name']}


@pytest.mark.parametrize('folder', FOLDERS)
def test_results_are_those_that_the_readme_calls_published(folder):
    """A figure is in the README's text or the config's, and marked as not ours."""
    readme = (ROOT / 'configs' / folder / 'README.md').read_text()
    for model in read(f'configs/{folder}/metafile.yml')['Models']:
        source = model['Metadata'].get('Results From')
        assert (source is None) == ('Results' not in model)
        if source is None:
            continue
        assert re.match(r'Tables? \d.*: published, not run by us$', source)
        text = readme + (ROOT / model['Config']).read_text()
        for result in model['Results']:
            assert result['Task'] == 'Few-Shot Semantic Segmentation'
            for value in result['Metrics'].values():
                assert re.search(rf'\b{value}0?\b', text), (model['Name'], value)
