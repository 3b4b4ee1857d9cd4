"""A report's episodes: what they were measured on, and their images once more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mmengine.config import Config
from mmengine.device import get_device

from ..engine.work_folder import weights_for
from ..inference.opening import build_segmentor, load_weights, start_untrained
from .pair_similarity import episode_similarities
from .subject import facts_of, facts_of_model, open_episodes


def facts_of_report(report: Mapping, path: str | Path) -> dict:
    """What a result says of a report, in the words of :mod:`.subject`."""
    data, known = report['data'], report['provenance']
    classes, ids = data['classes'], data.get('episode_classes', ())
    return dict(
        report=str(path),
        data_set=f'{data.get("dataset")}, {data.get("split") or "all"} '
        f'({data.get("num_images")} images)',
        fold=report['fold'],
        classes=[classes[c - 1] for c in ids],
        protocol=report['protocol'].get('name'),
        draw=report['protocol'].get('draw'),
        seeds=report['seeds'],
        shots=report['num_shots'],
        episodes=len(report['episodes']),
        episodes_sha256=report['episodes_sha256'],
        index_sha256=data.get('index_sha256'),
        config=known.get('config'),
        checkpoint=known.get('checkpoint'),
        checkpoint_sha256=(known.get('hashes') or {}).get('checkpoint_sha256'),
    )


def report_similarities(
    report: Mapping, cfg: Config, checkpoint: str | Path | None = None
) -> tuple[dict[tuple[int, int], float], dict]:
    """How alike the supports and queries of a report are.

    Args:
        report (Mapping): A report.
        cfg (Config): Whose test has the report's episodes; its backbone looks at them.
        checkpoint (str | Path, optional): Weights, or a work folder. Defaults to None:
            those of a model folder, else the config's initial ones, of a frozen
            backbone.

    Returns:
        tuple: Similarities by (seed, number), see
        :func:`.pair_similarity.episode_similarities`, and what is to be said of the
        encoder.

    Raises:
        ValueError: If the config has other episodes, or its backbone has to be trained
            and there are no weights.
    """
    dataloader = cfg.test_dataloader
    dataloader.sampler.update(
        seeds=report['seeds'], num_episodes=report['num_episodes']
    )
    loader = open_episodes(cfg)
    facts = facts_of(cfg, loader)
    if facts['episodes_sha256'] != report['episodes_sha256']:
        raise ValueError(
            f'the report has other episodes than {cfg.filename}: data set, fold '
            f'{report["fold"]}, {report["num_shots"]} shots or protocol differ (here '
            f'fold {facts["fold"]}, {facts["shots"]} shots); give the config that was '
            'tested, with the same --fold, --shot and --protocol'
        )
    model = build_segmentor(cfg)
    path = weights_for(cfg, checkpoint)
    if path is not None:
        load_weights(model, path)
    elif any(p.requires_grad for p in model.backbone.parameters()):
        raise ValueError(
            f'{cfg.filename}: {type(model.backbone).__name__} is trained: give its '
            'weights behind the config'
        )
    else:
        start_untrained(model, 'used as an encoder')
    model = model.to(get_device())
    episodes = list(loader.sampler.all_episodes())
    return episode_similarities(model, loader, episodes), facts_of_model(
        cfg, model, path
    )
