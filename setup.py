"""Install fss_mm: ``pip install -e . -c constraints.txt``."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION: dict = {}
exec((HERE / 'fss_mm' / 'version.py').read_text(), VERSION)

setup(
    name='fss_mm',
    version=VERSION['__version__'],
    description='Few-shot segmentation toolbox on MMSegmentation',
    long_description=(HERE / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=[
        *find_packages(include=['fss_mm', 'fss_mm.*']),
        'fss_mm.protocols.fragments',
    ],
    # what --protocol reads, also where there is no source tree
    package_dir={'fss_mm.protocols.fragments': 'configs/_base_/protocols'},
    python_requires='>=3.10',
    install_requires=[
        'torch>=2.4',
        'torchvision>=0.19',
        'numpy',
        'opencv-python',
        'packaging',
        'pillow>=10',
        'prettytable',
        'rich',
        'safetensors>=0.4',
    ],
    extras_require={
        # an extra, so that OpenMMLab's originals can take their place
        'mm': [
            'onedl-mmengine>=0.10.12',
            'onedl-mmcv>=2.3.6',
            'onedl-mmsegmentation>=1.4.2',
        ],
        # what tools/dataset_converters need
        'coco': ['pycocotools'],
        'voc': ['scipy'],
        # models as ONNX, and the comparison with them
        'export': ['onnx', 'onnxruntime', 'onnxscript'],
        'dev': [
            'codespell',
            'hypothesis',
            'onnx',
            'onnxruntime',
            'onnxscript',
            'pycocotools',
            'pytest',
            'pytest-xdist',
            'ruff',
            'scipy',
        ],
    },
)
