"""CANet's released code: 200 epochs of pairs, 4 episodes a step."""

_base_ = 'canet_sgd.py'

train_cfg = dict(type='EpisodicTrainLoop', max_epochs=200, val_interval=2000)
auto_scale_lr = dict(base_batch_size=4)
