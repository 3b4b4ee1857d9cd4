"""Train on the embedded data set and test on classes it never showed, in minutes.

python tools/quickstart.py configs/shapes/simprop_fold0.py
"""

import shlex
import time
from pathlib import Path

import cv2
import numpy as np
from mmengine.config import Config

from fss_mm.apis import check_config, evaluate, train
from fss_mm.engine.work_folder import last_checkpoint
from fss_mm.episodes import FixedEpisodeSampler
from fss_mm.registry import DATASETS
from fss_mm.structures import Episode
from fss_mm.utils.config_options import read_config
from fss_mm_cli.errors import run_command
from fss_mm_cli.main import command_parser, load
from fss_mm_cli.parser import tool_parser


def main() -> None:
    """Test the untrained model, train it, test it again and print both."""
    parser = tool_parser(__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', default='work_dirs/quickstart')
    args = parser.parse_args()
    work_dir, start = Path(args.work_dir), time.time()

    cfg = read_config(args.config)
    check_config(cfg, needs=('model', 'train_dataloader', 'test_dataloader'))
    cfg.work_dir = str(work_dir)
    cfg.experiment_name = 'untrained'
    untrained = evaluate(cfg, report=work_dir / 'untrained.json')
    cfg.experiment_name = 'train'
    cfg.resume = last_checkpoint(work_dir) is not None  # where it was interrupted
    best = work_dir / train(cfg).name  # as short as it was given
    cfg.resume = False
    cfg.experiment_name = 'trained'
    pictures = work_dir / 'pictures'
    report = work_dir / 'report.json'
    trained = evaluate(cfg, best, report, pictures, show_episodes=10)

    print(f'\nquickstart took {(time.time() - start) / 60:.1f} minutes')
    print('mIoU of the held-out classes, which training never showed:')
    for name in (*(n for n in trained if n.startswith('IoU_')), 'mIoU'):
        print(
            f'  {name.removeprefix("IoU_"):20s}{untrained[name]:6.1f} untrained '
            f'{trained[name]:6.1f} trained'
        )
    print(f'checkpoint  {best}')
    print(f'report      {report} (text: {report.with_suffix(".md")})')
    print(f'picture     {pictures / "overview.png"}')
    segment_photographs(args.config, best, cfg, work_dir)


def segment_photographs(
    config: str, checkpoint: Path, cfg: Config, work_dir: Path
) -> None:
    """Draw pictures with one of the held-out classes, and find it in some of them."""
    folder, out = work_dir / 'photographs', work_dir / 'masks'
    draw_photographs(cfg, folder)
    words = [config, str(checkpoint), '--support-folder', str(folder / 'supports')]
    words += ['--query', str(folder / 'queries'), '--out', str(out)]
    words += ['--save', 'mask', 'overlay', '--overwrite']
    print(f'\nfss-mm segment {shlex.join(words)}')
    load('segment').run(command_parser(['segment']).parse_args(['segment', *words]))


def draw_photographs(cfg: Config, folder: Path, shots: int = 3, most: int = 8) -> None:
    """Write supports of the second held-out class with masks, and queries."""
    dataset = DATASETS.build(cfg.test_dataloader.dataset | dict(num_shots=shots))
    episodes = list(FixedEpisodeSampler(dataset, num_episodes=60, seeds=(7,)))
    class_id = sorted({one.class_id for one in episodes})[1]
    own: list[Episode] = [one for one in episodes if one.class_id == class_id]
    supports = folder / 'supports' / dataset.metainfo['classes'][class_id - 1]
    queries = [one.query for one in own if one.query not in own[0].supports][:most]
    for place, images in ((supports, own[0].supports), (folder / 'queries', queries)):
        place.mkdir(parents=True, exist_ok=True)
        for image in images:
            info = dataset.image_info(image, class_id)
            cv2.imwrite(str(place / f'{info["name"]}.png'), info['img'])
            if place == supports:
                mask = np.uint8(info['gt_seg_map'] == class_id) * 255
                cv2.imwrite(str(place / f'{info["name"]}_mask.png'), mask)


if __name__ == '__main__':
    run_command(main)
