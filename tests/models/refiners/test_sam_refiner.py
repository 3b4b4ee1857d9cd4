"""SAM behind a coarse mask: tiny models of random weights, and known masks."""

import shutil
import sys
from types import SimpleNamespace

import pytest
import torch

from fss_mm.models.refiners import SamRefiner
from tests.models.builders import batch, build_segmentor, run

SMALL = dict(num_hidden_layers=1, num_attention_heads=2, mlp_dim=16)
IOU_HEAD = dict(iou_head_hidden_dim=8, iou_head_depth=2)


def tiny_sam(transformers):
    sizes = dict(image_size=64, patch_size=8)
    config = transformers.SamConfig(
        vision_config=dict(
            **SMALL, **sizes, hidden_size=16, output_channels=8, window_size=4,
            global_attn_indexes=[0], num_pos_feats=4,
        ),
        prompt_encoder_config=dict(**sizes, hidden_size=8, mask_input_channels=4),
        mask_decoder_config=dict(**SMALL, **IOU_HEAD, hidden_size=8),
    )  # fmt: skip
    image_processor = transformers.SamImageProcessor(
        size=dict(longest_edge=64),
        pad_size=dict(height=64, width=64),
        mask_size=dict(longest_edge=16),
        mask_pad_size=dict(height=16, width=16),
    )
    model = transformers.SamModel(config)
    return model, transformers.SamProcessor(image_processor)


def tiny_sam2(transformers):
    hiera = transformers.Sam2HieraDetConfig(
        hidden_size=8, num_attention_heads=1, image_size=[128, 128],
        blocks_per_stage=[1, 2, 2, 1], embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 1, 2, 4], window_size_per_stage=[4] * 4,
        window_positional_embedding_background_size=[4, 4],
        global_attention_blocks=[4],
    )  # fmt: skip
    vision = transformers.Sam2VisionConfig(
        backbone_config=hiera, backbone_channel_list=[64, 32, 16, 8],
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]], fpn_hidden_size=16,
    )  # fmt: skip
    config = transformers.Sam2Config(
        vision_config=vision,
        prompt_encoder_config=dict(hidden_size=16, image_size=128, patch_size=16),
        mask_decoder_config=dict(**SMALL, **IOU_HEAD, hidden_size=16),
    )
    image_processor = transformers.Sam2ImageProcessor(size=dict(height=128, width=128))
    processor = transformers.Sam2Processor(image_processor, target_size=128)
    return transformers.Sam2Model(config), processor


@pytest.fixture(scope='module', params=[tiny_sam, tiny_sam2], ids=['sam', 'sam2'])
def folder(request, tmp_path_factory):
    """A folder of a model of random weights, as save_pretrained writes it."""
    transformers = pytest.importorskip('transformers')
    if not hasattr(transformers, 'Sam2Model'):
        pytest.skip('this transformers has no SAM 2')
    torch.manual_seed(0)
    model, processor = request.param(transformers)
    for parameter in model.parameters():  # SAM's own start is all but zero
        torch.nn.init.normal_(parameter, std=0.5)
    path = tmp_path_factory.mktemp(request.param.__name__)
    model.save_pretrained(path)
    processor.save_pretrained(path)
    return path


def squares():
    """Two classes, the second in two parts, and an image."""
    coarse = torch.full((2, 40, 50), 0.1)
    coarse[0, 5:20, 5:20] = 0.9
    coarse[1, 25:35, 30:45] = coarse[1, :4, :9] = 0.8
    image = torch.randint(
        0, 256, (3, 40, 50), generator=torch.Generator().manual_seed(0)
    )
    return coarse, image.to(torch.uint8)


def test_weights_are_loaded_and_asked(folder):
    """What comes out depends on the image and on each class, and is alike each time."""
    refiner = SamRefiner(str(folder), min_agreement=0)
    coarse, image = squares()
    refined = refiner(coarse, image)
    assert refined.shape == coarse.shape and refined.dtype == torch.float32
    assert 0 <= refined.min() and refined.max() <= 1 and refined.std() > 0
    assert not torch.allclose(refined[0], refined[1])
    assert torch.equal(refiner(coarse, image), refined)
    assert not torch.allclose(refiner(coarse, 255 - image), refined)
    again = SamRefiner(str(folder), min_agreement=0)(coarse, image)
    assert torch.equal(again, refined)
    torch.testing.assert_close(refiner(coarse[:1], image), refined[:1])


def test_an_image_is_looked_at_once_for_all_classes(folder, monkeypatch):
    refiner, seen = SamRefiner(str(folder)), []
    look = refiner.model.get_image_embeddings
    monkeypatch.setattr(
        refiner.model, 'get_image_embeddings', lambda x: seen.append(x) or look(x)
    )
    coarse, image = squares()
    for _ in range(2):
        refiner(coarse, image)
    assert len(seen) == 1
    refiner(torch.zeros_like(coarse), 255 - image)
    assert len(seen) == 1, 'nothing is asked for'
    refiner(coarse, 255 - image)
    assert len(seen) == 2


def test_where_sam_disagrees_the_coarse_mask_stays(folder):
    coarse, image = squares()
    assert torch.equal(SamRefiner(str(folder), 1.0)(coarse, image), coarse)


class KnownMasks:
    """In SAM's place: three proposals for each box, the box moved to the right."""

    moves, scores = (0, 1, 4), (0.2, 0.6, 0.9)

    def to(self, device):
        return self

    def get_image_embeddings(self, pixels):
        return pixels

    def __call__(self, image_embeddings, multimask_output, input_boxes, **prompts):
        logits = torch.full((1, len(input_boxes[0]), 3, 12, 20), -9.0)
        for i, box in enumerate(input_boxes[0].int().tolist()):
            left, top, right, bottom = box
            for j, move in enumerate(self.moves):
                logits[0, i, j, top : bottom + 1, left + move : right + move + 1] = 9
        scores = torch.tensor(self.scores).expand(1, len(logits[0]), 3)
        return SimpleNamespace(pred_masks=logits, iou_scores=scores)


class PlainProcessor:
    """In the place of a processor: images and prompts stay as they are."""

    def __call__(self, images, return_tensors, **prompts):
        size = torch.tensor([images.shape[:2]])
        found = {name: torch.tensor(value) for name, value in prompts.items()}
        return dict(pixel_values=torch.zeros(1), original_sizes=size, **found)

    def post_process_masks(self, masks, binarize, original_sizes):
        return masks


@pytest.fixture
def known(monkeypatch):
    """A refiner with :class:`KnownMasks`."""
    monkeypatch.setattr(
        'fss_mm.models.refiners.sam_refiner.load_sam',
        lambda weights: (PlainProcessor(), KnownMasks()),
    )

    def refine(coarse, **options):
        image = torch.zeros(3, *coarse.shape, dtype=torch.uint8)
        return SamRefiner('any', **options)(coarse[None], image)[0]

    return refine


def test_of_those_that_agree_the_one_that_sam_thinks_best(known):
    """Of 6 x 4 pixels: moved by 1 the IoU is 20/28, by 4 it is 8/40."""
    coarse = torch.full((12, 20), 0.1)
    coarse[2:6, 3:9] = 0.7
    for agreement, move in ((0.8, 0), (0.7, 1), (0.2, 4)):
        mask = known(coarse, min_agreement=agreement) > 0.5
        expected = torch.zeros_like(mask)
        expected[2:6, 3 + move : 9 + move] = True
        assert torch.equal(mask, expected), agreement


def test_parts_that_are_too_small_stay_beside_others(known):
    coarse = torch.full((12, 20), 0.1)
    coarse[2:6, 3:9], coarse[10, 15] = 0.7, 0.6
    refined = known(coarse, min_agreement=0.7, min_share=2 / 240)
    assert refined[10, 15] == pytest.approx(0.6)
    assert refined[2:6, 3].max() < 0.01 < refined[2:6, 9].min(), 'moved by one'
    assert refined[0, 0] == pytest.approx(0.1), 'background stays as sure as it was'
    moved = known(coarse, min_agreement=0, min_share=0)
    assert moved[10, 15] < 0.01 and moved[10, 19] > 0.99


def test_behind_a_segmentor_it_is_none_of_its_weights(folder):
    refiner = dict(type='SamRefiner', weights=str(folder), min_agreement=0)
    model = build_segmentor(refiner=refiner).eval()
    assert model.state_dict().keys() == build_segmentor().state_dict().keys()
    assert not any(p.requires_grad for p in model.refiner.model.parameters())
    with torch.no_grad():
        done = run(model, batch(n=2), 'predict')
    assert [one.pred_sem_seg.shape for one in done] == [(33, 33)] * 2


def test_weights_that_are_none(folder, tmp_path):
    for place in (tmp_path, tmp_path / 'nowhere', 'no such/name x'):
        with pytest.raises(ValueError) as error:
            SamRefiner(str(place))
        text = str(error.value)
        assert text.startswith(f'SAM cannot be loaded from {str(place)!r}: expected a')
        assert '\n' not in text
    damaged = tmp_path / 'damaged'
    shutil.copytree(folder, damaged)
    (damaged / 'model.safetensors').write_bytes(b'none')
    with pytest.raises(ValueError, match='SAM cannot be loaded from .*damaged'):
        SamRefiner(str(damaged))
    lacking = tmp_path / 'lacking'
    shutil.copytree(folder, lacking)
    from safetensors.torch import load_file, save_file

    weights = load_file(lacking / 'model.safetensors')
    name = next(name for name in sorted(weights) if 'mask_tokens' in name)
    del weights[name]
    save_file(weights, lacking / 'model.safetensors', metadata=dict(format='pt'))
    with pytest.raises(ValueError, match='lacks 1 weights of its model, such as'):
        SamRefiner(str(lacking))


def test_without_transformers(monkeypatch):
    monkeypatch.setitem(sys.modules, 'transformers', None)
    with pytest.raises(ImportError, match=r"pip install 'fss_mm\[sam\]'"):
        SamRefiner('facebook/sam-vit-base')


@pytest.mark.parametrize('wrong', [dict(min_agreement=-0.1), dict(min_share=2)])
def test_numbers_out_of_range(wrong):
    with pytest.raises(ValueError, match=f'{next(iter(wrong))}=.*expected numbers'):
        SamRefiner('any', **wrong)
