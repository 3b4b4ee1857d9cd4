"""OSLSM's protocol (Shaban et al., BMVC 2017), with which PASCAL-5^i began.

An image is one of a class's if its mask, sampled at every 32nd pixel, shows more than
two of it. 1,000 episodes a fold, scored at 500 x 500, where unlabelled pixels count as
background. The original draws with Python's generator and seed 1385; which pairs come
of that is not reproduced here: these are ours of seed 1385. A list of (image, class)
pairs (--pair-lists FOLDER, which has {train,val}/fold<f>.txt) takes the rule's place.
"""

protocol = dict(
    name='oslsm',
    source='OSLSM, BMVC 2017; github.com/lzzcd001/OSLSM at d5312de',
    train=dict(min_pixels=1, min_grid_pixels=3, novel_images='keep'),
    test=dict(min_pixels=1, min_grid_pixels=3),
    datasets=dict(
        FewShotPascalDataset=dict(
            train=dict(split='trainaug'),
            test=dict(split='val'),
            pair_lists=dict(
                train='train/fold{other_fold}.txt', test='val/fold{fold}.txt'
            ),
        ),
    ),
    draw='class_uniform',
    num_episodes=1000,
    seeds=(1385,),
    score_size=(500, 500),
    void='background',
)
