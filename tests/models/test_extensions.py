"""What is to come fits without a special case: a toy of each kind, on the real seam."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import nn

from fss_mm.models import (
    SUPPORT_VIEWS,
    FewShotDecodeHead,
    FewShotSegmentor,
    ImageView,
    LevelView,
)
from fss_mm.models.layers import class_prototype, cosine_map
from fss_mm.registry import MODELS
from fss_mm.structures import PLAIN, ClassRepresentation, FewShotHeadOutput
from tests.models.builders import BACKBONE, batch, build_segmentor, run

# ---- levels of different sizes -----------------------------------------------------


class PyramidHead(FewShotDecodeHead):
    """Keeps two levels, of different strides, and a vector of each."""

    def __init__(self, **kwargs):
        super().__init__((64, 128), (0, 1), **kwargs)
        self.reduce = nn.ModuleList(nn.Conv2d(c, 4, 1) for c in self.in_channels)

    def reduce_levels(self, levels):
        return tuple(conv(level) for conv, level in zip(self.reduce, levels))

    def represent_shots(self, supports):
        return ClassRepresentation(
            {
                str(i): class_prototype(level, supports.masks, 1)
                for i, level in enumerate(supports.levels)
            }
        )

    def segment(self, query, representation):
        size = query.levels[0].shape[-2:]
        maps = [
            self.resize(cosine_map(level, vector), size)
            for level, vector in zip(query.levels, representation.parts.values())
        ]
        likeness = 10 * sum(maps)
        return FewShotHeadOutput(torch.cat([-likeness, likeness], 1))


def pyramid(**kwargs):
    model = build_segmentor(backbone=BACKBONE | dict(output_stride=None), **kwargs)
    model.decode_head = PyramidHead()
    return model


def test_levels_of_different_sizes():
    """Fine-tuned, several shots, several scales: nothing asks how many levels."""
    losses = run(pyramid().train(), batch(k=2), 'loss')
    assert {'query.loss_ce', 'support.loss_ce'} <= set(losses)
    everything = dict(
        shot_fusion=dict(), fine_tuning=dict(steps=2), test_scales=(1, 0.5)
    )
    for options in ({}, everything):
        model = pyramid(**options).eval()
        with torch.no_grad():
            samples = run(model, batch(k=2), 'predict')
        assert samples[1].pred_sem_seg.shape == (33, 33)
        assert 'diverged' not in samples[1]
    inputs = model.data_preprocessor(batch(k=2))['inputs']
    query, _ = model.encode(inputs)
    assert [tuple(x.shape[-2:]) for x in query.levels] == [(9, 9), (5, 5)]
    reduced = model.decode_head.reduce_query(query)
    assert [tuple(x.shape[1:]) for x in reduced.levels] == [(4, 9, 9), (4, 5, 5)]


# ---- views of the supports ---------------------------------------------------------


@MODELS.register_module()
class TwoStageBackbone(nn.Module):
    """Two convolutions, which count the images that they see."""

    def __init__(self, in_channels=3):
        super().__init__()
        self.first = nn.Conv2d(in_channels, 4, 3, 2, 1)
        self.second = nn.Conv2d(4, 8, 3, 1, 1)
        self.seen = dict(first=[], second=[])
        for name in self.seen:
            module = getattr(self, name)
            module.register_forward_hook(lambda m, x, y, name=name: self.note(name, x))

    def note(self, name, x):
        self.seen[name].append(tuple(x[0].shape))

    def forward(self, x):
        one = self.first(x)
        return one, self.second(one)


TWO_STAGES = dict(type='TwoStageBackbone')


class ViewHead(FewShotDecodeHead):
    """A vector of what it asked for, whichever that is."""

    def __init__(self, view):
        super().__init__((8,), (1,))
        self.support_views = (PLAIN, view)
        self.scale = nn.Parameter(torch.tensor(5.0))

    def represent_shots(self, supports):
        (level,) = supports.views[self.support_views[1]]
        vector = class_prototype(level, supports.masks, 1)
        return ClassRepresentation(dict(vector=vector))

    def segment(self, query, representation):
        likeness = self.scale * cosine_map(query.levels[0], representation['vector'])
        return FewShotHeadOutput(torch.cat([-likeness, likeness], 1))


def with_view(view, **kwargs):
    model = build_segmentor(
        **dict(type='FewShotSegmentor', backbone=TWO_STAGES) | kwargs
    )
    model.decode_head = ViewHead(view)
    return model


def test_a_view_that_starts_inside_the_backbone(monkeypatch):
    """The first level is masked and only the rest is run again (DCP, HPA and such)."""

    def mask_behind_first(backbone, levels, masks):
        weights = F.interpolate((masks == 1).unsqueeze(1).float(), levels[0].shape[2:])
        masked = levels[0] * weights
        return masked, backbone.second(masked)

    monkeypatch.setitem(SUPPORT_VIEWS, 'masked_level', LevelView(mask_behind_first))
    model = with_view('masked_level').eval()
    inputs = model.data_preprocessor(batch(n=2, k=3))['inputs']
    query, supports = model.encode(inputs)
    seen = model.backbone.seen
    assert [x[0] for x in seen['first']] == [8], 'images are encoded once'
    assert [x[0] for x in seen['second']] == [8, 6], 'and the supports continued'
    one = model.backbone.first(inputs['support'][1, 2][None])
    mask = (inputs['support_mask'][1, 2] == 1)[None, None].float()
    expected = model.backbone.second(one * F.interpolate(mask, one.shape[2:]))
    found = supports.views['masked_level'][1][1, 2]
    assert torch.allclose(found, expected[0], atol=1e-5)
    assert not torch.allclose(found, supports.levels[1][1, 2], atol=1e-2)
    for mode in ('loss', 'predict'):
        run(model, batch(k=2), mode)
    assert model.decode_head(query, supports).query_logits.shape == (2, 2, 17, 17)


class FewerLevelsHead(ViewHead):
    """Asks for a view alone, whose levels are not the backbone's."""

    def __init__(self, view):
        super().__init__(view)
        self.support_views = (view,)

    def reduce_view(self, name, levels):
        (level,) = levels
        return (level,)

    def represent_shots(self, supports):
        (view,) = self.support_views
        (level,) = supports.views[view]
        return ClassRepresentation(
            dict(vector=class_prototype(level, supports.masks, 1))
        )


def test_a_view_that_there_is_not_is_named_when_a_model_is_built():
    @MODELS.register_module(force=True)
    class MisspeltViewHead(ViewHead):
        def __init__(self):
            super().__init__('foreground')

    with pytest.raises(ValueError, match=r"no view 'foreground', .*'foreground_only'"):
        build_segmentor(backbone=TWO_STAGES, decode_head=dict(type='MisspeltViewHead'))
    MODELS.module_dict.pop('MisspeltViewHead')


def test_a_view_alone_and_of_fewer_levels(monkeypatch):
    """The plain images are encoded to start from, and not handed on."""

    def last_masked(backbone, levels, masks):
        weights = F.interpolate((masks == 1).unsqueeze(1).float(), levels[0].shape[2:])
        return (backbone.second(levels[0] * weights),)

    monkeypatch.setitem(SUPPORT_VIEWS, 'last', LevelView(last_masked))
    model = with_view('last').eval()
    model.decode_head = FewerLevelsHead('last')
    inputs = model.data_preprocessor(batch(n=2, k=3))['inputs']
    query, supports = model.encode(inputs)
    assert [x[0] for x in model.backbone.seen['first']] == [8]
    assert list(supports.views) == ['last'] and len(supports.views['last']) == 1
    assert model.decode_head(query, supports).query_logits.shape == (2, 2, 17, 17)
    model.test_scales = (1.0, 0.5)
    for mode in ('loss', 'predict'):
        run(model, batch(k=2), mode)


def test_a_backbone_of_its_own_for_supports(monkeypatch):
    """Of images of another size, with the mask as a fourth channel (OSLSM)."""
    masked = ImageView(lambda x, m: torch.cat([x, (m == 1).unsqueeze(1)], 1))
    plain = ImageView(lambda x, m: torch.cat([x, torch.zeros_like(x[:, :1])], 1))
    monkeypatch.setitem(SUPPORT_VIEWS, 'with_mask', masked)
    monkeypatch.setitem(SUPPORT_VIEWS, PLAIN, plain)
    model = with_view('with_mask', support_backbone=TWO_STAGES | dict(in_channels=4))
    data = batch(n=2, k=3)
    for name in ('support', 'support_mask'):
        data['inputs'][name] = [x[..., :17, :25] for x in data['inputs'][name]]
    (sample, _) = run(model.eval(), data, 'predict')
    assert model.backbone.seen['first'] == [(2, 3, 33, 33)]
    assert model.support_backbone.seen['first'] == [(2 * 2 * 3, 4, 17, 25)]
    assert sample.seg_logits.shape == (17, 17) and sample.pred_sem_seg.shape == (33, 33)
    inputs = model.data_preprocessor(data)['inputs']
    _, supports = model.encode(inputs)
    alone = model.encode_supports(inputs['support'], inputs['support_mask'])
    assert torch.equal(alone.views['with_mask'][1], supports.views['with_mask'][1])
    images = torch.cat(
        [inputs['support'][0, 1], (inputs['support_mask'][0, 1:2] == 1).float()]
    )
    expected = model.support_backbone(images[None])[1][0]
    assert torch.allclose(supports.views['with_mask'][1][0, 1], expected, atol=1e-5)
    losses = run(model.train(), data, 'loss')
    model.parse_losses(losses)[0].backward()
    grads = [p.grad for p in model.support_backbone.parameters()]
    assert all(grad.abs().sum() > 0 for grad in grads)


def test_two_backbones_do_not_go_with_supports_as_queries():
    options = dict(backbone=TWO_STAGES, support_backbone=TWO_STAGES)
    head = dict(type='PrototypeHead', in_channels=(8,), in_index=(1,))
    with pytest.raises(ValueError, match=r'a dual loss takes supports as .* leave one'):
        build_segmentor(**options, decode_head=head)
    with pytest.raises(ValueError, match=r'fine_tuning takes supports as .*leave one'):
        build_segmentor(
            **options, type='FewShotSegmentor', decode_head=head, fine_tuning={}
        )
    build_segmentor(**options, type='FewShotSegmentor', decode_head=head)


# ---- labels ------------------------------------------------------------------------


class NotingSegmentor(FewShotSegmentor):
    """Keeps the truth that its loss is shown."""

    def output_loss(self, output, labels):
        self.labels = labels
        return super().output_loss(output, labels)


def noting():
    plain = build_segmentor(type='FewShotSegmentor')
    plain.__class__ = NotingSegmentor
    return plain.train()


def test_a_loss_sees_class_ids_and_base_labels():
    model, data = noting(), batch(n=2, k=3)
    run(model, data, 'loss')
    assert model.labels.class_ids == (1, 1) and model.labels.base is None
    for i, sample in enumerate(data['data_samples']):
        sample.set_metainfo(dict(class_id=7 + i))
        base = torch.full((1, 33, 33), i, dtype=torch.uint8)
        sample.base_sem_seg = PixelData(data=base)
    run(model, data, 'loss')
    assert model.labels.class_ids == (7, 8)
    assert model.labels.base.shape == (2, 33, 33)
    assert model.labels.base[1].unique().tolist() == [1]
    assert model.labels.query.shape == (2, 33, 33)
    assert model.labels.supports.shape == (2, 3, 33, 33)
    assert torch.equal(model.labels.supports[1], data['inputs']['support_mask'][1])


# ---- a training that is not episodic -----------------------------------------------


class BaseClassSegmentor(FewShotSegmentor):
    """First learns base classes as ordinary segmentation does (PFENet's, BAM's)."""

    def __init__(self, num_base=3, **kwargs):
        super().__init__(**kwargs)
        self.base_head = nn.Conv2d(128, num_base + 1, 1)

    def loss(self, inputs, data_samples):
        query, supports = self.encode(inputs, data_samples)
        assert supports is None
        logits = F.interpolate(self.base_head(query.levels[1]), query.image_size)
        truth = torch.cat([sample.gt_sem_seg.data for sample in data_samples]).long()
        return dict(loss_base=F.cross_entropy(logits, truth, ignore_index=255))


def test_a_training_without_episodes():
    MODELS.register_module(module=BaseClassSegmentor, force=True)
    model = build_segmentor(type='BaseClassSegmentor').train()
    samples = [
        SegDataSample(gt_sem_seg=PixelData(data=torch.full((1, 33, 33), i)))
        for i in range(2)
    ]
    images = batch(n=2)['inputs']['query']
    data = dict(inputs=dict(query=images), data_samples=samples)
    prepared = model.data_preprocessor(data, training=True)
    assert list(prepared['inputs']) == ['query']
    assert prepared['inputs']['query'].shape == (2, 3, 33, 33)
    losses = model(**prepared, mode='loss')
    assert list(losses) == ['loss_base']
    model.parse_losses(losses)[0].backward()
    assert model.base_head.weight.grad.abs().sum() > 0
    run(model.eval(), batch(), 'predict')  # and is a few-shot segmentor at test


# ---- a strategy that sees the image ------------------------------------------------


class ImageGuidedSegmentor(FewShotSegmentor):
    """Leaves out what is dark in the image, behind the head."""

    def segment_reduced(self, query, representation):
        logits = super().segment_reduced(query, representation)
        dark = F.interpolate(query.images, logits.shape[-2:]).mean(1) < 0
        return torch.stack([logits[:, 0] + 1e3 * dark, logits[:, 1]], 1)


@pytest.mark.parametrize('tuned', [False, True])
def test_what_comes_behind_the_head_sees_the_image(tuned):
    strategies = dict(fine_tuning=dict(steps=1)) if tuned else {}
    model = build_segmentor(type='FewShotSegmentor', **strategies).eval()
    model.__class__ = ImageGuidedSegmentor
    data = batch(n=2, k=2)
    data['inputs']['query'][1][..., :16, :] = 0
    data['inputs']['query'][1][..., 16:, :] = 255
    data['inputs']['query'][0][:] = 255
    samples = run(model, data, 'predict')
    assert (samples[1].pred_sem_seg.data[0, :14] == 0).all()
    assert samples[0].seg_logits.data.abs().max() < 1e2
    inputs = model.data_preprocessor(data)['inputs']
    query, _ = model.encode(inputs)
    assert torch.equal(query.images, inputs['query'])


class ImageHead(PyramidHead):
    """Looks at the query's pixels, and not behind the head."""

    def segment(self, query, representation):
        self.seen.append(query.images)
        output = super().segment(query, representation)
        size = output.query_logits.shape[-2:]
        shade = F.interpolate(query.images, size).mean(1, keepdim=True)
        return FewShotHeadOutput(output.query_logits + torch.cat([shade, -shade], 1))


@pytest.mark.parametrize('tuned', [False, True])
def test_a_head_that_looks_at_images(tuned):
    """Also of supports in the query's place, by which it is trained."""
    strategies = dict(fine_tuning=dict(steps=2)) if tuned else {}
    model = pyramid(**strategies)
    model.decode_head = ImageHead()
    model.decode_head.seen = []
    data = model.data_preprocessor(batch(n=2, k=2), training=True)
    losses = model.train()(**data, mode='loss')
    model.parse_losses(losses)[0].backward()
    query, support = model.decode_head.seen
    assert torch.equal(query, data['inputs']['query'])
    assert torch.equal(support, data['inputs']['support'].flatten(0, 1))
    model.decode_head.seen.clear()
    with torch.no_grad():
        run(model.eval(), batch(n=2, k=2), 'predict')
    shown = model.decode_head.seen
    assert all(x.shape[-2:] == (33, 33) for x in shown) and len(shown) > 2 * tuned
