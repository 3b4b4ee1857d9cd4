"""PFENet: SGD, polynomial decay, 200 epochs of fold 0's 4,760 images, 4 a step."""

max_iters = 238000
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=2.5e-3, momentum=0.9, weight_decay=1e-4),
)
param_scheduler = [
    dict(type='PolyLR', power=0.9, eta_min=0.0, end=max_iters, by_epoch=False)
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=2380)
val_cfg = dict(type='EncodeOnceValLoop')
test_cfg = dict(type='EncodeOnceTestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=4)
