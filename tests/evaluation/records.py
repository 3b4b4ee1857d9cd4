"""Records and reports for the tests."""

from fss_mm.evaluation.report import build_report

META = dict(dataset='Insects', classes=('ant', 'bee'), protocol='p', fold=0,
            num_shots=1)  # fmt: skip


def record(seed, number, class_id, counts):
    return dict(
        seed=seed,
        number=number,
        class_id=class_id,
        query=f'q{number}',
        supports=['s'],
        resolution='original',
        counts=counts,
    )


RECORDS = [
    record(0, 0, 1, (1, 2, 1, 1)),
    record(0, 1, 2, (1, 4, 1, 1)),
    record(7, 0, 1, (3, 4, 1, 1)),
    record(7, 1, 2, (2, 4, 1, 1)),
]


def report_of(iou=5, provenance=None, protocol=None, seeds=(0, 1), **meta):
    """A report of 12 episodes a seed on 20 pixels; ``iou`` moves every prediction."""
    records = []
    for seed in seeds:
        for number in range(12):
            both, either = iou + (number * 7 + seed) % 5, 12
            counts = (both, either, 20 - either, 20 - both)
            records.append(record(seed, number, 1 + number % 2, counts))
    return build_report(records, META | meta, provenance, protocol)
