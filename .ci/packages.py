"""Install fss_mm in bare environments, and train by a config's name in each.

python .ci/packages.py                 all of: wheel, folder, editable
python .ci/packages.py --ways wheel

The environment has nothing but the package; the libraries are those of the Python that
runs this. No source tree is on the path. The example project is installed beside the
wheel and trained as well.
"""

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.small_shapes import SMALL  # noqa: E402

EXAMPLE = Path('projects') / 'example_head'
TRAIN = """
import sys
from pathlib import Path

import fss_mm
from fss_mm.apis import train
from fss_mm.protocols import protocol_names
from fss_mm.utils.config_files import config_names
from fss_mm.utils.config_options import read_config

place, config, small = Path(sys.argv[1]), sys.argv[2], eval(sys.argv[3])
assert Path(fss_mm.__file__).is_relative_to(place), fss_mm.__file__
assert (Path(fss_mm.__file__).parent / 'py.typed').is_file()
assert 'hsnet' in protocol_names() and 'simprop/fold0' in config_names()
cfg = read_config(config)
cfg.merge_from_dict(small)
cfg.work_dir = 'work_' + Path(config).stem
best = train(cfg)
assert best.name == 'best_mIoU_iter_2.pth', best
"""
MINE = "_base_ = ['fss_mm::shapes/simprop_fold0.py']\n"


def main() -> None:
    """Try each way to install."""
    parser = argparse.ArgumentParser(description=__doc__)
    ways = dict(wheel=from_wheel, folder=from_folder, editable=from_editable)
    parser.add_argument('--ways', nargs='+', choices=ways, default=list(ways))
    for way in parser.parse_args().ways:
        start = time.time()
        with tempfile.TemporaryDirectory() as folder:
            ways[way](Path(folder).resolve())
        print(f'{way}: installed and trained ({time.time() - start:.0f} s)', flush=True)


def from_wheel(folder: Path) -> None:
    """``pip install fss_mm.whl``; the example project in the same way."""
    tree = copy_of_tree(folder)
    for source in (tree, tree / EXAMPLE):
        pip('wheel', '--no-deps', '-w', folder / 'wheels', source)
    shutil.copy(tree / EXAMPLE / 'configs' / 'nearest_color_shapes.py', folder)
    shutil.rmtree(tree)
    python = bare_environment(folder, *(folder / 'wheels').glob('*.whl'))
    train(python, folder, folder / 'bare', 'shapes/simprop_fold0')
    example = folder / 'nearest_color_shapes.py'
    text = example.read_text().replace('../../../configs/', 'fss_mm::')
    example.write_text(text)
    train(python, folder, folder / 'bare', str(example))


def from_folder(folder: Path) -> None:
    """``pip install .``."""
    tree = copy_of_tree(folder)
    python = bare_environment(folder, tree)
    shutil.rmtree(tree)
    (folder / 'mine.py').write_text(MINE)
    train(python, folder, folder / 'bare', str(folder / 'mine.py'))


def from_editable(folder: Path) -> None:
    """``pip install -e .``."""
    tree = copy_of_tree(folder)
    python = bare_environment(folder, '-e', tree)
    (folder / 'mine.py').write_text(MINE)
    train(python, folder, tree, str(folder / 'mine.py'))


def copy_of_tree(folder: Path) -> Path:
    """The files of this source tree, without what was built in it."""
    tree = folder / 'tree'
    ignored = shutil.ignore_patterns(
        '.git', '.mim', '.venv', 'venv', 'build', 'dist', 'data', 'work_dirs',
        '__pycache__', '*.egg-info',
    )  # fmt: skip
    shutil.copytree(ROOT, tree, ignore=ignored, symlinks=True)
    return tree


def bare_environment(folder: Path, *packages: object) -> Path:
    """The Python of an environment with some packages, and the libraries of this one.

    A path in a ``.pth`` file is searched, but ``.pth`` files in it are not read: an
    editable install of fss_mm in this environment is not seen.
    """
    home = folder / 'bare'
    subprocess.run([sys.executable, '-m', 'venv', '--without-pip', home], check=True)
    python = home / ('Scripts' if os.name == 'nt' else 'bin') / 'python'
    pip('--python', python, 'install', '--no-deps', *packages)
    line = 'import sysconfig; print(sysconfig.get_path("purelib"))'
    own = subprocess.check_output([python, '-c', line], text=True).strip()
    libraries = {sysconfig.get_path(name) for name in ('purelib', 'platlib')}
    (Path(own) / 'libraries.pth').write_text('\n'.join(libraries) + '\n')
    return python


def train(python: Path, folder: Path, place: Path, config: str) -> None:
    """Train two iterations in an empty folder, and call the command."""
    empty = folder / 'empty'
    empty.mkdir(exist_ok=True)
    call([python, '-c', TRAIN, place, config, repr(SMALL)], empty)
    call([python.with_name('fss-mm'), 'train', '--help'], empty)


def pip(*arguments: object) -> None:
    """Call this environment's pip."""
    call([sys.executable, '-m', 'pip', '-q', *arguments], ROOT)


def call(command: list, folder: Path) -> None:
    """Run a command without this shell's PYTHONPATH; its text is shown if it fails."""
    environment = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    environment |= dict(OMP_NUM_THREADS='1', PIP_DISABLE_PIP_VERSION_CHECK='1')
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f'{done.stdout[-3000:]}{done.stderr[-3000:]}')


if __name__ == '__main__':
    main()
