"""What mmseg's own tools write into a model, and why it cannot work here."""

from __future__ import annotations

from collections.abc import Mapping

_OF_INIT_MODEL = {'pretrained', 'train_cfg', 'test_cfg'}


def refuse_mmseg_arguments(unknown: Mapping) -> None:
    """Refuse arguments that a segmentor does not have.

    Raises:
        TypeError: Naming them, and what to use in place of mmseg's ``init_model``.
    """
    if not unknown:
        return
    names = sorted(unknown)
    if _OF_INIT_MODEL & set(names):
        raise TypeError(
            f'{names} are arguments that mmseg.apis.init_model writes: it and '
            'inference_model show a model a single image, and a few-shot segmentor '
            'needs supports as well. Use fss_mm.apis.load_segmentor(cfg, checkpoint), '
            'then model.represent and model.segment, as its docstring shows'
        )
    raise TypeError(f'a few-shot segmentor has no arguments {names}')
