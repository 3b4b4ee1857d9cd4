"""SGD at a constant rate for 180 epochs of pairs, 8 episodes a step on 4 processes."""

_base_ = 'canet_sgd.py'

train_cfg = dict(type='EpisodicTrainLoop', max_epochs=180, val_interval=2000)
