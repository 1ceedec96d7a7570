"""`dups`, against clusters and keepers worked out here."""
import gzip
import json
import os
import random
import subprocess
import time

from harness import SLUICE, Skip, need, same, test
from t_filters import lines

WORDS = [a + b for a in ('riv', 'lam', 'sto', 'har', 'mil', 'ban', 'gul', 'net') for b in ('er', 'ps', 'ne', 'bour', 'ler', 'ks', 'ls', 'ted', 'ing', 'ow')]
DEFAULT = {'minhash': 'longest,earliest,id', 'text': 'earliest,id', 'url': 'newest,longest,id'}


def corpus(seed, n=600):
    """Originals, exact copies, near copies, with dates, URLs and ids that repeat, differ or are missing."""
    rng = random.Random(seed)
    docs, texts, urls = [], [], ['http://lamp.example/%d' % i for i in range(n // 4)]
    for i in range(n):
        kind = rng.random()
        if texts and kind < 0.2:
            text = rng.choice(texts)
        elif texts and kind < 0.5:
            words = rng.choice(texts).split()
            for _ in range(rng.randrange(1, 4)):
                if words:
                    words[rng.randrange(len(words))] = rng.choice(WORDS)
            text = ' '.join(words + rng.choices(WORDS, k=rng.randrange(3)))
        else:
            text = ' '.join(rng.choices(WORDS, k=rng.choice([0, 3, 5, 80, 150])))
        texts.append(text)
        d = {'id': 'd%04d' % i, 'text': text, 'metadata': {}}
        if rng.random() < 0.8:
            d['metadata']['date'] = '20%02d-%02d-%02dT0%d:00:00Z' % (rng.randrange(10, 25), rng.randrange(1, 13), rng.randrange(1, 28), rng.randrange(10))
        if rng.random() < 0.8:
            d['metadata']['url'] = rng.choice(urls)
        docs.append(d)
    return docs


def components(place, docs, by, options):
    """For each document the set of those in its cluster, by place."""
    keys = [set() for _ in docs]
    if by == 'text':
        keys = [{d['text']} for d in docs]
    elif by == 'url':
        keys = [{d['metadata']['url']} if d['metadata'].get('url') else set() for d in docs]
    else:
        bands, rows = 14, 8
        for i, o in enumerate(options):
            bands = int(options[i + 1]) if o == '--bands' else bands
            rows = int(options[i + 1]) if o == '--rows' else rows
        for i, x in enumerate(place.sluice('sign', *options, stdin=lines(docs)).lines):
            if x['signature']:
                keys[i] = {(b, tuple(x['signature'][b * rows:(b + 1) * rows])) for b in range(bands)}
    root = list(range(len(docs)))

    def find(i):
        while root[i] != i:
            i = root[i]
        return i
    first = {}
    for i, some in enumerate(keys):
        for k in some:
            a, b = find(i), find(first.setdefault(k, i))
            root[max(a, b)] = min(a, b)
    out = {}
    for i in range(len(docs)):
        out.setdefault(find(i), []).append(i)
    return list(out.values())


def rank(d, key):
    date = d['metadata'].get('date', '')
    if key == 'longest':
        return -len(d['text'])
    if key == 'shortest':
        return len(d['text'])
    if key == 'earliest':
        return (date == '', date)
    if key == 'newest':
        return (date == '', [-ord(c) for c in date])
    return d['id'].encode()


def expected(place, docs, by, keep, options):
    """id -> (kept, duplicate_of or cluster size)."""
    out = {}
    for cluster in components(place, docs, by, options):
        best = min((docs[i] for i in cluster), key=lambda d: [rank(d, k) for k in keep.split(',')])
        for i in cluster:
            out[docs[i]['id']] = (True, len(cluster)) if docs[i] is best else (False, best['id'])
    return out


def answers(r, by):
    out = {}
    for d in r.lines:
        if 'drop' in d:
            same(d['drop'], {'stage': 'dedup', 'rule': by})
            need('minhash_cluster_size' not in d['metadata'])
            out[d['id']] = (False, d['metadata']['duplicate_of'])
        else:
            need('duplicate_of' not in d['metadata'])
            out[d['id']] = (True, d['metadata']['minhash_cluster_size'])
    return out


@test
def dups_by_every_kind_and_key(place):
    docs = corpus(1)
    data = lines(docs)
    for by in ('minhash', 'text', 'url'):
        for keep in (None, 'longest,id', 'shortest,newest,id', 'earliest,longest,id', 'newest,id', 'id'):
            options = ['--by', by] + (['--keep', keep] if keep else [])
            want = expected(place, docs, by, keep or DEFAULT[by], [])
            r = place.sluice('dups', '--all', *options, stdin=data)
            same([d['id'] for d in r.lines], [d['id'] for d in docs], 'input order')
            got = answers(r, by)
            same({k: v for k, v in got.items() if v != want[k]}, {}, (by, keep))
            kept = place.sluice('dups', *options, stdin=data).out
            same(kept, ''.join(x + '\n' for x in r.out.splitlines() if '"drop"' not in x), 'without --all')
            need(all(got[v[1]][0] for v in got.values() if not v[0]), 'duplicate_of is a kept document')
    same(place.sluice('dups', stdin=data).out, place.sluice('dups', '--by', 'minhash', stdin=data).out)


@test
def dups_takes_the_options_of_sign(place):
    docs = corpus(2, 300)
    for options in (['--bands', '20', '--rows', '5'], ['--ngram', '2', '--hash', 'xxh64'], ['--words', 'whitespace', '--bands', '5', '--rows', '2']):
        want = expected(place, docs, 'minhash', DEFAULT['minhash'], options)
        same(answers(place.sluice('dups', '--all', *options, stdin=lines(docs)), 'minhash'), want, options)


@test
def dups_depends_on_neither_order_nor_workers(place):
    """Nor on memory, on files against a pipe, on compression, on how the lines are cut into files."""
    docs = corpus(3)
    other = docs[:]
    random.Random(5).shuffle(other)
    for by in ('minhash', 'text', 'url'):
        want = place.sluice('dups', '--by', by, '--all', '-j', '1', stdin=lines(docs)).lines
        want = {d['id']: d for d in want}
        for data in (docs, other):
            f, g = place.file('a.jsonl', lines(data[:200])), place.file('b.jsonl', gzip.compress(lines(data[200:])))
            for options in (['-j', '7'], ['-j', '2', '--memory', '1M'], ['--memory', '2G', '--scratch', str(place.folder('s'))]):
                got = place.sluice('dups', '--by', by, '--all', *options, f, g).lines
                same([d['id'] for d in got], [d['id'] for d in data])
                same({d['id']: d for d in got}, want, (by, options))
            same({d['id']: d for d in place.sluice('dups', '--by', by, '--all', stdin=lines(data)).lines}, want)


@test
def dups_without_and_with_equal_ids(place):
    """Whatever the ids are: one copy of a cluster stays, the same one in any order."""
    docs = [{'text': 'a b c d e f'}, {'id': 'x', 'text': 'a b c d e f', 'n': 1}, {'id': 'x', 'text': 'a b c d e f', 'n': 2}, {'id': None, 'text': 'a b c d e f', 'n': 3},
            {'id': 7, 'text': 'a b c d e f'}, {'text': 'a b c d e f'}, {'text': 'of its own'}]
    kept = set()
    for seed in range(12):
        random.Random(seed).shuffle(docs)
        r = place.sluice('dups', '--by', 'text', stdin=lines(docs)).lines
        same(len(r), 2)
        kept.add(json.dumps(sorted(r, key=json.dumps)))
        whole = place.sluice('dups', '--by', 'text', '--all', stdin=lines(docs)).lines
        same(sum('drop' in d for d in whole), 5)
    same(len(kept), 1, kept)


@test
def dups_by_url_and_date(place):
    """A document without a URL is never a duplicate; no date comes last, whichever way dates are ordered."""
    docs = [{'id': i, 'text': i, 'metadata': m} for i, m in (('a', {}), ('b', {}), ('c', {'url': None}), ('d', {'url': 'u'}), ('e', {'url': 'u', 'date': '2020-01-01T00:00:00Z'}),
                                                            ('f', {'url': 'u', 'date': '2021-01-01T00:00:00Z'}))]
    for keep, best in (('newest,id', 'f'), ('earliest,id', 'e'), ('id', 'd')):
        got = answers(place.sluice('dups', '--by', 'url', '--all', '--keep', keep, stdin=lines(docs)), 'url')
        want = {x: (True, 1) for x in 'abc'}
        want.update({x: (True, 3) if x == best else (False, best) for x in 'def'})
        same(got, want, keep)
    # Code points, not bytes: the second is longer in bytes.
    docs = [{'id': '1', 'text': 'abc', 'metadata': {'url': 'u'}}, {'id': '2', 'text': '中文', 'metadata': {'url': 'u'}}]
    same([d['id'] for d in place.sluice('dups', '--by', 'url', '--keep', 'longest', stdin=lines(docs)).lines], ['1'])


@test
def dups_usage_and_bad_lines(place):
    for wrong in (['--by', 'simhash'], ['--keep', 'best'], ['--keep', ''], ['--keep', 'id,'], ['--memory', 'x'], ['--memory', '-1'], ['--bands', '0']):
        place.sluice('dups', *wrong, stdin=b'', status=2)
    place.sluice('dups', '--scratch', place.path / 'absent', stdin=lines([{'text': 'a'}]), status=4)
    good = lines([{'id': 'a', 'text': 'x'}, {'id': 'b', 'text': 'x'}])
    r = place.sluice('dups', '--by', 'text', stdin=good + b'SECRET\n' + good, status=3)
    same([d['id'] for d in r.lines], ['a'])
    need('(standard input):%d: ' % len(good) in r.err and 'SECRET' not in r.err, r.err)
    same(len(place.sluice('dups', place.path / 'absent', place.file('x', good), '--by', 'text', status=3).lines), 1)
    same(place.sluice('dups', stdin=b'').out, '')


def anonymous_kib(pid):
    with open('/proc/%d/status' % pid) as f:
        return sum(int(x.split()[1]) for x in f if x.startswith(('RssAnon', 'RssShmem')))


@test
def dups_keeps_to_its_memory(place):
    """--memory bounds anonymous and shared memory, mapped files aside; scratch is gone afterwards, also after a signal."""
    with open(SLUICE, 'rb') as f:
        if b'__asan_init' in f.read():
            raise Skip('a sanitizer has memory of its own')
    rng = random.Random(9)
    scratch = place.folder('scratch')
    f = place.file('x.jsonl', ''.join('{"id":"%d","text":"%s"}\n' % (i, ' '.join(rng.choices(WORDS, k=40))) for i in range(60000)))
    with subprocess.Popen([SLUICE, 'dups', '--memory', '64M', '--scratch', str(scratch), '--words', 'whitespace', str(f)], stdout=subprocess.DEVNULL) as p:
        most = 0
        while p.poll() is None:
            try:
                most = max(most, anonymous_kib(p.pid))
            except (OSError, ProcessLookupError):
                pass
            time.sleep(0.01)
    same(p.returncode, 0)
    need(0 < most <= 64 << 10, '%d KiB' % most)
    same(os.listdir(scratch), [])
    with subprocess.Popen([SLUICE, 'dups', '--scratch', str(scratch), str(f)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
        while not os.listdir(scratch):
            time.sleep(0.01)
        p.terminate()
    same((p.returncode, os.listdir(scratch)), (-15, []))
