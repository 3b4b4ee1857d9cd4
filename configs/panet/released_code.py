"""PANet as its released code treats unlabelled pixels of supports: as background.

python tools/train.py configs/panet/released_code.py --fold 0 --protocol panet
"""

_base_ = 'fold0.py'

model = dict(decode_head=dict(ignored_as_background=True))
