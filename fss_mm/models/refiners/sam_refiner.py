"""Masks of SAM or SAM 2, asked for by a coarse mask.

The models and their weights are those of ``transformers``. Shape letters: C classes, P
parts of a mask, H W size of the prediction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...registry import MODELS
from ...utils.extras import require
from ...utils.hub_errors import hub_asked_once
from .mask_parts import AskedPart, parts_of
from .mask_refiner import MaskRefiner


@dataclass(frozen=True)
class Seen:
    """What SAM knows of an image.

    Args:
        embeddings (Tensor | list[Tensor]): Its features; SAM 2 has a list of levels.
        sizes (dict[str, Tensor]): Of the image, as its processor gives them.
    """

    embeddings: Tensor | list[Tensor]
    sizes: dict[str, Tensor]


@MODELS.register_module()
class SamRefiner(MaskRefiner):
    """Each part of a mask becomes a box and points, and SAM's mask takes its place.

    Of SAM's proposals those count that agree with the part; of them the one is taken
    that SAM itself thinks best. Where none agrees the coarse mask stays.

    Args:
        weights (str): A folder of ``transformers`` or a name on its hub, such as
            'facebook/sam-vit-base' or 'facebook/sam2.1-hiera-tiny'.
        min_agreement (float): IoU with the coarse part below which a proposal does not
            count. Defaults to 0.5.
        min_share (float): Parts that cover less of the image stay as they are. Defaults
            to 0.001.

    Raises:
        ImportError: If transformers is not installed.
        ValueError: If a number is out of range, or the weights cannot be used.

    Examples:
        >>> model = dict(refiner=dict(type='SamRefiner', weights='/models/sam'))
    """

    def __init__(
        self, weights: str, min_agreement: float = 0.5, min_share: float = 0.001
    ) -> None:
        if not (0 <= min_agreement <= 1 and 0 <= min_share <= 1):
            raise ValueError(
                f'min_agreement={min_agreement} and min_share={min_share}, expected '
                'numbers from 0 to 1'
            )
        self.min_agreement, self.min_share = min_agreement, min_share
        self.processor, self.model = load_sam(weights)
        self._latest: tuple[Tensor, Seen] | None = None

    def refine(self, probabilities: Tensor, image: Tensor) -> Tensor:
        """As in :class:`MaskRefiner`."""
        return torch.stack([self._refined(one, image) for one in probabilities])

    def _refined(self, coarse: Tensor, image: Tensor) -> Tensor:
        """One class: (H, W)."""
        prompts = parts_of(coarse.cpu().numpy(), self.min_share)
        if not prompts:
            return coarse
        seen = self._look_at(image)
        proposals, scores = self._ask(prompts, image, seen)
        replaced, found = torch.zeros_like(coarse, dtype=torch.bool), []
        for prompt, logits, own in zip(prompts, proposals, scores):
            part = torch.from_numpy(prompt.part).to(coarse.device)
            best = self._best(self._at_size(logits, seen), own, part)
            if best is not None:
                found.append(best.sigmoid())
                replaced |= part
        kept = coarse.masked_fill(replaced, 0)
        return torch.stack([kept, *found]).amax(0)

    def _best(self, logits: Tensor, scores: Tensor, part: Tensor) -> Tensor | None:
        """The best of the proposals (3, H, W) that agree with a part (H, W)."""
        masks = logits > 0
        both, either = (masks & part).sum((1, 2)), (masks | part).sum((1, 2))
        agree = both >= self.min_agreement * either
        if not agree.any():
            return None
        return logits[scores.masked_fill(~agree, -torch.inf).argmax()]

    def _ask(
        self, prompts: Sequence[AskedPart], image: Tensor, seen: Seen
    ) -> tuple[Tensor, Tensor]:
        """Proposals (P, 3, h, w), logits at SAM's size, and its scores (P, 3)."""
        asked = self.processor(
            images=_for_processor(image),
            input_boxes=[[list(map(float, one.box)) for one in prompts]],
            input_points=[[list(map(list, one.points)) for one in prompts]],
            input_labels=[[list(one.labels) for one in prompts]],
            return_tensors='pt',
        )
        names = ('input_boxes', 'input_points', 'input_labels')
        given = {name: asked[name].to(image.device) for name in names}
        floats = {k: v.float() for k, v in given.items() if v.is_floating_point()}
        found = self.model(
            image_embeddings=seen.embeddings,
            multimask_output=True,
            **given | floats,
        )
        return found.pred_masks[0].float(), found.iou_scores[0].float()

    def _at_size(self, logits: Tensor, seen: Seen) -> Tensor:
        """Proposals (3, h, w) at the image's size, (3, H, W)."""
        (resized,) = self.processor.post_process_masks(
            [logits[None]], binarize=False, **seen.sizes
        )
        return resized[0]

    def _look_at(self, image: Tensor) -> Seen:
        """SAM's features of an image; those of the latest one are kept."""
        latest = self._latest
        if latest is not None and _is_same(latest[0], image):
            return latest[1]
        inputs = self.processor(images=_for_processor(image), return_tensors='pt')
        self.model.to(image.device)
        pixels = inputs['pixel_values'].to(image.device)
        names = ('original_sizes', 'reshaped_input_sizes')  # SAM 2 has the first alone
        seen = Seen(
            self.model.get_image_embeddings(pixels),
            {name: inputs[name] for name in names if name in inputs},
        )
        self._latest = image.clone(), seen
        return seen


def load_sam(weights: str) -> tuple:
    """Processor and model of a folder or a name on the hub, to look with.

    Raises:
        ImportError: If transformers is not installed.
        ValueError: If there are no such weights, they are of another kind of model, or
            some are missing.
    """
    require('transformers', extra='sam')
    from transformers import AutoModelForMaskGeneration, AutoProcessor

    try:
        with _without_progress(), _hub_for(weights):
            processor = AutoProcessor.from_pretrained(weights)
            model, info = AutoModelForMaskGeneration.from_pretrained(
                weights, use_safetensors=True, output_loading_info=True
            )
    except Exception as error:  # of many kinds, as transformers and files please
        reason = ' '.join(str(error).split()).partition('. ')[0][:200]
        raise ValueError(
            f'SAM cannot be loaded from {str(weights)!r}: expected a folder that '
            'save_pretrained of transformers has written (model and processor, as '
            'safetensors), or a name on the hub such as facebook/sam-vit-base '
            f'({reason})'
        ) from error
    lacking = sorted(info['missing_keys'])
    if lacking:
        raise ValueError(
            f'{str(weights)!r} lacks {len(lacking)} weights of its model, such as '
            f'{lacking[0]!r}: fetch it again'
        )
    return processor, model.eval().requires_grad_(False)


def _hub_for(weights: str) -> AbstractContextManager:
    return nullcontext() if Path(weights).exists() else hub_asked_once()


@contextmanager
def _without_progress() -> Iterator[None]:
    """Without the bars of transformers, which stand among the lines of a command."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _for_processor(image: Tensor):
    """(H, W, 3), uint8, RGB."""
    return image.permute(1, 2, 0).cpu().numpy()


def _is_same(one: Tensor, other: Tensor) -> bool:
    alike = one.shape == other.shape and one.device == other.device
    return alike and torch.equal(one, other)
