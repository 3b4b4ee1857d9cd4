"""The base of all few-shot data sets: ``dataset[episode]`` is one loaded episode.

Shape letters: K shots, H W image size.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from mmcv.transforms import Compose
from torch.utils.data import Dataset

from ..registry import DATASETS, TRANSFORMS
from ..structures import Episode
from ..utils.local_seed import local_seed
from .class_index import ClassIndex, build_class_index, shorten
from .episode_draws import EpisodeCandidates, select_candidates
from .folds import contiguous_folds, held_out_classes
from .image_files import read_split, unreadable
from .protocols import check_protocol


@DATASETS.register_module()
class FewShotSegDataset(Dataset):
    """Images with index masks, of which some classes are novel.

    With ``test_mode=False`` episodes are drawn of the base classes, else of the novel
    ones. A sampler yields :class:`~fss_mm.structures.Episode` values and the data set
    loads them: query and supports through one pipeline each, then ``pack``. What the
    transforms draw at random is a function of the episode's seed and number.

    Args:
        data_root (str): Folder that the other paths start from. Defaults to ''.
        img_dir (str): Folder of images. Defaults to 'images'.
        mask_dir (str): Folder of index masks: 0 background, 1 ... the classes, 255
            ignore. Defaults to 'masks'.
        split (str, optional): Text file of image names, one a line, under
            ``data_root``. Defaults to None: every image, each of which needs a mask.
        metainfo (dict, optional): ``classes`` (names of ids 1, 2, ...) where the class
            has no table of its own. Defaults to None.
        fold (int, optional): Which of the folds is novel. Defaults to None.
        folds (Sequence[Sequence[int | str]], optional): Groups of classes, by id or
            name. Defaults to four groups of consecutive ids.
        novel_classes (Sequence[int | str], optional): The novel classes by id or name,
            instead of ``fold``. Defaults to None.
        base_classes (Sequence[int | str], optional): The classes to train on; those
            that are novel are taken out. Defaults to all.
        test_mode (bool): Draw novel classes instead of base ones. Defaults to False.
        num_shots (int): Support images of an episode, K. Defaults to 1.
        min_pixels (int): Fewest pixels of the class, at the mask's own size, in each
            image of an episode. Defaults to 1.
        novel_images (str): What happens in training to images with a pixel of a novel
            class: 'drop' leaves them out, 'keep' shows them with that class as
            background. Defaults to 'drop'.
        query_pipeline (Sequence[dict]): Transforms of the query, without the packing.
        support_pipeline (Sequence[dict], optional): Transforms of each support.
            Defaults to those of the query.
        pack (dict): The transform that makes an item of the loaded images. Defaults to
            ``dict(type='PackFewShotInputs')``.
        protocol (str): Name of the protocol, for reports. The names of
            :data:`~fss_mm.datasets.protocols.PROTOCOLS` are refused unless the other
            arguments are that protocol's. Defaults to 'custom'.
        img_suffix (str): Defaults to '.jpg'.
        mask_suffix (str): Defaults to '.png'.

    Raises:
        FileNotFoundError: If a folder, the list, an image or a mask is missing.
        ValueError: For masks that cannot be read or hold values outside the class
            table, and for classes, folds or numbers that do not exist.

    Examples:
        >>> dataset = FewShotSegDataset(
        ...     'data/birds', metainfo=dict(classes=('wren', 'robin', 'owl')),
        ...     novel_classes=('owl',), query_pipeline=pipeline)
        >>> dataset[Episode(class_id=1, query=0, supports=(3,))]['inputs']['query']
    """

    METAINFO: dict = dict(classes=())

    def __init__(
        self,
        data_root: str = '',
        img_dir: str = 'images',
        mask_dir: str = 'masks',
        split: str | None = None,
        metainfo: dict | None = None,
        fold: int | None = None,
        folds: Sequence[Sequence[int | str]] | None = None,
        novel_classes: Sequence[int | str] | None = None,
        base_classes: Sequence[int | str] | None = None,
        test_mode: bool = False,
        num_shots: int = 1,
        min_pixels: int = 1,
        novel_images: str = 'drop',
        query_pipeline: Sequence[dict] = (),
        support_pipeline: Sequence[dict] | None = None,
        pack: dict = dict(type='PackFewShotInputs'),  # noqa: B006
        protocol: str = 'custom',
        img_suffix: str = '.jpg',
        mask_suffix: str = '.png',
    ) -> None:
        if not isinstance(num_shots, int) or num_shots < 1:
            raise ValueError(f'num_shots={num_shots!r}, expected a whole number >= 1')
        if novel_images not in ('drop', 'keep'):
            raise ValueError(
                f"novel_images={novel_images!r}, expected 'drop' or 'keep'"
            )
        self.data_root = Path(data_root)
        self.img_dir = self.data_root / img_dir
        self.mask_dir = self.data_root / mask_dir
        self.split = split
        self.img_suffix, self.mask_suffix = img_suffix, mask_suffix
        self.classes = tuple((metainfo or self.METAINFO)['classes'])
        self.fold, self.num_shots, self.protocol = fold, num_shots, protocol
        self.novel_classes = self._novel_classes(fold, folds, novel_classes)
        base = range(1, len(self.classes) + 1) if base_classes is None else base_classes
        self.base_classes = tuple(
            c for c in self._class_ids(base) if c not in self.novel_classes
        )
        self.test_mode, self.min_pixels = test_mode, min_pixels
        self.novel_images = novel_images
        check_protocol(protocol, min_pixels, None if test_mode else novel_images)
        self.query_pipeline = self._compose(query_pipeline)
        self.support_pipeline = self._compose(
            query_pipeline if support_pipeline is None else support_pipeline
        )
        self.pack = TRANSFORMS.build(pack)
        self.index = self.load_index()
        self.index.require_usable(len(self.classes))

    # ---- which classes, which images -----------------------------------------------

    @property
    def episode_classes(self) -> tuple[int, ...]:
        """Ids of the classes that episodes are drawn of."""
        return self.novel_classes if self.test_mode else self.base_classes

    @cached_property
    def candidates(self) -> EpisodeCandidates:
        """The images of each class in :attr:`episode_classes`."""
        drop = self.novel_images == 'drop' and not self.test_mode
        return select_candidates(
            self.index,
            {c: self.classes[c - 1] for c in self.episode_classes},
            self.min_pixels,
            self.novel_classes if drop else (),
        )

    @property
    def metainfo(self) -> dict:
        """What a report or a checkpoint says of the data set."""
        return dict(
            dataset=type(self).__name__,
            protocol=self.protocol,
            classes=self.classes,
            novel_classes=self.novel_classes,
            base_classes=self.base_classes,
            episode_classes=self.episode_classes,
            fold=self.fold,
            num_shots=self.num_shots,
            split=self.split,
            min_pixels=self.min_pixels,
            novel_images=self.novel_images,
        )

    def load_index(self) -> ClassIndex:
        """Index of this data set's images, in their order."""
        index = build_class_index(self.mask_dir, self.mask_suffix)
        if not self.img_dir.is_dir():
            raise FileNotFoundError(
                f'image folder {str(self.img_dir)!r} does not exist; check data_root '
                'and img_dir'
            )
        images = {
            path.name.removesuffix(self.img_suffix)
            for path in self.img_dir.iterdir()
            if path.name.endswith(self.img_suffix)
        }
        if self.split is None:
            names = sorted(images | set(index.names))
        else:
            names = read_split(self.data_root / self.split)
        missing = [f'{name}{self.img_suffix}' for name in names if name not in images]
        if missing:
            raise FileNotFoundError(
                f'{len(missing)} images are missing from {str(self.img_dir)!r}: '
                f'{shorten(missing)}; add them or take them out of the list'
            )
        return index.subset(names)

    def image_info(self, image: int) -> dict:
        """What the pipeline starts from: the paths of an image and its mask."""
        name = self.index.names[image]
        return dict(
            name=name,
            img_path=str(self.img_dir / f'{name}{self.img_suffix}'),
            seg_map_path=str(self.mask_dir / f'{name}{self.mask_suffix}'),
        )

    def __len__(self) -> int:
        """Number of (image, class) pairs that can be a query."""
        return len(self.candidates.pairs)

    # ---- loading -------------------------------------------------------------------

    def __getitem__(self, episode: Episode) -> dict:
        """Load an episode.

        Returns:
            dict: ``inputs`` with ``query`` (3, H, W) and ``support`` (K, 3, H, W), and
            ``data_samples``, a FewShotSegDataSample.

        Raises:
            OSError: If a file cannot be decoded.
            ValueError: If an image and its mask do not fit.
        """
        supports = [
            self._load(self.support_pipeline, episode, image, place)
            for place, image in enumerate(episode.supports, start=1)
        ]
        return self.pack(
            dict(
                query=self._load(self.query_pipeline, episode, episode.query, 0),
                supports=supports,
                episode=episode,
                class_name=self.classes[episode.class_id - 1],
                fold=self.fold,
            )
        )

    def _load(
        self, pipeline: Compose, episode: Episode, image: int, place: int
    ) -> dict:
        results = dict(
            class_id=episode.class_id,
            num_classes=len(self.classes),
            reduce_zero_label=False,
            seg_fields=[],
        )
        results |= self.image_info(image)
        try:
            with local_seed(episode.seed, episode.number, place):
                return pipeline(results)
        except (OSError, SyntaxError) as error:
            paths = [results.get('img_path'), results.get('seg_map_path')]
            raise OSError(unreadable(paths, error)) from error

    @staticmethod
    def _compose(transforms: Sequence[dict]) -> Compose:
        return Compose([TRANSFORMS.build(copy.deepcopy(t)) for t in transforms])

    # ---- checks --------------------------------------------------------------------

    def _class_ids(self, classes: Sequence[int | str]) -> tuple[int, ...]:
        table = {name: i for i, name in enumerate(self.classes, start=1)}
        ids = [table.get(c, c) for c in classes]
        for given, class_id in zip(classes, ids):
            if class_id not in table.values():
                raise ValueError(
                    f'class {given!r} is not among the {len(table)} classes '
                    f'{self.classes}; give a name or an id from 1 to {len(table)}'
                )
        return tuple(sorted(set(ids)))

    def _novel_classes(
        self,
        fold: int | None,
        folds: Sequence[Sequence[int | str]] | None,
        novel: Sequence[int | str] | None,
    ) -> tuple[int, ...]:
        if (fold is None) == (novel is None):
            raise ValueError(
                f'fold={fold} and novel_classes={novel}: give one of the two, to say '
                'which classes are held out'
            )
        if novel is not None:
            return self._class_ids(novel)
        folds = contiguous_folds(len(self.classes)) if folds is None else folds
        return self._class_ids(held_out_classes(folds, fold))
