r"""Show a model some labelled photographs, and segment others.

fss-mm segment prototype/photographs --support mug1.jpg mug1.png \
    --support mug2.jpg mug2.png --name mug --query photographs --out masks
fss-mm segment simprop/fold0 work_dirs/simprop_fold0 --support-folder classes \
    --query 'a*.jpg' film.mp4 --out masks --save mask overlay
fss-mm segment prototype/photographs --support mug1.jpg box:10,20,200,180 \
    --support mug2.jpg points:120,80/-30,40 --show-supports look
fss-mm segment prototype/photographs --support scene.jpg scene.png \
    --mask-classes 1=mug 2=cup --query photographs --out masks
fss-mm segment MODEL --support-folder classes --save-classes mugs.safetensors
fss-mm segment MODEL --classes mugs.safetensors --query list.txt a.tar --out masks
fss-mm segment MODEL --classes mugs.safetensors --query shards/*.tar --out masks \
    --pack parquet --ray auto --actors 64
torchrun --nproc-per-node 4 -m fss_mm_cli segment MODEL --classes mugs.safetensors \
    --query photographs --out masks

MODEL is a config's name or file, or a model folder, here or on the Hugging Face hub.
In the place of a mask there may be a prompt, in pixels from the upper left corner:
box:LEFT,UPPER,RIGHT,LOWER, points:X,Y/X,Y/-X,Y (- is beside the object),
polygon:X,Y,X,Y,X,Y (a hole behind a /), scribble:X,Y,X,Y/-X,Y,X,Y (a line between /),
or scribble:FILE with green strokes on the object and red ones beside it.
Queries are files, folders, globs, addresses, lists (.txt), videos, and shards (.tar).
Interrupted, the same command goes on where it was. Files that cannot be read are
skipped and listed in OUT/skipped.txt; the exit code is 1 then.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from .options import add_opening_arguments, add_refiner_arguments, at_least, refiner_of
from .segment_supports import (
    add_support_arguments,
    has_prompts,
    learn,
    require_names_of_files,
    require_sense_of_supports,
    supports_of,
)

GO_ON = 'what is written is whole; run the same command again to go on'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('model', help="a config's name or file, or a model folder")
    parser.add_argument(
        'weights', nargs='?', help='a checkpoint, or a work folder: its best one'
    )
    add_support_arguments(parser)
    parser.add_argument(
        '--query', nargs='+', default=[], help='what to segment; nothing: only learn'
    )
    parser.add_argument('--out', type=os.path.expanduser, help='folder for the results')
    parser.add_argument(
        '--save',
        nargs='+',
        default=['mask'],
        choices=('mask', 'overlay', 'coco', 'labelme'),
        help='what to write of an image; masks are PNGs with a palette',
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='do anew what is in OUT already'
    )
    _add_job_arguments(parser)
    _add_machine_arguments(parser)


def _add_job_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        '--pack',
        choices=('tar', 'parquet'),
        help='not a file for each image, but tar shards of them, or Parquet with run '
        'lengths in the place of masks',
    )
    parser.add_argument(
        '--block',
        type=at_least(1),
        metavar='IMAGES',
        help='in a pack, or a part of a job on Ray; 1,000 without it',
    )
    parser.add_argument(
        '--ray',
        nargs='?',
        const='local',
        metavar='ADDRESS',
        help="run on Ray's cluster at ADDRESS, or on one on this machine",
    )
    parser.add_argument(
        '--actors',
        type=at_least(1),
        help='models at once on Ray; as many as there are GPUs',
    )


def _add_machine_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        '--image-size',
        type=int,
        nargs='+',
        metavar='PIXELS',
        help='height and width that the network sees, or one number for both',
    )
    parser.add_argument(
        '--img-range',
        type=float,
        nargs=2,
        metavar=('BLACK', 'WHITE'),
        help='values of images of more than 8 bits',
    )
    parser.add_argument(
        '--max-image-bytes',
        type=at_least(1),
        help='refuse larger images; 512 MiB without it',
    )
    parser.add_argument('--device', help='such as cuda:1; a GPU if there is one')
    parser.add_argument(
        '--batch-size', type=at_least(1), default=1, help='images in a pass'
    )
    parser.add_argument(
        '--workers', type=at_least(0), default=2, help='threads that read and write'
    )
    parser.add_argument(
        '--precision',
        choices=('float32', 'bfloat16', 'float16'),
        help='what the network computes in; float16 on a GPU only',
    )
    add_refiner_arguments(parser)
    add_opening_arguments(parser)


def run(args: Namespace) -> int:
    """Learn and segment; returns 1 if an image was skipped."""
    _require_sense(args)
    from fss_mm.utils.spelling import spelled_as_options
    from fss_mm.utils.terminal import plain_terminal

    with spelled_as_options(), plain_terminal():
        supports = supports_of(args)
        require_names_of_files(args)
        if args.query:
            from fss_mm.inference.inputs import count_inputs

            count_inputs(args.query)  # a wrong name is said before anything is learned
        model = _open(args)
        learn(model, args, supports)
        if not args.query:
            return 0
        from .segment_job import run_and_report

        return run_and_report(model, _opened_by(args), args)


def _require_sense(args: Namespace) -> None:
    """Check what no single option can say.

    Raises:
        ValueError: With what to add.
    """
    require_sense_of_supports(args)
    if args.query and not args.out:
        raise ValueError('--query needs --out FOLDER for the results')
    if not (args.query or args.save_classes or args.show_supports):
        raise ValueError(
            'nothing to do: add --query and --out, --save-classes FILE or '
            '--show-supports FOLDER'
        )
    if args.block and not (args.pack or args.ray):
        raise ValueError('--block is about packs and Ray: add --pack or --ray')
    if args.actors and not args.ray:
        raise ValueError('--actors is about Ray: add --ray, or leave it out')
    if args.pack == 'parquet' and args.save != ['mask']:
        raise ValueError('--pack parquet holds run lengths, no files: leave --save out')
    if args.image_size and len(args.image_size) > 2:
        raise ValueError(f'--image-size {args.image_size}, expected one or two numbers')


def _open(args: Namespace):
    from fss_mm.inference import FewShotInferencer

    known = _opened_by(args)
    return FewShotInferencer(**known | dict(device=known['device'] or _device()))


def _opened_by(args: Namespace) -> dict:
    """Arguments of FewShotInferencer."""
    from fss_mm.inference.pictures import MAX_BYTES

    options = dict(args.cfg_options or {})
    if args.precision is not None:
        options['model.arithmetic.precision'] = args.precision
    size = args.image_size
    return dict(
        model=args.model,
        weights=args.weights,
        device=args.device,
        image_size=size and (size[0] if len(size) == 1 else tuple(size)),
        img_range=args.img_range and tuple(args.img_range),
        max_image_bytes=args.max_image_bytes or MAX_BYTES,
        cfg_options=options,
        trust=args.trust,
        refiner=refiner_of(args, sam_is_used=has_prompts(args)),
    )


def _device() -> str | None:
    """A GPU of its own for each process of this machine."""
    import torch

    local = int(os.environ.get('LOCAL_RANK', 0))
    if 'LOCAL_RANK' in os.environ and torch.cuda.is_available():
        return f'cuda:{local % torch.cuda.device_count()}'
    return None
