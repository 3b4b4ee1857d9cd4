"""What every run shares: scope, logging, checkpoints, environment."""

default_scope = 'fss_mm'
env_cfg = dict(cudnn_benchmark=True, mp_cfg=dict(opencv_num_threads=0))
log_processor = dict(by_epoch=False)
log_level = 'INFO'
load_from = None
resume = False
randomness = dict(seed=0)
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='SafeCheckpointHook',
        by_epoch=False,
        interval=1000,
        max_keep_ckpts=1,
        save_best='mIoU',
        rule='greater',
    ),
    checkpoint_content=dict(type='CheckpointContentHook'),
    empty_masks=dict(type='EmptyMaskHook'),
    visualization=dict(type='EpisodeVisualizationHook'),
)
# batch norms that are trained see different images in each process
custom_hooks = [dict(type='SyncBuffersHook'), dict(type='LeakCheckHook')]
