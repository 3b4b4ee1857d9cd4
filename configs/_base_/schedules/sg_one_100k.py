"""SG-One's released code: SGD at a constant rate, 100,000 steps of one episode.

Biases learn at twice the rate, and the guidance branch at ten times.
"""

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=1e-5, momentum=0.99, weight_decay=5e-4),
    paramwise_cfg=dict(
        bias_lr_mult=2.0,
        custom_keys={
            'decode_head.guidance.weight': dict(lr_mult=10.0),
            'decode_head.guidance.bias': dict(lr_mult=20.0),
        },
    ),
)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=100000, val_interval=5000)
val_cfg = dict(type='EncodeOnceValLoop')
test_cfg = dict(type='EncodeOnceTestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=1)
