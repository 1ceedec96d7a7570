"""`ls`, `cat` and `run` on every container: zstd, ARC, JSON lines, members that hold many records or a piece of one.

Also what other readers were seen to get wrong (warcio 1.8.1 and FastWARC 2.0.1): a line each, in READERS_FAIL.
"""
import gzip
import json
import shutil
import subprocess

import archives
from harness import Skip, need, same, test


def zstd(data, *args):
    if not shutil.which('zstd'):
        raise Skip('the zstd command is not installed')
    return subprocess.run(['zstd', '-q', '-c', *args], input=data, stdout=subprocess.PIPE, check=True).stdout


def pages(n=6, **more):
    return [archives.page(('<html><body><p>page %d of the harbour %s</p></body></html>' % (i, 'and its lamps ' * (20 + i))).encode(),
                          url='http://lamp.example/%d' % i, name=i, **more) for i in range(n)]


def rows(place, data, status=0, args=()):
    f = place.file('x', data)
    return f, place.sluice('ls', *args, f, status=status).lines


def places(got):
    return [(x['offset'], x['length'], x.get('at', 0)) for x in got]


def check(place, data, records, where):
    """Records are listed at their places, and come back through cat, out of a file and a pipe."""
    f, got = rows(place, data)
    same([x['id'] for x in got], [r.id for r in records])
    same(places(got), where)
    for x, r in zip(got, records):
        at = '%d:%d' % (x['offset'], x.get('at', 0))
        same(place.sluice('cat', '--record', f, at).out.encode(), r.head + r.block, at)
        same(place.sluice('cat', '-', at, stdin=data).out.encode(), r.payload, at)
    piped = place.sluice('ls', '-', stdin=data).lines
    same(places(piped), where)


def follow(pieces, start=0):
    out = []
    for p in pieces:
        out.append((start, len(p), 0))
        start += len(p)
    return out


@test
def zstd_a_frame_a_record(place):
    records = pages()
    frames = [zstd(r.bytes) for r in records]
    check(place, b''.join(frames), records, follow(frames))
    unsummed = [zstd(r.bytes, '--no-check') for r in records]
    check(place, b''.join(unsummed), records, follow(unsummed))


@test
def zstd_with_its_dictionary(place):
    records, d = pages(), place.folder('dict')
    for i in range(300):
        (d / ('%03d' % i)).write_bytes(archives.page(b'<html><body><p>page %d of the harbour and its lamps</p></body></html>' % i, name=i).bytes)
    zstd(b'')
    subprocess.run(['zstd', '-q', '--train', *map(str, sorted(d.iterdir())), '--maxdict=2048', '-o', str(d / 'd')], check=True)
    plain = (d / 'd').read_bytes()
    for stored in (plain, zstd(plain)):
        head = b'\x5d\x2a\x4d\x18' + len(stored).to_bytes(4, 'little') + stored
        frames = [zstd(r.bytes, '-D', str(d / 'd')) for r in records]
        check(place, head + b''.join(frames), records, follow(frames, len(head)))
    without = b''.join(frames)
    r = place.sluice('ls', place.file('x', without), status=3)
    need(not [x for x in r.lines if 'damage' not in x])


@test
def zstd_frames_that_hold_none_or_many(place):
    records = pages()
    whole = zstd(b''.join(r.bytes for r in records))
    starts = [sum(len(r.bytes) for r in records[:i]) for i in range(len(records))]
    check(place, whole, records, [(0, len(whole), s) for s in starts])
    skip = b'\x50\x2a\x4d\x18\x05\x00\x00\x00hello'
    a, b, empty = zstd(records[0].bytes), zstd(records[1].bytes), zstd(b'')
    check(place, skip + a + empty + skip + b + b'\0' * 50, records[:2], [(len(skip), len(a), 0), (len(skip + a + empty + skip), len(b), 0)])


@test
def zstd_damage(place):
    records = pages()
    frames = [zstd(r.bytes) for r in records]
    bad = bytearray(frames[2])
    bad[len(bad) // 2] ^= 4
    data = frames[0] + frames[1] + bytes(bad) + frames[3] + b'noise' + frames[4] + frames[5][:-9]
    _, got = rows(place, data, status=3)
    same([x.get('id') for x in got], [records[0].id, records[1].id, None, records[3].id, None, records[4].id, None])
    same(sum(x['length'] for x in got), len(data))


@test
def a_record_split_over_members(place):
    a, b, c = pages(3)
    for pack in (gzip.compress, zstd):
        pieces = [pack(x) for x in (a.bytes, b.bytes[:50], b.bytes[50:400], b.bytes[400:] + c.bytes)]
        sizes = [len(p) for p in pieces]
        check(place, b''.join(pieces), [a, b, c],
              [(0, sizes[0], 0), (sizes[0], sum(sizes[1:]), 0), (sum(sizes[:3]), sizes[3], len(b.bytes) - 400)])


@test
def one_member_a_file(place):
    records = pages(40)
    whole = gzip.compress(b''.join(r.bytes for r in records))
    starts = [sum(len(r.bytes) for r in records[:i]) for i in range(len(records))]
    f, got = rows(place, whole)
    same(places(got), [(0, len(whole), s) for s in starts])
    junk = gzip.compress(records[0].bytes + b'no record\r\n' + records[1].bytes)
    _, got = rows(place, junk, status=3)
    same([x.get('id', x.get('damage')) for x in got], [records[0].id, 'bytes that are no record', records[1].id])
    same(got[1]['length'], len('no record\r\n'))
    whole = gzip.compress(b''.join(r.bytes for r in [next(archives.kinds())] + records))
    cut = whole[:len(whole) // 2]
    _, got = rows(place, cut, status=3)
    need(5 < len(got) < 40 and 'damage' in got[-1] and all('id' in x for x in got[:-1]), got[-1])


ARC_HEAD = b'1 0 Org\nURL IP-address Archive-date Content-type Archive-length\n\n'


def arc(url, block, mime='text/html', date='20050308120102', v2=False):
    more = ' 200 abc - 0 x.arc' if v2 else ''
    return ('%s 192.0.2.1 %s %s%s %d\n' % (url, date, mime, more, len(block))).encode() + block


def arc_records(v2=False):
    http = archives.http(b'<html><body><p>The lamp was lit.</p></body></html>', ('Content-Type: text/html; charset=utf-8',))
    gone = archives.http(b'gone', ('Content-Type: text/plain',), status='404 Not Found')
    return [arc('filedesc://x.arc', ARC_HEAD, 'text/plain', v2=v2), arc('http://lamp.example/a', http, v2=v2), arc('http://lamp.example/with space', http, v2=v2),
            arc('http://lamp.example/gone', gone, 'text/plain', v2=v2), arc('dns:lamp.example', b'20050308\nlamp.example. 1 IN A 192.0.2.1\n', 'text/dns', v2=v2)]


@test
def arc_files(place):
    for v2 in (False, True):
        records = arc_records(v2)
        plain = b''.join(r + b'\n' for r in records)
        f, got = rows(place, plain)
        same(places(got), [(sum(len(r) + 1 for r in records[:i]), len(records[i]), 0) for i in range(5)])
        same([(x['type'], x['id'], x['status'], x['mime']) for x in got],
             [('warcinfo', None, None, 'text/plain'), ('response', None, 200, 'text/html'), ('response', None, 200, 'text/html'),
              ('response', None, 404, 'text/plain'), ('response', None, None, 'text/dns')])
        same([x['url'] for x in got][1:4], ['http://lamp.example/a', 'http://lamp.example/with space', 'http://lamp.example/gone'])
        same({x['date'] for x in got}, {'2005-03-08T12:01:02Z'})
        need('The lamp was lit' in place.sluice('cat', f, got[1]['offset']).out)
        members = [gzip.compress(r + b'\n') for r in records]
        _, packed = rows(place, b''.join(members))
        same(places(packed), follow(members))
        _, damaged = rows(place, plain[:400] + b'\nnoise\n' + plain[400:], status=3)
        same(len([x for x in damaged if 'damage' in x]), 1)
    same([json.loads(x)['text'] for x in place.sluice('extract', f).out.splitlines()], ['The lamp was lit.'] * 2)


DOCUMENTS = [
    {'text': 'Datatrove writes this.', 'id': '<urn:uuid:1>', 'metadata': {'url': 'http://lamp.example/1', 'date': '2024-01-02T03:04:05Z', 'dump': 'CC-MAIN-2024-10',
                                                                          'file_path': 's3://commoncrawl/x.warc.gz'}},
    {'text': 'FineWeb has columns.', 'id': '<urn:uuid:2>', 'dump': 'CC-MAIN-2013-20', 'url': 'http://lamp.example/2', 'date': '2013-05-18T05:48:54Z',
     'file_path': 's3://commoncrawl/y.warc.gz', 'language': 'en', 'language_score': 0.9, 'token_count': 4},
    {'id': 'dolma-3', 'text': 'Dolma says source.', 'source': 'common-crawl', 'added': '2024-01-01', 'created': '2023-01-01T00:00:00Z', 'version': 'v1',
     'metadata': {'url': 'http://lamp.example/3'}},
    {'text': 'C4 has a timestamp.', 'timestamp': '2019-04-25T12:57:54Z', 'url': 'http://lamp.example/4'},
]


def document_lines():
    return [json.dumps(x).encode() for x in DOCUMENTS]


@test
def documents_of_other_pipelines(place):
    lines = document_lines()
    plain = b'\n'.join(lines) + b'\n'
    starts = [sum(len(x) + 1 for x in lines[:i]) for i in range(4)]
    f, got = rows(place, plain)
    same(places(got), [(s, len(x), 0) for s, x in zip(starts, lines)])
    same([(x['type'], x['id'], x['url'], x['date']) for x in got],
         [('document', '<urn:uuid:1>', 'http://lamp.example/1', '2024-01-02T03:04:05Z'), ('document', '<urn:uuid:2>', 'http://lamp.example/2', '2013-05-18T05:48:54Z'),
          ('document', 'dolma-3', 'http://lamp.example/3', '2023-01-01T00:00:00Z'), ('document', None, 'http://lamp.example/4', '2019-04-25T12:57:54Z')])
    same(place.sluice('cat', f, got[2]['offset']).out.encode(), lines[2])
    for pack in (gzip.compress, zstd):
        whole = pack(plain)
        _, packed = rows(place, whole)
        same(places(packed), [(0, len(whole), s) for s in starts])
        # block-wise compressors cut lines anywhere
        _, blocks = rows(place, b''.join(pack(plain[i:i + 90]) for i in range(0, len(plain), 90)))
        same([x['url'] for x in blocks], [x['url'] for x in got])
    _, bad = rows(place, lines[0] + b'\n\nno json\n{"text": "cut\n' + lines[1], status=3)
    same([x.get('url', x.get('damage')) for x in bad], ['http://lamp.example/1', 'bytes that are no record', 'line is no JSON object', 'http://lamp.example/2'])


@test
def run_takes_documents_again(place):
    """Retroactive opt-out and personal data over a published corpus; the same bytes whatever the workers and the packing."""
    text = ' Write to keeper@lamp.example and see the boats come in.'
    docs = [dict(x, text=x['text'] + ''.join(' %c%c%c' % (97 + i, 97 + k % 26, 97 + k * 7 % 26) for k in range(40)) + text) for i, x in enumerate(DOCUMENTS)] + [dict(DOCUMENTS[0], id='n', text='Refused.', url='http://closed.example/x',
                                                                                               metadata={}), {'id': 'z', 'title': 'no text'}]
    plain = b''.join(json.dumps(x).encode() + b'\n' for x in docs)
    robots = archives.make('response', archives.http(b'User-agent: *\nDisallow: /x', ('Content-Type: text/plain',)), url='http://closed.example/robots.txt')
    free = archives.make('response', archives.http(b'', ('Content-Type: text/plain',)), url='http://lamp.example/robots.txt')
    snapshot = place.new('snapshot')
    place.sluice('robots', 'build', '-o', snapshot, place.file('r.warc.gz', gzip.compress(robots.bytes) + gzip.compress(free.bytes)))
    config = 'run:\n  stages: [optout, extract, pii]\noptout:\n  as_of: 2025-06-01\n'
    def result(jobs, data):
        folder = place.folder('in')
        (folder / 'corpus.jsonl').write_bytes(data)
        out, _ = place.run(folder, config=config, args=['--robots', snapshot, '-j', jobs, '--set', 'run.part_bytes=300'])
        return out, json.loads((out / 'manifest.json').read_text())
    out, m = result(1, plain)
    for jobs in (2, 7):
        other, n = result(jobs, plain)
        same((n['merkle_root'], n['ledger_root']), (m['merkle_root'], m['ledger_root']))
    ledger = place.sluice('audit', out, '--all', '--json').lines
    same((m['counts']['records'], m['counts']['kept'], m['counts']['failed']), (6, 4, 1), [(x['id'], x.get('rule')) for x in ledger])
    by = {x['id']: x for x in ledger}
    same((by['n']['outcome'], by['n']['rule']), ('dropped', 'robots_refused'))
    same((by['z']['outcome'], by['z']['rule']), ('failed', 'document'))
    same(by['dolma-3']['source'], {'added': '2024-01-01', 'created': '2023-01-01T00:00:00Z', 'source': 'common-crawl', 'version': 'v1'})
    same(by['<urn:uuid:2>']['source'], {'dump': 'CC-MAIN-2013-20', 'file_path': 's3://commoncrawl/y.warc.gz'})
    need(all(x['pii'] == {'email': 1} for x in ledger if x['outcome'] == 'kept'))
    need(any(x['verdict'] == 'unknown' for x in by['dolma-3']['evidence']), by['dolma-3'])
    need('FineWeb has columns' in place.sluice('inspect', out, '--doc', '<urn:uuid:2>').out)
    place.sluice('verify', out, '--replay', 4)
    packed, n = result(2, gzip.compress(plain))
    same(n['counts'], m['counts'])
    place.sluice('verify', packed, '--replay', 4)


# What was seen to fail in other readers, as (what, records, what ls must say of each: digest, or None for a line of damage).
def readers_fail():
    body = archives.BODY
    page = archives.page
    sha1 = archives.sha1
    chunks = ('Transfer-Encoding: chunked',)
    yield 'an empty member in the middle', gzip.compress(page(name=1).bytes) + gzip.compress(b'') + gzip.compress(page(name=2).bytes), ['none', 'none'], body
    yield 'LF alone in heads', page(eol=b'\n').bytes * 2, ['none', 'none'], body
    yield 'upper-case names', page(upper=True).bytes, ['none'], body
    yield 'zero padding', gzip.compress(page().bytes) + b'\0' * 512, ['none'], body
    yield 'no end marks', b''.join(p.head + p.block for p in (page(name=1), page(name=2))), ['none', 'none'], body
    yield 'folded fields', page(fields=('WARC-IP-Address:\r\n 192.0.2.7',)).bytes, ['none'], body
    yield 'chunks that end in LF', page(stored=archives.chunked(body, eol=b'\n'), coding=chunks).bytes, ['none'], body
    yield 'chunks with a trailer', page(stored=archives.chunked(body, trailer=b'X-Sum: 1\r\n'), coding=chunks).bytes, ['none'], body
    yield '"Chunked"', page(stored=archives.chunked(body), coding=('Transfer-Encoding: Chunked',)).bytes, ['none'], body
    yield 'x-gzip', page(stored=gzip.compress(body), coding=('Content-Encoding: x-gzip',)).bytes, ['none'], body
    yield 'gzip of two members', page(stored=gzip.compress(body[:300]) + gzip.compress(body[300:]), coding=('Content-Encoding: gzip',)).bytes, ['none'], body
    yield 'stacked codings', page(stored=gzip.compress(gzip.compress(body)), coding=('Content-Encoding: gzip, gzip',)).bytes, ['none'], body
    yield 'Transfer-Encoding gzip', page(stored=archives.chunked(gzip.compress(body)), coding=('Transfer-Encoding: gzip, chunked',)).bytes, ['none'], body
    yield 'zstd', page(stored=zstd(body), coding=('Content-Encoding: zstd',)).bytes, ['none'], body
    yield 'lower-case Base32', archives.digested(page(), sha1(body).lower(), 'ok').bytes, ['ok'], body
    yield 'a digest over the dechunked body', archives.digested(page(stored=archives.chunked(body), coding=chunks), sha1(body), 'ok').bytes, ['ok'], body
    yield 'a member that is cut', gzip.compress(page(name=1).bytes) + gzip.compress(page(name=2).bytes)[:-30], ['none', None], body


@test
def what_other_readers_fail_at(place):
    n = 0
    for what, data, verdicts, body in readers_fail():
        f, got = rows(place, data, status=3 if None in verdicts else 0)
        same([x.get('digest') for x in got], verdicts, what)
        same(place.sluice('cat', f, '%d:%d' % (got[0]['offset'], got[0].get('at', 0))).out.encode(), body, what)
        n += 1
    same(n, 17)
