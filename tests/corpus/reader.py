"""A reader of an output folder that knows INTERFACE.md and nothing of the C code.

check(OUT) gives the list of what does not hold.  It needs Python's standard library and the zstd command.
"""
import base64
import hashlib
import json
import os
import re
import sqlite3
import struct
import subprocess

from canonical import NotJson, canonical, leaf, parse, root, sha256

SKIPPABLE, SEEKABLE = 0x184D2A5E, 0x8F92EAB1
FRAME_MOST = 256 << 10


def zstd(path):
    return subprocess.run(['zstd', '-dcq', path], check=True, stdout=subprocess.PIPE).stdout


class Corpus:
    def __init__(self, out):
        self.out = out
        self.bad = []
        self.raw = open(self.path('manifest.json'), 'rb').read()
        self.m = json.loads(self.raw)
        self.rows = []       # (row, bytes) in the order of the ledger
        self.documents = []  # (shard, first token, tokens) as the shards have them, by the rows' order
        self.tokens = b''    # of all shards, as stored

    def path(self, name):
        return os.path.join(self.out, name)

    def need(self, ok, what, *args):
        if not ok:
            self.bad.append(what % args if args else what)
        return ok

    @property
    def kept(self):
        return [(r, b) for r, b in self.rows if r['outcome'] == 'kept']


# ---- manifest ----

MEMBERS = {'format', 'sluice', 'config', 'inputs', 'models', 'lists', 'tokenizer', 'counts', 'tokens', 'documents', 'stages', 'outputs',
           'merkle_root', 'ledger_root'}
HEX64 = re.compile(r'[0-9a-f]{64}\Z')


def check_manifest(c):
    m = c.m
    c.need(MEMBERS <= set(m), 'manifest: without %s', sorted(MEMBERS - set(m)))
    c.need(set(m['sluice']) >= {'version', 'commit', 'libraries'}, 'manifest: sluice names version, commit, libraries')
    config = m['config']
    c.need(hashlib.sha256(config['text'].encode()).hexdigest() == config['sha256'], 'manifest: config.sha256 is not that of its text')
    n = m['counts']
    c.need(n['records'] == n['kept'] + n['dropped'] + n['failed'], 'manifest: counts do not balance: %s', n)
    c.need(m['documents'] == n['kept'], 'manifest: documents is not counts.kept')
    left = sum(sum(rules.values()) for rules in m['stages'].values())
    c.need(left == n['dropped'] + n['failed'], 'manifest: stages sum up to %d, not to %d', left, n['dropped'] + n['failed'])
    c.need(sum(i['records'] for i in m['inputs']) == n['records'], 'manifest: records of the inputs do not sum up')
    for name in ('merkle_root', 'ledger_root'):
        c.need(HEX64.match(m[name]), 'manifest: %s is not 64 hex digits', name)
    for what in m['models'] + m['lists']:
        c.need(what['name'] and HEX64.match(what['sha256']) and 'version' in what, 'manifest: a model or list without name, version, digest')
    t = m['tokenizer']
    c.need(t['token_bytes'] == (2 if t['vocab_size'] <= 65536 else 4), 'manifest: token_bytes %d for %d ids', t['token_bytes'], t['vocab_size'])
    c.need([i['path'] for i in m['inputs']] == sorted((i['path'] for i in m['inputs']), key=str.encode), 'manifest: inputs are not sorted')
    sums = open(c.path('manifest.sha256'), 'rb').read()
    c.need(sums == hashlib.sha256(c.raw).hexdigest().encode() + b'  manifest.json\n', 'manifest.sha256 is not as sha256sum writes it')


def check_outputs(c):
    listed = {o['path']: o for o in c.m['outputs']}
    there = {'report.html', 'audit.sqlite'}
    for folder in ('shards', 'ledger'):
        there |= {folder + '/' + name for name in os.listdir(c.path(folder))}
    c.need(set(listed) == there, 'outputs are not the files that are there: %s', sorted(set(listed) ^ there))
    c.need(len(listed) == len(c.m['outputs']), 'an output is listed twice')
    for name, o in listed.items():
        data = open(c.path(name), 'rb').read()
        c.need(len(data) == o['bytes'], '%s: %d bytes, not %d', name, len(data), o['bytes'])
        c.need(hashlib.sha256(data).hexdigest() == o['sha256'], '%s: another SHA-256', name)


def check_inputs(c, source):
    """source: folder of the inputs; names are relative to it."""
    for i in c.m['inputs']:
        path = os.path.join(source, i['path'])
        if 'sha256' not in i or not os.path.exists(path):
            continue
        data = open(path, 'rb').read()
        c.need(len(data) == i['bytes'] and hashlib.sha256(data).hexdigest() == i['sha256'], 'input %s: other bytes or digest', i['path'])


# ---- ledger ----

ROW_ID = re.compile(r'<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}>\Z', re.I)


def read_ledger(c):
    names = sorted((n for n in os.listdir(c.path('ledger'))), key=lambda n: (len(n), n))
    for name in names:
        text = zstd(c.path('ledger/' + name))
        c.need(not text or text.endswith(b'\n'), '%s: the last line has no end', name)
        for line in text.split(b'\n')[:-1]:
            try:
                row = parse(line.decode('utf-8'))
            except (NotJson, ValueError) as e:
                c.need(False, '%s: a row is no JSON: %s', name, e)
                continue
            c.need(canonical(row).encode('utf-8') == line, '%s: a row is not canonical: %s', name, line[:200])
            c.rows.append((row, line))


def check_row(c, row):
    where = '%s:%d' % (row['warc'], row['offset'])
    c.need('shard' not in row and 'first_token' not in row, '%s: a stored row says where it lies', where)
    c.need(row['outcome'] in ('kept', 'dropped', 'failed'), '%s: outcome %s', where, row['outcome'])
    c.need(row.get('at') != 0, '%s: at is 0', where)
    if row['outcome'] == 'kept':
        c.need({'id', 'text_sha256', 'tokens', 'tokens_sha256'} <= set(row), '%s: a kept row without what it must have', where)
        c.need(not {'stage', 'rule', 'value', 'threshold', 'duplicate_of', 'error'} & set(row), '%s: a kept row with a reason', where)
    else:
        c.need('stage' in row and 'rule' in row, '%s: left without stage and rule', where)
        c.need(not {'tokens', 'tokens_sha256'} & set(row), '%s: has tokens and left', where)
    c.need(('value' in row) == ('threshold' in row), '%s: value and threshold come together', where)
    if row.get('rule') == 'damage':
        c.need('id' not in row and row['outcome'] == 'failed', '%s: damage has an id, or did not fail', where)
    elif row.get('stage') != 'input':
        c.need(ROW_ID.match(row.get('id', '')) or row.get('id'), '%s: no id', where)
    for e in row.get('evidence', []):
        c.need({'signal', 'verdict'} <= set(e) <= {'signal', 'source', 'text', 'date', 'verdict'}, '%s: evidence %s', where, sorted(e))
    for kind, n in row.get('pii', {}).items():
        c.need(isinstance(n, int) and n > 0, '%s: pii %s %s', where, kind, n)


def check_rows(c):
    keys = [(r['warc'].encode(), r['offset'], r.get('at', 0)) for r, _ in c.rows]
    c.need(keys == sorted(keys) and len(set(keys)) == len(keys), 'the ledger is not in the order (input, offset, at)')
    ids = {r['id'] for r, _ in c.kept}
    stages = {}
    count = {'records': 0, 'kept': 0, 'dropped': 0, 'failed': 0}
    inputs = {}
    for row, _ in c.rows:
        check_row(c, row)
        if row.get('stage') == 'input':
            continue
        inputs[row['warc']] = inputs.get(row['warc'], 0) + 1
        count['records'] += 1
        count[row['outcome']] += 1
        if row['outcome'] != 'kept':
            rules = stages.setdefault(row['stage'], {})
            rules[row['rule']] = rules.get(row['rule'], 0) + 1
        if row.get('stage') == 'dedup':
            c.need(row.get('duplicate_of') in ids, '%s: duplicate_of %s is no kept document', row['id'], row.get('duplicate_of'))
            c.need(row.get('rule') in ('text', 'url', 'minhash'), '%s: rule %s', row['id'], row.get('rule'))
    c.need(count == c.m['counts'], 'counts are %s, the ledger has %s', c.m['counts'], count)
    c.need(stages == c.m['stages'], 'stages are %s, the ledger has %s', c.m['stages'], stages)
    for i in c.m['inputs']:
        c.need(i['records'] == inputs.get(i['path'], 0), 'input %s: %d records, the ledger has %d', i['path'], i['records'],
               inputs.get(i['path'], 0))
    c.need(c.m['tokens'] == sum(r['tokens'] for r, _ in c.kept), 'tokens are not the sum of the rows')


def check_roots(c):
    c.need(root([leaf(b) for _, b in c.rows]).hex() == c.m['ledger_root'], 'ledger_root is another')
    documents = sorted(sha256(r.get('url', r['id']).encode('utf-8')) + sha256(b) for r, b in c.kept)
    c.need(root([leaf(d) for d in documents]).hex() == c.m['merkle_root'], 'merkle_root is another')


# ---- shards ----

def seek_table(c, name, data):
    """[(stored, inflated)] of the frames; the zstd seekable format, 0.1.0."""
    n, descriptor, magic = struct.unpack('<IBI', data[-9:])
    c.need(magic == SEEKABLE, '%s: no seek table at the end', name)
    c.need(descriptor & 0x7C == 0, '%s: reserved bits of the seek table', name)
    size = 12 if descriptor & 0x80 else 8
    begin = len(data) - 9 - n * size - 8
    c.need(struct.unpack('<II', data[begin:begin + 8]) == (SKIPPABLE, n * size + 9), '%s: no skippable frame around the seek table', name)
    frames = [struct.unpack('<II', data[begin + 8 + i * size:begin + 16 + i * size]) for i in range(n)]
    c.need(sum(s for s, _ in frames) == begin, '%s: the frames do not fill the file', name)
    at = 0
    for stored, _ in frames:
        c.need(data[at:at + 4] == b'\x28\xb5\x2f\xfd', '%s: no zstd frame at %d', name, at)
        at += stored
    return frames


def inflate_frame(data):
    return subprocess.run(['zstd', '-dcq'], input=data, check=True, stdout=subprocess.PIPE).stdout


def check_shard(c, name, rows):
    """One shard; `rows` are the kept rows that are left for it and those behind it.  Returns how many it has."""
    data = open(c.path(name), 'rb').read()
    width = c.m['tokenizer']['token_bytes']
    frames = seek_table(c, name, data)
    tokens = zstd(c.path(name))
    c.need(sum(n for _, n in frames) == len(tokens), '%s: frames sum up to other bytes than zstd -dc gives', name)
    for _, n in frames:
        c.need(0 < n <= FRAME_MOST and n % width == 0, '%s: a frame of %d bytes', name, n)
    if frames:  # a frame stands alone: the last one is what its place says
        at = sum(s for s, _ in frames[:-1])
        last = inflate_frame(data[at:at + frames[-1][0]])
        c.need(last == tokens[len(tokens) - frames[-1][1]:], '%s: the last frame alone is other tokens', name)
    ids = struct.unpack('<%d%s' % (len(tokens) // width, {2: 'H', 4: 'I'}[width]), tokens)
    c.need(not ids or max(ids) < c.m['tokenizer']['vocab_size'], '%s: an id past the vocabulary', name)
    first = n = 0
    while n < len(rows) and first < len(ids):
        row = rows[n][0]
        piece = tokens[first * width:(first + row['tokens']) * width]
        c.need(hashlib.sha256(piece).hexdigest() == row['tokens_sha256'], '%s: tokens at %d are not those of %s', name, first, row['id'])
        c.documents.append((name, first, ids[first:first + row['tokens']]))
        first += row['tokens']
        n += 1
    c.need(first == len(ids), '%s: %d tokens, its documents have %d', name, len(ids), first)
    c.tokens += tokens
    return n


def check_shards(c):
    names = sorted((n for n in os.listdir(c.path('shards')) if n.endswith('.zst')), key=lambda n: (len(n), n))
    left = c.kept
    for name in names:
        c.need(os.path.exists(c.path('shards/' + name[:-4] + '.idx')), '%s: no index', name)
        left = left[check_shard(c, 'shards/' + name, left):]
    c.need(not left, '%d kept rows are in no shard', len(left))


def tekken(path):
    """Bytes of each id of a tekken.json: 1,000 special, then the ranks."""
    v = json.load(open(path, encoding='utf-8'))
    special = v['config']['default_num_special_tokens']
    most = v['config']['default_vocab_size'] - special
    return special, [base64.b64decode(t['token_bytes']) for t in v['vocab'][:most]]


def check_texts(c, vocabulary):
    """Decoded tokens are the text that was kept (text_sha256); EOS, and nothing else, is added."""
    special, ranks = tekken(vocabulary)
    for (row, _), (name, first, ids) in zip(c.kept, c.documents):
        c.need(all(i >= special for i in ids[:-1]) and ids[-1] == 2, '%s:%d: EOS alone is special', name, first)
        text = b''.join(ranks[i - special] for i in ids if i >= special)
        c.need(hashlib.sha256(text).hexdigest() == row['text_sha256'], '%s:%d: decodes to another text than was kept', name, first)


# ---- audit.sqlite, report ----

COLUMNS = ['id', 'url', 'warc', 'offset', 'at', 'length', 'date', 'outcome', 'stage', 'rule', 'value', 'threshold', 'duplicate_of', 'language',
           'language_score', 'text_sha256', 'tokens_sha256', 'tokens', 'error']


def check_database(c):
    db = sqlite3.connect('file:%s?mode=ro&immutable=1' % c.path('audit.sqlite').replace('?', '%3f'), uri=True)
    c.need(db.execute('PRAGMA integrity_check').fetchone() == ('ok',), 'audit.sqlite: integrity_check')
    query = 'SELECT n,%s FROM documents ORDER BY n' % ','.join('"%s"' % k for k in COLUMNS)
    rows = db.execute(query).fetchall()
    c.need(len(rows) == len(c.rows), 'audit.sqlite has %d rows, the ledger %d', len(rows), len(c.rows))
    evidence, pii = {}, {}
    for n, *v in db.execute('SELECT document, signal, source, text, date, verdict FROM evidence ORDER BY rowid'):
        evidence.setdefault(n, []).append({k: x for k, x in zip(('signal', 'source', 'text', 'date', 'verdict'), v) if x is not None})
    for n, kind, count in db.execute('SELECT document, kind, count FROM pii'):
        pii.setdefault(n, {})[kind] = count
    for (n, *values), (row, _) in zip(rows, c.rows):
        want = [row.get(k) for k in COLUMNS]
        c.need(values == want, 'audit.sqlite: row %d is %s, the ledger has %s', n, values, want)
        c.need(evidence.get(n, []) == row.get('evidence', []), 'audit.sqlite: evidence of row %d', n)
        c.need(pii.get(n, {}) == row.get('pii', {}), 'audit.sqlite: pii of row %d', n)
    db.close()


def check_report(c, private):
    text = open(c.path('report.html'), encoding='utf-8').read()
    c.need(not re.search(r'<(script|link|iframe|img|object|embed)\b', text, re.I), 'report.html: has an element that can load')
    c.need(not re.search(r'\b(src|href|action)\s*=|url\(|@import', re.sub(r'href="#[^"]*"', '', text), re.I), 'report.html: loads from outside')
    for n in (c.m['counts']['records'], c.m['counts']['kept'], c.m['tokens']):
        c.need('{:,}'.format(n) in text, 'report.html: does not tell %d', n)
    for name in ('merkle_root', 'ledger_root'):
        c.need(c.m[name] in text, 'report.html: does not tell %s', name)
    everything = [('manifest.json', c.raw.decode()), ('report.html', text), ('the ledger', b'\n'.join(b for _, b in c.rows).decode())]
    for where, body in everything:
        for word in private:
            c.need(word not in body, '%s: has the local name %s', where, word)


def check(out, vocabulary=None, source=None, private=()):
    """Everything.  vocabulary: tekken.json; source: folder of the inputs; private: words that no output may have."""
    c = Corpus(out)
    check_manifest(c)
    check_outputs(c)
    read_ledger(c)
    check_rows(c)
    check_roots(c)
    check_shards(c)
    check_database(c)
    check_report(c, private)
    if vocabulary:
        check_texts(c, vocabulary)
    if source:
        check_inputs(c, source)
    return c
