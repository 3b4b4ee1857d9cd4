"""To which size a config's test resizes images."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.config import Config

from ..utils.type_name import type_name

# what does not change an image of 8 bits, or not behind its decoding
_NEUTRAL = (
    'LoadImageFromFile',
    'LoadFewShotImage',
    'LoadFewShotMask',
    'LoadAnnotations',
)


def input_size(cfg: Config) -> tuple[int, int] | None:
    """Height and width of the images that the model sees, None where they stay.

    Args:
        cfg (Config): A whole experiment, whose test's ``query_pipeline`` is read.

    Raises:
        ValueError: If the pipeline does more than resize to one size.
    """
    dataset = (cfg.get('test_dataloader') or {}).get('dataset') or {}
    pipeline = [
        t for t in dataset.get('query_pipeline') or () if type_name(t) not in _NEUTRAL
    ]
    if not pipeline:
        return None
    if len(pipeline) > 1 or type_name(pipeline[0]) != 'Resize':
        raise ValueError(_cannot(list(map(type_name, pipeline))))
    resize = pipeline[0]
    scale = resize.get('scale')
    known = {'type', 'scale', 'keep_ratio', 'interpolation', 'backend'}
    plain = resize.get('interpolation', 'bilinear') == 'bilinear'
    if set(resize) - known or resize.get('keep_ratio') or not plain or not scale:
        raise ValueError(_cannot(dict(resize)))
    width, height = scale if isinstance(scale, Sequence) else (scale, scale)
    return height, width


def _cannot(what: object) -> str:
    return (
        f'query_pipeline has {what}, and a graph resizes bilinearly to one size: say '
        'which (--size H W), or that images come as the model needs them (--size 0)'
    )
