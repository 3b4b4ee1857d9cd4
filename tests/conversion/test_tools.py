"""The three tools, with the arguments that a user types."""

from PIL import Image

from tests.conversion.conftest import annotation, box, write_coco, write_names


def test_coco(tool, tmp_path):
    write_coco(tmp_path, [annotation(1, 1, 5, [box(1, 1, 3, 2)])], num_images=2)
    split = ['--splits', 'val2014', '--workers', '1']
    status, out, _ = tool('coco', tmp_path, *split)
    assert status == 0 and 'val2014: 2 files written, 0 kept' in out
    assert '2 files written' in tool('coco', tmp_path, *split, '--overwrite')[1]
    assert tool('coco', tmp_path, *split, '--verify')[0] == 0
    (tmp_path / 'masks/val2014/1.png').write_bytes(b'')
    status, out, _ = tool('coco', tmp_path, *split, '--verify')
    assert status == 1 and '1.png' in out
    status, out, _ = tool('coco', tmp_path, *split)
    assert status == 0 and '1 files written, 1 kept' in out
    write_coco(tmp_path, [annotation(1, 1, 5, [[1, 2]])], num_images=2)
    status, _, err = tool('coco', tmp_path, *split, '--overwrite')
    assert status == 1 and '1.jpg, annotation 1' in err
    status, _, err = tool('coco', tmp_path, '--splits', 'test2014')
    assert status == 2 and err.startswith('error: no folder of images')


def test_voc_sbd(tool, voc_sbd, tmp_path):
    status, _, err = tool('voc_sbd', tmp_path, '--no-download')
    assert status == 2 and 'masks: 7 found, 12,031 expected' in err
    status, _, err = tool('voc_sbd', tmp_path, '--verify')
    assert status == 2 and err.startswith('error: no list of checksums')


def test_fss1000(tool, tmp_path):
    for i in range(1000):
        (tmp_path / 'source' / f'class {i}').mkdir(parents=True)
    (tmp_path / 'lists').mkdir()
    write_names(tmp_path / 'lists/test.txt', [f'class {i}' for i in range(240)])
    Image.new('RGB', (2, 2)).save(tmp_path / 'source/class 0/1.jpg')
    status, out, err = tool('fss1000', tmp_path, '--source', tmp_path / 'source')
    assert 'not a published list known here' in out
    assert 'images of class 0: 1 found, 10 expected' in err and status == 2
    assert 'no folder' in tool('fss1000', tmp_path)[2]
