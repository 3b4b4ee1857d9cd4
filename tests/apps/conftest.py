"""A page over a model that knows colours, and uploads of coloured squares."""

import io
from collections import OrderedDict

import cv2
import numpy as np
import pytest
from mmengine.logging import MMLogger
from PIL import Image

from fss_mm.apps.actions import Desk
from fss_mm.apps.at_hand import ModelChoice
from fss_mm.apps.limits import Limits
from fss_mm.apps.models import Models
from fss_mm.apps.sessions import Sessions
from tests.inference.conftest import RED, color_config, square

USER, TAB = 'u' * 43, 'tab-00001'
BOX = dict(prompt=dict(kind='box', box=[12, 12, 52, 52]), strokes=[])


def png(image: np.ndarray) -> bytes:
    """A file of an image (H, W) or (H, W, 3), BGR."""
    return cv2.imencode('.png', image)[1].tobytes()


def photograph(color=RED, **options) -> bytes:
    return png(square(color, **options)[0])


def jpeg_of(size, color=(10, 20, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new('RGB', size, color).save(buffer, 'JPEG')
    return buffer.getvalue()


@pytest.fixture(autouse=True, scope='module')
def loggers_of_its_own():
    """Those of Runners of other tests have files that are closed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MMLogger, '_instance_dict', OrderedDict())
        yield


@pytest.fixture
def make_desk():
    """A desk with one model, or several of other titles."""

    def make(titles=('colours',), **limits) -> Desk:
        choices = [ModelChoice(title, color_config(), None, {}) for title in titles]
        return Desk(Models(choices), Sessions(Limits(**limits)))

    return make


@pytest.fixture
def desk(make_desk) -> Desk:
    return make_desk()


@pytest.fixture
def session(desk):
    """The session of a tab, with a class."""
    own = desk.sessions.of(USER, TAB)
    own.add_class('red')
    return own
