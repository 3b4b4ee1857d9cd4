"""BAM's protocol (Lang et al., CVPR 2022, and its released code): HDMNet, FSSAM, too.

PFENet's lists and filter; images of training that show a pixel of a novel class are
dropped. Five seeds, which the code draws from a master seed of 123 and which
are these; it prints the best as well as the mean, here it is the mean.
"""

protocol = dict(
    name='bam',
    source='BAM, CVPR 2022; github.com/chunbolang/BAM at c0f935c',
    train=dict(min_pixels=2048, min_grid_pixels=0, novel_images='drop'),
    test=dict(min_pixels=2048, min_grid_pixels=0),
    datasets=dict(
        FewShotPascalDataset=dict(
            train=dict(split='pfenet_train'), test=dict(split='val')
        ),
        FewShotCOCODataset=dict(
            train=dict(split='train2014', folds='interleaved'),
            test=dict(split='val2014', folds='interleaved'),
        ),
    ),
    draw='image_order',
    num_episodes=1000,
    seeds=(510, 365, 382, 322, 988),
    score_size='original',
    void='ignore',
)
