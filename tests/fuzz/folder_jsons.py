"""JSONs of COCO's and LabelMe's forms: damaged, or with other values in any place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from .folder_world import JSON, LABELME, World
from .kinds import Kind

_FORMS = dict(form=st.sampled_from(['coco', 'labelme']))
_COCO = dict(form=st.just('coco'))
_NAN, _INFINITE = float('nan'), float('inf')
VALUES: dict[str, Any] = dict(
    null=None, yes=True, text='x', digits='7', empty='', minus=-1, zero=0, large=10**7,
    huge=10**400, part=0.5, nan=_NAN, infinite=_INFINITE, list=[], lists=[[]],
    deep=[[[[1]]]], dict={}, dicts=[{}], texts=['a'], numbers=[1, 2, 3],
    nulls=[None, None],
)  # fmt: skip
_IN_COCO = (
    'images', 'annotations', 'categories', 'images/0', 'images/0/id',
    'images/0/file_name', 'images/0/height', 'images/0/width', 'annotations/0',
    'annotations/0/id', 'annotations/0/image_id', 'annotations/0/category_id',
    'annotations/0/segmentation', 'annotations/0/segmentation/0',
    'annotations/0/segmentation/0/0', 'annotations/0/segmentation/0/3',
    'annotations/0/bbox', 'annotations/0/iscrowd', 'categories/0',
    'categories/0/id', 'categories/0/name',
)  # fmt: skip
_IN_LABELME = (
    'shapes', 'shapes/0', 'shapes/0/label', 'shapes/0/points', 'shapes/0/points/0',
    'shapes/0/points/0/0', 'shapes/0/shape_type', 'imageHeight', 'imageWidth',
    'imagePath', 'imageData', 'version', 'shapes/0/mask', 'shapes/0/group_id',
)  # fmt: skip
_OF_NO_IMPORTANCE = (
    'imageData', 'version', 'shapes/0/mask', 'shapes/0/group_id', 'annotations/0/bbox',
    'annotations/0/id', 'imagePath',
)  # fmt: skip


def _path(world: World, case: dict) -> Path:
    if world.form == 'coco':
        return world.root / JSON
    return world.root / LABELME / f'{world.target(case)}.json'


def _put(table: Any, place: str, value: Any) -> None:
    *path, last = [int(key) if key.isdigit() else key for key in place.split('/')]
    for key in path:
        table = table[key]
    table[last] = value


def _other_value(world: World, case: dict) -> None:
    """A value of another kind in any place. What is then shown of the image: nothing
    that anybody could know, but where the place is of no importance."""
    places = _IN_COCO if world.form == 'coco' else _IN_LABELME
    place = places[case['place'] % len(places)]
    path = _path(world, case)
    table = json.loads(path.read_text())
    _put(table, place, VALUES[case['value']])
    path.write_text(json.dumps(table))
    if place not in _OF_NO_IMPORTANCE:
        _forget(world, world.names()[0] if world.form == 'coco' else world.target(case))


def _forget(world: World, name: str) -> None:
    world.free.add(name)


def _missing_key(world: World, case: dict) -> None:
    places = _IN_COCO if world.form == 'coco' else _IN_LABELME
    place = places[case['place'] % len(places)]
    *path, last = [int(key) if key.isdigit() else key for key in place.split('/')]
    file = _path(world, case)
    found = table = json.loads(file.read_text())
    for key in path:
        found = found[key]
    if isinstance(found, dict):
        found.pop(last, None)
    else:
        del found[last]
        _forget(world, world.names()[0] if world.form == 'coco' else world.target(case))
    if place in ('shapes/0/shape_type', 'annotations/0/iscrowd'):
        pass  # there are defaults
    file.write_text(json.dumps(table))


def _damage(world: World, case: dict) -> None:
    path = _path(world, case)
    content = path.read_bytes()
    at = int(case['at'] * len(content))
    changed = dict(
        cut=content[:at],
        empty=b'',
        twice=content * 2,
        noise=content[:at] + b'\xff\xfe' + content[at:],
        deep=b'[' * 100_000,
        deeper=b'{"images":' + b'[' * 50_000 + b']' * 50_000 + b'}',
        list=b'[]',
        number=b'3',
        lines=content.replace(b', ', b',\n'),
        bom=b'\xef\xbb\xbf' + content,
        utf16=content.decode().encode('utf-16'),
        javascript=b'var data = ' + content + b';',
        text=json.dumps(content.decode()).encode(),
    )[case['how']]
    path.write_bytes(changed)


def _names(world: World, case: dict) -> None:
    """Names of images with folders of another machine."""
    table = json.loads((world.root / JSON).read_text())
    for image in table['images']:
        image['file_name'] = dict(
            windows='C:\\data\\images\\{}',
            absolute='/home/me/images/{}',
            relative='../images/{}',
            label_studio='/data/upload/3/0f3a9b2c-{}',
            web='https://somewhere.org/images/{}',
            other='{}.png',
            upper='{}',
        )[case['how']].format(image['file_name'])
    if case['how'] == 'upper':
        for image in table['images']:
            image['file_name'] = image['file_name'].upper()
    (world.root / JSON).write_text(json.dumps(table))


def _shape(world: World, case: dict) -> None:
    """The first object in another form, whose truth is known."""
    table = json.loads((world.root / JSON).read_text())
    own, name = table['annotations'][0], world.names()[0]
    true, how = world.truth[name], case['how']
    h, w = true.shape
    shown = (true > 0).T.ravel()  # in columns
    edges = np.flatnonzero(np.diff(np.r_[0, shown, 0]))
    runs = np.diff(np.r_[0, edges, h * w]).tolist()
    polygon = own['segmentation'][0]
    changes = dict(
        runs=dict(segmentation=dict(size=[h, w], counts=runs)),
        wrong_size=dict(segmentation=dict(size=[w + 1, h], counts=runs)),
        short_runs=dict(segmentation=dict(size=[h, w], counts=runs[:-1])),
        negative_runs=dict(segmentation=dict(size=[h, w], counts=[-1, h * w + 1])),
        text_runs=dict(segmentation=dict(size=[h, w], counts='!!~~')),
        huge_runs=dict(segmentation=dict(size=[h, w], counts=[0, 2**40])),
        float_runs=dict(segmentation=dict(size=[h, w], counts=[0.5] * 2 * h * w)),
        crowd=dict(iscrowd=1),
        twice=dict(segmentation=[polygon, polygon]),
        texts=dict(segmentation=[list(map(str, polygon))]),
        pairs=dict(segmentation=[list(zip(polygon[::2], polygon[1::2]))]),
        flat=dict(segmentation=polygon),
        box=dict(segmentation=[]),
        parts=dict(segmentation=[[x / 99 for x in polygon]]),
        outside=dict(segmentation=[[x + 10**6 for x in polygon]]),
        far=dict(segmentation=[[*polygon, 10**9, 10**9]]),
        nan=dict(segmentation=[[*polygon, _NAN, 5]]),
        odd=dict(segmentation=[[*polygon, 5]]),
        two=dict(segmentation=[polygon[:4]]),
        line=dict(segmentation=[polygon[:2] * 3]),
        unknown_category=dict(category_id=77),
        unknown_image=dict(image_id=77),
        text_id=dict(image_id='1'),
        text_category=dict(category_id='1'),
    )
    own.update(changes[how])
    if how == 'crowd':
        world.truth[name] = np.where(true > 0, 255, 0).astype(np.uint8)
    if how in ('line', 'unknown_image'):  # no pixel, or of no image: an empty image
        world.truth[name] = np.zeros_like(true)
    (world.root / JSON).write_text(json.dumps(table))


def _tables(world: World, case: dict) -> None:
    """Entries that are doubled, or that nothing belongs to."""
    table, how = json.loads((world.root / JSON).read_text()), case['how']
    if how == 'image twice':
        table['images'].append(dict(table['images'][0]))
    elif how == 'image id twice':
        table['images'].append(dict(table['images'][1], id=table['images'][0]['id']))
    elif how == 'annotation twice':
        table['annotations'].append(dict(table['annotations'][0]))
    elif how == 'category twice':
        table['categories'].append(dict(table['categories'][0]))
    elif how == 'name of a category twice':
        table['categories'].append(dict(id=9, name=world.classes[0]))
    elif how == 'empty root category':
        table['categories'].insert(0, dict(id=0, name='things'))
    elif how == 'no annotations':
        table['annotations'] = []
    elif how == 'other size':
        table['images'][0]['height'] *= 2
    elif how == 'turned':
        entry = table['images'][0]
        entry['height'], entry['width'] = entry['width'], entry['height'] + 3
    elif how == 'texts as ids':
        for one in table['images']:
            one['id'] = str(one['id'])
    (world.root / JSON).write_text(json.dumps(table))


JSONS = {
    'a value of another kind in a JSON': Kind(
        _other_value,
        dict(place=st.integers(0, 40), value=st.sampled_from(sorted(VALUES))) | _FORMS,
    ),
    'a key missing in a JSON': Kind(
        _missing_key, dict(place=st.integers(0, 40)) | _FORMS
    ),
    'damaged JSON': Kind(
        _damage,
        dict(
            at=st.floats(0, 1, exclude_max=True),
            how=st.sampled_from(
                ['cut', 'empty', 'twice', 'noise', 'deep', 'deeper', 'list', 'number']
                + ['lines', 'bom', 'utf16', 'javascript', 'text']
            ),
        )
        | _FORMS,
    ),
    'names of images in a JSON': Kind(
        _names,
        dict(
            how=st.sampled_from(
                ['windows', 'absolute', 'relative', 'label_studio', 'web', 'other']
                + ['upper']
            )
        )
        | _COCO,
    ),
    "objects in COCO's JSON": Kind(
        _shape,
        dict(
            how=st.sampled_from(
                ['runs', 'wrong_size', 'short_runs', 'negative_runs', 'text_runs']
                + ['huge_runs', 'float_runs', 'crowd', 'twice', 'texts', 'pairs']
                + ['flat', 'box', 'parts', 'outside', 'far', 'nan', 'odd', 'two']
                + ['line', 'unknown_category', 'unknown_image', 'text_id']
                + ['text_category']
            )
        )
        | _COCO,
    ),
    "tables in COCO's JSON": Kind(
        _tables,
        dict(
            how=st.sampled_from(
                ['image twice', 'image id twice', 'annotation twice', 'other size']
                + ['category twice', 'name of a category twice', 'no annotations']
                + ['empty root category', 'turned', 'texts as ids']
            )
        )
        | _COCO,
    ),
}
