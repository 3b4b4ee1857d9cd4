"""Train on the embedded data set and test on classes it never showed, in minutes.

python tools/quickstart.py configs/shapes/simprop_fold0.py
"""

import time
from pathlib import Path

from fss_mm.apis import check_config, evaluate, train
from fss_mm.engine.work_folder import last_checkpoint
from fss_mm.utils.config_options import read_config
from fss_mm_cli.errors import run_command
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
    best = train(cfg)
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


if __name__ == '__main__':
    run_command(main)
