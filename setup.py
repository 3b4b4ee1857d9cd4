"""Install fss_mm: ``pip install -c constraints.txt '.[mm]'`` (``-e`` for a clone)."""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
VERSION: dict = {}
exec((HERE / 'fss_mm' / 'version.py').read_text(), VERSION)


class BuildWithConfigs(build_py):
    """Puts the configs and the model index into the package, in OpenMMLab's form.

    There mim looks for them, mmengine (``_base_ = ['fss_mm::simprop/fold0.py']``), and
    fss_mm itself. An editable install has links to those of the clone instead.
    """

    PARTS = ('configs', 'model-index.yml')

    def run(self) -> None:
        """Build the package, then add the parts."""
        super().run()
        root = HERE if self.editable_mode else Path(self.build_lib)
        target = root / 'fss_mm' / '.mim'
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in self.PARTS:
            if self.editable_mode:
                self._link(target / name, HERE / name)
            elif (HERE / name).is_dir():
                ignored = shutil.ignore_patterns('__pycache__')
                shutil.copytree(HERE / name, target / name, ignore=ignored)
            else:
                shutil.copy(HERE / name, target / name)

    def _link(self, link: Path, target: Path) -> None:
        try:
            link.symlink_to(target)
        except OSError as error:  # Windows allows links to some users only
            self.warn(f'no link {link} ({error}): `fss_mm::` is not found by mmengine')


setup(
    name='fss_mm',
    version=VERSION['__version__'],
    description='Few-shot segmentation toolbox on MMSegmentation',
    long_description=(HERE / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    classifiers=[
        'Intended Audience :: Science/Research',
        'Operating System :: OS Independent',
        *(f'Programming Language :: Python :: 3.{minor}' for minor in range(10, 14)),
        'Topic :: Scientific/Engineering :: Image Recognition',
        'Typing :: Typed',
    ],
    packages=find_packages(
        include=['fss_mm', 'fss_mm.*', 'fss_mm_cli', 'fss_mm_cli.*']
    ),
    entry_points={'console_scripts': ['fss-mm = fss_mm_cli.main:main']},
    package_data={
        'fss_mm': ['py.typed', 'apis/*.html'],
        'fss_mm.apps': ['assets/*'],
    },
    cmdclass={'build_py': BuildWithConfigs},
    python_requires='>=3.10',
    install_requires=[
        'torch>=2.4',
        'torchvision>=0.19',
        'numpy',
        'opencv-python',
        'packaging',
        'pillow>=10',
        'prettytable',
        'pyyaml',
        'rich',
        'safetensors>=0.4',
        'shtab',
    ],
    extras_require={
        # the modules that fss_mm plugs into; an extra, so that OpenMMLab's originals
        # can take their place
        'mm': [
            'onedl-mmengine>=0.10.12',
            'onedl-mmcv>=2.3.6',
            'onedl-mmsegmentation>=1.4.2',
        ],
        # annotations in COCO's form and LabelMe's; converters of COCO, VOC and SBD
        'data': ['pycocotools', 'scipy'],
        # networks of timm as backbones; no older timm serves all of them alike
        'encoders': ['timm>=1.0.31'],
        # clusters of ClusterMatchHead
        'training-free': ['scipy'],
        # models as ONNX, and the comparison with them
        'export': ['onnx', 'onnxruntime', 'onnxscript'],
        # published models by their names on the Hugging Face hub
        'hub': ['huggingface_hub'],
        # prediction on many machines
        'ray': ['ray[data]'],
        # masks of boxes and points, and sharper masks, by SAM
        'sam': ['transformers>=4.56'],
        # tables of papers by Slurm
        'slurm': ['submitit'],
        # the site: `make docs`
        'docs': ['mkdocs-material>=9.7', 'mkdocstrings[python]>=1.0'],
        # the page of `fss-mm web`
        'web': ['pycocotools', 'starlette>=0.40', 'uvicorn>=0.30'],
        # what the tests and `make lint` need, beside mm
        'dev': [
            'codespell',
            'huggingface_hub',
            'hypothesis',
            'onnx',
            'onnxruntime',
            'onnxscript',
            'pycocotools',
            'pytest',
            'pytest-xdist',
            'ruff',
            'scipy',
            'starlette',
            'submitit',
            'timm',
            'uvicorn',
        ],
    },
)
