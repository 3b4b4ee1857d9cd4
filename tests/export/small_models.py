"""Small models and classes that the tests of exported files share."""

import pytest
import torch

from fss_mm.export.graph import OPSET, require_exporter
from fss_mm.models.strategies import resized_inputs
from fss_mm.registry import MODELS
from tests.models.builders import IN_SEGMENTOR, segmentor_with

# graphs of few nodes: two passes, and one dilated branch of each decoder
FEW = dict(dilations=(2,))
SHORT = dict(
    SimPropHead=dict(decoder=FEW),
    CANetHead=dict(refine=dict(max_passes=2, decoder=FEW)),
    CRNetHead=dict(refine=dict(max_passes=2)),
)
CASES = ((1, (33, 45)), (3, (101, 64)))  # number and size of images


@MODELS.register_module()
class TwoLayers(torch.nn.Module):
    """A backbone of two levels at a quarter of the image."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 64, 3, 4, 1)
        self.second = torch.nn.Conv2d(64, 128, 3, 1, 1)

    def forward(self, images):
        """Two levels."""
        first = self.first(images).relu()
        return first, self.second(first).relu()


def small_segmentor(kind, **kwargs):
    """A segmentor with a head by name, in eval mode, whose graph is small."""
    if kind in SHORT and 'decode_head' not in kwargs:
        head = dict(type=kind, in_channels=(64, 128)) | IN_SEGMENTOR[kind]
        for part, own in SHORT[kind].items():
            head[part] = head.get(part, {}) | own
        kwargs['decode_head'] = head
    kwargs = dict(type='FewShotSegmentor', backbone=dict(type='TwoLayers')) | kwargs
    return segmentor_with(kind, **kwargs).eval()


@torch.no_grad()
def learned(model, shots=1, size=(65, 49), seed=0):
    """A class from random supports, at each of the model's scales."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(1, shots, 3, *size, generator=generator)
    masks = torch.zeros(1, shots, *size, dtype=torch.uint8)
    masks[..., 10:30, 10 : 40 - 5 * seed] = 1
    found = []
    for scale in model.test_scales:
        inputs = resized_inputs(dict(support=images, support_mask=masks), scale)
        supports = model.encode_supports(inputs['support'], inputs['support_mask'])
        found.append(model.represent(model.describe_supports(supports), [seed]))
    return tuple(found)


def require_packages():
    """Skip a test where ``fss_mm[export]`` is not installed, or torch is too old."""
    pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    try:
        require_exporter(OPSET)
    except ImportError as error:
        pytest.skip(str(error))
