"""Episodes to show a segmentor, for tools that look inside.

Shape letters: N episodes, K shots, H W image size.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.structures import PixelData

from ..models import FewShotSegmentor
from ..structures import FewShotSegDataSample


@torch.no_grad()
def encoded_episodes(
    cfg: Config, model: FewShotSegmentor, num_episodes: int, seed: int = 0
) -> Iterator[tuple]:
    """Encode the first episodes of a test list, batch by batch.

    Yields:
        tuple: QueryFeatures, SupportFeatures, the list of FewShotSegDataSample, and the
        inputs as loaded: lists ``query`` of (3, H, W), ``support`` of (K, 3, H, W) and
        ``support_mask`` of (K, H, W) in a dict.
    """
    cfg.test_dataloader.sampler.update(num_episodes=num_episodes, seeds=[seed])
    for loaded in Runner.build_dataloader(cfg.test_dataloader):
        data = model.data_preprocessor(loaded)
        query, supports = model.encode(data['inputs'])
        yield query, supports, data['data_samples'], loaded['inputs']


def random_batch(n: int, k: int, size: tuple[int, int]) -> dict:
    """A collated batch of N episodes with K shots of random images and masks.

    Args:
        n (int): N.
        k (int): K.
        size (tuple[int, int]): (H, W) of all images.
    """
    generator = torch.Generator().manual_seed(0)

    def draw(high: int, *shape: int) -> torch.Tensor:
        return torch.randint(high, shape, generator=generator, dtype=torch.uint8)

    samples = []
    for number in range(n):
        sample = FewShotSegDataSample(
            metainfo=dict(
                ori_shape=size,
                seed=0,
                number=number,
                support_set_seed=number,
                class_id=1,
            )
        )
        sample.gt_sem_seg = PixelData(data=draw(2, 1, *size))
        samples.append(sample)
    inputs = dict(
        query=[draw(256, 3, *size) for _ in range(n)],
        support=[draw(256, k, 3, *size) for _ in range(n)],
        support_mask=[draw(2, k, *size) for _ in range(n)],
    )
    return dict(inputs=inputs, data_samples=samples)
