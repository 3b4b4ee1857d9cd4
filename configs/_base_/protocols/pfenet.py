"""PFENet's protocol (Tian et al., TPAMI 2020, and its released code).

Queries in the order of the list, 5,000 of them on PASCAL-5^i and 20,000 on COCO-20^i.
Images of training may show novel classes, as background. The original pads query and
label to a square; the padding counts nowhere, so that the size is the original one.
The paper tests five seeds; the code's seed is 321. What episodes it names is ours: the
original's depend on the state of a generator that training and workers share.
"""

protocol = dict(
    name='pfenet',
    source='PFENet, TPAMI 2020; github.com/dvlab-research/PFENet at fbf893d',
    train=dict(min_pixels=2048, min_grid_pixels=0, novel_images='keep'),
    test=dict(min_pixels=2048, min_grid_pixels=0),
    datasets=dict(
        FewShotPascalDataset=dict(
            train=dict(split='pfenet_train'), test=dict(split='val'), num_episodes=5000
        ),
        FewShotCOCODataset=dict(
            train=dict(split='train2014', folds='interleaved'),
            test=dict(split='val2014', folds='interleaved'),
            num_episodes=20000,
        ),
    ),
    draw='image_order',
    seeds=(321,),
    score_size='original',
    void='ignore',
)
