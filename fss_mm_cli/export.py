"""Write a trained model as ONNX, for programs without PyTorch.

fss-mm export simprop/fold0 WEIGHTS --classes mugs.safetensors --out mugs.onnx --check
fss-mm export simprop/fold0 WEIGHTS --out model.onnx

With --classes it is one file: images in, masks of these classes out. Without, it is
two: model.encoder.onnx makes features of images, and model.segment.onnx takes them and
a class. Images are uint8 RGB, (N, height, width, 3); normalisation is in the graph.
docs/export.md says more.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from .options import add_opening_arguments, at_least

if TYPE_CHECKING:
    from fss_mm import FewShotInferencer
    from fss_mm.export import ExportedFile


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add('model', help="a config's file or name, or a published folder")
    add('weights', nargs='?', help='weights, or a work folder: its best ones')
    add(
        '--classes',
        metavar='FILE',
        help='classes of the model, of fss-mm segment --save-classes',
    )
    add('--out', required=True, metavar='FILE.onnx', help='what to write')
    add(
        '--size',
        type=int,
        nargs='+',
        metavar='PIXELS',
        help='height and width that images are resized to in the graph, for which '
        'classes were learned (--image-size); 0 for not at all. Without it: as the '
        "model's pipeline does",
    )
    add(
        '--shot',
        type=at_least(1),
        default=1,
        metavar='K',
        help='supports of a class, for a model that keeps shots apart, without '
        '--classes',
    )
    add('--opset', type=int, help="version of ONNX's operators, 18 to 23; 18 without")
    add('--check', action='store_true', help='compare with PyTorch, in onnxruntime')
    add(
        '--time',
        type=at_least(1),
        metavar='N',
        help='run it N times in turns with PyTorch, on the CPU, and say how long it '
        'takes',
    )
    add_opening_arguments(parser)
    add(
        '--accept-licence',
        action='store_true',
        help="write an encoder's weights whose licence restricts passing them on",
    )
    add('--force', action='store_true', help='replace files that are there')


def run(args: Namespace) -> None:
    """Export.

    Raises:
        ValueError: If the model cannot be exported, or for a wrong argument.
    """
    from fss_mm import FewShotInferencer
    from fss_mm.export import OPSET, input_size

    size = None if args.size is None else _size(args.size)
    model = FewShotInferencer(
        args.model,
        args.weights,
        device='cpu',
        image_size=size,  # classes of another size are refused
        cfg_options=args.cfg_options,
        trust=args.trust,
    )
    if args.size is None:
        size = input_size(model.cfg)
    options = dict(
        size=size,
        facts=dict(fingerprint=model.fingerprint),
        opset=OPSET if args.opset is None else args.opset,
        overwrite=args.force,
        accept_licence=args.accept_licence,
    )
    files = _export(model, args, options)
    for file in files:
        print(f'wrote {file.path} ({file.path.stat().st_size / 2**20:.1f} MiB)')
    if args.check:
        for file in files:
            found = file.check()
            text = ', '.join(f'{k} {v:.1g}' for k, v in found.items() if k != 'mask')
            print(f'{file.path.name}: largest differences from PyTorch: {text}')
    if args.time:
        _tell_times(files, size or (321, 321), args.time)


def _export(
    model: FewShotInferencer, args: Namespace, options: dict
) -> tuple[ExportedFile, ...]:
    from fss_mm.export import export_classes, export_stages
    from fss_mm.inference.segmenting import comparable

    if args.classes is None:
        return export_stages(model.segmentor, args.out, args.shot, **options)
    model.load_classes(args.classes)
    known = {name: one.representations for name, one in model.learned.items()}
    levels = comparable([one.level for one in model.learned.values()])
    levels = dict(zip(known, levels))
    return (export_classes(model.segmentor, known, args.out, levels, **options),)


def _size(values: list[int]) -> tuple[int, int] | None:
    if values == [0]:
        return None
    if len(values) > 2 or min(values) < 1:
        raise ValueError(
            f'--size {" ".join(map(str, values))}: expected height and width, one '
            'number for both, or 0'
        )
    return (values[0], values[-1])


def _tell_times(
    files: tuple[ExportedFile, ...], size: tuple[int, int], repetitions: int
) -> None:
    """Print how long one image of a size takes."""
    import torch

    from fss_mm.export import sample_class, sample_images, time_files

    images = sample_images(1, size)
    work = [(files[0], (images,))]
    if len(files) > 1:
        segment = files[1].stage
        with torch.no_grad():
            levels = files[0].stage(images)
        known = sample_class(segment.segmentor, 1, segment.shots, size)
        work.append((files[1], (levels, known.tensors())))
    found = time_files(work, repetitions)
    print(
        f'one image of {size[0]} x {size[1]}, {found.threads} threads, medians of '
        f'{found.repetitions} turns: PyTorch {found.torch_ms:.1f} ms, onnxruntime '
        f'{found.onnx_ms:.1f} ms, {found.ratio:.2f} times as long (shortest runs: '
        f'{found.best_ratio:.2f})'
    )
