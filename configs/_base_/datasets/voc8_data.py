"""VOC-8 of the real photographs: the data alone, shared by all models."""

custom_imports = dict(imports=['real_backbones'], allow_failed_imports=False)
real_data = '{{$FSS_MM_REAL_DATA:../shared/real}}'
squeezenet = dict(
    type='SqueezeNet11',
    init_cfg=dict(
        type='Pretrained', checkpoint=f'{real_data}/squeezenet11_imagenet.pth'
    ),
)
preact_resnet50 = dict(
    type='PreActResNet50',
    init_cfg=dict(
        type='Pretrained', checkpoint=f'{real_data}/preact_resnet50_imagenet.pth'
    ),
)
train_size, test_size = (257, 257), (321, 321)

load_image = dict(type='LoadImageFromFile', imdecode_backend='pillow')
load_mask = dict(type='LoadFewShotMask')
resize = dict(type='Resize', scale=test_size)
flip = dict(type='RandomFlip', prob=0.5)

voc8 = dict(
    type='FewShotPascalDataset',
    data_root=f'{real_data}/VOC2012',
    mask_dir='SegmentationClass',
    protocol='voc8',
    folds=(('cow', 'sheep'), ('cat', 'dog'), ('horse', 'person'), ('chair', 'sofa')),
    fold=0,
    num_shots=1,
)
classes = (
    'bottle', 'car', 'cat', 'chair', 'cow', 'diningtable', 'dog', 'horse', 'person',
    'pottedplant', 'sheep', 'sofa', 'tvmonitor',
)  # fmt: skip
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='EpisodicSampler', draw='class_uniform'),
    dataset=dict(
        **voc8,
        split='train',
        base_classes=classes,
        min_pixels=512,
        min_images=2,  # for a support; images may be left out
        novel_images='keep',
        query_pipeline=[
            load_image,
            load_mask,
            dict(type='Resize', scale=train_size),
            flip,
        ],
        support_pipeline=[
            load_image,
            load_mask,
            flip,
            dict(type='RandomResize', scale=train_size, ratio_range=(1.0, 1.5)),
            dict(type='RandomCrop', crop_size=train_size),
        ],
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type='FixedEpisodeSampler', num_episodes=120, seeds=(100,)),
    dataset=dict(
        **voc8,
        split='val',
        min_pixels=2048,
        test_mode=True,
        query_pipeline=[load_image, resize, load_mask],
        support_pipeline=[load_image, load_mask, resize],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='FewShotIoUMetric')
test_evaluator = val_evaluator
test_cfg = dict(type='EncodeOnceTestLoop')
