"""PANet's protocol (Wang et al., ICCV 2019, and its released code).

Test episodes are drawn from VOC trainaug and COCO's train2014, the lists that are also
trained on: the leak check says so and goes on. Five runs with the seeds 1234 to 1238,
scored at 417 x 417. COCO-20^i is in consecutive folds of twenty.
"""

protocol = dict(
    name='panet',
    source='PANet, ICCV 2019; github.com/kaixin96/PANet at 1695bf3',
    train=dict(min_pixels=1, min_grid_pixels=0, novel_images='keep'),
    test=dict(min_pixels=1, min_grid_pixels=0),
    datasets=dict(
        FewShotPascalDataset=dict(
            train=dict(split='trainaug'), test=dict(split='trainaug')
        ),
        FewShotCOCODataset=dict(
            train=dict(split='train2014', folds='contiguous'),
            test=dict(split='train2014', folds='contiguous'),
        ),
    ),
    draw='class_uniform',
    num_episodes=1000,
    seeds=(1234, 1235, 1236, 1237, 1238),
    score_size=(417, 417),
    void='ignore',
    tests_training_images=True,
)
