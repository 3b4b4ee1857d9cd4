import pickle

import pytest

from fss_mm.episodes.candidates import listed_candidates
from fss_mm.episodes.pair_lists import read_pair_lists
from fss_mm.index.class_index import ClassIndex


def test_text_lists_of_several_folds(tmp_path):
    (tmp_path / 'fold0.txt').write_text('a_1__01\nb__05\n\n')
    (tmp_path / 'fold2.txt').write_text('a_1 11\n')
    own = read_pair_lists(tmp_path / 'fold{fold}.txt', 2, num_folds=3)
    assert own == [('a_1', 11)]
    pairs = read_pair_lists(tmp_path / 'fold{other_fold}.txt', 1, num_folds=3)
    assert pairs == [('a_1', 1), ('b', 5), ('a_1', 11)]
    with pytest.raises(ValueError, match='is of a fold; give one'):
        read_pair_lists(tmp_path / 'fold{fold}.txt', None)


def test_pickled_lists(tmp_path):
    path = tmp_path / 'fold1.pkl'
    table = {5: ['val2014/b.jpg'], 1: ['val2014/a.jpg', 'val2014/b.jpg']}
    path.write_bytes(pickle.dumps(table))
    pairs = read_pair_lists(tmp_path / 'fold{fold}.pkl', 1)
    assert pairs == [('a', 2), ('b', 2), ('b', 6)]


def test_a_pickle_runs_no_code(tmp_path):
    path = tmp_path / 'fold0.pkl'
    path.write_bytes(pickle.dumps({1: pytest.fail}))
    with pytest.raises(ValueError, match='not a pickled dictionary .*not plain data'):
        read_pair_lists(path, 0)


@pytest.mark.parametrize(
    'content, message',
    [
        ('a__01\nwhat is this\n', "line 2: 'what is this', expected <image>__<class>"),
        ('a__01\na__01\n', 'names a pair twice'),
        ('\n', 'is empty'),
    ],
)
def test_bad_lists(tmp_path, content, message):
    (tmp_path / 'list.txt').write_text(content)
    with pytest.raises(ValueError, match=message):
        read_pair_lists(tmp_path / 'list.txt', None)


def test_a_missing_list(tmp_path):
    with pytest.raises(FileNotFoundError, match="fold3.txt' does not exist"):
        read_pair_lists(tmp_path / 'fold{fold}.txt', 3)


def test_lists_of_other_data():
    index = ClassIndex.from_counts({'a': {1: 5}, 'b': {2: 6}})
    with pytest.raises(ValueError, match=r'classes \[2\].*another fold'):
        listed_candidates(index, {1: 'ant'}, [('a', 1), ('b', 2)])
    with pytest.raises(ValueError, match='1 images .* not in the data set: c'):
        listed_candidates(index, {1: 'ant'}, [('c', 1)])
