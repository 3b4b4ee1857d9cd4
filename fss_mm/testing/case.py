"""A head under test: built, given an encoder that costs nothing, and drawn episodes.

Shape letters: N episodes, K shots, h w feature size.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property

import torch
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ..models import FewShotDecodeHead, FewShotSegmentor
from ..registry import MODELS
from ..structures import PLAIN, QueryFeatures, SupportFeatures
from ..utils.local_seed import local_seed
from .drawn import drawn_inputs
from .results import skip_unless
from .stand_in import stand_in_of
from .subjects import Subject, as_model, read, starts_inside, with_stand_ins

_PLACEHOLDER = dict(type='PrototypeHead')


class HeadCase:
    """What a check is made of.

    Args:
        subject: A config (its name, its path, or read), the part of it that is a model
            or a head, a segmentor or a head. Encoders are replaced by a
            :class:`StandInBackbone` of their levels, and strategies of a test left out.
        keep_backbone (bool): Do not replace them. Defaults to False: only where a view
            of the supports starts inside of the backbone.

    Raises:
        TypeError: If it is none of these.
        ValueError: If a config has no head.
    """

    def __init__(self, subject: Subject, keep_backbone: bool = False) -> None:
        init_default_scope('fss_mm')
        self.keep_backbone = keep_backbone
        self.given: Mapping | nn.Module = read(subject)

    # ---- the model -----------------------------------------------------------------

    @cached_property
    def prototype(self) -> FewShotSegmentor:
        """The model that is copied for each check; built when it is first needed."""
        return self.anew(0)

    def anew(self, seed: int) -> FewShotSegmentor:
        """One whose weights are drawn by a seed, where a config says what it is."""
        with local_seed(seed):
            return self._build()

    @cached_property
    def _model(self) -> dict:
        """What is built: the head in a model, whose encoders cost nothing if they can.

        A view of levels, made inside of an encoder, needs the real one.
        """
        whole = as_model(self.given)
        light = with_stand_ins(whole)
        if self.keep_backbone or light == whole:
            return whole
        try:
            with local_seed(0):
                built = MODELS.build(copy.deepcopy(light))
        except Exception:  # it asks for the real one, which says if all else is wrong
            return whole
        return whole if starts_inside(built) else light

    def _build(self) -> FewShotSegmentor:
        """One more, from the config; from a built one a copy."""
        given = self.given
        if isinstance(given, nn.Module):
            return self._around(copy.deepcopy(given))
        return MODELS.build(copy.deepcopy(self._model))

    def build_with(self, **arguments) -> FewShotSegmentor:
        """One from the config, with other arguments of the head."""
        head = dict(self._model['decode_head']) | arguments
        return MODELS.build(self._model | dict(decode_head=head))

    @property
    def from_config(self) -> bool:
        """Whether more than one can be built."""
        return not isinstance(self.given, nn.Module)

    def _around(self, given: nn.Module) -> FewShotSegmentor:
        """A segmentor around a built head, or a built segmentor with a stand-in."""
        if isinstance(given, FewShotDecodeHead):
            backbone = stand_in_of(given.in_channels, given.in_index)
            head = _PLACEHOLDER | dict(in_channels=(1,), in_index=(0,))
            model = dict(type='FewShotSegmentor', backbone=backbone, decode_head=head)
            found = MODELS.build(model)
            found.decode_head = given
            return found
        if not self.keep_backbone and not starts_inside(given):
            given.backbone = MODELS.build(stand_in_of(encoder=given.backbone))
            if given.support_backbone is not None:
                support = stand_in_of(encoder=given.support_backbone)
                given.support_backbone = MODELS.build(support)
        return given

    def model(
        self, dtype: torch.dtype = torch.float64, training: bool = False
    ) -> FewShotSegmentor:
        """A copy, in a precision and a mode."""
        return copy.deepcopy(self.prototype).to(dtype).train(training)

    # ---- what the head declares ----------------------------------------------------

    @property
    def name(self) -> str:
        """Of the head's class."""
        return type(self.prototype.decode_head).__name__

    @property
    def has_parameters(self) -> bool:
        """Whether there is anything to train in the head."""
        return any(p.requires_grad for p in self.prototype.decode_head.parameters())

    @property
    def predicts_supports(self) -> bool:
        """Whether supports can take the query's place."""
        head = self.prototype.decode_head
        one_encoder = self.prototype.support_backbone is None
        return head.represents and one_encoder and PLAIN in head.support_views

    def shots(self, *wanted: int) -> list[int]:
        """Those numbers of supports that the head can merge."""
        most = self.prototype.decode_head.max_shots
        return [k for k in wanted if most is None or k <= most]

    def most_shots(self, wanted: int) -> int:
        """So many supports, or as many as the head can merge."""
        most = self.prototype.decode_head.max_shots
        return wanted if most is None else min(wanted, most)

    def skip_without_classes(self) -> None:
        """Leave a check out that needs represent and segment."""
        skip_unless(
            self.prototype.decode_head.represents,
            f'{self.name} has a forward alone: it keeps no classes',
        )

    # ---- what it is fed with -------------------------------------------------------

    def features(
        self, model: FewShotSegmentor, n: int = 2, k: int = 1, **options: object
    ) -> tuple[QueryFeatures, SupportFeatures]:
        """Encoded drawn episodes, in the model's precision.

        Args:
            model (FewShotSegmentor): Of :meth:`model`.
            n (int): N. Defaults to 2.
            k (int): K. Defaults to 1.
            **options: As in :func:`drawn_inputs`.
        """
        return self.encoded(model, self.inputs(model, n, k, **options))

    def inputs(
        self, model: FewShotSegmentor, n: int = 2, k: int = 1, **options: object
    ) -> dict[str, Tensor]:
        """Drawn episodes, in the model's precision."""
        tensors = (*model.decode_head.parameters(), *model.buffers())
        kinds = [x.dtype for x in tensors if x.is_floating_point()]
        return drawn_inputs(n, k, dtype=(kinds or [torch.float32])[0], **options)

    def encoded(
        self, model: FewShotSegmentor, inputs: dict[str, Tensor]
    ) -> tuple[QueryFeatures, SupportFeatures]:
        """Their features, of which the encoder asks for no gradient."""
        with torch.no_grad():
            return model.encode(inputs)
