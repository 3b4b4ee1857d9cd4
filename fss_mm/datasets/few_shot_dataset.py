"""The base of all few-shot data sets: ``dataset[episode]`` is one loaded episode.

Shape letters: K shots, H W image size.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from mmengine.logging import print_log
from torch.utils.data import Dataset

from ..episodes.candidates import (
    EpisodeCandidates,
    listed_candidates,
    select_candidates,
)
from ..episodes.pair_lists import read_pair_lists
from ..index.class_index import ClassIndex
from ..index.image_files import read_images
from ..index.mask_table import scan_masks
from ..registry import DATASETS
from ..structures import QUERY, SUPPORT, Episode, ImageRole, LoadedImage
from ..utils.random_words import support_set_seed, task_seed
from .checks import check_rules, list_images, require_images
from .folds import class_ids, class_table, novel_class_ids
from .image_loader import ImageLoader
from .packing import pack_episode


@DATASETS.register_module()
class FewShotSegDataset(Dataset):
    """Images with index masks, of which some classes are novel.

    With ``test_mode=False`` episodes are drawn of the base classes, else of the novel
    ones. A sampler yields :class:`~fss_mm.structures.Episode` values and the data set
    loads them.

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
        min_grid_pixels (int): Fewest pixels of the class on every 32nd row and column
            of the mask, from the second on (OSLSM's rule is 3). Defaults to 0.
        min_images (int): Classes with fewer images to draw from than this are left out:
            no episodes are drawn of them, and the log names them. K-shot episodes need
            K + 1. Defaults to 0: none is left out, and one with too few is an error.
        pair_list (str, optional): A published list of (image, class) pairs to draw
            from, instead of these two rules: a path with ``{fold}`` or
            ``{other_fold}`` in it, see
            :func:`~fss_mm.episodes.pair_lists.read_pair_lists`. Defaults to None.
        novel_images (str): What happens in training to images with a pixel of a novel
            class: 'drop' leaves them out, 'keep' shows them and teaches that class as
            background, 'ignore' shows them and sets its pixels to 255, unless they are
            of the episode's class as well. Defaults to 'drop'.
        query_pipeline (Sequence[dict]): Transforms of the query, without the packing.
        support_pipeline (Sequence[dict], optional): Transforms of each support.
            Defaults to those of the query.
        protocol (str): Name of the protocol, for reports. Defaults to 'custom'.
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
        min_grid_pixels: int = 0,
        min_images: int = 0,
        pair_list: str | None = None,
        novel_images: str = 'drop',
        query_pipeline: Sequence[dict] = (),
        support_pipeline: Sequence[dict] | None = None,
        protocol: str = 'custom',
        img_suffix: str = '.jpg',
        mask_suffix: str = '.png',
    ) -> None:
        check_rules(num_shots, min_pixels, min_grid_pixels, min_images, novel_images)
        self.data_root = Path(data_root)
        self.img_dir = self.data_root / img_dir
        self.mask_dir = self.data_root / mask_dir
        self.split = split
        self.img_suffix, self.mask_suffix = img_suffix, mask_suffix
        self.classes = class_table(metainfo or self.METAINFO)
        self.fold, self.num_shots, self.protocol = fold, num_shots, protocol
        self.novel_classes = novel_class_ids(self.classes, fold, folds, novel_classes)
        self.base_classes = self._base_classes(base_classes)
        self.test_mode, self.novel_images = test_mode, novel_images
        self.min_pixels, self.min_grid_pixels = min_pixels, min_grid_pixels
        self.min_images, self.pair_list = min_images, pair_list
        self.loader = ImageLoader(query_pipeline, support_pipeline)
        self.index = self.load_index()
        self.index.require_usable(len(self.classes))

    # ---- which classes, which images -----------------------------------------------

    @property
    def wanted_classes(self) -> tuple[int, ...]:
        """Ids of the novel classes in a test, else of the base classes."""
        return self.novel_classes if self.test_mode else self.base_classes

    @property
    def episode_classes(self) -> tuple[int, ...]:
        """Ids of the classes that episodes are drawn of."""
        if not self.min_images:
            return self.wanted_classes
        left_out = {one.class_id for one in self.candidates.left_out}
        return tuple(c for c in self.wanted_classes if c not in left_out)

    @property
    def ignored_classes(self) -> tuple[int, ...]:
        """Ids of the classes whose pixels are 255 in the masks of episodes."""
        ignore = self.novel_images == 'ignore' and not self.test_mode
        return self.novel_classes if ignore else ()

    @cached_property
    def candidates(self) -> EpisodeCandidates:
        """The images of each class in :attr:`episode_classes`.

        Raises:
            FileNotFoundError: If a list of pairs is missing.
            ValueError: If it is not of this data set or this fold.
        """
        found = self._all_candidates().without_poor(self.min_images)
        if found.left_out:
            print_log(
                f'min_images={self.min_images} leaves out classes with too few images: '
                f'{", ".join(map(str, found.left_out))}',
                'current',
            )
        return found

    def _all_candidates(self) -> EpisodeCandidates:
        """The images of each class that is wanted."""
        classes = {c: self.classes[c - 1] for c in self.wanted_classes}
        drop = self.novel_images == 'drop' and not self.test_mode
        dropped = self.novel_classes if drop else ()
        if self.pair_list is None:
            return select_candidates(
                self.index, classes, self.min_pixels, dropped, self.min_grid_pixels
            )
        pairs = read_pair_lists(self.data_root / self.pair_list, self.fold)
        return listed_candidates(self.index, classes, pairs, dropped)

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
            num_images=len(self.index.names),
            min_pixels=self.min_pixels,
            min_grid_pixels=self.min_grid_pixels,
            min_images=self.min_images,
            pair_list=self.pair_list,
            novel_images=self.novel_images,
            index_sha256=self.index.sha256,
        )

    def load_index(self) -> ClassIndex:
        """Index of this data set's images, in their order."""
        table = scan_masks(self.mask_dir, (self.mask_suffix,))
        index = ClassIndex.from_index_masks(table)
        self.mask_files = dict(zip(table.names, table.files))
        images = list_images(self.img_dir, self.img_suffix)
        if self.split is None:
            names = sorted(set(images) | set(index.names))
        else:
            names = read_images(self.data_root / self.split, images)
        require_images(names, images, self.img_dir, self.img_suffix)
        self.image_files = {name: images[name] for name in names}
        return index.subset(names)

    def image_info(self, image: int, class_id: int) -> dict:
        """What the pipeline starts from: the paths of an image and its mask."""
        name = self.index.names[image]
        return dict(
            name=name,
            img_path=str(self.img_dir / self.image_files[name]),
            seg_map_path=str(self.mask_dir / self.mask_files[name]),
        )

    def image_key(self, image: int) -> tuple:
        """What makes an image the same in two data sets: its file and its mask's."""
        folders = str(self.img_dir), str(self.mask_dir)
        return (*folders, self.mask_suffix, self.index.names[image])

    def __len__(self) -> int:
        """Number of (image, class) pairs that can be a query."""
        return len(self.candidates.pairs)

    # ---- loading -------------------------------------------------------------------

    def __getitem__(self, episode: Episode) -> dict:
        """Load an episode.

        What transforms draw at random is a function of the episode's seed and number in
        training, where a task returns with other augmentation, and of its images in
        testing, where a task is the same in every list that has it.

        Returns:
            dict: ``inputs`` and ``data_samples``; see
            :func:`~fss_mm.datasets.packing.pack_episode`.

        Raises:
            OSError: If a file cannot be decoded.
            ValueError: If an image and its mask do not fit.
        """
        words: tuple[int, ...] = (episode.seed, episode.number)
        if self.test_mode:
            names = [self.index.names[i] for i in (episode.query, *episode.supports)]
            name = self.classes[episode.class_id - 1]
            words = (task_seed(name, names[0], names[1:]),)
        query, *supports = (
            self.load_image(role, (*words, place))
            for place, role in enumerate(self.image_roles(episode))
        )
        return pack_episode(query, supports, self.episode_info(episode))

    def image_roles(self, episode: Episode) -> tuple[ImageRole, ...]:
        """The images of an episode: the query, then the supports."""
        query = ImageRole(episode.query, episode.class_id, QUERY)
        images = (ImageRole(i, episode.class_id, SUPPORT) for i in episode.supports)
        return (query, *images)

    def load_image(self, role: ImageRole, words: Sequence[int] = (0,)) -> LoadedImage:
        """Load one image in one role, through the pipeline of that role.

        Args:
            role (ImageRole): Which image, class and role.
            words (Sequence[int]): What transforms draw at random is a function of.
                Defaults to (0,).

        Raises:
            OSError: If a file cannot be decoded.
            ValueError: If an image and its mask do not fit.
        """
        info = dict(
            class_id=role.class_id,
            num_classes=len(self.classes),
            base_classes=self.base_classes,
            ignored_classes=self.ignored_classes,
        )
        info |= self.image_info(role.image, role.class_id)
        return self.loader(info, role.role, words)

    def episode_info(self, episode: Episode) -> dict:
        """Meta information of an episode, for its data sample."""
        class_name = self.classes[episode.class_id - 1]
        names = [self.index.names[i] for i in episode.supports]
        return dict(
            episode=episode,
            class_id=episode.class_id,
            class_name=class_name,
            fold=self.fold,
            seed=episode.seed,
            number=episode.number,
            support_set_seed=support_set_seed(class_name, names),
        )

    def _base_classes(self, given: Sequence[int | str] | None) -> tuple[int, ...]:
        base = range(1, len(self.classes) + 1) if given is None else given
        novel = set(self.novel_classes)
        return tuple(c for c in class_ids(base, self.classes) if c not in novel)
