"""CANet's protocol (Zhang et al., CVPR 2019, as its released code has it).

1,000 pairs of VOC val, drawn once and without a seed (here: seed 0), scored at 321 x
321. Its masks are binary pictures in which unlabelled pixels are background. No filter.
"""

protocol = dict(
    name='canet',
    source='CANet, CVPR 2019; github.com/icoz69/CaNet at fdce946',
    train=dict(min_pixels=1, min_grid_pixels=0, novel_images='keep'),
    test=dict(min_pixels=1, min_grid_pixels=0),
    data_sets=dict(
        FewShotPascalDataset=dict(train=dict(split='trainaug'), test=dict(split='val')),
    ),
    draw='class_uniform',
    num_episodes=1000,
    seeds=(0,),
    score_size=(321, 321),
    void='background',
)
