"""What tells paths apart."""

import pytest

from fss_mm_cli.short_names import short_names


@pytest.mark.parametrize(
    ('paths', 'names'),
    [
        (['runs/a/fold0/out.json', 'runs/b/fold0/out.json'], ['a', 'b']),
        (['run.v2'], ['run.v2']),
        (['configs/a.py'], ['a']),
        (['a', 'b/a'], ['a', 'b/a']),
    ],
)
def test_names(paths, names):
    assert short_names(paths) == dict(zip(names, paths))


def test_the_folder_one_stands_in_has_its_own_name(tmp_path, monkeypatch):
    folder = tmp_path / 'simprop_fold0'
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert short_names(['.']) == {'simprop_fold0': '.'}


def test_a_path_twice():
    with pytest.raises(ValueError, match='a is named twice'):
        short_names(['a', 'b', 'a'])
