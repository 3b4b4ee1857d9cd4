"""Learn classes from a few labelled photographs, and find them in any others.

Shape letters: K supports, H W size of a photograph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mmengine.config import Config
from mmseg.structures import SegDataSample

from ..utils.progress import progress
from .class_learner import ClassLearner
from .inputs import Inputs, NamedInput, count_inputs, is_single, named_inputs
from .opening import open_segmentor, usable_device
from .pictures import MAX_BYTES, UnreadablePicture
from .preparing import Preparation
from .read_ahead import read_ahead
from .result_folder import claim_folder, identity_of, queries_for
from .results import SegmentedImage
from .stream import SegmentationStream
from .writers import ResultWriter


class FewShotInferencer(ClassLearner):
    """A model that is shown classes, and finds them.

    Supports are encoded when a class is added; an image costs one pass of the encoder
    and one segment stage for each class. With several classes each pixel goes to the
    class whose log-odds are largest in units of its own level (what is usual for it
    where its supports show it), so that no class wins because it has more supports;
    where none is above 0 there is background.

    Args:
        model (str | Path | Config): A config's file or name (``'simprop/fold0'``), a
            config, or a published folder.
        weights (str | Path, optional): A checkpoint, or a work folder: its best one.
            Defaults to None: those of a published folder, else the config's initial
            ones, for methods without training.
        device (str, optional): Defaults to a GPU where there is one, else the CPU.
        image_size (int | tuple[int, int], optional): Height and width that the network
            sees, in the place of those of the config's test. Defaults to None.
        img_range (tuple[float, float], optional): Values of images of 16 bits or of
            floats that are black and white. Defaults to None: such images are refused.
        max_image_bytes (int): Of a decoded image; larger ones are refused before they
            are decoded. Defaults to 512 MiB.
        cfg_options (dict, optional): Fields to override in the config.
        trust (bool): Run the code that a published folder names. Defaults to False.
        refiner (str | Mapping, optional): What sharpens masks by their photographs:
            'guided', a config such as ``dict(type='SamRefiner', weights=...)``, or
            'none'. It leaves classes and their files as they are. Defaults to None:
            what the config says, which is none by default.

    Raises:
        FileNotFoundError: If there is no such config, folder or checkpoint.
        ValueError: If the weights are of another model, the config is of none of ours,
            or there is no such device.

    Examples:
        >>> from fss_mm import FewShotInferencer
        >>> model = FewShotInferencer('simprop/fold0', 'work_dirs/simprop_fold0')
        >>> model.add_class('mug', ['mug1.jpg', 'mug2.jpg'], ['mug1.png', 'mug2.png'])
        >>> model('kitchen.jpg').mask  # (H, W): 0, and 1 where there is a mug
        >>> model('photographs', out_dir='masks')
    """

    def __init__(
        self,
        model: str | Path | Config,
        weights: str | Path | None = None,
        device: str | None = None,
        image_size: int | tuple[int, int] | None = None,
        img_range: tuple[float, float] | None = None,
        max_image_bytes: int = MAX_BYTES,
        cfg_options: dict | None = None,
        trust: bool = False,
        refiner: str | Mapping | None = None,
    ) -> None:
        place = usable_device(device)
        cfg, segmentor = open_segmentor(model, weights, cfg_options, trust, refiner)
        segmentor.to(place)
        prepare = Preparation.of_config(cfg, image_size, img_range, max_image_bytes)
        super().__init__(cfg, segmentor, prepare)

    def __call__(
        self,
        inputs: Inputs,
        batch_size: int = 1,
        out_dir: str | Path | None = None,
        save: Sequence[str] = ('mask',),
        return_datasamples: bool = False,
        return_probabilities: bool = False,
        show_progress: bool | None = None,
        workers: int = 2,
    ) -> SegmentedImage | SegDataSample | list:
        """Find the classes in images.

        Args:
            inputs (Inputs): A file, folder, glob, address, video, array (H, W, 3) uint8
                BGR or Pillow's image, or any number of them.
            batch_size (int): Images of one size that share a pass. Defaults to 1.
            out_dir (str | Path, optional): Folder to write results into: a new one, an
                empty one, or one of former results, which are replaced. Defaults to
                None: nothing is written.
            save (Sequence[str]): What to write: 'mask' (PNG with VOC's palette),
                'overlay', 'coco', 'labelme'. Defaults to the masks.
            return_datasamples (bool): mmseg's data samples in the place of ours.
                Defaults to False.
            return_probabilities (bool): Keep the probabilities, too. Defaults to False.
            show_progress (bool, optional): Defaults to None: for more than one image,
                on a terminal.
            workers (int): Threads that read and write. Defaults to 2.

        Returns:
            SegmentedImage | list[SegmentedImage]: One of one image, else a list.

        Raises:
            FileExistsError: If ``out_dir`` holds something else than results.
            FileNotFoundError: If there is no such image.
            ValueError: If an image cannot be used or is one image in ``out_dir``, no
                class was learned, or results of two images would have one name.
        """
        self._require_classes()
        if out_dir is None and save != ('mask',):
            raise ValueError(f'save={save!r} needs an out_dir to write into')
        single, queries = is_single(inputs), named_inputs(inputs)
        if out_dir is not None:
            writer = ResultWriter(out_dir, save)
            queries = queries_for(writer.folder, queries)
            if single and not (queries := list(queries)):
                raise ValueError(
                    f'{str(inputs)!r} lies in out_dir={str(out_dir)!r}, where images '
                    'are results and no queries: choose another out_dir'
                )
            claim_folder(writer.folder, identity_of(self, writer.kinds), overwrite=True)
        found = self.stream(queries, batch_size, workers, return_probabilities)
        if out_dir is not None:
            found = read_ahead(writer, found, workers)
        total = 1 if single else count_inputs(inputs)
        results = list(progress(found, total, show_progress))
        if return_datasamples:
            results = [result.data_sample for result in results]
        return results[0] if single else results

    def stream(
        self,
        inputs: Inputs | Iterable[NamedInput],
        batch_size: int = 1,
        workers: int = 2,
        return_probabilities: bool = False,
        on_error: str = 'raise',
    ) -> Iterator[SegmentedImage | UnreadablePicture]:
        """The same, one after the other: memory does not grow with their number.

        Reading, and resizing of masks to the images' sizes, are done by threads beside
        the network.

        Args:
            inputs (Inputs | Iterable[NamedInput]): As in :meth:`__call__`.
            batch_size (int): Likewise.
            workers (int): Likewise.
            return_probabilities (bool): Likewise.
            on_error (str): 'raise', or 'return' for the error in the place of a result
                where an image cannot be used.

        Raises:
            FileNotFoundError: If there is no such image.
            ValueError: If an image cannot be used, or no class was learned.
        """
        self._require_classes()
        if on_error not in ('raise', 'return'):
            raise ValueError(f"on_error={on_error!r}, expected 'raise' or 'return'")
        classes = list(self.learned.values())
        stream = SegmentationStream(
            self.segmentor, self.prepare, classes, batch_size, workers
        )
        for result in stream(named_inputs(inputs), return_probabilities):
            if isinstance(result, UnreadablePicture) and on_error == 'raise':
                raise result
            yield result
