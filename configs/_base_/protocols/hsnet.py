"""The HSNet family's protocol (Min et al., ICCV 2021): VAT, DCAMA, Matcher, GF-SAM.

1,000 episodes of NumPy's legacy seed 0, scored at the size of the network's input. With
the family's lists of pairs (--pair-lists FOLDER, which has {trn,val}/fold<f>.txt for
PASCAL-5^i and .pkl for COCO-20^i) the episodes are theirs to the bit. Without them,
pairs follow OSLSM's rule, which gives the same lists but for a few pairs (on COCO at
least 2,048 pixels, which gives as many pairs); the episodes are then others. A list of
training pairs of PASCAL-5^i is of its fold's own classes, one of COCO-20^i of the other
folds'.
"""

protocol = dict(
    name='hsnet',
    source='HSNet, ICCV 2021; github.com/juhongm999/hsnet at 6b1bc12',
    train=dict(min_pixels=1, min_grid_pixels=0, novel_images='keep'),
    test=dict(min_pixels=1, min_grid_pixels=0),
    datasets=dict(
        FewShotPascalDataset=dict(
            train=dict(split='trainaug', min_grid_pixels=3),
            test=dict(split='val', min_grid_pixels=3),
            pair_lists=dict(
                train='trn/fold{other_fold}.txt', test='val/fold{fold}.txt'
            ),
        ),
        FewShotCOCODataset=dict(
            train=dict(split='train2014', folds='interleaved', min_pixels=2048),
            test=dict(split='val2014', folds='interleaved', min_pixels=2048),
            pair_lists=dict(train='trn/fold{fold}.pkl', test='val/fold{fold}.pkl'),
            draw='hsnet_coco',
            void='background',  # its COCO code ignores nothing
        ),
        FSS1000Dataset=dict(
            train=dict(split='train'),
            val=dict(split='val'),
            test=dict(split='test'),
            num_episodes=2400,
        ),
    ),
    draw='hsnet',
    num_episodes=1000,
    seeds=(0,),
    score_size='input',
    void='ignore',
)
