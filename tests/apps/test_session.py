"""The page's core without a page: from uploads and marks to masks and files."""

import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from fss_mm.apps import actions
from fss_mm.apps import session as session_module
from fss_mm.apps.downloads import classes_as_file, load_classes, masks_as_zip
from fss_mm.apps.limits import LimitReached, Limits, Refused
from fss_mm.apps.session import Session
from fss_mm.apps.sessions import Sessions
from fss_mm.inference import Box, FewShotInferencer
from fss_mm.inference.learned_class import LearnedClass
from tests.apps.conftest import BOX, TAB, USER, jpeg_of, photograph, png
from tests.conftest import ROOT
from tests.inference.conftest import BLUE, GREEN, RED, color_config, square


def learned(session, desk, color=RED, name='red'):
    """An example with a box, and its number."""
    one = session.add_example(photograph(color), 'a.png', name)
    session.mark(one.photograph.number, BOX, desk.models.get())
    return one.photograph.number


def test_the_page_finds_what_the_library_finds(session, desk):
    """The same class and the same mask, to the bit."""
    learned(session, desk)
    other = square(RED, (4, 30, 20, 24), (60, 80))[0]
    query = session.add_query(png(other), 'b.png').number
    library = FewShotInferencer(color_config())
    library.add_class('red', square(RED)[0], Box(12, 12, 52, 52))
    expected = library(other)
    model = desk.models.get()
    result = session.search.segmented(query, model)
    assert np.array_equal(result.mask, expected.mask) and expected.mask.any()
    assert result.scores == pytest.approx(expected.scores)
    assert session.search.learned(model)[0].origin == library.learned['red'].origin


def test_a_picture_is_encoded_once(session, desk):
    """An example as itself and mirrored, a query; and never again."""
    cache, model = desk.models.cache, desk.models.get()
    before = cache.passes
    number = learned(session, desk)
    query = session.add_query(photograph(size=(64, 80)), 'q.png').number
    session.search.segmented(query, model)
    assert cache.passes - before == 3
    brush = dict(points=[[20, 20]], width=6, erases=True)
    for _ in range(2):
        session.mark(number, BOX | dict(strokes=[brush]), model)
        first = session.search.segmented(query, model)
        assert cache.passes - before == 3
    whole = desk.models.get('colours', 'as it is')
    assert session.search.segmented(query, whole).scores == first.scores


def test_only_a_changed_class_is_searched_again(session, desk, monkeypatch):
    session.add_class('green')
    learned(session, desk)
    number = learned(session, desk, GREEN, 'green')
    query = session.add_query(photograph(), 'q.png').number
    model, asked = desk.models.get(), []
    original = type(model).find
    monkeypatch.setattr(
        type(model),
        'find',
        lambda self, picture, some: (
            asked.append([one.name for one in some]) or original(self, picture, some)
        ),
    )
    session.search.segmented(query, model)
    session.search.segmented(query, model, threshold=0.9)
    assert asked == [['red', 'green']]
    session.mark(number, BOX, model)
    session.search.segmented(query, model)
    assert asked[1:] == [['green']]
    session.remove(query)
    assert session.search.num_bytes == 0


def test_threshold_is_one_of_probability(session, desk):
    learned(session, desk)
    query = session.add_query(photograph((0, 60, 200)), 'q.png').number
    areas = [
        np.count_nonzero(session.search.segmented(query, desk.models.get(), t).mask)
        for t in (0.05, 0.5, 0.95)
    ]
    assert areas == sorted(areas, reverse=True)
    with pytest.raises(Refused, match=r'a threshold of 1, expected 0\.01 to 0\.99'):
        session.search.segmented(query, desk.models.get(), 1)


def test_a_mask_that_cannot_be_made_leaves_the_former_one(session, desk):
    number = learned(session, desk)
    model, one = desk.models.get(), session.examples[number]
    before = one.mask
    erased = dict(points=[[0, 0], [63, 63], [0, 63], [63, 0]], width=99, erases=True)
    with pytest.raises(Refused, match='the mask is empty: mark some of the object'):
        session.mark(number, BOX | dict(strokes=[erased]), model)
    with pytest.raises(Refused, match='all of the photograph'):
        session.mark(number, dict(strokes=[erased | dict(erases=False)]), model)
    with pytest.raises(ValueError, match='outside of the picture of 64 x 64'):
        session.mark(number, dict(prompt=dict(kind='box', box=[0, 0, 99, 9])), model)
    assert one.mask is before and one.version == 1
    session.mark(number, dict(prompt=None, strokes=[]), model)
    assert one.mask is None
    with pytest.raises(Refused, match='mark the object in one photograph first'):
        session.search.learned(model)


def test_downloads(session, desk, tmp_path):
    """Masks of the photographs' own size, COCO's JSON of all, and classes."""
    session.add_class('green')
    learned(session, desk)
    learned(session, desk, GREEN, 'green')
    large = np.kron(square(RED)[0], np.ones((20, 20, 1), np.uint8))
    session.add_query(png(large), 'large.png')
    session.add_query(photograph(GREEN), 'small.jpg')
    model = desk.models.get()
    with zipfile.ZipFile(io.BytesIO(masks_as_zip(session, model, 0.5))) as archive:
        assert set(archive.namelist()) == {
            'masks/large.png', 'masks/small.png', 'coco.json',
            'examples/red/a_mask.png', 'examples/green/a (2)_mask.png',
        }  # fmt: skip
        found = np.array(Image.open(archive.open('masks/large.png')))
        coco = json.loads(archive.read('coco.json'))
    assert found.shape == (1280, 1280) and set(np.unique(found)) == {0, 1}
    assert abs((found == 1).mean() - 0.25) < 0.03
    assert [image['file_name'] for image in coco['images']] == [
        'large.png', 'small.jpg',
    ]  # fmt: skip
    known = [(a['id'], a['image_id'], a['category_id']) for a in coco['annotations']]
    assert known == [(1, 1, 1), (2, 2, 2)]
    file = tmp_path / 'classes.safetensors'
    file.write_bytes(classes_as_file(session, model))
    library = FewShotInferencer(color_config())
    assert library.load_classes(file) == ('red', 'green')


def test_class_files_come_back(session, desk, make_desk):
    learned(session, desk)
    model, limits = desk.models.get(), Limits()
    content = classes_as_file(session, model)
    with pytest.raises(Refused, match="the class 'red' is there already"):
        load_classes(session, model, content, 'c.safetensors', limits)
    other = desk.sessions.of(USER, 'tab-00002')
    load_classes(other, model, content, 'c.safetensors', limits)
    query = other.add_query(photograph(), 'q.png').number
    assert other.search.segmented(query, model).mask.any()
    wrong = desk.models.get('colours', 'three sizes')
    with pytest.raises(Refused, match=r"'red' was learned in a file by another model"):
        other.search.segmented(query, wrong)
    with pytest.raises(Refused, match=r'^c: its classes were learned with another mod'):
        load_classes(desk.sessions.of(USER, 'tab-00003'), wrong, content, 'c', limits)
    for bad, said in ((b'', 'c: an empty file'), (b'PK\3\4', 'c: damaged, or no file')):
        with pytest.raises(Refused, match=said) as error:
            load_classes(other, model, bad, '/etc/c', limits)
        assert '/' not in str(error.value)
    assert other.classes == ['red']


def test_class_files_are_on_the_models_device(session, desk, monkeypatch):
    """A file's tensors are on the CPU, and the model may be on a GPU."""
    learned(session, desk)
    model, asked = desk.models.get(), []
    content = classes_as_file(session, model)
    preprocessor = type(model.inferencer.segmentor.data_preprocessor)
    device = property(lambda self: torch.device('cuda:7'))
    monkeypatch.setattr(preprocessor, 'device', device)
    moved = replace(session.search.learned(model)[0], name='moved')
    monkeypatch.setattr(LearnedClass, 'to', lambda _, to: asked.append(to) or moved)
    other = desk.sessions.of(USER, 'tab-00002')
    load_classes(other, model, content, 'c.safetensors', Limits())
    assert asked == [torch.device('cuda:7')]
    assert other.from_file['moved'][1] is moved


def jpeg_of_shades():
    """A photograph in grey, 64 x 64."""
    shades, buffer = np.arange(64 * 64, dtype=np.uint32) // 16, io.BytesIO()
    Image.fromarray(shades.astype(np.uint8).reshape(64, 64)).save(buffer, 'JPEG')
    return buffer.getvalue()


def test_an_uploaded_mask(session, desk):
    number = session.add_example(photograph(), 'a.png', 'red').photograph.number
    _, mask = square()
    for content, said in (
        (png(mask[:32]), 'm.png: 64 x 32 pixels, and a.png has 64 x 64'),
        (png(mask * 0), 'm.png: an empty mask, all black'),
        (png(mask * 0 + 255), 'm.png: no mask; give a picture'),
        (photograph(), 'm.png: no mask; give a picture'),
        (jpeg_of_shades(), 'm.png: no mask; give a picture'),
        (b'', r'm.png: an empty file \(0 bytes\)'),
    ):
        with pytest.raises(Refused, match=said):
            session.upload_mask(number, content, 'm.png')
    session.upload_mask(number, png(mask), 'm.png')
    assert np.array_equal(session.examples[number].mask, mask > 0)
    brush = dict(points=[[0, 0]], width=3, erases=False)
    marks = dict(prompt=dict(kind='mask'), strokes=[brush])
    session.mark(number, marks, desk.models.get())
    assert session.examples[number].mask[0, 0]


@pytest.mark.parametrize('kind', ['rim', 'turned', 'rim turned', 'jpeg'])
def test_uploaded_files_are_read_as_the_library_reads_them(
    kind, session, desk, tmp_path
):
    """A rim of 255 counts nowhere, and a mask is turned as its photograph is."""
    image, mask = square(size=(64, 80))
    if 'rim' in kind:
        mask //= 255
        mask[12:16, 16:48] = 255
    photo, drawn = Image.fromarray(image[..., ::-1].copy()), Image.fromarray(mask)
    exif = Image.Exif()
    if 'turned' in kind:
        exif[274] = 6  # a quarter to the right
    suffix = 'jpg' if kind == 'jpeg' else 'png'
    files = tmp_path / 'a.png', tmp_path / f'm.{suffix}'
    photo.save(files[0], exif=exif)
    (drawn.convert('RGB') if kind == 'jpeg' else drawn).save(files[1])
    library = FewShotInferencer(color_config())
    expected = library.add_class('red', files[0], files[1])
    one = session.add_example(files[0].read_bytes(), 'a.png', 'red')
    session.upload_mask(one.photograph.number, files[1].read_bytes(), files[1].name)
    found = session.search.learned(desk.models.get())[0]
    for name, value in expected.tensors().items():
        assert torch.equal(found.tensors()[name], value), name
    assert found.origin == expected.origin and found.level == expected.level
    session.add_query(photograph(), 'q.png')
    with zipfile.ZipFile(
        io.BytesIO(masks_as_zip(session, desk.models.get(), 0.5))
    ) as archive:
        again = archive.read('examples/red/a_mask.png')
    session.upload_mask(one.photograph.number, again, 'again.png')
    assert np.array_equal(one.mask, library.learned['red'].supports[0].labels)


def test_rims_of_a_reduced_mask(make_desk):
    """What most pixels are; with a stroke of the brush the rim counts again."""
    desk = make_desk(side=32)
    own = desk.sessions.of(USER, TAB)
    own.add_class('red')
    number = own.add_example(photograph(), 'a.png', 'red').photograph.number
    mask = square()[1] // 255
    mask[12:16, 16:48] = 255
    own.upload_mask(number, png(mask), 'm.png')
    assert np.array_equal(own.examples[number].mask, mask[::2, ::2])
    told = actions.example(desk, own, dict(id=number))['example']
    assert told['share'] == 0.25
    brush = dict(points=[[10, 6], [10, 7]], width=1, erases=False)
    marks = dict(prompt=dict(kind='mask'), strokes=[brush])
    own.mark(number, marks, desk.models.get())
    assert own.examples[number].mask[6:8, 9:12].tolist() == [[255, 1, 255]] * 2


def test_classes_by_name(session):
    for name in ('red', ' red ', '', 'x' * 41, 'background', '\x00'):
        with pytest.raises(Refused):
            session.add_class(name)
    assert session.add_class(' <b>two \n words</b> ') == '<b>two words</b>'
    one = session.add_example(photograph(), 'a.png', 'red')
    session.rename_class('red', 'cup')
    assert session.classes[0] == 'cup' == one.class_name
    with pytest.raises(Refused, match='is there already'):
        session.rename_class('cup', '<b>two words</b>')
    assert session.classes == ['cup', '<b>two words</b>']
    session.remove_class('cup')
    assert not session.examples


def test_limits_of_a_user(make_desk):
    desk = make_desk(supports=2, queries=1, classes=1, user_bytes=30_000)
    own = desk.sessions.of(USER, TAB)
    own.add_class('red')
    with pytest.raises(LimitReached, match='1 classes are the most here'):
        own.add_class('green')
    own.add_example(photograph(), 'a.png', 'red')
    own.add_query(photograph(), 'b.png')
    with pytest.raises(LimitReached, match='1 photographs are the most here'):
        own.add_query(photograph(), 'c.png')
    with pytest.raises(LimitReached, match=r'take 0 MiB, the most here; remove some'):
        desk.sessions.of(USER, 'tab-00002').add_query(photograph(), 'd.png')
    other = desk.sessions.of('v' * 43, TAB)
    assert other.add_query(photograph(), 'd.png').name == 'd.png'


def test_memory_is_asked_for_without_a_lock():
    """Two sessions that hold their locks and count each other would wait for ever."""
    held = []
    own = Session(Limits(), lambda more: held.append(own.lock._is_owned()))
    own.add_class('red')
    number = own.add_example(photograph(), 'a.png', 'red').photograph.number
    own.add_query(photograph(), 'b.png')
    own.upload_mask(number, png(square()[1]), 'm.png')
    assert held and not any(held)


def test_users_tabs_and_their_time():
    now = [0.0]
    limits = Limits(users=2, tabs=2, seconds=5, idle_minutes=10)
    sessions = Sessions(limits, lambda: now[0], lambda: now[0])
    first = sessions.of('a', 'one')
    assert sessions.of('a', 'one') is first and sessions.of('a', 'two') is not first
    assert sessions.of('b', 'one') is not first
    with pytest.raises(LimitReached, match='2 tabs are open'):
        sessions.of('a', 'three')
    with pytest.raises(LimitReached, match='too many users'):
        sessions.of('c', 'one')
    with sessions.computing('a'):
        now[0] += 6
    with pytest.raises(LimitReached, match=r'5 seconds .* wait 594 seconds'):
        sessions.computing('a').__enter__()
    with sessions.computing('b'):
        now[0] += 594.1
    with sessions.computing('a'):
        pass
    sessions.of('a', 'three')  # in the place of the tab that is idle longest
    sessions.of('c', 'one')
    assert len(sessions) == 3 - 1
    now[0] += 601
    sessions.of('d', 'one')
    assert len(sessions) == 1 and sessions.num_bytes == 0


def test_two_models_side_by_side(make_desk):
    """Each has classes of its own, made of the same examples."""
    desk = make_desk(('first', 'second'))
    own = desk.sessions.of(USER, TAB)
    own.add_class('red')
    learned(own, desk)
    query = own.add_query(photograph(), 'q.png').number
    for strategy in ('as it is', 'sharper edges', 'three sizes', 'each example alone'):
        for title in ('first', 'second'):
            data = dict(model=title, strategy=strategy, ids=[query])
            found = actions.find(desk, own, data)
            assert found['results'][0]['classes'][0]['share'] > 0.1
            assert found['model']['title'] == title
    assert len(desk.models._opened) == 4
    with pytest.raises(Refused, match='there is no such model here'):
        actions.find(desk, own, dict(model='third'))


def test_what_the_page_is_told(session, desk):
    found = actions.start(desk, session, {})
    assert json.loads(json.dumps(found))['classes'] == [
        dict(name='red', from_file=False, examples=[])
    ]
    number = session.add_example(photograph(GREEN), 'g.png', 'red').photograph.number
    told = actions.mark(desk, session, dict(id=number, marks=BOX))
    assert told['example']['share'] == pytest.approx(0.25, abs=0.05)
    assert told['example']['layer'].startswith('data:image/png;base64,')
    assert told['example']['marks'] == BOX
    plain = photograph((120, 120, 120))
    number = session.add_example(plain, 'grey.png', 'red').photograph.number
    told = actions.mark(desk, session, dict(id=number, marks=BOX))
    assert [line for line in told['said'] if 'all of the box is taken' in line]
    worth = actions.find(desk, session, dict(ids=[]))['worth']
    assert worth[0]['examples'] == 2 and 0 <= worth[0]['iou'] <= 100


def test_names_stay_apart(session):
    """Also of photographs that arrive at once, and on disks that know no case."""
    names = ['A.png', 'a.png', 'a.jpg'] * 4
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: session.add_query(photograph(), name), names))
    stems = [session_module.stem_of(p.name) for p in session.queries.values()]
    assert len({stem.lower() for stem in stems}) == len(session.queries) == 12


def test_numbers_are_those_of_no_former_session(session, desk):
    """A page that outlives its session asks for none of the new one's photographs."""
    first = session.add_query(photograph(), 'a.png').number
    second = session.add_query(photograph(), 'b.png').number
    other = desk.sessions.of(USER, 'tab-00002').add_query(photograph(), 'a.png').number
    assert second == first + 1 and abs(other - first) > 1_000
    assert max(first, other) < 2**53  # JavaScript's whole numbers


def test_a_large_photograph_is_reduced(session):
    photo = session.add_query(jpeg_of((3000, 1500)), 'x.jpg')
    assert photo.size == (1500, 3000) and photo.picture.size == (512, 1024)
    assert photo.num_bytes == 512 * 1024 * 3
    assert session_module.stem_of('.jpg') == '.jpg'


def test_blue_is_no_red(session, desk):
    learned(session, desk)
    query = session.add_query(photograph(BLUE), 'q.png').number
    red = session.add_query(photograph(RED), 'r.png').number
    scores = [
        session.search.segmented(n, desk.models.get()).mask.mean() for n in (query, red)
    ]
    assert scores[1] > scores[0]


def test_all_that_the_page_asks_for_is_there():
    """An action of the script that the server does not know never works."""
    page = (ROOT / 'fss_mm/apps/assets/page.js').read_text()
    asked = set(re.findall(r"\bact\('(\w+)'", page))
    assert asked and asked <= set(actions.ACTIONS)
