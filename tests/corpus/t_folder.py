"""The output folder: manifest, ledger, shards, audit database, report."""
import json
import re
import socket
import struct

import reader
from harness import PLAIN, STRICT, VOCABULARY, WEB, Skip, need, same, test


def holds(place, out, source=None):
    c = reader.check(out, VOCABULARY, source, [str(place.path), str(VOCABULARY.parent)])
    need(not c.bad, '\n'.join(c.bad[:20]))
    return c


@test
def folder_holds(place):
    c = holds(place, place.strict(), place.inputs())
    need(len(c.kept) > 20 and len(c.m['outputs']) > 8, 'too small a corpus to tell anything')


@test
def folder_of_real_pages_holds(place):
    if not WEB.exists():
        raise Skip('../shared/data/web is not there')
    out, _ = place.run(WEB, config='run:\n  stages: [extract, pii]\n', args=['--set', 'shards.frame_bytes=65537'])
    c = holds(place, out, WEB.parent)
    need(len(c.kept) > 500)
    place.sluice('verify', out, '--replay', '5')


@test
def folder_without_documents_holds(place):
    """An empty file is readable and has no records; no document: an empty tree, no shard needed."""
    empty = place.folder('empty')
    (empty / 'nothing.warc').write_bytes(b'')
    out, r = place.run(empty)
    c = holds(place, out, empty)
    same(c.m['counts'], {'records': 0, 'kept': 0, 'dropped': 0, 'failed': 0})
    same(c.m['merkle_root'], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    place.sluice('verify', out)
    place.sluice('verify', out, '--replay', '3')


@test
def a_corpus_too_large_for_an_audit_database(place):
    """Past audit.max_rows there is none; all else is as it was."""
    out, _ = place.run(place.inputs(), args=['--set', 'audit.max_rows=10'])
    m = json.loads((out / 'manifest.json').read_text())
    need(not (out / 'audit.sqlite').exists() and 'audit.sqlite' not in [o['path'] for o in m['outputs']])
    place.sluice('verify', out)
    same(len(place.sluice('audit', out, '--all', '--json').lines), m['counts']['records'])
    need('already done' in place.run(place.inputs(), out=out, args=['--set', 'audit.max_rows=10'])[1].out)


@test
def rows_are_the_lines_of_ls(place):
    """One row a line of `ls`: same places, ids, URLs; types that are no page carry their type as rule."""
    rows = [r for r in place.sluice('audit', place.strict(), '--all', '--json').lines]
    lines = []
    for name in sorted({r['warc'] for r in rows}):
        listed = place.sluice('ls', '--no-digests', place.inputs() / name, status=None)
        lines += [(name, x) for x in listed.lines]
    same(len(rows), len(lines), 'rows and lines of ls')
    for row, (name, x) in zip(rows, lines):
        where = '%s:%d' % (name, x['offset'])
        same((row['warc'], row['offset'], row['length']), (name, x['offset'], x['length']), where)
        same(row.get('at', 0), x.get('at', 0) or 0, where)
        if 'damage' in x:
            same((row['outcome'], row['stage'], row['rule']), ('failed', 'ingest', 'damage'), where)
            continue
        if x['id']:
            same(row['id'], x['id'], where)
        if x['type'] in ('warcinfo', 'request', 'metadata', 'revisit'):
            same((row['outcome'], row['stage'], row['rule']), ('dropped', 'ingest', x['type']), where)
        if (x.get('url') or '').endswith('/robots.txt'):
            same((row['outcome'], row['stage'], row['rule']), ('dropped', 'ingest', 'robots'), where)


@test
def missing_ids_are_uuid5(place):
    rows = [r for r in place.sluice('audit', place.strict(), '--all', '--json').lines if '/no-id' in r.get('url', '')]
    same(len(rows), 2)
    need(all(re.match(r'<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}>\Z', r['id']) for r in rows), rows)
    need(rows[0]['id'] != rows[1]['id'])


@test
def urls_that_are_not_utf8_are_escaped(place):
    rows = place.sluice('audit', place.strict(), '--url', 'http://river.example/caf%E9', '--json').lines
    same(len(rows), 1)


@test
def pii_and_evidence_are_in_the_row(place):
    row, = place.sluice('audit', place.strict(), '--url', 'http://river.example/mail', '--json').lines
    same(row['pii'], {'email': 2})
    robots, = [e for e in row['evidence'] if e['signal'] == 'robots']
    same(robots['verdict'], 'allowed')
    need(re.search(r'[0-9a-f]{64}', robots['source']) and robots['date'] == '2025-03-04T05:00:00Z' and 'Allow: /' in robots['text'], robots)
    text = json.loads(place.sluice('inspect', place.strict(), '--doc', row['id'], '--json').out)['text']
    need('<email-pii>' in text and 'mail.example' not in text, 'the text still has the address')


@test
def the_index_says_whose_tokens_are_whose(place):
    """shards/NNNNN.idx: documents without a gap, in the order of the ledger; frame cuts are those of the seek table."""
    c = reader.check(place.strict())
    n = 0
    for o in c.m['outputs']:
        if not o['path'].endswith('.idx'):
            continue
        data = open(c.path(o['path']), 'rb').read()
        same(data[:8], b'SLUICEIX')
        version, width, docs, tokens, frames, pool = struct.unpack('<IIQQQQ', data[8:48])
        same((version, width), (1, c.m['tokenizer']['token_bytes']))
        at, pool_at = 0, 64 + docs * 96 + frames * 4
        same(pool_at + pool, len(data))
        for i in range(docs):
            row = c.kept[n][0]
            first, count, offset, length, inner, id_n, warc_n, id_at, warc_at = struct.unpack('<QQQQQIIQQ', data[64 + i * 96:64 + i * 96 + 64])
            text = lambda place_, size: data[pool_at + place_:pool_at + place_ + size].decode()  # noqa: E731
            same((first, count, offset, length, inner), (at, row['tokens'], row['offset'], row['length'], row.get('at', 0)))
            same((text(id_at, id_n), text(warc_at, warc_n)), (row['id'], row['warc']))
            same(data[64 + i * 96 + 64:64 + i * 96 + 96].hex(), row['tokens_sha256'])
            same(c.documents[n][:2], (o['path'][:-4] + '.zst', first))
            at += count
            n += 1
        same(at, tokens)
    same(n, len(c.kept))


@test
def shards_end_at_the_first_document_that_reaches_their_tokens(place):
    c = reader.check(place.strict())
    sums = {}
    for name, first, ids in c.documents:
        sums.setdefault(name, []).append(len(ids))
    need(len(sums) > 2, 'one shard tells nothing')
    for name, v in list(sums.items())[:-1]:
        need(sum(v) >= 3000 > sum(v[:-1]), name, v)


@test
def u16_and_bos_by_vocabulary(place):
    """A vocabulary of at most 65,536 ids is stored in two bytes; BOS and EOS count as tokens."""
    import base64
    v = json.load(open(VOCABULARY, encoding='utf-8'))
    ranks = v['vocab'][:30000]
    v['vocab'] = ranks
    v['config']['default_vocab_size'] = 31000
    small = place.file('small.json', json.dumps(v))
    out, _ = place.run(place.inputs() / 'a.warc.gz', args=['--set', 'tokenizer.vocab=%s' % small, '--set', 'tokenizer.bos=true'])
    c = reader.check(out)
    need(not c.bad, c.bad[:5])
    same((c.m['tokenizer']['token_bytes'], c.m['tokenizer']['vocab_size']), (2, 31000))
    for (row, _), (_, _, ids) in zip(c.kept, c.documents):
        same((ids[0], ids[-1]), (1, 2))
        text = b''.join(base64.b64decode(ranks[i - 1000]['token_bytes']) for i in ids[1:-1])
        same(reader.sha256(text).hex(), row['text_sha256'])
    row = c.kept[0][0]
    x = json.loads(place.sluice('inspect', out, '--doc', row['id'], '--json', '--vocab', small).out)
    same(reader.sha256(x['text'].encode()).hex(), row['text_sha256'])
    place.sluice('verify', out, '--replay', '3')


@test
def nothing_differs_from_run_to_run(place):
    """Other workers, another folder, inputs in another order: the same files; what differs is in run.json alone."""
    other, _ = place.run(place.inputs() / 'deep', place.inputs() / 'a.warc.gz', args=['-j', 3])
    again, _ = place.run(place.inputs() / 'a.warc.gz', place.inputs() / 'deep', args=['-j', 1])
    names = sorted(o['path'] for o in reader.Corpus(other).m['outputs']) + ['manifest.json', 'manifest.sha256']
    for name in names:
        same((other / name).read_bytes() == (again / name).read_bytes(), True, name)
    about = json.loads((other / 'run.json').read_text())
    same((about['workers'], about['host']), (3, socket.gethostname()))
    for name in ('manifest.json', 'report.html'):
        text = (other / name).read_text()
        need(socket.gethostname() not in text.split() and about['ended'][:10] not in text, name, 'has a host or the day')


@test
def the_configuration_is_canonical_and_reads_back(place):
    m = json.loads((place.strict() / 'manifest.json').read_text())
    text = m['config']['text']
    need('snapshot: ' in text and '/' not in text.split('snapshot: ')[1].splitlines()[0], 'a local path', text)
    again = place.file('again.yml', text)
    shown = place.sluice('config', 'check', again).out
    lines = [x for x in text.splitlines() if not x.lstrip().startswith(('snapshot:', 'vocab:'))]
    same([x for x in shown.splitlines() if not x.lstrip().startswith(('snapshot:', 'vocab:'))], lines)
    need('tokens: 3000' in text, '--set is no part of the text')


@test
def a_configuration_without_opt_out_has_no_day(place):
    """as_of is the day of opt-out verdicts: where none are made, a run of tomorrow is the same run."""
    for config, day in ((PLAIN, '""'), (STRICT.replace('  as_of: 2025-06-01\n', '  max_age: 0\n'), '20')):
        args = ['--robots', place.snapshot()] if config != PLAIN else []
        out, _ = place.run(place.inputs() / 'a.warc.gz', config=config, args=args)
        text = json.loads((out / 'manifest.json').read_text())['config']['text']
        need(re.search(r'as_of: "?%s' % day, text), text)
