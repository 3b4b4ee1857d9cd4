"""SGD at a constant rate for 180 epochs of pairs, 8 episodes a step on 4 processes."""

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=2.5e-3, momentum=0.9, weight_decay=5e-4),
)
train_cfg = dict(type='EpisodicTrainLoop', max_epochs=180, val_interval=2000)
val_cfg = dict(type='EncodeOnceValLoop')
test_cfg = dict(type='EncodeOnceTestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=8)
