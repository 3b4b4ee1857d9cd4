"""Names of classes, as users list them."""

import pytest

from fss_mm.index.class_names import NamedClasses, read_classes
from fss_mm.index.folder_options import FolderOptions


@pytest.mark.parametrize(
    'classes, names, background',
    [
        (('owl', 'wren'), ('owl', 'wren'), ''),
        (('Background', 'owl'), ('owl',), 'Background'),
        (('_background_', 'owl'), ('owl',), '_background_'),
        (('BG', 'owl'), ('owl',), 'BG'),
        (('__ignore__', 'owl'), ('owl',), '__ignore__'),
        (('__ignore__', '_background_', 'owl'), ('owl',), '_background_'),
        (('background',), (), 'background'),
    ],
)
def test_a_list_may_start_with_the_background(tmp_path, classes, names, background):
    named = NamedClasses(names, background=background)
    assert read_classes(tmp_path, classes) == named
    (tmp_path / 'names.txt').write_text('\n'.join(classes))
    assert read_classes(tmp_path, 'names.txt') == named


@pytest.mark.parametrize(
    'classes',
    [{3: 'owl', 7: 'wren'}, {'3': 'owl', '7': 'wren'}, ['3=owl', '7=wren'], 'v.txt'],
)
def test_values_with_names(tmp_path, classes):
    (tmp_path / 'v.txt').write_text('3 owl\n7 = wren\n')
    expected = NamedClasses(('owl', 'wren'), {3: 1, 7: 2})
    assert read_classes(tmp_path, classes) == expected


def test_several_values_of_a_class_and_of_none(tmp_path):
    given = {0: 'sky', 4: 'owl', 5: 'sky', 6: 'bg', 9: 'void', 255: 'wren'}
    named = read_classes(tmp_path, given)
    assert named.names == ('sky', 'owl', 'wren')
    assert named.values == {0: 1, 4: 2, 5: 1, 6: 0, 9: 255, 255: 3}


def test_a_name_that_starts_with_a_number(tmp_path):
    (tmp_path / 'names.txt').write_text('4 wheeler\nowl\n')
    assert read_classes(tmp_path, 'names.txt').names == ('4 wheeler', 'owl')


@pytest.mark.parametrize(
    'classes, message',
    [
        (['owl', 'owl'], 'names a class twice'),
        ({65536: 'owl'}, "value '65536' of 'owl', expected .* numbers from 0 to 65535"),
        ({'x': 'owl'}, "value 'x' of 'owl'"),
        (['3=owl', '3=wren'], "value '3' of 'wren', .* each once"),
    ],
)
def test_classes_that_are_none(tmp_path, classes, message):
    with pytest.raises(ValueError, match=message):
        read_classes(tmp_path, classes)


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(classes=['owl', 'bg']), "'bg' is a name of the background, which has"),
        (dict(classes=['a', 'b'], foreground='white'), 'these are index masks'),
        (dict(classes={1: 'a'}, foreground='white'), 'these are index masks'),
        (
            dict(classes={300: 'a'}),
            r'values \[300\], .* 8 bits; number .*',
        ),
        (dict(classes=['a'], mask_suffix='_*.png'), 'several masks of an image'),
        (dict(classes=['a'], mask_suffix='.'), "suffix='.', expected what"),
        (dict(annotations='a.json', ignore=[3]), r"\['ignore'\] say how files"),
        (dict(annotations='a.json', classes={1: 'a'}), 'annotations has its own'),
        (dict(mask_dir='images', classes=['a']), 'lie in one folder .* no files are'),
    ],
)
def test_options_that_do_not_go_together(tmp_path, options, message):
    (tmp_path / 'masks').mkdir()
    (tmp_path / 'images').mkdir()
    with pytest.raises(ValueError, match=message):
        FolderOptions(tmp_path, **options).source()


def test_values_do_not_name_folders(tmp_path):
    (tmp_path / 'masks/owl').mkdir(parents=True)
    with pytest.raises(ValueError, match='has a folder for each class; name the'):
        FolderOptions(tmp_path, classes={1: 'owl'}).source()


def test_a_folder_may_be_called_background(tmp_path):
    for name in ('background', 'owl'):
        (tmp_path / 'masks' / name).mkdir(parents=True)
    classes = ['background', 'owl']
    assert FolderOptions(tmp_path).source().classes == tuple(classes)
    assert FolderOptions(tmp_path, classes=classes).source().classes == tuple(classes)
    (tmp_path / 'masks/background').rmdir()
    assert FolderOptions(tmp_path, classes=classes).source().classes == ('owl',)
