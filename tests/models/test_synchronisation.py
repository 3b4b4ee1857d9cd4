"""Where the CPU waits for a GPU: a short list, each place with its reason.

A value that Python looks at must first be there: everything queued on the GPU is waited
for. This lists such places by reading the source, and compares them with a table. A new
one, or one that is gone, is a failure: take it out, or say here why it has to be.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

FOLDERS = 'fss_mm/models', 'fss_mm/engine/loops'
READS = {'item', 'cpu', 'tolist', 'numpy', 'nonzero', 'masked_select', 'is_nonzero'}
TRUTHS = {'any', 'all', 'isfinite', 'isnan', 'isinf', 'equal', 'allclose'}

_ONCE_AN_IMAGE = 'once for an image of a training, not in every step'
_EARLY_END = 'fewer passes are worth the wait; tolerance=None makes them all without'

# by file: function, what it does, why
ALLOWED = {
    'models/decode_heads/amp_head.py': {
        'AMPHead._checked': ('mask', 'once for a set of supports; refuses other folds'),
    },
    'models/segmentors/supervised_segmentor.py': {
        '_labelled': (
            'if any, mask',
            'labels that the model does not know end on a GPU without a message',
        ),
    },
    'models/strategies/class_tuning.py': {
        'tune_class': (
            'bool, if isfinite, if isfinite',
            'a few steps for a class; one that diverges is told and left out',
        ),
    },
    'models/weights_version.py': {
        'version_of': (
            'tolist',
            'weights that are swapped in their .data are told by their norms alone; a '
            'pass of the backbone, which is saved, is much longer',
        ),
    },
    'models/feature_bank.py': {
        'FeatureBank._write': ('cpu, numpy', _ONCE_AN_IMAGE),
        '_digest_of': ('cpu', 'once for a state of the weights'),
        '_bytes': ('numpy', 'of a tensor that is on the CPU already'),
    },
    'models/backbones/positional_debias.py': {
        'PositionalDebias._find_basis': (
            'cpu, if all',
            'once for a size of image; the CPU finds the same directions for any GPU',
        ),
    },
    'models/layers/cell_clusters.py': {
        'cluster_cells': ('cpu, numpy', 'SciPy runs on the CPU; once for a query'),
    },
    'models/layers/multi_pass_decoder.py': {
        'MultiPassDecoder._random_history': (
            'if any, mask, mask, mask',
            'a first pass for some of the episodes is cheaper than for all',
        ),
        'MultiPassDecoder._iterate': (
            'if any, mask, mask, mask, mask',
            _EARLY_END,
        ),
    },
    'models/refiners/guided_filter.py': {
        '_means_by_opencv': ('numpy', 'of planes that are on the CPU'),
    },
    'models/refiners/mask_parts.py': {
        'parts_of': ('if any, if any, tolist', 'of arrays'),
    },
    'models/refiners/sam_refiner.py': {
        'SamRefiner._refined': ('cpu, numpy', 'parts of a mask are found on the CPU'),
        'SamRefiner._best': ('if any', 'without one the coarse mask stays'),
        '_is_same': ('if equal', 'a pass of SAM, which is saved, is much longer'),
        '_for_processor': ('cpu, numpy', 'processors of transformers want arrays'),
    },
    'models/segmentors/few_shot_segmentor.py': {
        'FewShotSegmentor.predict': (
            'tolist',
            'fine-tuning alone gives flags; predictions are read next in any case',
        ),
    },
    'models/segmentors/image_encoder.py': {
        '_digest': ('cpu, numpy', 'for a feature bank and views of the mask alone'),
    },
    'models/strategies/fine_tuning.py': {
        'FineTuning.adapt': ('if isfinite', 'to stop at the first that is not'),
        '_is_finite': ('bool', 'once for a class'),
    },
    'engine/loops/held_images.py': {
        '_same_pixels': ('if equal', 'of images as they were loaded, on the CPU'),
    },
    'engine/loops/support_sets.py': {
        'SupportSets.__call__': ('tolist', 'flags of fine-tuning, once for a class'),
    },
}


def method(node: ast.AST) -> str | None:
    """Name of a called method: 'item' of ``x.sum().item()``; None for functions."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr
    return None


def conditions(node: ast.AST) -> list[ast.expr]:
    """What a node takes the truth of."""
    if isinstance(node, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        return [node.test]
    if isinstance(node, ast.comprehension):
        return node.ifs
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return [node.operand]
    return []


def is_mask(value: ast.AST | None) -> bool:
    """Whether an expression is seen to be a tensor of truth values."""
    if isinstance(value, ast.Call):
        dtypes = [k.value for k in value.keywords if k.arg == 'dtype']
        return any(ast.unparse(dtype) == 'torch.bool' for dtype in dtypes)
    kinds = ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE
    return isinstance(value, ast.Compare) and isinstance(value.ops[0], kinds)


def masks_of(function: ast.AST) -> set[str]:
    """Names that are given a tensor of truth values in a function."""
    return {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and is_mask(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def waits(function: ast.AST) -> Iterator[str]:
    """What makes the CPU wait in a function, without those inside it."""
    masks = masks_of(function)
    for node in own_nodes(function):
        if method(node) in READS:
            yield method(node)
        if isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'bool':
            yield 'bool'
        for condition in conditions(node):
            if method(condition) in TRUTHS:
                yield f'if {method(condition)}'
        for index in indices(node):
            named = isinstance(index, ast.Name) and index.id in masks
            if named or is_mask(index):
                yield 'mask'


def indices(node: ast.AST) -> list[ast.expr]:
    """What a node indexes a tensor with, to read or to write."""
    if isinstance(node, ast.Subscript):
        return [node.slice]
    if method(node) in ('index_put', 'index_put_') and node.args:
        return list(getattr(node.args[0], 'elts', []))
    return []


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, but for functions and classes in it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node
            yield from own_nodes(node)


def functions(tree: ast.AST, prefix: str = '') -> Iterator[tuple[str, ast.AST]]:
    """All functions of a module by their dotted names, and the module as ''."""
    yield prefix.rstrip('.'), tree
    for node in definitions(tree):
        yield from functions(node, f'{prefix}{node.name}.')


def definitions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Functions and classes of a module, a class or a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node
        else:
            yield from definitions(node)


def found_in(source: str) -> dict[str, str]:
    """What makes the CPU wait, by function."""
    found = {}
    for name, function in functions(ast.parse(source)):
        if kinds := sorted(waits(function)):
            found[name] = ', '.join(kinds)
    return found


def test_what_is_seen():
    source = """
x = y.item()
class A:
    def f(self, x):
        going = x > 0
        while going.any() and not x.isfinite():
            x[going] = x[x == 1] + x[self.i]
        def inside(y):
            return bool(y.all()) or y.index_put((y > 1,), y)
        return x.cpu().numpy(), any(z), 3 if x is None else 4
    def g(self, x):
        return [y for y in x.tolist() if y.any()], x.any()
"""
    assert found_in(source) == {
        '': 'item',
        'A.f': 'cpu, if any, if isfinite, mask, mask, numpy',
        'A.f.inside': 'bool, mask',
        'A.g': 'if any, tolist',
    }


@pytest.mark.parametrize('folder', FOLDERS)
def test_nothing_else_makes_the_cpu_wait(folder):
    found = {}
    for path in sorted((ROOT / folder).rglob('*.py')):
        name = path.relative_to(ROOT / 'fss_mm').as_posix()
        if kinds := found_in(path.read_text()):
            found[name] = kinds
    allowed = {
        name: {function: kinds for function, (kinds, _) in functions.items()}
        for name, functions in ALLOWED.items()
        if f'fss_mm/{name}'.startswith(folder)
    }
    assert found == allowed
