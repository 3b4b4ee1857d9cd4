"""Prompts by SAM, of which a tiny one with random weights is made here.

Importing transformers takes a few seconds.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from fss_mm.inference import Box, Points, SamPrompter, Scribbles
from tests.inference.prompts.drawn import CENTER, PROMPTS, disc, iou, picture

transformers = pytest.importorskip('transformers')
_SIDE = 64  # of what the tiny SAM sees: the disc's picture is 64 x 48 in it


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp('sam')
    seen = dict(hidden_size=16, image_size=_SIDE, patch_size=8)
    tiny = dict(num_hidden_layers=1, num_attention_heads=2, mlp_dim=16)
    vision = dict(output_channels=16, window_size=2, global_attn_indexes=[0])
    config = transformers.SamConfig(
        vision_config=seen | tiny | vision | dict(num_pos_feats=8),
        prompt_encoder_config=seen | dict(mask_input_channels=4),
        mask_decoder_config=tiny | dict(hidden_size=16, iou_head_hidden_dim=16),
    )
    torch.manual_seed(0)
    transformers.SamModel(config).save_pretrained(path)
    processor = transformers.SamImageProcessor(
        size=dict(longest_edge=_SIDE),
        pad_size=dict(height=_SIDE, width=_SIDE),
        mask_size=dict(longest_edge=16),
        mask_pad_size=dict(height=16, width=16),
    )
    transformers.SamProcessor(processor).save_pretrained(path)
    return path


@pytest.fixture(scope='module')
def sam(folder):
    return SamPrompter(folder, 'cpu')


@pytest.mark.parametrize('name', PROMPTS)
def test_every_prompt_becomes_a_mask_of_the_picture(sam, name):
    found = sam(picture(), PROMPTS[name])
    assert found.shape == (120, 160) and found.dtype == bool
    assert np.array_equal(sam(picture(), PROMPTS[name]), found)
    if name == 'polygon':
        assert iou(found, disc()[1]) > 0.95


@pytest.fixture
def asked(sam, monkeypatch):
    """What the network is given; of its three masks the second has the best score."""
    given = []

    def network(**inputs):
        given.append(inputs)
        masks = torch.full((1, 1, 3, 16, 16), -1.0)
        masks[0, 0, 1, :12] = 1  # the picture is the upper 48 of 64 rows
        return SimpleNamespace(
            pred_masks=masks, iou_scores=torch.tensor([[[0.1, 0.9, 0.5]]])
        )

    monkeypatch.setattr(sam, 'model', network)
    return given


def test_what_sam_is_asked_and_which_mask_is_taken(sam, asked):
    found = sam(picture(), Box(40, 30, 100, 90))
    assert found.all(), 'the second mask, which is the whole picture'
    assert asked[0]['input_boxes'].tolist() == [[[16, 12, 40, 36]]]  # 64 / 160
    sam(picture(), Points([CENTER], [(20, 20), (100, 5)]))
    assert asked[1]['input_points'].tolist() == [[[[28, 24], [8, 8], [40, 2]]]]
    assert asked[1]['input_labels'].tolist() == [[[1, 0, 0]]]


def test_sam_is_shown_some_points_of_strokes(sam, asked):
    sam(picture(), Scribbles([[(10, 20), (60, 20)]], [[(5, 100), (9, 100)]], width=1))
    points, labels = (asked[0][f'input_{name}'][0, 0] for name in ('points', 'labels'))
    assert labels.tolist() == [1] * 16 + [0] * 5
    assert points[[0, 15]].tolist() == pytest.approx(
        np.array([[10.5, 20.5], [60.5, 20.5]]) * 0.4
    )


def test_a_class_learned_with_sam(model, sam, asked):
    """SAM takes GrabCut's place; a mask of all of the picture is refused."""
    with pytest.raises(ValueError, match='box:35,25,105,95 became all of the picture'):
        model.add_class('disc', disc()[0], PROMPTS['box'], prompter=sam)
    assert len(asked) == 1


@pytest.mark.parametrize('name', ['none', '.'])
def test_weights_that_are_no_sam(tmp_path, name):
    with pytest.raises(ValueError, match='SAM cannot be loaded from '):
        SamPrompter(tmp_path / name)


def test_without_transformers(monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'transformers', None)
    with pytest.raises(ImportError, match=r"pip install 'fss_mm\[sam\]'"):
        SamPrompter('facebook/sam-vit-base')
