"""Our protocol, for every data set.

PASCAL-5^i: test on VOC val, train on VOC train + SBD (5,953 images, PFENet's list).
"""

protocol = dict(
    name='fss_mm',
    source='fss_mm; filters after PFENet and BAM',
    train=dict(min_grid_pixels=0, novel_images='drop'),
    test=dict(min_grid_pixels=0),
    datasets=dict(
        FewShotPascalDataset=dict(
            train=dict(split='pfenet_train', min_pixels=2048),
            test=dict(split='val', min_pixels=2048),
        ),
        FewShotCOCODataset=dict(
            train=dict(split='train2014', folds='interleaved', min_pixels=2048),
            test=dict(split='val2014', folds='interleaved', min_pixels=2048),
        ),
        FewShotSegDataset=dict(),  # all others, with their own lists and min_pixels
    ),
    draw='class_balanced',
    num_episodes=1000,
    seeds=(0, 1, 2, 3, 4),
    score_size='original',
    void='ignore',
)
