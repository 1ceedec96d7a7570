"""Duplicates in a run: the decisions of `sluice dups` on the same documents, kind after kind."""
import datetime
import json
import random

import reader
import warcs
from harness import VOCABULARY, need, same, test

CONFIG = 'run:\n  stages: [extract]\ndedup:\n  kinds: [%s]\n'


def pages():
    """Texts, URLs and dates in all combinations; near copies in chains."""
    rng = random.Random(11)
    bases = [warcs.article('base %d' % i, 10) for i in range(12)]
    for i in range(140):
        text = list(bases[rng.randrange(12)])
        for _ in range(rng.choice((0, 0, 1, 1, 2))):  # few changes: near; none: exact
            text[rng.randrange(10)] = ' '.join(warcs.article('change %d' % rng.randrange(6), 1))
        if rng.random() < .3:
            text.append('A line of its own: %d.' % i)
        url = 'http://dups.example/%d' % rng.randrange(90)
        date = '2025-%02d-%02dT00:00:00Z' % (rng.randint(1, 3), rng.randint(1, 4)) if rng.random() < .9 else '2025-02-02T00:00:00.5Z'
        yield warcs.page(url, text, date=date, rid='<urn:uuid:00000000-0000-4000-8000-%012d>' % rng.randrange(10 ** 12))


def inputs(place):
    def make():
        folder = place.folder('dups')
        records = list(pages())
        warcs.write(folder / 'a.warc.gz', records[:60])
        warcs.write(folder / 'b.warc.gz', records[60:])
        return folder
    return place.once('dups', make)


def documents(place):
    def make():
        path = place.folder('docs') / 'docs.jsonl'
        path.write_text(''.join(place.sluice('extract', inputs(place) / n).out for n in ('a.warc.gz', 'b.warc.gz')))
        return path
    return place.once('documents', make)


def by_dups(place, kinds):
    """{id: (kept, rule, duplicate_of)} and cluster sizes, by `dups` over what each kind leaves."""
    left, out, sizes = documents(place), {}, {}
    for kind in kinds:
        r = place.sluice('dups', '--by', kind, '--all', left)
        kept = []
        for line, d in zip(r.out.splitlines(), r.lines):
            if 'drop' in d:
                out[d['id']] = (d['drop']['rule'], d['metadata']['duplicate_of'])
            else:
                kept.append(line)
                if kind == 'minhash':
                    sizes[d['id']] = d['metadata']['minhash_cluster_size']
        left = place.folder('left') / 'left.jsonl'
        left.write_text(''.join(x + '\n' for x in kept))
    return out, sizes


def when(d):
    text, _, fraction = d['metadata']['date'].rstrip('Z').partition('.')
    return datetime.datetime.fromisoformat(text).timestamp() + float('0.' + (fraction or '0'))


def final(out, keeper):
    while keeper in out:
        keeper = out[keeper][1]
    return keeper


@test
def a_run_decides_as_dups_does(place):
    for kinds in (['text', 'url', 'minhash'], ['minhash', 'url', 'text'], ['url', 'minhash'], ['minhash'], ['text'], ['url']):
        out, _ = place.run(inputs(place), config=CONFIG % ', '.join(kinds), args=['--set', 'run.part_bytes=8K'])
        c = reader.check(out)
        need(not c.bad, kinds, c.bad[:3])
        dups, sizes = by_dups(place, kinds)
        rows = {r['id']: r for r, _ in c.rows}
        same({i: (r['rule'], r['duplicate_of']) for i, r in rows.items() if r.get('stage') == 'dedup'},
             {i: (rule, final(dups, keeper)) for i, (rule, keeper) in dups.items()}, kinds)
        need(len(dups) > 10 and len(c.kept) > 10, kinds, len(dups), len(c.kept))
        if kinds[-1] == 'minhash':
            same({i: r['minhash_cluster_size'] for i, r in rows.items() if r['outcome'] == 'kept'}, sizes, kinds)


@test
def the_keeper_is_chosen_by_the_stated_rule(place):
    """text: earliest, id; url: newest, longest, id; minhash: longest, earliest, id; no date comes last."""
    docs = {d['id']: d for d in map(json.loads, documents(place).read_text().splitlines())}
    keys = {'text': lambda d: (when(d), d['id']), 'url': lambda d: (-when(d), -len(d['text']), d['id']),
            'minhash': lambda d: (-len(d['text']), when(d), d['id'])}
    same_value = {'text': lambda d: d['text'], 'url': lambda d: d['metadata']['url']}
    for kind in ('text', 'url', 'minhash'):
        out, _ = place.run(inputs(place), config=CONFIG % kind)
        rows = [r for r, _ in reader.check(out, VOCABULARY).rows]
        clusters = {}
        for r in rows:
            clusters.setdefault(r.get('duplicate_of', r['id']), []).append(docs[r['id']])
        for keeper, members in clusters.items():
            same(min(members, key=keys[kind])['id'], keeper, kind)
        if kind in same_value:
            values = [{same_value[kind](d) for d in members} for members in clusters.values()]
            need(all(len(v) == 1 for v in values) and len(set().union(*values)) == len(clusters), kind)


@test
def refused_pages_take_no_keeper_with_them(place):
    """Opt-out is decided before duplicates: the copy that is refused never stands for the one that is not."""
    c = reader.check(place.strict())
    rows = {r['id']: r for r, _ in c.rows if 'id' in r}
    for r in rows.values():
        if 'duplicate_of' in r:
            same(rows[r['duplicate_of']]['outcome'], 'kept')
        if r.get('stage') == 'optout':
            need('duplicate_of' not in r and 'text_sha256' not in r, r)


@test
def without_kinds_nothing_is_removed(place):
    out, _ = place.run(inputs(place), config='run:\n  stages: [extract]\ndedup:\n  kinds: []\n')
    c = reader.check(out)
    need(not c.bad, c.bad[:3])
    same(len(c.kept), len(c.rows))
