"""verify: each kind of damage or forgery is found, a line a fault, status 1; and replay from the sources."""
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess

import reader
from harness import STRICT, need, same, test

LINE = re.compile(r'sluice verify: ([^:]+):(\d+): \S.*\Z')
faults = []


def fault(names, *expected):
    """A way to damage a folder: f(out), and the files that verify may name.  names: one test for each."""
    def keep(f):
        for name in names:
            faults.append((f, name, expected or (name,)))
        return f
    return keep


# ---- what the damage is made with ----

def zstd(data):
    return subprocess.run(['zstd', '-q', '-3', '-c'], input=data, stdout=subprocess.PIPE, check=True).stdout


def write_json(path, v):
    path.write_text(json.dumps(v, ensure_ascii=False, separators=(',', ':')))


def reseal(out, change=None):
    """Make digests fit again, as a forger would: only what they hold can tell."""
    m = json.loads((out / 'manifest.json').read_text())
    for o in m['outputs']:
        p = out / o['path']
        if p.exists():
            data = p.read_bytes()
            o['bytes'], o['sha256'] = len(data), hashlib.sha256(data).hexdigest()
    if change:
        change(m)
    write_json(out / 'manifest.json', m)
    (out / 'manifest.sha256').write_text('%s  manifest.json\n' % hashlib.sha256((out / 'manifest.json').read_bytes()).hexdigest())


def lines_of(out, name):
    return reader.zstd(str(out / name)).split(b'\n')[:-1]


def put_lines(out, name, lines):
    (out / name).write_bytes(zstd(b''.join(x + b'\n' for x in lines)))


def edit_row(out, name, wanted, edit):
    """The first row that `wanted` takes, changed, canonical again."""
    from canonical import canonical
    lines = lines_of(out, name)
    for i, x in enumerate(lines):
        row = json.loads(x)
        if wanted(row):
            edit(row)
            lines[i] = canonical(row).encode()
            put_lines(out, name, lines)
            return
    raise AssertionError('no such row')


LEDGER, SHARD, INDEX = 'ledger/00000.jsonl.zst', 'shards/00000.zst', 'shards/00000.idx'
FILES = [LEDGER, SHARD, INDEX, 'manifest.json', 'manifest.sha256', 'report.html', 'audit.sqlite']


# ---- the disk or a hand ----

@fault(FILES)
def flipped_byte(out, name):
    data = bytearray((out / name).read_bytes())
    data[len(data) // 2] ^= 0x20
    (out / name).write_bytes(data)
    return ['manifest.sha256', 'manifest.json'] if name.startswith('manifest') else None


@fault(FILES)
def cut_short(out, name):
    data = (out / name).read_bytes()
    (out / name).write_bytes(data[:len(data) - 7])


@fault(FILES)
def empty(out, name):
    (out / name).write_bytes(b'')


@fault(FILES)
def gone(out, name):
    (out / name).unlink()


@fault(FILES)
def a_folder_in_its_place(out, name):
    (out / name).unlink()
    (out / name).mkdir()


@fault(['shards/00099.zst', 'shards/notes.txt', 'ledger/00099.jsonl.zst', 'ledger/.hidden', 'shards/00000.zst.bak'])
def extra_file(out, name):
    (out / name).write_bytes(b'')


@fault(['shards/more', 'ledger/more'])
def extra_folder(out, name):
    (out / name).mkdir()
    (out / name / 'x').write_bytes(b'')


@fault(['shards', 'ledger'], 'shards', 'ledger', SHARD, INDEX, LEDGER)
def folder_gone(out, name):
    shutil.rmtree(out / name)


@fault(['not json', '', '[]', '{}', '{"format":"sluice-manifest-1"}', '{"format":"sluice-manifest-9"}', '\x00\xff'], 'manifest.json', 'manifest.sha256')
def no_manifest_at_all(out, text):
    (out / 'manifest.json').write_bytes(text.encode('latin-1'))


@fault(['manifest.sha256'])
def sum_of_another_form(out, name):
    (out / name).write_text((out / name).read_text().replace('  ', ' *'))


# ---- with digests that fit ----

@fault([LEDGER], LEDGER, 'manifest.json', SHARD)
def dropped_row(out, name):
    put_lines(out, name, lines_of(out, name)[:-1])
    reseal(out)


@fault([LEDGER], LEDGER, 'manifest.json')
def dropped_row_of_a_dropped_record(out, name):
    lines = lines_of(out, name)
    at = next(i for i, x in enumerate(lines) if b'"outcome":"dropped"' in x)
    put_lines(out, name, lines[:at] + lines[at + 1:])
    reseal(out)


@fault([LEDGER])
def swapped_rows(out, name):
    lines = lines_of(out, name)
    put_lines(out, name, lines[:2] + [lines[3], lines[2]] + lines[4:])
    reseal(out)


@fault([LEDGER])
def row_twice(out, name):
    lines = lines_of(out, name)
    put_lines(out, name, lines[:3] + lines[2:])
    reseal(out)


@fault([LEDGER])
def row_that_is_not_canonical(out, name):
    lines = lines_of(out, name)
    put_lines(out, name, [lines[0].replace(b'":"', b'": "', 1)] + lines[1:])
    reseal(out)


@fault([LEDGER])
def row_that_is_no_json(out, name):
    lines = lines_of(out, name)
    put_lines(out, name, lines[:4] + [b'{"warc":'] + lines[5:])
    reseal(out)


@fault([LEDGER])
def last_row_without_its_end(out, name):
    (out / name).write_bytes(zstd(b'\n'.join(lines_of(out, name))))
    reseal(out)


@fault(['url', 'language', 'date', 'rule'], 'manifest.json')
def edited_row(out, member):
    edit_row(out, LEDGER, lambda r: r['outcome'] == ('dropped' if member == 'rule' else 'kept'), lambda r: r.update({member: 'x'}))
    reseal(out)


@fault(['id', 'tokens_sha256', 'tokens', 'length'], LEDGER, SHARD, 'manifest.json')
def row_that_is_not_its_document(out, member):
    edit_row(out, LEDGER, lambda r: r['outcome'] == 'kept',
             lambda r: r.update({member: 7 if isinstance(r[member], int) else r[member].replace('a', 'b')}))
    reseal(out)


@fault([LEDGER], LEDGER, 'manifest.json', SHARD)
def kept_row_made_dropped(out, name):
    edit_row(out, name, lambda r: r['outcome'] == 'kept', lambda r: r.update(outcome='dropped', stage='optout', rule='robots_refused'))
    reseal(out)


@fault([LEDGER], LEDGER, 'ledger/00001.jsonl.zst')
def ledgers_in_each_others_place(out, name):
    swap(out, name, 'ledger/00001.jsonl.zst')
    reseal(out)


def swap(out, a, b):
    os.rename(out / a, out / 'x')
    os.rename(out / b, out / a)
    os.rename(out / 'x', out / b)


@fault([SHARD], SHARD, LEDGER)
def shards_in_each_others_place(out, name):
    swap(out, name, 'shards/00001.zst')
    swap(out, INDEX, 'shards/00001.idx')
    reseal(out)


@fault([SHARD], INDEX, SHARD)
def tokens_in_each_others_place(out, name):
    swap(out, name, 'shards/00001.zst')
    reseal(out)


@fault([SHARD])
def another_token(out, name):
    """One frame made anew, seek table and all: only the digest of the document's tokens can tell."""
    data = (out / name).read_bytes()
    n = struct.unpack('<I', data[-9:-5])[0]
    table = len(data) - 9 - n * 8 - 8
    stored, inflated = struct.unpack('<II', data[table + 8:table + 16])
    tokens = bytearray(reader.inflate_frame(data[:stored]))
    tokens[400] ^= 1
    frame = zstd(bytes(tokens))
    (out / name).write_bytes(frame + data[stored:table + 8] + struct.pack('<II', len(frame), inflated) + data[table + 16:])
    reseal(out)


@fault(list(range(5)), SHARD, INDEX)
def seek_table_that_lies(out, which):
    data = bytearray((out / SHARD).read_bytes())
    at = [len(data) - 4, len(data) - 9, len(data) - 5, len(data) - 13, len(data) - 17][which]
    data[at] ^= 0x04
    (out / SHARD).write_bytes(data)
    reseal(out)


@fault([0, 8, 12, 16, 24, 32, 40, 64, 72, 80, 88, 96, 104, 108, 112, 130], INDEX, LEDGER, SHARD)
def index_that_lies(out, at):
    data = bytearray((out / INDEX).read_bytes())
    data[at] ^= 0x01
    (out / INDEX).write_bytes(data)
    reseal(out)


def set_in(m, path, value):
    *where, last = path.split('.')
    for k in where:
        m = m[int(k) if k.isdigit() else k]
    m[int(last) if last.isdigit() else last] = value


NUMBERS = ['counts.records', 'counts.kept', 'counts.dropped', 'counts.failed', 'documents', 'tokens', 'damage', 'inputs_failed',
           'inputs.0.records', 'stages.ingest.status', 'funnel.0.in', 'funnel.1.dropped']


@fault(NUMBERS, 'manifest.json')
def wrong_number(out, path):
    reseal(out, lambda m: set_in(m, path, 4711))


@fault(['merkle_root', 'ledger_root', 'config.sha256', 'config.text'], 'manifest.json')
def wrong_text(out, path):
    reseal(out, lambda m: set_in(m, path, '0' * 64))


@fault(['counts', 'outputs', 'inputs', 'stages', 'ledger_root', 'merkle_root', 'config', 'tokens', 'documents', 'funnel', 'tokenizer', 'sluice',
        'models', 'lists'], 'manifest.json', 'ledger', 'shards', SHARD, INDEX, LEDGER)
def manifest_without(out, member):
    reseal(out, lambda m: m.pop(member))


@fault(FILES[:3] + FILES[5:])
def output_not_listed(out, name):
    reseal(out, lambda m: m['outputs'].remove(next(o for o in m['outputs'] if o['path'] == name)))


@fault(['manifest.json'])
def output_listed_twice(out, name):
    reseal(out, lambda m: m['outputs'].append(dict(m['outputs'][0])))


@fault(['../elsewhere', '/etc/hostname', 'shards/../report.html', 'tmp/lock', 'plan.json'], 'manifest.json')
def output_that_is_none(out, name):
    (out.parent / 'elsewhere').write_bytes(b'')
    reseal(out, lambda m: m['outputs'].append({'path': name, 'bytes': 0, 'sha256': hashlib.sha256(b'').hexdigest()}))


@fault(['manifest.json'])
def outputs_out_of_order(out, name):
    reseal(out, lambda m: m['outputs'].reverse())


# ---- the tests ----

@test
def verify_holds(place):
    r = place.sluice('verify', place.strict())
    same(r.err, '')


@test
def verify_finds_every_fault(place):
    """One folder a fault; each gives status 1, lines of the documented form, and a file that is at fault."""
    missed = []
    for f, name, expected in faults:
        out = place.copy(place.strict())
        also = f(out, name) or []
        r = place.sluice('verify', out, status=None)
        said = [LINE.match(x) for x in r.err.splitlines()]
        named = {m.group(1) for m in said if m}
        if r.status != 1 or not said or not all(said) or not named & set(list(expected) + also):
            missed.append('%s %r: status %d, %s' % (f.__name__, name, r.status, r.err.strip()[-300:] or 'nothing said'))
        shutil.rmtree(out)
    need(not missed, '%d of %d faults missed:\n' % (len(missed), len(faults)), '\n'.join(missed))


@test
def verify_names_no_folder_outside(place):
    out = place.copy(place.strict())
    (out / SHARD).unlink()
    r = place.sluice('verify', out, status=1)
    need(str(out) not in r.err, r.err)


@test
def replay_makes_documents_again(place):
    for n in (1, 3, 10000):
        r = place.sluice('verify', place.strict(), '--replay', n)
        same(r.err, '')
    need('%d documents made again' % reader.Corpus(place.strict()).m['documents'] in r.out, r.out)


@test
def replay_takes_another_folder_for_its_sources(place):
    moved = place.new('moved')
    shutil.copytree(place.inputs(), moved)
    place.sluice('verify', place.strict(), '--replay', '4', '--source', moved)
    (moved / 'a.warc.gz').unlink()
    r = place.sluice('verify', place.strict(), '--replay', '100', '--source', moved, status=3)
    need('a.warc.gz' in r.err and '--source' in r.err, r.err)
    place.sluice('verify', place.strict(), '--replay', '4', '--source', place.new('nowhere'), status=3)


@test
def replay_finds_a_source_that_changed(place):
    """Same length, other words: the record is there, its tokens are not."""
    import gzip
    moved = place.new('moved')
    shutil.copytree(place.inputs(), moved)
    b = moved / 'deep' / 'b.warc'
    text = b.read_bytes()
    out, _ = place.run(moved / 'deep' / 'b.warc', config='run:\n  stages: [extract]\n')
    need(b'lantern' in text)
    b.write_bytes(text.replace(b'lantern', b'Lantern'))
    os.utime(b, (1, 1))
    r = place.sluice('verify', out, '--replay', '100', status=1)
    need(all(LINE.match(x) for x in r.err.splitlines()) and 'other tokens' in r.err, r.err)
    with gzip.open(b, 'wb') as f:
        f.write(text)
    place.sluice('verify', out, '--replay', '100', status=3)


@test
def replay_wants_the_files_that_decided(place):
    """Another snapshot would decide otherwise; a snapshot that moved is found where set-up puts files."""
    snapshot = place.file('snap', place.snapshot().read_bytes())
    out, _ = place.run(place.inputs(), config=STRICT, args=['--robots', snapshot])
    away = place.folder('data')
    os.rename(snapshot, away / 'snap')
    r = place.sluice('verify', out, '--replay', '2', status=4)
    need('optout.snapshot' in r.err, r.err)
    place.sluice('verify', out, '--replay', '2', env={'SLUICE_DATA': str(away)})
    snapshot.write_bytes(b'another')
    place.sluice('verify', out, '--replay', '2', status=4)


@test
def sources_are_checked_by_their_digests(place):
    r = place.sluice('verify', place.strict(), '--source', place.inputs())
    need('3 inputs by their digests' in r.out and not r.err, r.out)
    moved = place.new('moved')
    shutil.copytree(place.inputs(), moved)
    b = moved / 'deep' / 'b.warc'
    data = bytearray(b.read_bytes())
    data[100] ^= 1
    b.write_bytes(data)
    r = place.sluice('verify', place.strict(), '--source', moved, status=1)
    need(LINE.match(r.err.strip()) and 'deep/b.warc' in r.err and len(r.err.splitlines()) == 1, r.err)
    b.unlink()
    place.sluice('verify', place.strict(), '--source', moved, status=3)


@test
def a_name_of_several_lines_is_one_line(place):
    out = place.copy(place.strict())
    (out / 'shards' / 'a\nsluice verify: b:0: \x1b[31mred').write_bytes(b'')
    r = place.sluice('verify', out, status=1)
    need(len(r.err.splitlines()) == 1 and '\x1b' not in r.err, r.err)
