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
            known_lists=dict(  # the MD5 of folds 0 and 1 alone
                train=[
                    dict(pairs=2286, md5='41726cbde6fecf2111a78c9c9821070c'),
                    dict(pairs=3425, md5='0b9c4cd1a947e138650c64fd9fec88da'),
                    dict(pairs=5883),
                    dict(pairs=2086),
                ],
                test=[
                    dict(pairs=346, md5='0b0acebfa5a8c6ea5daaa6797fdbcd5e'),
                    dict(pairs=451, md5='4318c6eab4e397a34282b95c51032e03'),
                ],
            ),
        ),
        FewShotCOCODataset=dict(
            train=dict(split='train2014', folds='interleaved', min_pixels=2048),
            test=dict(split='val2014', folds='interleaved', min_pixels=2048),
            pair_lists=dict(train='trn/fold{fold}.pkl', test='val/fold{fold}.pkl'),
            known_lists=dict(
                train=[
                    dict(pairs=95_476, images=62_040),
                    dict(pairs=133_927, images=74_381),
                    dict(pairs=141_054, images=73_035),
                    dict(pairs=141_016, images=73_808),
                ],
                test=[
                    dict(pairs=35_783, images=26_052),
                    dict(pairs=17_912, images=15_305),
                    dict(pairs=14_563, images=13_138),
                    dict(pairs=14_315, images=12_640),
                ],
            ),
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
