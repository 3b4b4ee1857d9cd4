"""Malformed uploads to a running page: each a clear message, and the server lives.

python -m tests.fuzz.web_uploads 1000 --seed 0

Files are damaged photographs, heads of other kinds of files, claims of size, noise, and
odd names, to each of the four places that take files. What counts: an answer of one
line of JSON with a message (or a photograph that can be used), in a bounded time, and a
page that works afterwards, in no more memory than before.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
from collections import Counter

from tests.apps.conftest import BOX, jpeg_of, photograph
from tests.apps.serving import Client, served
from tests.apps.test_uploads import BAD, png_of

ROLES = 'query', 'example', 'mask', 'classes'
NAMES = (
    'a.png', '../../etc/passwd', '<script>x</script>.png', 'a\x00b.jpg', '', '.' * 50,
    'x' * 3000, 'CON', 'a/b\\c.png', '\u202egnp.exe', '%2e%2e%2f', 'a\r\nset-cookie: x',
)  # fmt: skip


def malformed(random: random.Random) -> bytes:
    """A file that is most likely none."""
    whole = random.choice((photograph(), jpeg_of((40, 30)), png_of(20, 20)))
    kind = random.randrange(5)
    if kind == 0:
        return random.choice([content for content, _ in BAD.values()])
    if kind == 1:
        return whole[: random.randrange(len(whole))]
    if kind == 2:
        return random.randbytes(random.randrange(2000))
    if kind == 3:
        return png_of(random.randrange(1 << 31), random.randrange(1 << 31))
    damaged = bytearray(whole)
    for _ in range(random.randrange(1, 40)):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    return bytes(damaged)


def main(words: list[str]) -> int:
    """Send them; returns 1 if one of them had no clear answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('number', type=int)
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args(words)
    from fss_mm.apps.actions import Desk
    from fss_mm.apps.at_hand import ModelChoice
    from fss_mm.apps.limits import Limits
    from fss_mm.apps.models import Models
    from fss_mm.apps.sessions import Sessions
    from tests.inference.conftest import color_config

    limits = Limits(file_bytes=100_000, pixels=1_000_000, queries=10_000, seconds=1e9)
    limits = Limits(**vars(limits) | dict(supports=10_000))
    desk = Desk(Models([ModelChoice('c', color_config(), None, {})]), Sessions(limits))
    drawn, said, failed = random.Random(args.seed), Counter(), []
    with served(desk) as port:
        client = Client(port)
        client.ask('GET', '/')
        client.do('add_class', name='red')
        number = client.upload('example', photograph(), **{'class': 'red'})[1]['id']
        client.do('mark', id=number, marks=BOX)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for place in range(args.number):
            role, name = drawn.choice(ROLES), drawn.choice(NAMES)
            query = {'name': name, 'class': 'red', 'id': str(number)}
            status, _, content = client.ask(
                'POST', f'/upload/{role}', malformed(drawn), query
            )
            told = json.loads(content)
            text = told.get('message', '')
            is_clear = status == 422 and text and '\n' not in text and len(text) < 400
            if not (is_clear or status == 200):
                failed.append((place, role, name, status, text))
            said[f'{role}: {"message" if status == 422 else status}'] += 1
        whole = client.upload('query', photograph())[1]['id']
        found = client.do('find', ids=[whole])
        if found[0] != 200:
            failed.append(('afterwards', found))
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    for kind, count in sorted(said.items()):
        print(f'{count:6} {kind}')
    print(f'{args.number} uploads, {len(failed)} without a clear answer; ', end='')
    print(f'{more / 1024:.0f} MiB more memory at the most')
    for one in failed[:10]:
        print(*one)
    return int(bool(failed))


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
