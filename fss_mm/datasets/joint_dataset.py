"""Several tests of one model at once: over the union of their episodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch.utils.data import Dataset

from ..registry import DATASETS
from ..structures import ImageRole, LoadedImage, SharedEpisode
from .few_shot_dataset import FewShotSegDataset


@DATASETS.register_module()
class JointTestDataset(Dataset):
    """The data sets of several tests, such as protocols, of the same held-out classes.

    They may take their images from different lists and choose them by different rules;
    what they do to an image must be the same, because an episode that several tests
    have in common is loaded and segmented once. ``tools/test.py`` with more than one
    ``--protocol`` makes one of these, with its sampler and metric.

    Args:
        datasets (dict[str, dict]): Name of the test to its data set.

    Raises:
        ValueError: If they differ in classes, held-out classes, shots or pipelines.
    """

    def __init__(self, datasets: dict[str, dict]) -> None:
        self.datasets: dict[str, FewShotSegDataset] = {
            name: DATASETS.build(dataset) for name, dataset in datasets.items()
        }
        self._known: dict[tuple, ImageRole] = {}
        self._require_alike(datasets)

    @property
    def metainfo(self) -> dict:
        """That of the first data set, and of each under ``datasets``."""
        parts = {name: dataset.metainfo for name, dataset in self.datasets.items()}
        return next(iter(parts.values())) | dict(datasets=parts)

    @property
    def num_shots(self) -> int:
        """Support images of an episode, K."""
        return next(iter(self.datasets.values())).num_shots

    def __len__(self) -> int:
        """Number of (image, class) pairs that can be a query, of all tests."""
        return sum(len(dataset) for dataset in self.datasets.values())

    def __getitem__(self, shared: SharedEpisode) -> dict:
        """Load an episode; its data sample says which tests it is of, as ``places``."""
        item = self.datasets[shared.test][shared.episode]
        item['data_samples'].set_metainfo(self.episode_info(shared))
        return item

    def image_roles(self, shared: SharedEpisode) -> tuple[ImageRole, ...]:
        """The images of an episode, one that several tests have under one name."""
        part = self.datasets[shared.test]
        return tuple(
            self._known.setdefault(
                (part.image_key(role.image), role.class_id, role.role),
                replace(role, test=shared.test),
            )
            for role in part.image_roles(shared.episode)
        )

    def load_image(self, role: ImageRole, words: Sequence[int] = (0,)) -> LoadedImage:
        """Load one image in one role, as :class:`FewShotSegDataset` does."""
        return self.datasets[role.test].load_image(role, words)

    def episode_info(self, shared: SharedEpisode) -> dict:
        """Meta information of an episode, for its data sample."""
        known = self.datasets[shared.test].episode_info(shared.episode)
        return known | dict(episode=shared, test=shared.test, places=shared.places)

    def _require_alike(self, configs: dict[str, dict]) -> None:
        first, *others = self.datasets
        for what in ('classes', 'episode_classes', 'num_shots', 'test_mode'):
            values = {n: getattr(d, what) for n, d in self.datasets.items()}
            for name in others:
                if values[name] != values[first]:
                    raise ValueError(
                        f'{what} of {name!r} is {values[name]} and of {first!r} '
                        f'{values[first]}: they cannot be tested at once; run one test '
                        'for each'
                    )
        for what in ('query_pipeline', 'support_pipeline'):
            if any(configs[n].get(what) != configs[first].get(what) for n in others):
                raise ValueError(
                    f'{what} differs between {list(configs)}: run one test for each'
                )
