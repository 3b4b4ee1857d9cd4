"""Fragments of protocols that are none."""

from __future__ import annotations

from hypothesis import strategies as st

from .config_world import Experiment
from .kinds import Kind

_FRAGMENTS = {
    'empty': '',
    'no table': 'protocol = 3\n',
    'no data sets': "protocol = dict(name='x')\n",
    'broken': 'protocol = (\n',
    'a name that is taken': "protocol = dict(name='bam', datasets=dict())\n",
    'nothing for this data': "protocol = dict(name='x', datasets=dict(A=dict()))\n",
    'unknown field': "protocol = dict(name='x', nothing=1, datasets=dict("
    'FewShotSegDataset=dict()))\n',
    'missing fields': "protocol = dict(name='x', datasets=dict("
    'FewShotSegDataset=dict()))\n',
    'data sets that are none': "protocol = dict(name='x', datasets=3)\n",
    'rules that are none': "protocol = dict(name='x', datasets=dict("
    'FewShotSegDataset=3))\n',
    'no name': 'protocol = dict(datasets=dict(FewShotSegDataset=dict()))\n',
    **{
        f'{key} of {value}': "protocol = dict(name='x', source='y', "
        + ', '.join(f'{k}={v}' for k, v in {
            'draw': "'hsnet'", 'num_episodes': '5', 'seeds': '[0]',
            'score_size': "'mask'", 'void': "'ignore'", key: value,
        }.items()) + ', datasets=dict(FewShotSegDataset=dict()))\n'
        for key, value in (
            ('draw', "'nothing'"), ('draw', '3'), ('num_episodes', "'x'"),
            ('num_episodes', '-1'), ('seeds', '3'), ('seeds', '[]'), ('seeds', "['x']"),
            ('score_size', '3'), ('score_size', '[1]'), ('void', "'nothing'"),
            ('test', '3'), ('test', "dict(nothing=1)"), ('test', 'dict(num_shots=0)'),
            ('train', "dict(min_pixel=1)"), ('pair_lists', '3'), ('known_lists', '[]'),
        )
    },
}  # fmt: skip


def _protocol(experiment: Experiment, case: dict) -> None:
    """A fragment of the user's that is none."""
    path = experiment.folder / 'rules.py'
    path.write_text(_FRAGMENTS[case['what']])
    experiment.arguments += ['--protocol', str(path)]
    experiment.right = None
    if ' of ' not in case['what']:
        experiment.right = False
    key, _, value = case['what'].partition(' of ')
    experiment.words = [path.name, 'protocol', key, value.strip("'") or path.name]
    experiment.words += ['num_shots'] if 'num_shots' in value else []


PROTOCOLS = {
    'protocol': Kind(_protocol, dict(what=st.sampled_from(sorted(_FRAGMENTS)))),
}
