"""When encoding each image once would change a result."""

from __future__ import annotations

from mmengine.dataset import pseudo_collate
from torch import nn
from torch.utils.data import DataLoader

from ...datasets import FewShotSegDataset, JointTestDataset
from ...models import FewShotDecodeHead, FewShotSegmentor
from ...models.data_preprocessor import FewShotDataPreProcessor
from ...structures import QUERY, SUPPORT

_NORMS = nn.modules.batchnorm._BatchNorm
_DROPOUTS = nn.modules.dropout._DropoutNd
_LOADING = FewShotSegDataset.__getitem__, JointTestDataset.__getitem__


def reason_to_step_aside(model: nn.Module, loader: DataLoader) -> str | None:
    """Why a test must encode every episode anew, or None.

    Args:
        model (nn.Module): In eval mode.
        loader (DataLoader): Of the test.
    """
    return _of_model(model) or _of_data(loader)


def _of_model(model: nn.Module) -> str | None:
    if not isinstance(model, FewShotSegmentor):
        return f'{type(model).__name__} is no FewShotSegmentor'
    head, preprocessor = model.decode_head, model.data_preprocessor
    if not isinstance(head, FewShotDecodeHead) or not head.represents:
        return f'{type(head).__name__} has no represent and segment'
    for part, base, names in (
        (model, FewShotSegmentor, ('forward', 'predict', 'val_step', 'test_step')),
        (head, FewShotDecodeHead, ('forward',)),
        (preprocessor, FewShotDataPreProcessor, ('forward',)),
    ):
        for name in names:
            if getattr(type(part), name) is not getattr(base, name, None):
                return f'{type(part).__name__} has a {name} of its own'
    for name, module in model.named_modules():
        batch = module.training or getattr(module, 'running_mean', 0) is None
        if isinstance(module, _NORMS) and batch:
            return f'batch norm {name!r} uses the statistics of the batch'
        if isinstance(module, _DROPOUTS) and module.training and module.p > 0:
            return f'dropout {name!r} is on'
    return None


def _of_data(loader: DataLoader) -> str | None:
    dataset, sampler = loader.dataset, loader.sampler
    for part, needed in ((dataset, 'load_image'), (sampler, 'all_episodes')):
        if not hasattr(part, needed):
            return f'{type(part).__name__} has no {needed}'
    for part in (dataset, *getattr(dataset, 'datasets', {}).values()):
        if type(part).__getitem__ not in _LOADING:
            return f'{type(part).__name__} has a __getitem__ of its own'
    collate = getattr(loader.collate_fn, 'func', loader.collate_fn)
    if collate is not pseudo_collate:
        return f'the loader has a collate_fn of its own, {collate.__name__}'
    first = next(iter(sampler.all_episodes()), None)
    if first is None:
        return 'there is no episode'
    roles = {role.role: role for role in dataset.image_roles(first)}
    for name in (QUERY, SUPPORT):
        try:
            image = dataset.load_image(roles[name])
        except (OSError, ValueError):
            continue  # the stream will say which episodes need it
        if image.meta['key'] is None:
            return f'the {name} pipeline draws at random'
    return None
