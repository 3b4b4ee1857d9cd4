"""Images to features: the half of a segmentor in front of its head.

Shape letters: N episodes, K shots, B any batch, C channels, H W image size, h w feature
size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import (
    PLAIN,
    FewShotSegDataSample,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ..feature_bank import FeatureBank
from .arithmetic import Arithmetic, in_own_precision
from .support_views import all_views, image_views

Keys = Sequence[str | None]


class ImageEncoder(BaseModel):
    """Backbones, and what they make of queries, supports and their views.

    Args:
        backbone (dict): As in :class:`~fss_mm.models.FewShotSegmentor`, like the rest.
            One that has ``use_preprocessor`` is told how images are normalised.
        support_backbone (dict, optional): Likewise.
        data_preprocessor (dict): Likewise.
        encode_together (bool): Likewise.
        feature_bank (dict, optional): Likewise.
        arithmetic (dict, optional): Likewise.
        init_cfg (dict, optional): As in mmengine.
    """

    support_views: tuple[str, ...] = (PLAIN,)
    view_options: Mapping[str, Mapping] = {}

    def __init__(
        self,
        backbone: dict,
        support_backbone: dict | None,
        data_preprocessor: dict,
        encode_together: bool,
        feature_bank: dict | None,
        arithmetic: dict | None,
        init_cfg: dict | None,
    ) -> None:
        if isinstance(data_preprocessor, dict):
            data_preprocessor = MODELS.build(data_preprocessor)
        super().__init__(data_preprocessor, init_cfg)
        self.backbone = MODELS.build(backbone)
        self.support_backbone = support_backbone and MODELS.build(support_backbone)
        encoders = list(filter(None, (self.backbone, self.support_backbone)))
        if hasattr(self.data_preprocessor, 'follow'):
            self.data_preprocessor.follow(encoders)
        for encoder in encoders:
            if hasattr(encoder, 'use_preprocessor'):
                encoder.use_preprocessor(self.data_preprocessor)
        self.encode_together = encode_together
        self.arithmetic = Arithmetic(**(arithmetic or {}))
        self.feature_bank = None
        if feature_bank is not None:
            self.feature_bank = FeatureBank(**feature_bank)
            for encoder in encoders:
                self.feature_bank.require_frozen(encoder)

    def autocast(self) -> AbstractContextManager:
        """The precision that all of the model runs in."""
        return self.arithmetic.autocast(self.data_preprocessor.device)

    @in_own_precision
    def encode(
        self,
        inputs: dict[str, Tensor],
        data_samples: Sequence[FewShotSegDataSample] | None = None,
    ) -> tuple[QueryFeatures | None, SupportFeatures | None]:
        """Encode the images of N episodes.

        Args:
            inputs (dict[str, Tensor]): ``query`` (N, 3, H, W); ``support``
                (N, K, 3, H, W), ``support_mask`` (N, K, H, W) and perhaps
                ``support_base_mask``, likewise. Either may be absent.
            data_samples (Sequence[FewShotSegDataSample], optional): Whose keys name the
                images, for the feature bank. Defaults to None: it is not asked.

        Returns:
            tuple: None for what is absent.
        """
        queries, masks = inputs.get('query'), inputs.get('support_mask')
        views = {}
        if masks is not None:
            shots = inputs['support'].flatten(0, 1)
            views = image_views(self.support_views, shots, masks.flatten(0, 1))
        parts = [*([] if queries is None else [queries]), *views.values()]
        keys: list[Keys] = [()] * len(parts)
        if self.feature_bank is not None and data_samples is not None:
            keys = _keys(data_samples, views, masks)
        levels = self._levels_of_parts(parts, keys, queries is not None)
        query = supports = None
        if queries is not None:
            size = tuple(queries.shape[-2:])
            query = QueryFeatures(tuple(levels.pop(0)), size, queries)
        if masks is not None:
            encoded = dict(zip(views, levels))
            supports = self._supports(encoded, inputs['support'], masks)
            base = inputs.get('support_base_mask')
            supports = replace(supports, base_masks=base)
        return query, supports

    def encode_queries(self, images: Tensor) -> QueryFeatures:
        """Encode (N, 3, H, W), normalised."""
        return self.encode(dict(query=images))[0]

    def encode_supports(self, images: Tensor, masks: Tensor) -> SupportFeatures:
        """Encode (N, K, 3, H, W), normalised, with masks (N, K, H, W)."""
        return self.encode(dict(support=images, support_mask=masks))[1]

    def _levels_of_parts(
        self, parts: Sequence[Tensor], keys: Sequence[Keys], with_query: bool
    ) -> list[Levels]:
        """Levels of each part (B, 3, H, W); images of one size share a pass."""
        if self.support_backbone is None:
            return self._in_one_pass(self.backbone, parts, keys)
        own = int(with_query)
        return [
            *self._in_one_pass(self.backbone, parts[:own], keys[:own]),
            *self._in_one_pass(self.support_backbone, parts[own:], keys[own:]),
        ]

    def _in_one_pass(
        self, backbone: nn.Module, parts: Sequence[Tensor], keys: Sequence[Keys]
    ) -> list[Levels]:
        unlike = any(part.shape[1:] != parts[0].shape[1:] for part in parts)
        if not self.encode_together or unlike or len(parts) < 2:
            return [self._levels(backbone, *one) for one in zip(parts, keys)]
        counts = [len(part) for part in parts]
        flat = [key for some in keys for key in some]
        levels = self._levels(backbone, torch.cat(list(parts)), flat)
        return list(zip(*(level.split(counts) for level in levels)))

    def _supports(
        self, encoded: dict[str, Levels], images: Tensor, masks: Tensor
    ) -> SupportFeatures:
        backbone = self.support_backbone or self.backbone
        names, flat = self.support_views, masks.flatten(0, 1)
        views = all_views(names, backbone, encoded, flat, self.view_options)
        shots = masks.shape[:2]
        return SupportFeatures(
            masks,
            {
                name: tuple(level.unflatten(0, shots) for level in levels)
                for name, levels in views.items()
            },
            images,
        )

    def _levels(self, backbone: nn.Module, images: Tensor, keys: Keys = ()) -> Levels:
        images = self.arithmetic.lay_out(images)
        if keys:
            made = getattr(self.data_preprocessor, 'description', '')
            return self.feature_bank(backbone, images, keys, made)
        return tuple(backbone(images))


def refuse_two_backbones(model: ImageEncoder, what: str) -> None:
    """Refuse what shows supports in the query's place to other weights.

    Raises:
        ValueError: If supports have a backbone of their own.
    """
    if model.support_backbone is not None:
        raise ValueError(
            f'{what} takes supports as queries, and with support_backbone they have '
            'other features: leave one of the two out'
        )


def _keys(
    data_samples: Sequence[FewShotSegDataSample],
    views: dict[str, Tensor],
    masks: Tensor | None,
) -> list[Keys]:
    """Names of the queries' pixels, and of the supports' in each view."""
    queries = [key and f'{key} {PLAIN}' for s in data_samples for key in [s.query_key]]
    shots = [key for sample in data_samples for key in sample.support_keys]
    names = [queries]
    for view in views:
        shown = [view] * len(shots)
        if view != PLAIN:  # other views depend on the mask
            shown = [f'{view} {_digest(mask)}' for mask in masks.flatten(0, 1)]
        names.append([key and f'{key} {own}' for key, own in zip(shots, shown)])
    return names


def _digest(mask: Tensor) -> str:
    values = mask.cpu().contiguous().numpy().tobytes()
    return hashlib.blake2b(values, digest_size=8).hexdigest()
