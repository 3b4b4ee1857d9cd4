"""The browser of episodes, as a user types it."""

import base64
import re
import shutil
from html import unescape
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from fss_mm.episodes import FixedEpisodeSampler
from fss_mm.visualization import Entry, render_page
from fss_mm.visualization.episode_strip import CAPTION_HEIGHT, GAP, PANEL_HEIGHT
from tests.conftest import ROOT, write_mask

TOOL = 'tools/analysis_tools/browse_episodes.py'
SMALL = [f'{part}_dataloader.dataset.{field}' for part in ('train', 'val', 'test')
         for field in ('num_images=100', 'side=32')]  # fmt: skip
CONFIG = """
load = dict(type='LoadImageFromFile', imdecode_backend='pillow')
mask = dict(type='LoadFewShotMask')
resize = dict(type='Resize', scale=(24, 24))
data = dict(
    type='FewShotSegDataset', data_root={root!r}, img_dir='JPEGImages',
    mask_dir='SegmentationClassAug', fold=0,
    metainfo=dict(classes=('<b>ant & "co"</b>', 'bee', 'cat', 'dog')),
    query_pipeline=[load, resize, mask], support_pipeline=[load, mask, resize])
train_dataloader = None
val_dataloader = dict(
    sampler=dict(type='FixedEpisodeSampler', num_episodes=12, seeds=(3,)),
    dataset=dict(**data, test_mode=True, num_shots=2))
"""


@pytest.fixture
def browse(run_here):  # noqa: F811
    def start(config, *arguments, options=('randomness.seed=0',), **kwargs):
        return run_here(TOOL, config, *arguments, options=options, tiny=(), **kwargs)

    return start


@pytest.fixture
def config(voc_tree, tmp_path):
    path = tmp_path / 'voc.py'
    path.write_text(CONFIG.format(root=str(voc_tree)))
    return path


def picture(section):
    data = re.search(r'src="data:image/jpeg;base64,([^"]+)"', section).group(1)
    data = np.frombuffer(base64.b64decode(data), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]


def sections(page):
    return re.findall(r'<section.*?</section>', page.read_text(), re.DOTALL)


def test_page_shows_the_episodes_of_the_sampler(browse, config, tmp_path, make_dataset):
    out = tmp_path / 'new/page.html'
    text = browse(config, '--loader', 'val', '--num-episodes', 3, '--start', 2,
                  '--out', out)  # fmt: skip
    assert f'3 episodes in {out}, 0 failures' in text
    assert 'every support and query shows its class' in text
    dataset = make_dataset(test_mode=True, num_shots=2)
    sampler = FixedEpisodeSampler(dataset, num_episodes=12, seeds=(3,))
    for section, episode in zip(sections(out), list(sampler)[2:5], strict=True):
        lines = [unescape(line) for line in re.findall('<p>(.*)</p>', section)]
        names = [dataset.index.names[i] for i in (*episode.supports, episode.query)]
        assert lines == [
            f'support 1: {names[0]}, 30 x 40 -> 24 x 24',
            f'support 2: {names[1]}, 30 x 40 -> 24 x 24',
            f'query: {names[2]}, 30 x 40 -> 24 x 24, its mask 30 x 40',
        ]
        assert f'seed 3, episode {episode.number}</h2>' in section
        wide = round(40 * PANEL_HEIGHT / 30)
        expected = (CAPTION_HEIGHT + PANEL_HEIGHT, 2 * (PANEL_HEIGHT + wide) + 3 * GAP)
        assert picture(section).shape[:2] == expected


def test_page_is_escaped_whole_and_offline(browse, config, tmp_path):
    out = tmp_path / 'page.html'
    browse(config, '--loader', 'val', '--out', out, '--seed', 5)
    html = out.read_text()
    assert '<b>' not in html and '&lt;b&gt;ant &amp; &quot;co&quot;&lt;/b&gt;' in html
    assert not re.search(r'(src|href)="(?!data:|#)', html) and 'http' not in html
    for name, value in (('seed', 5), ('draw', 'class_balanced'), ('shots', 2),
                        ('fold', 0), ('sampler', 'FixedEpisodeSampler')):  # fmt: skip
        assert f'<tr><th>{name}</th><td>{value}</td></tr>' in html
    assert len(sections(out)) == 12, 'the list ends here'


class Tags(HTMLParser):
    """Fails on a tag that is closed out of turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.ids = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.links += filter(None, [attrs.get('href')])
        self.ids += filter(None, [attrs.get('id')])
        if tag not in ('meta', 'img'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_contents_and_filter_go_by_class():
    entries = [Entry(group, f'0/{i}', 'h', error='no <img>')
               for i, group in enumerate(('owl', 'ant', 'owl'))]  # fmt: skip
    html = render_page('</title>$x', dict(a='${b}'), entries)
    tags = Tags(html)
    assert tags.links == ['#e1', '#e0', '#e2'], 'classes are sorted'
    assert {'e0', 'e1', 'e2', 'filter'} == set(tags.ids)
    assert '<option value="0">ant</option>\n<option value="1">owl</option>' in html
    groups = re.findall('data-group="(.)"', html)
    assert groups == ['1', '0', '1']
    assert '&lt;/title&gt;$x' in html and '${b}' in html
    assert html.count('<pre>no &lt;img&gt;</pre>') == 3


def test_folder_of_pictures_in_the_order_of_the_channels(browse, tmp_path):
    """Swapped channels show on the query's panel; nothing else differs."""
    drawn = []
    for flip in (True, False):
        out = tmp_path / str(flip)
        text = browse(
            ROOT / 'configs/shapes/simprop_fold0.py', '--fold', 3, '--num-episodes', 2,
            '--out', out, '--seed', 4,
            options=[*SMALL, f'model.data_preprocessor.bgr_to_rgb={flip}'],
        )  # fmt: skip
        assert 'draw: class_uniform' in text and 'fold: 3' in text
        paths = sorted(out.iterdir())
        assert [path.name[:8] for path in paths] == ['4_00000_', '4_00001_']
        drawn.append(cv2.imread(str(paths[0])))
    query = [d[-PANEL_HEIGHT - GAP : -GAP, PANEL_HEIGHT + GAP :][:, :PANEL_HEIGHT]
             for d in drawn]  # fmt: skip
    assert np.array_equal(query[0], query[1][..., ::-1])
    assert not np.array_equal(query[0], query[1])


def test_classes_that_vanish_are_counted_and_told(browse, config, voc_tree, tmp_path):
    """Images 1_0 and 1_1 show one pixel, on a row that resizing leaves out."""
    for name in ('1_0', '1_1'):
        mask = np.zeros((30, 40), np.uint8)
        mask[4, 0] = 1
        write_mask(voc_tree / f'SegmentationClassAug/{name}.png', mask)
    out = tmp_path / 'page.html'
    text = browse(config, '--loader', 'val', '--out', out)
    lines = [unescape(line) for line in re.findall('<p>(.*)</p>', out.read_text())]
    marked = [line for line in lines if 'NO PIXEL OF THE CLASS' in line]
    assert all(re.match('support .: 1_[01], 30 x 40 -> 24 x 24, NO', m) for m in marked)
    empty = sum(bool(re.match('support .: 1_[01],', line)) for line in lines)
    assert 0 < empty == len(marked) < 24
    assert f'{empty} of 24 supports at 24 x 24 (all in ' in text


@pytest.mark.parametrize('name', ['page.html', 'folder'])
def test_a_broken_image_is_told_and_the_others_are_drawn(
    browse, config, voc_tree, tmp_path, name
):
    (voc_tree / 'JPEGImages/1_0.jpg').write_bytes(b'<no image>')
    out = tmp_path / name
    text = browse(config, '--loader', 'val', '--out', out)
    failures = int(re.search(r'(\d+) failures', text).group(1))
    assert 0 < failures < 12 and text.count('cannot be drawn: OSError') == failures
    if name == 'folder':
        assert len(list(out.iterdir())) == 12
        return
    broken = [s for s in sections(out) if '<pre>' in s]
    assert len(broken) == failures and all('1_0.jpg' in s for s in broken)
    assert '<img' in next(s for s in sections(out) if s not in broken)


def test_nothing_of_the_users_is_overwritten(browse, config, tmp_path):
    page, folder = tmp_path / 'page.html', tmp_path / 'folder'
    page.write_text('mine')
    folder.mkdir()
    (folder / 'mine.txt').write_text('mine')
    for out in (page, folder):
        call = (config, '--loader', 'val', '--num-episodes', 1, '--out', out)
        assert 'add --overwrite' in browse(*call, ok=False)
        assert list(folder.iterdir()) == [folder / 'mine.txt']
        assert page.read_text() == 'mine' or out == folder
        browse(*call, '--overwrite')
    assert page.read_text().startswith('<!DOCTYPE html>')
    assert (folder / 'mine.txt').read_text() == 'mine'
    assert len(list(folder.glob('3_00000_*.png'))) == 1
    shutil.rmtree(folder)
    folder.write_text('mine')
    assert 'is a file' in browse(config, '--out', folder, '--overwrite', ok=False)


def test_what_is_not_there_is_said(browse, config, tmp_path):
    out = tmp_path / 'out'
    assert 'has no train_dataloader' in browse(config, '--out', out, ok=False)
    text = browse(config, '--loader', 'val', '--start', 12, '--out', out, ok=False)
    assert '--start 12: the list ends before it' in text
    assert not out.exists()
