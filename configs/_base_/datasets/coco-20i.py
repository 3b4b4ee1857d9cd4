"""COCO-20^i: MS COCO 2014, every fourth class a fold (FWB, HSNet, BAM)."""

_base_ = 'pipelines.py'

_coco = dict(
    type='FewShotCOCODataset', data_root='data/coco', protocol='coco-20i', fold=0
)
_val = dict(**_coco, split='val2014', min_pixels=2048)

train_dataloader = dict(dataset=dict(**_coco, split='train2014', novel_images='keep'))
val_dataloader = dict(dataset=_val)
test_dataloader = dict(dataset=_val)
