"""What stands behind a number: the protocol block of a report."""

from __future__ import annotations

from collections.abc import Mapping

from ..datasets import FewShotSegDataset
from ..episodes import FixedEpisodeSampler
from ..episodes.hsnet_draws import MD5, episodes_md5
from ..episodes.pair_lists import pair_list_paths
from ..evaluation import FewShotIoUMetric
from ..utils.files import sha256_of
from .deviations import training_deviations


def describe_test(
    dataset: FewShotSegDataset,
    sampler: FixedEpisodeSampler,
    metric: FewShotIoUMetric,
    rules: Mapping,
    training: Mapping | None = None,
) -> dict:
    """What stands behind a number, from the parts that made it.

    Args:
        dataset (FewShotSegDataset): The test's.
        sampler (FixedEpisodeSampler): Likewise.
        metric (FewShotIoUMetric): Likewise.
        rules (Mapping): Its entry of ``cfg.tests``.
        training (Mapping, optional): What the checkpoint says of its data. Defaults to
            None.

    Returns:
        dict: The report's protocol block: JSON values, in the order they are shown.
    """
    size = metric.score_size
    return dict(
        name=dataset.protocol,
        deviations=[*rules['deviations'], *training_deviations(rules, training)],
        source=rules.get('source', 'this config'),
        **{
            'data set': type(dataset).__name__,
            'images': f'{dataset.split or "all"} ({len(dataset.index.names)})',
            'held out': [dataset.classes[c - 1] for c in dataset.episode_classes],
            'pairs': f'{_pair_rule(dataset)}; {len(dataset)} pairs in '
            f'{len(dataset.candidates.classes_of_images)} images',
            'draw': sampler.draw,
            'seeds': list(sampler.seeds),
            'episodes a seed': sampler.num_episodes,
            'shots': dataset.num_shots,
            **_originals(dataset, sampler),
            'score size': size if isinstance(size, str) else f'{size[0]} x {size[1]}',
            'void': metric.void,
            'index sha256': dataset.index.sha256,
        },
    )


def _pair_rule(dataset: FewShotSegDataset) -> str:
    if dataset.pair_list is not None:
        paths = pair_list_paths(dataset.data_root / dataset.pair_list, dataset.fold)
        lists = [f'{path}, sha256 {sha256_of(path)}' for path in paths]
        return f'published list {"; ".join(lists)}'
    rules = [f'at least {dataset.min_pixels} pixels of the class']
    if dataset.min_grid_pixels:
        rules.append(f'at least {dataset.min_grid_pixels} on every 32nd row and column')
    if dataset.min_images:
        rules.append(f'classes of at least {dataset.min_images} such images')
    return 'rule: ' + ', '.join(rules)


def _originals(dataset: FewShotSegDataset, sampler: FixedEpisodeSampler) -> dict:
    """Whether episodes of HSNet's draw are that family's own."""
    known = MD5.get((dataset.fold, dataset.num_shots))
    if sampler.draw != 'hsnet' or known is None or sampler.seeds != (0,):
        return {}
    names = dataset.index.names
    episodes = (sampler.episode(0, number) for number in range(1000))
    found = episodes_md5(
        (e.class_id, names[e.query], [names[i] for i in e.supports]) for e in episodes
    )
    same = "the HSNet family's" if found == known else "not the HSNet family's"
    return {'first 1,000 episodes': f'{same} (MD5 {found}, published {known})'}
