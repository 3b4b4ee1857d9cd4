"""What a user takes home: masks and class files; and class files that come back."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from ..index import IGNORE_INDEX
from ..inference.class_file import SUFFIX, encode_classes
from ..inference.results import SegmentedImage
from ..inference.writers import encode_coco, encode_mask
from .limits import Limits, Refused
from .opened_model import OpenedModel
from .session import Session, stem_of
from .uploads import safe_name, too_large


def masks_as_zip(session: Session, model: OpenedModel, threshold: float) -> bytes:
    """All masks: PNGs, COCO's JSON of all photographs, and masks of the examples.

    Args:
        session (Session): Whose photographs are searched.
        model (OpenedModel): Which finds the classes.
        threshold (float): Of probability.

    Raises:
        Refused: If there is no photograph, or no class.
    """
    if not session.queries:
        raise Refused('there is no photograph to search: add one under step 2')
    buffer, coco = io.BytesIO(), _Coco()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for number in list(session.queries):
            result = session.search.segmented(number, model, threshold, whole=True)
            archive.writestr(f'masks/{stem_of(result.name)}.png', encode_mask(result))
            coco.add(result)
        archive.writestr('coco.json', coco.text())
        for path, mask in _examples(session):
            archive.writestr(path, _encoded(mask))
    return buffer.getvalue()


def classes_as_file(session: Session, model: OpenedModel) -> bytes:
    """What was learned, for :meth:`FewShotInferencer.load_classes`; no image is in it.

    Raises:
        Refused: If nothing was learned.
    """
    return encode_classes(session.search.learned(model), model.fingerprint)


def load_classes(
    session: Session, model: OpenedModel, content: bytes, name: str, limits: Limits
) -> None:
    """Take the classes of an uploaded file.

    Raises:
        Refused: If it is no file of classes, is damaged, or is of another model.
    """
    name = safe_name(name)
    if not content:
        raise Refused(f'{name}: an empty file (0 bytes); choose it again')
    if len(content) > limits.file_bytes:
        raise Refused(too_large(name, limits))
    with tempfile.TemporaryDirectory(prefix='fss-mm-web-') as folder:
        path = Path(folder) / f'classes{SUFFIX}'
        path.write_bytes(content)
        try:
            loaded = model.read_classes(path)
        except ValueError as error:
            text = str(error).replace(repr(str(path)), name)
            text = re.sub(r'; write a file of classes with .*', '', text)
            raise Refused(text) from error
    session.add_loaded(model.fingerprint, loaded)


class _Coco:
    """Puts COCO's JSONs of several photographs together."""

    def __init__(self) -> None:
        self.images: list[dict] = []
        self.annotations: list[dict] = []
        self.categories: list[dict] = []

    def add(self, result: SegmentedImage) -> None:
        """One photograph more."""
        own = json.loads(encode_coco(result))
        number = len(self.images) + 1
        self.images += [image | dict(id=number) for image in own['images']]
        self.categories = own['categories']
        for one in own['annotations']:
            place = len(self.annotations) + 1
            self.annotations.append(one | dict(id=place, image_id=number))

    def text(self) -> str:
        return json.dumps(vars(self), ensure_ascii=False)


def _examples(session: Session):
    for name in session.classes:
        for one in session.marked(name):
            stem = stem_of(one.photograph.name)
            yield f'examples/{safe_name(name)}/{stem}_mask.png', _whole(one)


def _whole(example) -> np.ndarray:
    """The mask of an example in its photograph's own size: (H, W), uint8."""
    height, width = example.photograph.size
    image = Image.fromarray(example.mask).resize((width, height), Image.NEAREST)
    return np.asarray(image)


def _encoded(mask: np.ndarray) -> bytes:
    """Black and white; 0, 1 and 255 where some of it counts nowhere."""
    counts = (mask != IGNORE_INDEX).all()
    buffer = io.BytesIO()
    Image.fromarray(mask * np.uint8(255 if counts else 1)).save(buffer, 'PNG')
    return buffer.getvalue()
