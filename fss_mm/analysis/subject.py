"""What an analysis looks at: a model, its weights, and a list of episodes."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from pathlib import Path

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from ..datasets import FewShotSegDataset
from ..engine.past_of_weights import weights_files
from ..engine.training_history import history_in
from ..engine.work_folder import weights_for
from ..episodes import FixedEpisodeSampler
from ..evaluation.report import episodes_sha256
from ..inference.opening import build_segmentor, load_weights, start_untrained
from ..models import FewShotSegmentor, SupervisedSegmentor
from ..models.segmentors.image_encoder import ImageEncoder
from ..registry import DATASETS
from ..structures import Episode
from ..utils.checkpoint_files import read_checkpoint
from ..utils.files import sha256_of


@dataclass(frozen=True)
class Subject:
    """A model and its episodes.

    Args:
        cfg (Config): The whole experiment.
        model (FewShotSegmentor | SupervisedSegmentor): In eval mode, on its device.
        loader (DataLoader): Of the test: data set, sampler, workers.
        facts (dict): What a result has to say of it, as JSON values.
        checkpoint (Path, optional): Its weights. None without any.
    """

    cfg: Config
    model: FewShotSegmentor | SupervisedSegmentor
    loader: DataLoader
    facts: dict
    checkpoint: Path | None = None

    @property
    def dataset(self) -> FewShotSegDataset:
        """The test's data set."""
        return self.loader.dataset

    @property
    def episodes(self) -> list[Episode]:
        """The list, in order."""
        return list(self.loader.sampler.all_episodes())

    @property
    def trained(self) -> tuple[str, ...]:
        """Names of the classes that the weights were trained on, as far as they say."""
        if self.checkpoint is None:
            return ()
        saved = read_checkpoint(self.checkpoint)
        return history_in(saved, self.checkpoint.name).classes


def open_subject(cfg: Config, checkpoint: str | Path | None = None) -> Subject:
    """Open a model and the episodes of its test.

    Args:
        cfg (Config): A whole experiment, whose test has one list of episodes.
        checkpoint (str | Path, optional): Weights, or a work folder: its best ones.
            Defaults to None: those of a model folder, else none, for methods without
            training.

    Raises:
        FileNotFoundError: If there are no such weights.
        ValueError: If the head has to be trained and there are no weights, or they are
            of another model, or there are fewer episodes than asked for, or none.
    """
    loader = open_episodes(cfg)
    path = weights_for(cfg, checkpoint)
    model = build_segmentor(cfg)
    model.require_shots(loader.dataset.num_shots)
    if path is not None:
        load_weights(model, path)
    else:
        require_untrainable(model)
        start_untrained(model, 'analysed')
    facts = facts_of(cfg, loader) | facts_of_model(cfg, model, path)
    return Subject(cfg, model.to(get_device()), loader, facts, path)


def open_episodes(cfg: Config) -> DataLoader:
    """The loader of a test, whose sampler has one list of episodes.

    Raises:
        ValueError: If there are fewer different ones than asked for, or several lists.
    """
    init_default_scope(cfg.get('default_scope', 'fss_mm'))
    loader = Runner.build_dataloader(cfg.test_dataloader)
    dataset, sampler = loader.dataset, loader.sampler
    if not isinstance(dataset, FewShotSegDataset):
        raise ValueError('an analysis is of one test: give one --protocol')
    available = num_tasks(dataset)
    if sampler.num_episodes > available:
        raise ValueError(
            f'{sampler.num_episodes} episodes are asked for, but '
            f'{len(dataset.episode_classes)} classes have {available} different ones '
            f'of {dataset.num_shots} shot: lower --num-pairs or --num-episodes'
        )
    return loader


def num_tasks(dataset: FewShotSegDataset) -> int:
    """How many different episodes there are: a query and a set of K other images."""
    shots, images = dataset.num_shots, dataset.candidates.images
    return sum(len(own) * comb(len(own) - 1, shots) for own in images.values())


def distinct_pairs(loader: DataLoader) -> list[Episode]:
    """Episodes of one shot, of which no two have the same class, query and support.

    Raises:
        ValueError: If they have several shots.
    """
    require_pairs(loader.dataset)
    found: dict[tuple, Episode] = {}
    for episode in loader.sampler.all_episodes():
        key = episode.class_id, episode.query, episode.supports
        found.setdefault(key, episode)
    return list(found.values())


def require_pairs(dataset: FewShotSegDataset) -> None:
    """Check that episodes have one shot.

    Raises:
        ValueError: If they have several.
    """
    if dataset.num_shots != 1:
        raise ValueError(
            f'episodes have {dataset.num_shots} supports, expected pairs: add --shot 1'
        )


def require_untrainable(model: FewShotSegmentor) -> None:
    """Check that a head needs no weights.

    Raises:
        ValueError: If it has some that are trained.
    """
    if any(p.requires_grad for p in model.decode_head.parameters()):
        raise ValueError(
            f'{type(model.decode_head).__name__} has to be trained: give a CHECKPOINT, '
            'its weights or a work folder'
        )


def facts_of(cfg: Config, loader: DataLoader) -> dict:
    """What a result says of data and episodes."""
    dataset: FewShotSegDataset = loader.dataset
    sampler: FixedEpisodeSampler = loader.sampler
    classes, names = dataset.classes, dataset.index.names
    tests = cfg.get('tests') or {}
    records = [
        dict(
            seed=e.seed,
            number=e.number,
            class_id=e.class_id,
            query=names[e.query],
            supports=[names[i] for i in e.supports],
        )
        for e in sampler.all_episodes()
    ]
    return dict(
        data_set=f'{type(dataset).__name__}, {dataset.split or "all"} '
        f'({len(names)} images)',
        fold=dataset.fold,
        classes=[classes[c - 1] for c in dataset.episode_classes],
        protocol=dataset.protocol,
        deviations=[d for rules in tests.values() for d in rules['deviations']],
        draw=sampler.draw,
        seeds=list(sampler.seeds),
        shots=dataset.num_shots,
        episodes=len(records),
        different_episodes=len(
            {(r['class_id'], r['query'], *r['supports']) for r in records}
        ),
        episodes_sha256=episodes_sha256(records),
        index_sha256=dataset.index.sha256,
    )


def facts_of_model(cfg: Config, model: ImageEncoder, path: Path | None) -> dict:
    """What a result says of a model, or of an encoder alone, and its weights."""
    head = getattr(model, 'decode_head', None)
    named = [str(own) for own in weights_files(cfg.model.backbone)]
    return dict(
        config=cfg.filename,
        head=None if head is None else type(head).__name__,
        backbone=type(model.backbone).__name__,
        backbone_weights=named or 'the config names none',
        checkpoint=None if path is None else str(path),
        checkpoint_sha256=None if path is None else sha256_of(path),
    )


def hold_out_all(cfg: Config) -> None:
    """Let the test's episodes be of all classes that have enough images.

    Raises:
        ValueError: If they come from a published list, which is of a fold.
    """
    init_default_scope(cfg.get('default_scope', 'fss_mm'))
    own = cfg.test_dataloader.dataset
    if own.get('pair_list') is not None:
        raise ValueError(
            'the protocol lists its pairs by fold: leave --all-classes out'
        )
    num_classes = len(DATASETS.build(own).classes)
    enough = max(own.get('min_images') or 0, own.get('num_shots', 1) + 1)
    own.update(fold=None, novel_classes=[*range(1, num_classes + 1)], min_images=enough)
