import re

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from safetensors import safe_open
from safetensors.torch import save_file

import fss_mm
from fss_mm.episodes import FixedEpisodeSampler
from fss_mm.inference import FewShotInferencer, supports
from fss_mm.inference.inputs import named_inputs
from fss_mm.inference.learning import origin_of
from fss_mm.inference.segmenting import comparable, merge_classes, segment_batch
from fss_mm.registry import DATASETS
from fss_mm.structures import ClassRepresentation
from tests.conftest import ROOT
from tests.inference.conftest import (
    BLUE,
    GREEN,
    LOAD,
    MASK,
    RED,
    RESIZE,
    color_config,
    square,
)


def test_a_class_is_found_in_another_image(model):
    model.add_class('red', *square(RED))
    image, mask = square(RED, (8, 24, 16, 32))
    found = model(image)
    assert np.array_equal(found.mask, mask // 255)
    assert found.scores['red'] > 0.9
    assert not model(square(GREEN)[0]).mask.any()
    assert model(square(GREEN)[0]).scores == dict(red=0.0)


def test_several_classes_share_an_image(model):
    model.add_class('red', *square(RED))
    model.add_class('green', *square(GREEN))
    image, mask = square(RED, (8, 4, 16, 16))
    other, where = square(GREEN, (40, 40, 20, 20))
    image[where > 0] = other[where > 0]
    found = model(image)
    assert found.classes == ('red', 'green')
    assert np.array_equal(found.mask, mask // 255 + 2 * (where // 255))
    assert np.array_equal(found.mask_of('green'), where > 0)
    with pytest.raises(ValueError, match=r"no class 'blue'; there are red, green"):
        found.mask_of('blue')


def test_a_class_given_twice_as_many_copies_wins_no_pixel(model):
    image, mask = square(RED)
    model.add_class('once', image, mask)
    model.add_class('often', [image] * 4, [mask] * 4)
    once, often = model.learned.values()
    assert often.level == pytest.approx(once.level, rel=1e-4)


def test_log_odds_are_compared_in_units_of_their_levels():
    odds = [torch.tensor([[4.0, -1.0, 1.0]]), torch.tensor([[3.0, -2.0, -1.0]])]
    mask, scores = merge_classes(odds, [4.0, 1.0])
    assert mask.tolist() == [[2, 0, 1]]
    assert scores == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-3))])
    assert merge_classes(odds[:1], [4.0])[0].tolist() == [[1, 0, 1]]


def test_a_class_that_is_hardly_seen_takes_no_others_pixels():
    """Noise at a hundredth of what is usual for the other class."""
    odds = [torch.tensor([[30.0, -5.0]]), torch.tensor([[0.5, 0.5]])]
    assert comparable([36.0, 0.12]) == pytest.approx([36.0, 3.6])
    assert merge_classes(odds, comparable([36.0, 0.12]))[0].tolist() == [[1, 2]]
    assert comparable([2.0, 5.0]) == [2.0, 5.0]


@pytest.mark.parametrize('refiner', [None, dict(type='GuidedFilterRefiner')])
@pytest.mark.parametrize('config', ['simprop_fold0', 'crnet_fold0', 'crnet_finetune'])
def test_masks_are_those_of_a_test_to_the_bit(config, refiner):
    cfg = Config.fromfile(ROOT / f'configs/shapes/{config}.py')
    cfg.model.refiner = refiner
    if config == 'crnet_finetune':
        cfg.model.fine_tuning.steps = 3
    shots = 1 if config == 'crnet_fold0' else 3
    dataset = dict(num_images=100, side=48, num_shots=shots)
    cfg.merge_from_dict({f'test_dataloader.dataset.{k}': v for k, v in dataset.items()})
    torch.manual_seed(0)
    model = FewShotInferencer(cfg)
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    item = dataset[next(iter(FixedEpisodeSampler(dataset, num_episodes=7)))]
    inputs, sample = item['inputs'], item['data_samples']
    data = model.segmentor.data_preprocessor(
        dict(inputs={k: [v] for k, v in inputs.items()}, data_samples=[sample])
    )
    with torch.inference_mode():
        (expected,) = model.segmentor.predict(data['inputs'], data['data_samples'])
    model.add_class(
        'shape',
        [x.permute(1, 2, 0).numpy() for x in inputs['support']],
        [x.numpy() for x in inputs['support_mask']],
        seed=sample.support_set_seed,
    )
    found = model(inputs['query'].permute(1, 2, 0).numpy())
    assert np.array_equal(found.mask, expected.pred_sem_seg.data[0].numpy())


def test_what_leave_one_out_says(model):
    reds = [square(RED, (8, 8, 16, 16)), square(RED, (24, 20, 32, 32))]
    model.add_class('red', *zip(*reds))
    assert model.leave_one_out() == dict(red=100.0)
    model.add_class('blue', *square(BLUE))
    assert np.isnan(model.leave_one_out('blue')['blue'])


def test_many_images_are_named_and_in_order(model, tmp_path):
    import cv2

    model.add_class('red', *square(RED))
    for name in ('b.png', 'sub/a.png'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), square(RED)[0])
    found = model(tmp_path, batch_size=2)
    assert [one.name for one in found] == ['b.png', 'sub/a.png']
    found = model(str(tmp_path / '*.png'))
    assert [one.name for one in found] == ['b.png']
    arrays = [square(RED, (4, 4, n, n))[0] for n in (8, 16, 24, 32, 40)]
    found = list(model.stream(arrays, batch_size=3, workers=2))
    assert [int(np.sqrt(one.mask.sum())) for one in found] == [8, 16, 24, 32, 40]
    assert [one.name for one in found] == [f'{n:06d}' for n in range(5)]


def test_frames_of_a_video(model, tmp_path):
    import cv2

    path = tmp_path / 'film.avi'
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 5, (64, 64))
    for n in (16, 32):
        video.write(square(RED, (8, 8, n, n))[0])
    video.release()
    model.add_class('red', *square(RED))
    found = model(path)
    assert [one.name for one in found] == ['film/000000', 'film/000001']
    assert found[0].mask.sum() < found[1].mask.sum()


def test_a_video_that_breaks_off_is_told(tmp_path):
    path = tmp_path / 'film.avi'
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 5, (64, 64))
    for n in range(40):
        video.write(square(RED, (8, 8, 10 + n, 16))[0])
    video.release()
    assert len(list(named_inputs(path))) == 40
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    *frames, last = named_inputs(path)
    assert 5 < len(frames) < 35
    assert 'breaks off after' in str(last.source) and 'of 40 frames' in str(last.source)


def test_unreadable_images_are_named_in_their_place(model, tmp_path):
    (tmp_path / 'a.jpg').write_text('no picture')
    model.add_class('red', *square(RED))
    with pytest.raises(ValueError, match='a.jpg: not an image of a known format'):
        model(tmp_path)
    inputs = [square(RED)[0], tmp_path, square(RED)[0]]
    first, error, last = model.stream(inputs, on_error='return', batch_size=2)
    assert first.mask.any() and last.mask.any() and isinstance(error, ValueError)


def test_memory_does_not_grow(model):
    """At most so many images are asked for ahead of the results."""
    model.add_class('red', *square(RED))
    asked = []

    def images():
        for number in range(100):
            asked.append(number)
            yield square(RED)[0]

    stream = model.stream(images(), workers=2)
    for _ in range(3):
        next(stream)
    assert len(asked) < 20


def test_classes_are_kept_in_a_file(model, tmp_path):
    reds = [square(RED, (8, 8, 16, 16)), square(RED, (24, 20, 32, 32))]
    model.add_class('red', *zip(*reds))
    path = tmp_path / 'classes.safetensors'
    model.save_classes(path)
    other = FewShotInferencer(color_config())
    assert other.load_classes(path) == ('red',)
    image = square(RED, (5, 6, 20, 30))[0]
    assert np.array_equal(other(image).mask, model(image).mask)
    assert other.leave_one_out() == dict(red=100.0)
    with pytest.raises(ValueError, match="class 'red' is there already"):
        other.load_classes(path)


@pytest.mark.parametrize(
    'name', ['simprop_fold0', 'crnet_fold0', 'simprop/table4_canet']
)
def test_a_class_from_a_file_is_the_same(name, tmp_path):
    cfg = Config.fromfile(ROOT / f'configs/shapes/{name}.py')
    torch.manual_seed(0)
    model = FewShotInferencer(cfg)
    weights, path = tmp_path / 'w.pth', tmp_path / 'c.safetensors'
    torch.save(model.segmentor.state_dict(), weights)
    model.add_class('red', *square(RED))
    model.save_classes(path)
    other = FewShotInferencer(cfg, weights)
    other.load_classes(path)
    image = square(RED, (5, 6, 20, 30))[0]
    loaded = model.prepare.query(model.prepare.reader(image))
    first, second = (
        segment_batch(one.segmentor, [loaded], [one.learned['red'].representations])[0][
            0
        ]
        for one in (model, other)
    )
    assert torch.equal(first, second) and first.std() > 0


def test_a_config_and_its_copy_are_one_model(model, tmp_path):
    cfg = color_config()
    cfg.dump(tmp_path / 'copy.py')
    copied = Config.fromfile(tmp_path / 'copy.py')
    copied.model = dict(reversed(copied.model.items()))
    assert FewShotInferencer(copied).fingerprint == model.fingerprint
    cfg.model.decode_head.temperature = 19
    assert FewShotInferencer(cfg).fingerprint != model.fingerprint


def test_classes_of_another_model_are_refused(model, tmp_path):
    model.add_class('red', *square(RED))
    path = tmp_path / 'classes.safetensors'
    model.save_classes(path)
    sizes = FewShotInferencer(color_config(), image_size=32)
    cfg = color_config()
    cfg.model.decode_head.temperature = 5.0
    for other in (sizes, FewShotInferencer(cfg)):
        with pytest.raises(ValueError, match='learned with another model'):
            other.load_classes(path)
    change(path, lambda tensors: next(iter(tensors.values())).fill_(float('nan')))
    with pytest.raises(ValueError, match='checksum'):
        model.load_classes(path)
    change(path, lambda tensors: tensors.pop(next(iter(tensors))))
    with pytest.raises(ValueError, match='damaged'):
        model.load_classes(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match='damaged, or no file of classes'):
        model.load_classes(path)
    with pytest.raises(FileNotFoundError, match='no such file of classes'):
        model.load_classes(tmp_path / 'none')


def change(path, function):
    with safe_open(path, 'pt') as file:
        metadata, tensors = (
            file.metadata(),
            {k: file.get_tensor(k) for k in file.keys()},
        )
    function(tensors)
    save_file(tensors, path, metadata)


def test_fine_tuning_is_kept_only_if_it_is_better():
    cfg = Config.fromfile(ROOT / 'configs/shapes/crnet_fold0.py')
    torch.manual_seed(0)
    cfg.model.shot_fusion = dict()
    model = FewShotInferencer(cfg)
    pictures = [square(RED, (8, 8, 16 + 4 * n, 16)) for n in range(3)]
    pairs = list(zip(*pictures))
    with pytest.raises(ValueError, match='at least 3 are needed'):
        model.add_class('two', pairs[0][:2], pairs[1][:2], adapt=True)
    good = dict(steps=6, optimizer=dict(type='AdamW', lr=1e-3))
    plain = model.add_class('plain', *pairs)
    adapted = model.add_class('adapted', *pairs, adapt=good)
    assert adapted.is_adapted == (adapted.mean_iou > plain.mean_iou)
    useless = dict(steps=1, optimizer=dict(type='SGD', lr=1e-12))
    kept = model.add_class('useless', *pairs, adapt=useless)
    assert not kept.is_adapted and kept.mean_iou == plain.mean_iou
    found = model(pictures[0][0])  # adapted and other classes of one image
    assert found.classes == ('plain', 'adapted', 'useless')


def test_fine_tuning_of_the_call_and_of_the_config_exclude_each_other():
    cfg = Config.fromfile(ROOT / 'configs/shapes/crnet_fold0.py')
    cfg.model.shot_fusion = dict()
    pairs = list(zip(*[square(RED, (8, 8, 16 + 4 * n, 16)) for n in range(3)]))
    model = FewShotInferencer(cfg)
    with pytest.raises(ValueError, match='shot_fusion keeps them apart: leave one'):
        model.add_class('a', *pairs, adapt=dict(tuned='class'))
    with pytest.raises(ValueError, match='at least 3 are needed'):
        model.add_class('a', pairs[0][:2], pairs[1][:2], adapt={})
    cfg.model.fine_tuning = dict(steps=1)
    with pytest.raises(ValueError, match="'a': the model's config has fine_tuning"):
        FewShotInferencer(cfg).add_class('a', *pairs, adapt=True)


def test_classes_that_the_config_fine_tunes():
    """Two supports can be held out, and the seed is part of what they come from."""
    cfg = color_config()
    cfg.model.fine_tuning = dict(tuned='class', steps=2)
    model = FewShotInferencer(cfg)
    pairs = list(zip(square(RED), square(RED, (8, 8, 40, 40))))
    one, two = (model.add_class(f'seed {s}', *pairs, seed=s) for s in (0, 1))
    assert len(one.held_out_ious) == 2 and np.isfinite(one.mean_iou)
    named_alike = [origin_of('a', (), model.segmentor.fine_tuning, s) for s in (0, 1)]
    assert one.origin != two.origin and len(set(named_alike)) == 2


def test_a_pipeline_with_labels_of_base_classes():
    """A mask at hand has none; the class is the same."""
    support = [dict(LOAD), dict(MASK, base_labels=True), dict(RESIZE)]
    labelled = FewShotInferencer(color_config(support_pipeline=support))
    plain = FewShotInferencer(color_config())
    found = [
        m.add_class('red', *square(RED)).representations[0] for m in (labelled, plain)
    ]
    for name, part in found[0].parts.items():
        assert torch.equal(part, found[1].parts[name])


@pytest.mark.parametrize(
    ('images', 'masks', 'text'),
    [
        ([], [], '0 images and 0 masks'),
        ([1, 2], [1], '2 images and 1 mask:'),
    ],
)
def test_images_and_masks_must_belong_together(model, images, masks, text):
    with pytest.raises(ValueError, match=text):
        model.add_class('x', images, masks)


def test_mistakes_are_named(model):
    image, mask = square(RED)
    with pytest.raises(ValueError, match='no class was learned'):
        model(image)
    for name in ('', ' ', 3):
        with pytest.raises(ValueError, match='is no name of a class'):
            model.add_class(name, image, mask)
    model.add_class('red', image, mask)
    with pytest.raises(ValueError, match="class 'red' is there already"):
        model.add_class('red', image, mask)
    with pytest.raises(ValueError, match=r"no class 'blue'; there are red"):
        model.remove_class('blue')
    model.remove_class('red')
    assert model.classes == ()
    tiny = square(RED, (13, 13, 1, 1), (640, 640))
    with pytest.raises(ValueError, match='no support shows a pixel of the class at'):
        model.add_class('tiny', *tiny)
    with pytest.raises(ValueError, match=re.escape("image_size='x', expected")):
        FewShotInferencer(color_config(), image_size='x')
    with pytest.raises(FileNotFoundError):
        FewShotInferencer('simprop/fold9')


def test_supports_of_several_sizes_need_one_size():
    cfg = color_config(query_pipeline=[LOAD_ALONE], support_pipeline=None)
    pictures = [square(RED), square(RED, size=(96, 64))]
    with pytest.raises(ValueError, match='none of them: give an image_size'):
        FewShotInferencer(cfg).add_class('red', *zip(*pictures))
    model = FewShotInferencer(cfg, image_size=(64, 48))
    model.add_class('red', *zip(*pictures))
    image, mask = square(RED, (8, 24, 16, 32))
    assert model(image).mask.shape == mask.shape


LOAD_ALONE = dict(type='LoadImageFromFile')


def test_data_samples_of_mmseg(model):
    model.add_class('red', *square(RED))
    sample = model(square(RED)[0], return_datasamples=True)
    assert sample.pred_sem_seg.data.shape == (1, 64, 64)
    assert sample.classes == ('red',)
    found = model(square(RED)[0], return_probabilities=True)
    assert found.probabilities.shape == (1, 64, 64)
    assert np.array_equal(found.probabilities[0] > 0.5, found.mask == 1)


def test_the_package_has_it():
    assert fss_mm.FewShotInferencer is FewShotInferencer
    with pytest.raises(AttributeError, match='no attribute'):
        _ = fss_mm.nothing


def test_classes_of_a_model_without_numbers_are_refused(model):
    model.segmentor.data_preprocessor.mean.fill_(float('nan'))
    with pytest.raises(ValueError, match="class 'red' holds values that are no numb"):
        model.add_class('red', *square(RED))
    assert not model.classes


def test_changed_class_files_are_refused(model, tmp_path):
    from safetensors import safe_open
    from safetensors.torch import save_file

    model.add_class('red', *square(RED))
    model.save_classes(tmp_path / 'a.safetensors')
    with safe_open(tmp_path / 'a.safetensors', 'pt') as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        facts = file.metadata()
    changed = [
        ({k: v * float('nan') for k, v in tensors.items()}, facts),
        ({k: v[:, :2].contiguous() for k, v in tensors.items()}, facts),
        (dict(list(tensors.items())[:1]), facts),
        (tensors, facts | dict(classes=facts['classes'].replace('red', 'owl'))),
        (tensors, {k: v for k, v in facts.items() if k != 'classes'}),
    ]
    for found, metadata in changed:
        save_file(found, tmp_path / 'b.safetensors', metadata)
        with pytest.raises(ValueError, match=r'b.safetensors.: damaged \('):
            FewShotInferencer(color_config()).load_classes(tmp_path / 'b.safetensors')


def test_only_files_of_classes_are_replaced(model, tmp_path):
    model.add_class('red', *square(RED))
    letter = tmp_path / 'letter.safetensors'
    letter.write_text('dear')
    with pytest.raises(FileExistsError, match='is no file of classes; choose another'):
        model.save_classes(letter)
    assert letter.read_text() == 'dear'
    for _ in range(2):
        model.save_classes(tmp_path / 'a.safetensors')
    for name, better in (('k.png', 'k'), ('k', 'k'), ('b.c', 'b')):
        with pytest.raises(ValueError, match=f'name it {better}.safetensors'):
            model.save_classes(tmp_path / name)
        assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    'metadata', [None, {'format': 'pt'}, {'format': 'np'}, {'kind': 'fss_mm classes'}]
)
def test_weights_are_not_replaced_by_classes(model, tmp_path, metadata):
    """Those of others, and of model folders, say in which library they were made."""
    model.add_class('red', *square(RED))
    weights = tmp_path / 'model.safetensors'
    save_file({'x': torch.zeros(1)}, weights, metadata)
    before = weights.read_bytes()
    with pytest.raises(FileExistsError, match='is no file of classes; choose another'):
        model.save_classes(weights)
    assert weights.read_bytes() == before
    save_file({'x': torch.zeros(1)}, weights, {'format': 'fss_mm classes 0'})
    model.save_classes(weights)  # of a former version


@pytest.mark.parametrize('device', ['nowhere', 'cuda:99'])
def test_a_device_that_is_not_there(device):
    with pytest.raises(ValueError, match=f"device='{device}' cannot be used"):
        FewShotInferencer(color_config(), device=device)


def test_supports_that_vanish_are_named(model, monkeypatch):
    far, near = square(RED, (2, 2, 2, 2), (900, 900)), square(RED)
    said = []
    monkeypatch.setattr(supports, 'print_log', lambda text, *rest: said.append(text))
    model.add_class('red', *zip(far, near))
    assert 'support 1 shows no pixel of the class at 64 x 64' in said[0]


def test_classes_and_results_are_printed_in_a_line(model):
    image, mask = square(RED)
    learned = model.add_class('red', [image, image], [mask, mask])
    assert repr(learned).startswith("LearnedClass(name='red', num_supports=2, level=")
    assert 'held_out_ious=(100.0, 100.0)' in repr(learned)
    found = model(image)
    assert repr(found).startswith("SegmentedImage(name='image', classes=('red',), sco")
    for value in (learned, learned.supports, found):
        assert len(repr(value)) < 300 and '\n' not in repr(value)


@pytest.mark.parametrize(
    ('source', 'kind'),
    [
        (None, 'NoneType'),
        (5, 'int'),
        ([None], 'NoneType'),
        (torch.zeros(3, 8, 8), 'Tensor, expected .*permute'),
        ([torch.zeros(3, 8, 8)], 'Tensor, expected .*permute'),
    ],
)
def test_what_is_no_image_is_named(model, source, kind):
    image, mask = square(RED)
    with pytest.raises(ValueError, match=f'of type {kind}'):
        model.add_class('red', source, mask)
    with pytest.raises(ValueError, match='of type NoneType, expected a file, an array'):
        model.add_class('red', image, None)
    model.add_class('red', image, mask)
    with pytest.raises(ValueError, match=f'of type {kind}'):
        model(source)


def test_the_content_of_a_file_is_an_image(model, tmp_path):
    image, mask = square(RED)
    model.add_class('red', image, mask)
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    found = model((tmp_path / 'a.png').read_bytes())
    assert np.array_equal(found.mask, mask // 255)


def test_arguments_that_do_nothing_are_refused(model):
    image, mask = square(RED)
    model.add_class('red', image, mask)
    with pytest.raises(ValueError, match="save='overlay' needs an out_dir"):
        model(image, save='overlay')
    with pytest.raises(
        ValueError, match="adapt=True for 'x': PrototypeHead has nothing"
    ):
        model.add_class('x', [image] * 3, [mask] * 3, adapt=True)
    with pytest.raises(ValueError, match="adapt=.'step': 3.: .* argument 'step'"):
        model.add_class('x', [image] * 3, [mask] * 3, adapt=dict(step=3))
    for name in ('background', 'BG'):
        with pytest.raises(ValueError, match='is no class: it is what is in none'):
            model.add_class(name, image, mask)


def test_what_all_masks_have_is_one_line(model, tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(supports, 'print_log', lambda text, *_: lines.append(text))
    image, mask = square(RED)
    files = [tmp_path / f'{number}.jpg' for number in range(3)]
    for file in files:
        cv2.imwrite(str(file), mask)
    model.add_class('red', [image] * 3, files)
    assert len(lines) == 1 and lines[0].startswith('3 files: a JPEG, whose values')


def test_a_class_that_is_not_seen_is_said(model, monkeypatch):
    from fss_mm.inference import learning

    said = []
    monkeypatch.setattr(learning, 'print_log', lambda text, *_: said.append(text))
    red = model.add_class('red', *square(RED))
    assert not said
    parts = red.representations[0].parts
    names = dict(foreground='background', background='foreground')
    exchanged = ClassRepresentation({names[k]: v for k, v in parts.items()})
    encoded = supports.encode_supports(model.segmentor, model.prepare, red.supports)
    level = learning.usual_log_odds(model.segmentor, encoded, lambda _: (exchanged,))
    assert level == 0.01 and 'does not see it in its own supports' in said[0]


def test_the_folder_of_a_file_of_classes_is_made(model, tmp_path):
    model.add_class('red', *square(RED))
    model.save_classes(tmp_path / 'new/classes.safetensors')
    other = FewShotInferencer(color_config())
    assert other.load_classes(tmp_path / 'new/classes.safetensors') == ('red',)


@pytest.mark.parametrize(
    ('change', 'text'),
    [
        (dict(in_channels=None), "^model.decode_head has no 'in_channels', which Pro"),
        (dict(num_classez=3), "unknown key 'num_classez' in model.decode_head"),
        (dict(temperature='x'), "^model.decode_head.temperature='x', expected a num"),
    ],
)
def test_a_model_that_cannot_be_built_is_told(change, text):
    cfg = color_config()
    head = cfg.model.decode_head.to_dict() | change
    cfg.model.decode_head = {k: v for k, v in head.items() if v is not None}
    with pytest.raises(ValueError, match=text):
        FewShotInferencer(cfg)
