"""Learn classes from a few labelled photographs, keep them and read them again.

Shape letters: K supports, H W size of a photograph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from mmengine.config import Config

from ..index.class_names import is_background
from ..models import FewShotSegmentor
from ..models.strategies import FineTuning
from ..utils.spelling import argument
from .adapting import adapted_if_better
from .class_file import read_classes, write_classes
from .fingerprint import fingerprint_of
from .index_supports import named_values, read_index_supports
from .learned_class import Labelled, LearnedClass
from .learning import learn_class
from .own_masks import MaskSource
from .pictures import Source
from .preparing import Preparation
from .prompts import PROMPTS, OwnPrompter, Prompt, Prompter, mask_of
from .prompts.text import as_prompt
from .support_pictures import write_support_pictures
from .supports import SupportMask, encode_supports, read_labelled

_MOST_CLASSES = 254  # of an index mask


class ClassLearner:
    """The classes that a model knows.

    Args:
        cfg (Config): Of the model.
        segmentor (FewShotSegmentor): The model, in eval mode.
        prepare (Preparation): How photographs are prepared for it.
    """

    def __init__(
        self, cfg: Config, segmentor: FewShotSegmentor, prepare: Preparation
    ) -> None:
        self.cfg, self.segmentor, self.prepare = cfg, segmentor, prepare
        self.learned: dict[str, LearnedClass] = {}

    @property
    def classes(self) -> tuple[str, ...]:
        """Names, in the order in which masks number them from 1 on."""
        return tuple(self.learned)

    def add_class(
        self,
        name: str,
        images: Source | Sequence[Source],
        masks: SupportMask | Sequence[SupportMask],
        adapt: bool | dict = False,
        foreground: str | int | None = None,
        resize_masks: bool = False,
        seed: int = 0,
        prompter: Prompter | None = None,
    ) -> LearnedClass:
        """Learn a class.

        Args:
            name (str): A new one.
            images (Source | Sequence[Source]): K photographs: files, addresses, arrays
                (H, W, 3) uint8 BGR, or Pillow's images.
            masks (SupportMask | Sequence[SupportMask]): K masks, see
                :func:`~.own_masks.read_mask`, or prompts, of which masks are made
                (:meth:`mask_of`): ``Box``, ``Points``, ``Scribbles``,
                ``ScribbleImage`` and ``Polygon`` of :mod:`fss_mm.inference`.
            adapt (bool | dict): Fine-tune the head on the supports (K of 3 or more);
                a dict has arguments of
                :class:`~fss_mm.models.strategies.FineTuning`. It is kept only if the
                supports that are held out are segmented better. Defaults to False.
            foreground (str | int, optional): What in the masks is the class. Defaults
                to None: white, or 1.
            resize_masks (bool): Take masks of another size than their photographs'.
                Defaults to False.
            seed (int): Of what is random about fine-tuning. Defaults to 0.
            prompter (Prompter, optional): As in :meth:`mask_of`.

        Raises:
            ValueError: If the class is there, if images and masks do not belong
                together, or if one of them cannot be used.
        """
        self._require_new([name])
        tuning = _fine_tuning(adapt)
        labelled = read_labelled(
            self.prepare,
            images,
            masks,
            prompter or self._own_prompter,
            foreground,
            resize_masks,
        )
        learned = self._learned_from(name, labelled, tuning, seed)
        self.learned[name] = learned
        return learned

    def add_classes(
        self,
        images: Source | Sequence[Source],
        masks: MaskSource | Sequence[MaskSource],
        classes: Mapping[int, str],
        adapt: bool | dict = False,
        resize_masks: bool = False,
        seed: int = 0,
    ) -> tuple[LearnedClass, ...]:
        """Learn all classes of index masks, or none if one of them cannot be.

        Args:
            images (Source | Sequence[Source]): Photographs, as in :meth:`add_class`.
            masks (MaskSource | Sequence[MaskSource]): A mask of each, in which each
                class has a value of its own, and 255 counts nowhere. A class is learned
                from the photographs that show it.
            classes (Mapping[int, str]): Value to name, such as ``{1: 'mug', 2:
                'cup'}``. Other values are background, which is said.
            adapt (bool | dict): As in :meth:`add_class`, for each class.
            resize_masks (bool): Likewise.
            seed (int): Likewise.

        Raises:
            ValueError: As in :meth:`add_class`, or if a class is in no mask.
        """
        named = named_values(classes)
        self._require_new([*named.values()])
        tuning = _fine_tuning(adapt)
        found = read_index_supports(self.prepare, images, masks, named, resize_masks)
        learned = {
            name: self._learned_from(name, labelled, tuning, seed)
            for name, labelled in found.items()
        }
        self.learned |= learned
        return tuple(learned.values())

    def mask_of(
        self, image: Source, prompt: Prompt, prompter: Prompter | None = None
    ) -> np.ndarray:
        """What a prompt becomes, before a class is learned from it.

        Boxes and scribbles are cut out by GrabCut, points grow to what looks alike to
        this model's encoder, and polygons are drawn.

        Args:
            image (Source): A photograph.
            prompt (Prompt): What points at the object in it.
            prompter (Prompter, optional): Makes the mask instead, such as
                :class:`~.prompts.SamPrompter`. Defaults to None.

        Returns:
            np.ndarray: (H, W), bool.

        Raises:
            ValueError: If the image cannot be used, or the prompt leaves it, or becomes
                nothing or all of it.
        """
        prompt = as_prompt(prompt)
        if not isinstance(prompt, PROMPTS):
            raise ValueError(
                f'a prompt of type {type(prompt).__name__}, expected one of '
                f'{", ".join(kind.__name__ for kind in PROMPTS)}'
            )
        picture = self.prepare.reader(image)
        return mask_of(picture, prompt, prompter or self._own_prompter)

    def show_supports(self, out_dir: str | Path) -> tuple[Path, ...]:
        """Draw the supports of all classes, with their masks and prompts.

        Args:
            out_dir (str | Path): Folder for the pictures: a new one, an empty one, or
                one of former pictures, which are removed.

        Returns:
            tuple[Path, ...]: The files, ``<class>/<number>_<photograph>.jpg``.

        Raises:
            FileExistsError: If ``out_dir`` holds something else.
            ValueError: If no class has supports: those of files have none.
        """
        return write_support_pictures(Path(out_dir), list(self.learned.values()))

    def remove_class(self, name: str) -> None:
        """Forget a class.

        Raises:
            ValueError: If there is none of this name.
        """
        self.learned_class(name)
        del self.learned[name]

    def learned_class(self, name: str) -> LearnedClass:
        """A class by its name.

        Raises:
            ValueError: If there is none.
        """
        if name not in self.learned:
            known = ', '.join(self.learned) or 'none yet'
            raise ValueError(f'no class {name!r}; there are {known}')
        return self.learned[name]

    def leave_one_out(self, name: str | None = None) -> dict[str, float]:
        """What to expect: the mean IoU, in percent, of supports that are held out.

        Args:
            name (str, optional): One class. Defaults to None: all.

        Returns:
            dict[str, float]: By class; NaN where there are too few supports to hold one
            out.
        """
        names = self.classes if name is None else (name,)
        return {one: self.learned_class(one).mean_iou for one in names}

    def save_classes(self, path: str | Path) -> None:
        """Write what was learned, for :meth:`load_classes`; no image is in it.

        Raises:
            ValueError: If no class was learned, or the name of the file does not end in
                .safetensors.
            FileExistsError: If a file is there that is none of classes.
            OSError: If the file cannot be written; a former one is kept then.
        """
        self._require_classes()
        write_classes(path, list(self.learned.values()), self.fingerprint)

    def load_classes(self, path: str | Path) -> tuple[str, ...]:
        """Read classes that this very model has learned; returns their names.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is of another model, or has a class that is there.
        """
        found = read_classes(path, self.fingerprint)
        self._require_new([one.name for one in found])
        device = self.segmentor.data_preprocessor.device
        for one in found:
            self.learned[one.name] = one.to(device)
        return tuple(one.name for one in found)

    @cached_property
    def fingerprint(self) -> str:
        """What names this model: its weights, and all that a class depends on."""
        pixels = getattr(self.segmentor.data_preprocessor, 'description', '')
        preparation = dict(self.prepare.description, pixels=pixels)
        return fingerprint_of(self.segmentor, self.cfg.model, preparation)

    # ---- parts ---------------------------------------------------------------------

    def _learned_from(
        self,
        name: str,
        labelled: Sequence[Labelled],
        tuning: FineTuning | None,
        seed: int,
    ) -> LearnedClass:
        supports = encode_supports(self.segmentor, self.prepare, labelled)
        learned = learn_class(self.segmentor, name, supports, seed=seed)
        if tuning is not None:
            learned = adapted_if_better(self.segmentor, learned, supports, tuning, seed)
        return replace(learned, supports=tuple(labelled))

    @property
    def _own_prompter(self) -> OwnPrompter:
        return OwnPrompter(self.segmentor, self.prepare)

    def _require_new(self, names: Sequence[str]) -> None:
        for name in names:
            if not isinstance(name, str) or not name.strip():
                raise ValueError(f'{name!r} is no name of a class; use some letters')
            if is_background(name):
                raise ValueError(f'{name!r} is no class: it is what is in none')
            if name in self.learned:
                raise ValueError(
                    f'class {name!r} is there already; choose another name, or give '
                    'all of its supports at once, without the former class'
                )
        if len(self.learned) + len(names) > _MOST_CLASSES:
            raise ValueError(f'more than {_MOST_CLASSES} classes do not fit in a mask')

    def _require_classes(self) -> None:
        if not self.learned:
            raise ValueError('no class was learned: call add_class or load_classes')


def _fine_tuning(adapt: bool | dict) -> FineTuning | None:
    if adapt is False:
        return None
    try:
        return FineTuning(**(adapt if isinstance(adapt, dict) else {}))
    except (TypeError, ValueError) as error:
        raise ValueError(f'{argument("adapt", adapt)}: {error}') from error
