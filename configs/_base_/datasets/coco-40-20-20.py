"""MS COCO 2014 in 40 training, 20 validation and 20 test classes.

CRNet's Table 7 is of such a division, which was never published: this one is ours. Of
every four classes, in the order of COCO's ids, the first two are trained, the third
chooses the checkpoint and the fourth is tested. Classes that are not trained are
background in training. Never compare it with the published figures.
"""

_base_ = 'pipelines.py'

_coco = dict(type='FewShotCOCODataset', data_root='data/coco', protocol='coco-40-20-20')
_val_classes, _test_classes = list(range(3, 81, 4)), list(range(4, 81, 4))

train_dataloader = dict(
    dataset=dict(
        **_coco,
        split='train2014',
        novel_classes=_val_classes + _test_classes,
        novel_images='keep',
    )
)
val_dataloader = dict(
    dataset=dict(**_coco, split='val2014', novel_classes=_val_classes)
)
test_dataloader = dict(
    dataset=dict(**_coco, split='val2014', novel_classes=_test_classes)
)
