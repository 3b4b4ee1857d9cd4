"""mmseg's own tools on our configs: what they cannot do, and what to use instead."""

import mmseg.apis
import pytest

from tests.conftest import ROOT
from tests.models.builders import build_segmentor


def test_init_model_says_what_to_use_instead():
    config = str(ROOT / 'configs/shapes/simprop_fold0.py')
    with pytest.raises(TypeError) as error:
        mmseg.apis.init_model(config, device='cpu')
    for text in ('init_model', 'needs supports', 'load_segmentor', 'model.represent'):
        assert text in str(error.value)


def test_an_argument_that_does_not_exist_is_named():
    with pytest.raises(TypeError, match=r"no arguments \['auxiliary_head', 'neck'\]"):
        build_segmentor(neck=None, auxiliary_head=None)
