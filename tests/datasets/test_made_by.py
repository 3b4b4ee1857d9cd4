"""Whoever has no data yet is told which tool makes them."""

import pytest

from fss_mm.registry import DATASETS

FOLD = dict(
    FewShotPascalDataset=dict(fold=0),
    FewShotCOCODataset=dict(fold=0),
    FSS1000Dataset={},
)


@pytest.mark.parametrize(
    ('kind', 'root', 'command'),
    [
        ('FewShotPascalDataset', 'data/VOCdevkit/VOC2012', 'voc-sbd {}/data'),
        ('FewShotPascalDataset', 'data/voc', 'voc-sbd data'),
        ('FewShotCOCODataset', 'data/coco', 'coco {}/data/coco --download'),
        ('FSS1000Dataset', 'data/fss1000', 'fss1000 {}/data/fss1000'),
    ],
)
def test_the_converter_is_named(tmp_path, kind, root, command):
    with pytest.raises(FileNotFoundError) as error:
        DATASETS.build(dict(type=kind, data_root=str(tmp_path / root), **FOLD[kind]))
    command = command.format(tmp_path)
    expected = f'; fss-mm convert {command} makes the data'
    assert str(error.value).endswith(expected) and 'not exist' in str(error.value)


def test_a_users_own_folder_has_no_converter(tmp_path):
    own = dict(type='FewShotFolderDataset', data_root=str(tmp_path), fold=0)
    with pytest.raises(FileNotFoundError) as error:
        DATASETS.build(own)
    assert 'fss-mm convert' not in str(error.value)
