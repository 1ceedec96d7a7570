"""inspect, audit, status, clean, config: what they answer and with which status."""
import json
import os
import signal
import subprocess
import time

import reader
from harness import PLAIN, SLUICE, STRICT, VOCABULARY, need, same, test


# ---- inspect ----

@test
def inspect_finds_every_document_by_id_and_by_token(place):
    c = reader.check(place.strict())
    special, ranks = reader.tekken(VOCABULARY)
    for (row, _), (shard, first, ids) in list(zip(c.kept, c.documents))[::4]:
        text = b''.join(ranks[i - special] for i in ids[:-1]).decode()
        want = dict(row, shard=shard, first_token=first, text=text)
        same(json.loads(place.sluice('inspect', place.strict(), '--doc', row['id'], '--json').out), want)
        for at in (first, first + len(ids) // 2, first + len(ids) - 1):
            same(json.loads(place.sluice('inspect', place.strict(), '--shard', shard, '--at', at, '--json').out), want)


@test
def inspect_for_people_has_the_text_and_the_origin(place):
    row = reader.check(place.strict()).kept[3][0]
    out = place.sluice('inspect', place.strict(), '--doc', row['id']).out
    text = json.loads(place.sluice('inspect', place.strict(), '--doc', row['id'], '--json').out)['text']
    for word in (row['id'], row['url'], row['warc'], str(row['offset']), row['text_sha256'], 'allowed'):
        need(word in out, word, out)
    need(len(text) > 100 and out.endswith('\n\n' + text + '\n'), out)


@test
def inspect_past_the_end(place):
    c = reader.check(place.strict())
    shard = c.documents[0][0]
    tokens = sum(len(ids) for name, _, ids in c.documents if name == shard)
    place.sluice('inspect', place.strict(), '--shard', shard, '--at', tokens - 1)
    for args in (['--shard', shard, '--at', tokens], ['--shard', 'shards/99999.zst', '--at', 0], ['--shard', 'x', '--at', 0],
                 ['--doc', '<urn:uuid:00000000-0000-0000-0000-000000000000>'], ['--doc', '']):
        r = place.sluice('inspect', place.strict(), *args, status=1)
        same(r.out, '')
        need(len(r.err.splitlines()) == 1, r.err)
    for args in ([], ['--doc', 'x', '--shard', shard], ['--shard', shard, '--at', '-1'], ['--shard', shard, '--at', 'x']):
        place.sluice('inspect', place.strict(), *args, status=2)


@test
def inspect_takes_a_shard_by_its_path(place):
    shard = reader.check(place.strict()).documents[0][0]
    for name in (shard, os.path.basename(shard), place.strict() / shard):
        place.sluice('inspect', place.strict(), '--shard', name, '--at', 0)


@test
def inspect_of_a_dropped_record_has_its_row(place):
    row = next(r for r in place.sluice('audit', place.strict(), '--all', '--json').lines if r.get('rule') == 'minhash')
    same(json.loads(place.sluice('inspect', place.strict(), '--doc', row['id'], '--json').out), row)
    keeper = json.loads(place.sluice('inspect', place.strict(), '--doc', row['duplicate_of'], '--json').out)
    same(keeper['outcome'], 'kept')


@test
def inspect_with_the_sources_makes_the_document_again(place):
    row = reader.check(place.strict()).kept[0][0]
    plain = place.sluice('inspect', place.strict(), '--doc', row['id'], '--json').out
    same(place.sluice('inspect', place.strict(), '--doc', row['id'], '--json', '--source', place.inputs()).out, plain)
    place.sluice('inspect', place.strict(), '--doc', row['id'], '--json', '--source', place.folder('nothing'), status=3)


# ---- audit ----

def urls(r):
    return [x.get('url') for x in r.lines]


@test
def audit_all_is_the_ledger_and_where_tokens_lie(place):
    c = reader.check(place.strict())
    where = iter(c.documents)
    want = []
    for row, _ in c.rows:
        if row['outcome'] == 'kept':
            shard, first, _ = next(where)
            row = dict(row, shard=shard, first_token=first)
        want.append(row)
    r = place.sluice('audit', place.strict(), '--all', '--json')
    same(r.lines, want)
    same(r.err, '')
    from canonical import canonical
    need(all(canonical(json.loads(x)) == x for x in r.out.splitlines()), 'a line is not canonical')


@test
def audit_by_url_is_exact(place):
    same(len(place.sluice('audit', place.strict(), '--url', 'http://river.example/page-0', '--json').lines), 4)
    same(urls(place.sluice('audit', place.strict(), '--url', 'http://river.example/same-url', '--json')), ['http://river.example/same-url'] * 2)
    for url in ('http://river.example/page-', 'http://river.example/page-00', 'http://RIVER.example/page-0', ''):
        r = place.sluice('audit', place.strict(), '--url', url, '--json', status=1)
        same((r.out, len(r.err.splitlines())), ('', 1))


@test
def audit_by_domain_takes_what_lies_below_it(place):
    for domain, host in (('river.example', 'river.example'), ('RIVER.Example.', 'river.example'), ('sub.river.example', 'sub.river.example'),
                         ('192.0.2.7', '192.0.2.7'), ('market.example', 'market.example:8080')):
        found = urls(place.sluice('audit', place.strict(), '--domain', domain, '--json'))
        need(any(u.startswith('http://%s/' % host) for u in found), domain, found)
        for u in found:
            name = u.split('/')[2].split(':')[0]
            need(name == domain.lower().rstrip('.') or name.endswith('.' + domain.lower().rstrip('.')), domain, u)
    need(any('sub.river.example' in u for u in urls(place.sluice('audit', place.strict(), '--domain', 'river.example', '--json'))))
    all_of_it = urls(place.sluice('audit', place.strict(), '--domain', 'example', '--json'))
    need({u.split('/')[2] for u in all_of_it} >= {'river.example', 'www.stone.example', 'market.example:8080'}, all_of_it)
    for domain in ('ver.example', 'iver.example', 'nowhere.example', '2.7', 'xample', ''):
        place.sluice('audit', place.strict(), '--domain', domain, status=1)


@test
def audit_of_an_internationalized_domain(place):
    """One host, however it is written."""
    for domain in ('b\u00fccher.example', 'B\u00dcCHER.example', 'xn--bcher-kva.example', 'XN--BCHER-KVA.EXAMPLE'):
        found = urls(place.sluice('audit', place.strict(), '--domain', domain, '--json'))
        same(sorted(u.split('/')[2] for u in found), ['b\u00fccher.example'] + ['xn--bcher-kva.example'] * 4, domain)


@test
def audit_by_record(place):
    row = reader.check(place.strict()).rows[5][0]
    bare = row['id'][1:-1]
    for name in (row['id'], bare, bare[len('urn:uuid:'):]):
        same([x['offset'] for x in place.sluice('audit', place.strict(), '--record', name, '--json').lines], [row['offset']])
    place.sluice('audit', place.strict(), '--record', '<urn:uuid:00000000-0000-0000-0000-000000000000>', status=1)
    place.sluice('audit', place.strict(), '--record', '', status=1)


@test
def audit_for_people(place):
    out = place.sluice('audit', place.strict(), '--domain', 'refuses.example').out
    for word in ('dropped', 'optout', 'robots_refused', 'http://refuses.example/news', 'GPTBot', 'line 5'):
        need(word in out, word, out)


@test
def a_url_moves_no_cursor(place):
    """What a terminal would take for commands is shown as '?'; JSON has it escaped."""
    import warcs
    path = place.folder('esc') / 'a.warc.gz'
    warcs.write(path, [warcs.page(b'http://river.example/\x1b[2J\xc2\x9b31m', warcs.article('esc'))])
    out, _ = place.run(path)
    row, = place.sluice('audit', out, '--all', '--json').lines
    need('\x1b' in row['url'], row)
    for r in (place.sluice('audit', out, '--all'), place.sluice('inspect', out, '--doc', row['id'])):
        need('\x1b' not in r.out and '\x9b' not in r.out and 'river.example/?[2J?31m' in r.out, repr(r.out))


@test
def audit_wants_one_question(place):
    for args in ([], ['--all', '--url', 'x'], ['--url'], ['--nothing']):
        place.sluice('audit', place.strict(), *args, status=2)
    place.sluice('audit', '--all', status=2)
    place.sluice('audit', place.folder('empty'), '--all', status=4)


@test
def a_closed_pipe_ends_quietly(place):
    p = subprocess.run('%s audit %s --all --json | head -n 1 >/dev/null; echo ${PIPESTATUS[0]}' % (SLUICE, place.strict()), shell=True,
                       executable='/bin/bash', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    same((p.stdout, p.stderr), (b'0\n', b''))


# ---- status, clean ----

def phases(place, out):
    return json.loads(place.sluice('status', out, '--json').out)


@test
def status_of_a_sealed_run(place):
    s = phases(place, place.strict())
    same([p['phase'] for p in s['phases']], ['prepare', 'dedup', 'pack', 'seal'])
    same((s['sealed'], s['running']), (True, False))
    for p in s['phases']:
        same((p['done'], p['running'], p['failed']), (p['tasks'], 0, 0))
        need(p['tasks'] > 0)
        same(sum(x['tasks'] for x in p['steps']), p['tasks'])
    text = place.sluice('status', place.strict()).out
    need(all(p['phase'] in text for p in s['phases']) and 'sealed' in text, text)


@test
def status_of_a_planned_run(place):
    out = place.new('out')
    place.sluice('plan', '-c', place.config(PLAIN), '-o', out, place.inputs())
    s = phases(place, out)
    same((s['sealed'], s['running'], [p['done'] for p in s['phases']]), (False, False, [0, 0, 0, 0]))
    place.sluice('status', place.folder('empty'), status=4)
    place.sluice('status', status=2)


@test
def status_tells_what_failed_and_why(place):
    """An input that changes after the plan fails its task; the next try, with the input as it was, is done."""
    folder = place.folder('in')
    page = folder / 'a.warc.gz'
    page.write_bytes((place.inputs() / 'a.warc.gz').read_bytes())
    out = place.new('out')
    place.sluice('plan', '-c', place.config(PLAIN), '-o', out, folder)
    then = page.stat()
    page.write_bytes(page.read_bytes() + b'more')
    r = place.sluice('prepare', out, '--task', '0', status=3)
    need('changed' in r.err, r.err)
    first = phases(place, out)['phases'][0]
    same((first['failed'], first['failures'][0]['task']), (1, 0))
    need('changed' in first['failures'][0]['reason'], first)
    need('changed' in place.sluice('status', out).out)
    page.write_bytes(page.read_bytes()[:-4])
    os.utime(page, ns=(then.st_atime_ns, then.st_mtime_ns))
    place.sluice('prepare', out, '--task', '0')
    first = phases(place, out)['phases'][0]
    same((first['failed'], first['done'], first['failures']), (0, 1, []))


@test
def status_of_a_run_that_is_working(place):
    """While the supervisor is stopped in the middle, status says so; killed, it says that nothing runs."""
    import warcs
    folder, out = place.folder('in'), place.new('out')
    warcs.write(folder / 'a.warc.gz', [warcs.page('http://river.example/%d' % i, warcs.article('work %d' % i)) for i in range(500)])
    args = ['run', '-c', place.config(PLAIN), '-o', out, '--set', 'run.part_bytes=8K', folder]
    p = subprocess.Popen([SLUICE] + [str(a) for a in args] + ['-j', '1'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         start_new_session=True)
    try:
        s = None
        running = out / 'tmp' / 'running'
        for _ in range(4000):
            os.killpg(p.pid, signal.SIGSTOP)  # the supervisor and its worker
            if running.is_dir() and os.listdir(running):
                s = phases(place, out)
                if sum(x['running'] for x in s['phases']):  # else its done file came first
                    break
            os.killpg(p.pid, signal.SIGCONT)
            time.sleep(0.002)
            need(p.poll() is None, 'ended before it was seen at work', s)
        same((s['running'], s['sealed'], sum(x['running'] for x in s['phases'])), (True, False, 1))
        need('another run' in place.sluice(*args, status=4).err)
    finally:
        p.kill()
        p.wait()
    s = phases(place, out)
    same((s['running'], sum(x['running'] for x in s['phases'])), (False, 0))
    place.sluice(*args)
    need(not reader.check(out).bad)


@test
def reading_commands_change_nothing(place):
    out = place.copy(place.strict())
    place.sluice('clean', out)
    before = sorted((str(p), p.stat().st_mtime_ns) for p in out.rglob('*'))
    for args in (['status', out], ['verify', out], ['audit', out, '--all'], ['inspect', out, '--shard', 'shards/00000.zst', '--at', 0]):
        place.sluice(*args)
    same(sorted((str(p), p.stat().st_mtime_ns) for p in out.rglob('*')), before)


@test
def clean_leaves_a_corpus_that_is_whole(place):
    inputs = place.inputs() / 'deep'
    out, _ = place.run(inputs)
    place.sluice('clean', out)
    need(not (out / 'tmp').exists(), 'tmp is still there')
    need(not reader.check(out).bad)
    place.sluice('verify', out, '--replay', 3)
    same(phases(place, out)['sealed'], True)
    began = time.monotonic()
    r = place.run(inputs, out=out)[1]
    need('already done' in r.out and time.monotonic() - began < 1, r.out)
    need(not (out / 'tmp').exists(), 'a run that had nothing to do left tmp')
    place.sluice('prepare', out, '--task', 0)
    place.sluice('clean', out)


@test
def clean_wants_a_sealed_run(place):
    out = place.new('out')
    place.sluice('plan', '-c', place.config(PLAIN), '-o', out, place.inputs())
    place.sluice('clean', out, status=2)
    need((out / 'tmp').exists())
    place.sluice('clean', out, '--force')
    need(not (out / 'tmp').exists())
    place.sluice('clean', place.folder('empty'), status=4)


# ---- config ----

@test
def config_check_fills_in_every_default(place):
    text = place.sluice('config', 'check', place.config(STRICT)).out
    for key in ('bands: 14', 'rows: 8', 'ngram: 5', 'max_failed: 0', 'as_of: ', 'frame_bytes: 262144', 'eos: true'):
        need(key in text, key, text)
    again = place.file('again.yml', text)
    same(place.sluice('config', 'check', again).out, text)


@test
def config_check_names_the_line_that_is_wrong(place):
    for bad, line in (('dedup:\n  band: 3\n', 2), ('dedup:\n  bands: many\n', 2), ('# x\n\ndedup: [1\n', 4), ('shards:\n  tokens: 0\n', 2),
                      ('nothing:\n  x: 1\n', 2), ('run:\n  stages: [extract]\n  stages: [extract]\n', 3), ('x\n', 1)):
        path = place.file('bad.yml', bad)
        r = place.sluice('config', 'check', path, status=2)
        need(len(r.err.splitlines()) == 1 and str(path) in r.err, bad, r.err)
        need(':%d:' % line in r.err or 'line %d' % line in r.err, bad, r.err)
    place.sluice('config', 'check', '/nowhere.yml', status=2)
    place.sluice('config', 'check', status=2)
    for bad in ('dedup.band=3', 'dedup.bands', 'dedup.bands=x', '=', 'run.stages=extract,nothing'):
        place.sluice('run', '-c', place.config(PLAIN), '-o', place.new('out'), '--set', bad, place.inputs(), status=2)
