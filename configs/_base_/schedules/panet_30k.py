"""PANet's released code: SGD for 30,000 steps of one episode."""

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=1e-3, momentum=0.9, weight_decay=5e-4),
)
param_scheduler = [
    dict(
        type='MultiStepLR', milestones=[10000, 20000, 30000], gamma=0.1, by_epoch=False
    )
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=30000, val_interval=2000)
val_cfg = dict(type='EncodeOnceValLoop')
test_cfg = dict(type='EncodeOnceTestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=1)
