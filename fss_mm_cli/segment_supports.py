"""The supports of ``fss-mm segment``: what their options say, and what is learned."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence

from .processes import is_first


def add_support_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that say what to look for."""
    parser.add_argument(
        '--support',
        nargs=2,
        action='append',
        default=[],
        metavar=('IMAGE', 'MASK'),
        help='a photograph and its mask, or a prompt such as box:10,20,200,180; again '
        'for more',
    )
    parser.add_argument('--name', help='what the class of --support is called')
    parser.add_argument(
        '--mask-classes',
        nargs='+',
        default=[],
        metavar='VALUE=NAME',
        help='the classes in the masks of --support, such as 1=mug 2=cup',
    )
    parser.add_argument(
        '--show-supports',
        metavar='FOLDER',
        help='draw the supports with their masks and prompts; first, or nothing else',
    )
    parser.add_argument(
        '--support-folder',
        metavar='FOLDER',
        help='a folder for each class, with photo.jpg and photo_mask.png',
    )
    parser.add_argument(
        '--classes',
        nargs='+',
        default=[],
        metavar='FILE',
        help='classes that --save-classes has written',
    )
    parser.add_argument(
        '--save-classes', metavar='FILE', help='write what was learned; no image'
    )
    parser.add_argument(
        '--adapt', action='store_true', help='fine-tune on the supports, if it helps'
    )
    parser.add_argument(
        '--foreground',
        help='what in the masks is the class: white, black, nonzero, a value, or a '
        "colour such as '#ff0000'",
    )
    parser.add_argument(
        '--resize-masks', action='store_true', help='take masks of another size'
    )


def require_sense_of_supports(args: Namespace) -> None:
    """Check what no single option of supports can say.

    Raises:
        ValueError: With what to add or to leave out.
    """
    if not (args.support or args.support_folder or args.classes):
        raise ValueError(
            'no class to look for: add --support IMAGE MASK, --support-folder FOLDER '
            'or --classes FILE'
        )
    given = args.support or args.support_folder
    about = dict(
        foreground=given,
        adapt=given,
        resize_masks=given,
        show_supports=given,
        name=args.support,
        mask_classes=args.support,
    )
    for name, needed in about.items():
        if getattr(args, name) and not needed:
            raise ValueError(
                f'--{name.replace("_", "-")} says something of supports, and there are '
                'none that it is about: add --support IMAGE MASK, or leave it out'
            )
    _values(args.mask_classes)
    for name in ('name', 'foreground'):
        if args.mask_classes and getattr(args, name):
            raise ValueError(
                f'--mask-classes names all classes of the masks: leave --{name} out'
            )


def supports_of(args: Namespace) -> list[tuple[str, object]]:
    """Photographs of ``--support``, and the mask or the prompt of each.

    Raises:
        ValueError: If a prompt cannot be read.
    """
    from fss_mm.inference.prompts import read_prompt

    pairs = [(image, read_prompt(word) or word) for image, word in args.support]
    if pairs and not args.support_folder and not _holds_masks([m for _, m in pairs]):
        from fss_mm.inference.supports import require_masks_for

        require_masks_for(**_about_masks(args))
    return pairs


def require_names_of_files(args: Namespace) -> None:
    """Check how what will be written is called, before anything is done.

    Raises:
        ValueError: If a file of classes cannot be called so.
        FileExistsError: If something else is there.
    """
    if args.save_classes is not None:
        from fss_mm.inference.class_file import require_class_file

        require_class_file(args.save_classes)


def has_prompts(args: Namespace) -> bool:
    """Whether a mask of ``--support`` has to be made."""
    from fss_mm.inference.prompts import PROMPTS

    return any(isinstance(mask, PROMPTS) for _, mask in supports_of(args))


def learn(model, args: Namespace, pairs: Sequence[tuple[str, object]]) -> None:
    """Load and learn all classes, and write what is asked of them.

    Args:
        model (FewShotInferencer): It learns.
        args (Namespace): Of the command line.
        pairs (Sequence[tuple[str, object]]): Of :func:`supports_of`.

    Raises:
        ValueError: If a class cannot be learned.
    """
    for path in args.classes:
        model.load_classes(path)
    for learned in _learned(model, args, pairs):
        if is_first():
            print(_said_of(learned))
    if args.show_supports and is_first():
        files = model.show_supports(args.show_supports)
        print(f'supports    {args.show_supports} ({len(files)})')
    if args.save_classes and is_first():
        model.save_classes(args.save_classes)
        print(f'classes     {args.save_classes}')


def _learned(model, args: Namespace, pairs: Sequence) -> Iterator:
    """The classes of a folder of supports, then those of ``--support``."""
    from fss_mm.inference.support_folder import read_support_folder

    classes = read_support_folder(args.support_folder) if args.support_folder else {}
    images, masks = ([pair[place] for pair in pairs] for place in (0, 1))
    named = _values(args.mask_classes)
    if pairs and not named:
        name = args.name or 'object'
        if name in classes:
            raise ValueError(
                f'--name {name} is also a class of {args.support_folder}: put all of '
                'its supports there, or choose another name'
            )
        classes[name] = images, masks
    options = dict(adapt=args.adapt, prompter=_prompter(model, args))
    for name, (photographs, marks) in classes.items():
        about = _about_masks(args) if _holds_masks(marks) else {}
        yield model.add_class(name, photographs, marks, **options, **about)
    if named:
        options = dict(adapt=args.adapt, resize_masks=args.resize_masks)
        yield from model.add_classes(images, masks, named, **options)


def _about_masks(args: Namespace) -> dict:
    """What options say of masks, as arguments of ``add_class``."""
    value = args.foreground
    value = int(value) if value is not None and value.isdigit() else value
    return dict(foreground=value, resize_masks=args.resize_masks)


def _holds_masks(marks: Sequence) -> bool:
    from fss_mm.inference.prompts import PROMPTS

    return any(not isinstance(mark, PROMPTS) for mark in marks)


def _prompter(model, args: Namespace):
    if args.sam_weights is None or not has_prompts(args):
        return None
    from fss_mm.inference.prompts import SamPrompter

    return SamPrompter(args.sam_weights, str(model.segmentor.data_preprocessor.device))


def _values(words: Sequence[str]) -> dict[int, str]:
    """Value to name, of words such as ``1=mug``.

    Raises:
        ValueError: If a word is none of these, or a value has two names.
    """
    named: dict[int, str] = {}
    for word in words:
        value, _, name = word.partition('=')
        if not (value.isdecimal() and name.strip()):
            raise ValueError(
                f'--mask-classes {word!r}: expected VALUE=NAME, such as 1=mug'
            )
        if int(value) in named:
            raise ValueError(
                f'--mask-classes {word!r}: {value} is {named[int(value)]!r} already'
            )
        named[int(value)] = name
    return named


def _said_of(learned) -> str:
    supports = f'{learned.num_supports} support' + 's' * (learned.num_supports > 1)
    if not learned.held_out_ious:
        return f'{learned.name}: learned from {supports}'
    return (
        f'{learned.name}: learned from {supports}; IoU to expect '
        f'{learned.mean_iou:.1f} % (each held out once)'
    )
