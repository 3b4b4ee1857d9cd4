"""CANet's released code: 200 epochs of pairs, 4 episodes a step."""

_base_ = 'canet_180e.py'

train_cfg = dict(max_epochs=200)
auto_scale_lr = dict(base_batch_size=4)
