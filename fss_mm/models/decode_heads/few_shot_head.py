"""The base of all few-shot heads: what a method is.

A head turns features of supports into a value, the class, and compares queries with it:
``represent`` and ``segment``. It never sees a backbone.

Shape letters: N episodes, K shots, B any batch, C channels, H W mask size, h w feature
size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mmengine.model import BaseModule
from mmseg.models.losses import accuracy
from torch import Tensor, nn

from ...registry import MODELS
from ...structures import (
    PLAIN,
    ClassRepresentation,
    FewShotHeadOutput,
    Levels,
    QueryFeatures,
    SupportFeatures,
)
from ...utils.masks import resize_logits
from ..layers import at_least_single, chosen_levels, joined_levels, unit_levels


class FewShotDecodeHead(BaseModule):
    """Chosen feature levels, classes as values, loss and prediction of all methods.

    A method implements :meth:`represent_shots` and :meth:`segment`, and, where they are
    not the usual ones, :meth:`reduce_levels` and :meth:`merge_shots`. Registering it in
    ``MODELS`` is all it takes to use it in a config.

    Args:
        in_channels (Sequence[int]): Channels of the chosen levels.
        in_index (Sequence[int]): Which of the backbone's levels to take. Defaults to
            (0, 1).
        unit_levels (bool): Scale each level to one length in every cell before levels
            are put together, so that none drowns the others and the head begins alike
            on encoders whose features are 0.03 and 12 wide. The mean square over the
            concatenated channels, or over those of each level by itself (A-MCG,
            SG-One), is 1. Defaults to False. A head that takes each level as it is
            (``AMPHead``), or by cosines (``ClusterMatchHead``, ``HSNetHead``), does not
            ask for it.
        loss_decode (dict | Sequence[dict]): One or more losses of mmseg, called with
            (B, 2, H, W) and (B, H, W); each is logged by its ``loss_name``. Defaults to
            cross-entropy over the pixels that are not ignored.
        align_corners (bool): Place of samples when masks and logits are resized.
            Defaults to True (CANet).
        ignore_index (int): Mask value without meaning. Defaults to 255.
    """

    max_shots: int | None = None
    """Most supports that the head can merge into one class; None: any number."""

    shots_are_ordered: bool = False
    """Whether the order of the supports matters, as to a recurrent network."""

    uses_ignored: str = ''
    """Why features of a support's ignored pixels reach its class; empty where not."""

    resize_mode: str = 'bilinear'
    """How logits are resized: 'bilinear' or 'nearest'."""

    no_graph: str = ''
    """Why no graph of ONNX can be made of the head; empty where one can."""

    knows_base_classes: bool = False
    """Whether there is something in the weights for each base class of the training, in
    their order: a test of weights that say which has to have the same ones."""

    support_views: tuple[str, ...] = (PLAIN,)
    """What the segmentor is to encode of the supports: names from
    :data:`~fss_mm.models.segmentors.support_views.SUPPORT_VIEWS`."""

    view_options: Mapping[str, Mapping] = {}
    """Arguments that views are made with, by their names; of others there are none."""

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0, 1),
        unit_levels: bool = False,
        loss_decode: dict | Sequence[dict] = dict(  # noqa: B006
            type='CrossEntropyLoss', avg_non_ignore=True
        ),
        align_corners: bool = True,
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if len(in_channels) != len(in_index):
            raise ValueError(
                f'in_channels={tuple(in_channels)} and in_index={tuple(in_index)} must '
                'have the same length: one number of channels for each level'
            )
        self.in_channels, self.in_index = tuple(in_channels), tuple(in_index)
        self.unit_levels = unit_levels
        losses = [loss_decode] if isinstance(loss_decode, dict) else loss_decode
        self.loss_decode = nn.ModuleList(map(MODELS.build, losses))
        self.align_corners = align_corners
        self.ignore_index = ignore_index

    # ---- features to masks ---------------------------------------------------------

    def forward(
        self,
        query: QueryFeatures,
        supports: SupportFeatures,
        with_support: bool = False,
    ) -> FewShotHeadOutput:
        """Segment a batch of episodes: :meth:`represent`, then :meth:`segment`.

        Each image is reduced once, also where supports are predicted as well.

        Args:
            query (QueryFeatures): Of N episodes.
            supports (SupportFeatures): Of N episodes.
            with_support (bool): Also predict the supports' masks, as if each were a
                query. Defaults to False: at test nobody needs them.
        """
        query = self.reduce_query(query)
        supports = self.reduce_supports(supports)
        representation = self.merge_shots(self.represent_shots(supports))
        output = self.segment(query, representation)
        if with_support and output.support_logits is None:
            logits = self._segment_supports(supports, representation)
            output = replace(output, support_logits=logits)
        return self.for_training(output, query, supports) if self.training else output

    def for_training(
        self, output: FewShotHeadOutput, query: QueryFeatures, supports: SupportFeatures
    ) -> FewShotHeadOutput:
        """What is made of a whole episode for its loss alone; by default nothing more.

        Args:
            output (FewShotHeadOutput): Of the episodes, with the supports' logits where
                they were asked for.
            query (QueryFeatures): Of :meth:`reduce_query`.
            supports (SupportFeatures): Of :meth:`reduce_supports`.

        Returns:
            FewShotHeadOutput: With ``training_outputs`` or ``losses`` added.
        """
        return output

    def represent(self, supports: SupportFeatures) -> ClassRepresentation:
        """A class from its supports: (N, ...).

        Args:
            supports (SupportFeatures): Of N episodes or classes.

        Raises:
            ValueError: If the number of supports does not fit the head.
        """
        return self.merge_shots(self.represent_shots(self.reduce_supports(supports)))

    def reduce_query(self, query: QueryFeatures) -> QueryFeatures:
        """What depends on the query alone, whichever class it is compared with."""
        return replace(query, levels=self.query_levels(self.reduce_image(query.levels)))

    def reduce_supports(self, supports: SupportFeatures) -> SupportFeatures:
        """The same of every support and view, each by itself."""
        shots = supports.masks.shape[:2]
        views = {}
        for name, levels in supports.views.items():
            flat = [level.flatten(0, 1) for level in levels]
            plain = name == PLAIN
            reduced = self.reduce_image(flat) if plain else self.reduce_view(name, flat)
            views[name] = tuple(level.unflatten(0, shots) for level in reduced)
        return replace(supports, views=views)

    def reduce_image(self, levels: Sequence[Tensor]) -> Levels:
        """What is made of an image as it is, of a query or of a support.

        Args:
            levels (Sequence[Tensor]): All that the backbone gives, (B, C, h, w) each.
        """
        return self.reduce_levels(self.choose(levels))

    def reduce_view(self, name: str, levels: Sequence[Tensor]) -> Levels:
        """What is made of another view of supports; by default the same.

        A head that asks for a view of other levels than the backbone's overrides this.

        Args:
            name (str): One of :attr:`support_views`, but for the plain one.
            levels (Sequence[Tensor]): All that the view has, (B, C, h, w) each.
        """
        return self.reduce_image(levels)

    def reduce_levels(self, levels: Levels) -> Levels:
        """What the method makes of an image's chosen levels, before classes come in.

        Args:
            levels (tuple[Tensor]): (B, C, h, w) each, of queries or of supports.

        Returns:
            tuple[Tensor]: By default one map, the levels concatenated.
        """
        return (self.join(levels),)

    def query_levels(self, levels: Levels) -> Levels:
        """What the method needs of a query and not of supports; by default the same.

        Args:
            levels (tuple[Tensor]): Of :meth:`reduce_levels`.
        """
        return levels

    def represent_shots(self, supports: SupportFeatures) -> ClassRepresentation:
        """What each support, by itself, says of the class: (N, K, ...).

        Args:
            supports (SupportFeatures): Of :meth:`reduce_supports`.
        """
        raise NotImplementedError

    def merge_shots(self, shots: ClassRepresentation) -> ClassRepresentation:
        """One class from its shots: (N, K, ...) to (N, ...); by default their mean.

        A support is represented once and merged into any number of sets: a method that
        wants to look at all shots together keeps in :meth:`represent_shots` what it
        needs for that.

        Raises:
            ValueError: If the head cannot look at so many shots.
        """
        self.require_shots(shots.num_shots)
        return shots.map(lambda x: x.mean(1))

    def segment(
        self, query: QueryFeatures, representation: ClassRepresentation
    ) -> FewShotHeadOutput:
        """Find the class in the queries.

        Args:
            query (QueryFeatures): Of :meth:`reduce_query`.
            representation (ClassRepresentation): N classes, of :meth:`represent`.
        """
        raise NotImplementedError

    @property
    def represents(self) -> bool:
        """Whether classes can be kept: a head may have a ``forward`` alone."""
        own, base = type(self), FewShotDecodeHead
        return (
            own.segment is not base.segment
            and own.represent_shots is not base.represent_shots
        )

    def __init_subclass__(cls, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        if 'represent' in vars(cls):
            raise TypeError(
                f'{cls.__name__} overrides represent, which is put together of parts: '
                'override represent_shots (what one support says) and, for more than a '
                'mean over the shots, merge_shots'
            )

    def _segment_supports(
        self, supports: SupportFeatures, representation: ClassRepresentation
    ) -> Tensor:
        """Each support as a query of its own class: (N, K, 2, h, w)."""
        shots = supports.masks.shape[:2]
        repeated = representation.map(lambda x: x.repeat_interleave(shots[1], 0))
        query = supports.as_queries()
        query = replace(query, levels=self.query_levels(query.levels))
        output = self.segment(query, repeated)
        return output.query_logits.unflatten(0, shots)

    # ---- levels and shots ----------------------------------------------------------

    def choose(self, levels: Sequence[Tensor]) -> Levels:
        """The levels of ``in_index``, (B, C, h, w) each.

        Raises:
            ValueError: If the backbone's levels are not what the head was told.
        """
        return chosen_levels(levels, self.in_index, self.in_channels)

    def join(self, levels: Levels) -> Tensor:
        """Concatenate levels (B, C, h, w) of one size, scaled as is asked for.

        Raises:
            ValueError: If they differ in size.
        """
        return joined_levels(levels, self.unit_levels)

    def scaled(self, levels: Levels) -> Levels:
        """Levels (B, C, h, w) that are not concatenated, scaled as is asked for."""
        return unit_levels(levels) if self.unit_levels else levels

    def require_shots(self, num_shots: int) -> None:
        """Check that the head can merge so many supports.

        Raises:
            ValueError: If there is none, or more than :attr:`max_shots`.
        """
        if num_shots < 1:
            raise ValueError(f'num_shots={num_shots}, expected a whole number >= 1')
        if self.max_shots is not None and num_shots > self.max_shots:
            raise ValueError(
                f'{type(self).__name__} looks at {self.max_shots} support at a time, '
                f'and episodes have {num_shots}; average over single shots: '
                'model = dict(shot_fusion=dict())'
            )

    # ---- loss and prediction -------------------------------------------------------

    def loss_by_feat(self, logits: Tensor, masks: Tensor) -> dict[str, Tensor]:
        """Score logits at the masks' size.

        Args:
            logits (Tensor): (B, 2, h, w).
            masks (Tensor): (B, H, W): 0, 1 or 255.

        Returns:
            dict[str, Tensor]: Each loss by its ``loss_name`` (those of one name added
            up), and ``acc_seg`` (percent of the pixels that are not ignored).
        """
        logits = self.resize(at_least_single(logits), masks.shape[-2:])
        target = masks.long()
        losses: dict[str, Tensor] = {}
        for loss in self.loss_decode:
            value = loss(logits, target, ignore_index=self.ignore_index)
            known = losses.get(loss.loss_name)
            losses[loss.loss_name] = value if known is None else known + value
        accurate = accuracy(logits, target, ignore_index=self.ignore_index)
        return losses | dict(acc_seg=accurate)

    def predict_by_feat(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """Logits (B, 2, h, w) at ``size`` (H, W): (B, 2, H, W)."""
        return self.resize(logits, size)

    def resize(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """(B, C, h, w) at ``size``, by :attr:`resize_mode`."""
        return resize_logits(logits, size, self.resize_mode, self.align_corners)
