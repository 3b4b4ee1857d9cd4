"""HSNet's released code: Adam at a constant rate, 20 episodes a step on 4 processes.

It names 2,000 epochs and is stopped by hand when validation no longer rises; an epoch
here is, as there, one query for each (image, class) pair.
"""

optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
train_cfg = dict(type='EpisodicTrainLoop', max_epochs=2000, val_interval=2000)
val_cfg = dict(type='EncodeOnceValLoop')
test_cfg = dict(type='EncodeOnceTestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=20)
