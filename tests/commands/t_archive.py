"""`ls` and `cat`."""
import gzip
import hashlib
import json
import subprocess

import archives
from harness import SLUICE, WEB, Skip, need, same, test


def line(name, offset, length, at, r):
    """What `ls` says of a record."""
    x = {'file': name, 'offset': offset, 'length': length}
    if at:
        x['at'] = at
    x.update(type=r.kind, id=r.id, url=r.url, date='2025-03-04T05:06:07Z', status=r.status, mime=r.mime, content_length=len(r.block),
             truncated=r.truncated, payload_digest=r.payload_digest, digest=r.digest)
    return x


def check_listing(place, case, status):
    f = place.file('x', case.data)
    got = place.sluice('ls', f, status=status).lines
    same([(x['offset'], x['length'], x.get('at', 0)) for x in got], [x[:3] for x in case.lines], case.name)
    for x, (offset, length, at, r) in zip(got, case.lines):
        if r is None:
            need(x['file'] == str(f) and x['damage'] and set(x) <= {'file', 'offset', 'length', 'at', 'damage'}, case.name, x)
        else:
            x.pop('resynced', None)
            same(x, line(str(f), offset, length, at, r), '%s at %d' % (case.name, offset))
    return f, got


def check_pipe(place, case, f, got, status):
    """The same through a pipe, which cannot go back, and through a redirected file."""
    want = [json.loads(json.dumps(x).replace(json.dumps(str(f)), '"-"')) for x in got]
    r = place.sluice('ls', '-', stdin=case.data, status=status)
    same([{k: v for k, v in x.items() if k != 'resynced'} for x in r.lines], [{k: v for k, v in x.items() if k != 'resynced'} for x in want],
         case.name + ', pipe')
    with open(f, 'rb') as stdin:
        p = subprocess.run([SLUICE, 'ls', '-'], stdin=stdin, stdout=subprocess.PIPE, check=False)
    same((p.returncode, p.stdout.decode()), (status, r.out), case.name + ', redirected')


def check_cat(place, case, f):
    for offset, _, at, r in case.lines:
        if r is None:
            continue
        key = '%d:%d' % (offset, at) if at else str(offset)
        payload = r.block if r.payload is None else r.payload
        for options, want in ((['--record'], r.head + r.block), (['--http'], r.block), (['--payload'], payload), ([], payload)):
            p = subprocess.run([SLUICE, 'cat', str(f), key, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            need(p.returncode == 0 and p.stdout == want, case.name, key, options, r.head, p.stderr, len(p.stdout), len(want))


@test
def ls_and_cat_of_whole_archives(place):
    for case in archives.whole():
        f, got = check_listing(place, case, 0)
        check_pipe(place, case, f, got, 0)
        check_cat(place, case, f)


@test
def ls_and_cat_around_damage(place):
    """A line for each run of bytes in no whole record, status 3; the records around are read."""
    for case in archives.damaged():
        f, got = check_listing(place, case, 3)
        check_pipe(place, case, f, got, 3)
        check_cat(place, case, f)


@test
def ls_without_digests(place):
    case = archives.gz('', archives.fix(archives.digests()))
    for x, (_, _, _, r) in zip(place.sluice('ls', '--no-digests', place.file('x', case.data)).lines, case.lines):
        same(x['digest'], 'none' if r.digest == 'none' else 'unknown')


@test
def ls_goes_on_behind_a_file_that_cannot_be_read(place):
    good = place.file('good.warc.gz', archives.gz('', archives.fix([archives.page()])).data)
    for bad in (place.path / 'absent', place.path, place.file('bad', 'no archive\n'), 'http://lamp.example/x.warc.gz'):
        r = place.sluice('ls', bad, good, status=3, env={'SLUICE_RETRY_MS': '1'})
        same(len(r.lines), 1)
        need(str(bad) in r.err and len(r.err.splitlines()) == 1, r.err)
    for data, word in ((b'BZh91AY&SY', 'bzip2'), (b'PAR1\x15\x04', 'Parquet'), (b'[{"text": "x"}]', 'jq')):
        need(word in place.sluice('ls', place.file('other', data), status=3).err)
    same(place.sluice('ls', place.file('empty', b'')).out, '')


@test
def cat_where_no_record_begins(place):
    """Also inside a block that looks like an archive, and behind the end; a word that is no offset is usage."""
    for case in archives.whole():
        if case.name == 'nested, plain':
            f = place.file('x', case.data)
            place.sluice('cat', f, case.data.find(b'WARC/1.', 10), status=1)
            for offset in (1, 5, len(case.data), 10 ** 15):
                r = place.sluice('cat', f, offset, status=1)
                need(r.out == '' and '%s:%d: ' % (f, offset) in r.err, r.err)
            for word in ('', '-1', 'x', '1:', ':1', '0x1', '1 ', '99999999999999999999'):
                place.sluice('cat', f, '--', word, status=2)
            place.sluice('cat', f, status=2)
            place.sluice('cat', f, '0:7', status=1)
            place.sluice('cat', f, '0', '--http', '--record', status=2)
    place.sluice('cat', place.path / 'absent', '0', status=3)


@test
def digests_of_a_block_that_is_larger_than_memory_keeps(place):
    body = bytes(range(256)) * (270 << 10)  # 67.5 MiB
    rows = []
    for name, stored, fields in (('plain', body, ()), ('chunked', archives.chunked(body, 1 << 20), ('Transfer-Encoding: chunked',)),
                                 ('lies', body, ('Transfer-Encoding: chunked',))):
        for value in (archives.sha1(body), 'sha256:' + hashlib.sha256(body).hexdigest(), archives.sha1(b'other')):
            block = archives.http(stored, ('Content-Type: text/html', *fields))
            r = archives.digested(archives.make('response', block, name=name), value, 'ok' if value != archives.sha1(b'other') else 'bad')
            rows.append(r.digest)
            f = place.file('large.warc', r.bytes)
            same([x['digest'] for x in place.sluice('ls', f).lines], [r.digest], name)
            if name == 'plain':
                g = place.file('large.warc.gz', gzip.compress(r.bytes, 1))
                same([x['digest'] for x in place.sluice('ls', g).lines], [r.digest], name)
    need(rows.count('ok') == 6)


@test
def ls_of_real_pages(place):
    if not WEB.exists():
        raise Skip('../shared/data/web is not there')
    lines = place.sluice('ls', WEB).lines
    same(len(lines), 1209)
    same({x['digest'] for x in lines if x['type'] == 'response'}, {'ok'})
    same([x['offset'] + x['length'] for x in lines[:-1]], [x['offset'] for x in lines[1:]])
