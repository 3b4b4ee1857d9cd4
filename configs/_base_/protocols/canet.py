"""CANet's protocol (Zhang et al., CVPR 2019, as its released code has it).

Its list of pairs of VOC val, in random order and over again, 1,000 in all; drawn
without a seed (here: seed 0) and scored at 321 x 321. Its masks are binary pictures in
which unlabelled pixels are background. No filter.
"""

protocol = dict(
    name='canet',
    source='CANet, CVPR 2019; github.com/icoz69/CaNet at fdce946',
    train=dict(min_pixels=1, min_grid_pixels=0, novel_images='keep'),
    test=dict(min_pixels=1, min_grid_pixels=0),
    datasets=dict(
        FewShotPascalDataset=dict(train=dict(split='trainaug'), test=dict(split='val')),
    ),
    draw='every_pair',
    num_episodes=1000,
    seeds=(0,),
    score_size=(321, 321),
    void='background',
)
