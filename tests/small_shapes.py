"""The quick start's config so small that a training takes a second."""

SMALL = {
    'model.backbone.out_nodes': ('relu',),
    'model.decode_head.channels': 4,
    'train_dataloader.batch_size': 2,
    'train_dataloader.dataset.num_images': 200,
    'train_dataloader.dataset.side': 32,
    'val_dataloader.dataset.num_images': 100,
    'val_dataloader.dataset.side': 32,
    'val_dataloader.sampler.num_episodes': 7,
    'train_cfg.max_iters': 2,
    'train_cfg.val_interval': 2,
}
SMALL_TEST = {
    'test_dataloader.dataset.num_images': 100,
    'test_dataloader.dataset.side': 32,
    'test_dataloader.sampler.num_episodes': 7,
}
