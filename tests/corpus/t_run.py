"""run and its phases: inputs and their names, statuses, the summary, resume, tasks one by one."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import reader
import warcs
from harness import PLAIN, SLUICE, STRICT, VOCABULARY, need, same, test


def names(out):
    return [i['path'] for i in json.loads((out / 'manifest.json').read_text())['inputs']]


def small(folder, name, seed=None):
    """One page in an archive of its own."""
    p = folder / name
    p.parent.mkdir(parents=True, exist_ok=True)
    warcs.write(p, [warcs.page('http://small.example/%s' % (seed or name), warcs.article(seed or name))])
    return p


# ---- names ----

@test
def a_folder_is_searched_and_names_lie_below_it(place):
    folder = place.folder('in')
    for name in ('b.warc.gz', 'a/x.warc.gz', 'a/b/c/y.warc.gz', 'a-/z.warc.gz', '.hidden/h.warc.gz'):
        small(folder, name)
    warcs.write(folder / 'plain.warc', [warcs.page('http://small.example/p', warcs.article('p'))], plain=True)
    (folder / 'notes.txt').write_text('no archive')
    os.symlink('..', folder / 'a' / 'back')
    out, _ = place.run(folder)
    same(names(out), ['a-/z.warc.gz', 'a/b/c/y.warc.gz', 'a/x.warc.gz', 'b.warc.gz', 'plain.warc'])
    need(not reader.check(out, private=[str(place.path)]).bad)


@test
def a_file_has_its_base_name_and_two_of_one_name_are_refused(place):
    folder = place.folder('in')
    a, b, c = small(folder, 'one/a.warc.gz'), small(folder, 'two/a.warc.gz'), small(folder, 'two/c.warc.gz')
    same(names(place.run(c, a)[0]), ['a.warc.gz', 'c.warc.gz'])
    out, r = place.run(a, b, status=2)
    need(str(a) in r.err and str(b) in r.err and len(r.err.splitlines()) == 1 and not out.exists(), r.err)
    place.run(a, a, status=2)
    same(names(place.run(folder)[0]), ['one/a.warc.gz', 'two/a.warc.gz', 'two/c.warc.gz'])


@test
def a_list_gives_its_own_names(place):
    folder = place.folder('in')
    small(folder, 'crawl/a.warc.gz'), small(folder, 'crawl/b/a.warc.gz')
    (folder / 'list').write_text('# two\ncrawl/b/a.warc.gz\n\n  ./crawl/a.warc.gz  \r\n')
    out, _ = place.run('@list', cwd=folder)
    same(names(out), ['crawl/a.warc.gz', 'crawl/b/a.warc.gz'])
    elsewhere, _ = place.run('@%s' % (folder / 'list'), cwd='/')  # paths are sought from the list's folder too
    same(names(elsewhere), names(out))
    same((elsewhere / 'manifest.json').read_bytes(), (out / 'manifest.json').read_bytes())
    place.sluice('verify', elsewhere, '--replay', 9, '--source', folder)
    place.run('@%s' % (folder / 'nothing'), status=3)
    (folder / 'empty').write_text('# nothing\n')
    place.run('@%s' % (folder / 'empty'), status=2)


@test
def a_list_of_absolute_paths_gives_no_local_path_away(place):
    folder = place.folder('in')
    a, b = small(folder, 'crawl/a.warc.gz'), small(folder, 'crawl/b/a.warc.gz')
    (folder / 'list').write_text('%s\n%s\n' % (a, b))
    out, _ = place.run('@%s' % (folder / 'list'))
    same(names(out), ['a.warc.gz', 'b/a.warc.gz'])
    need(not reader.check(out, private=[str(place.path)]).bad)
    (folder / 'list').write_text('%s\n' % a)
    same(names(place.run('@%s' % (folder / 'list'))[0]), ['a.warc.gz'])
    (folder / 'list').write_text('%s/\n' % (folder / 'crawl'))
    same(names(place.run('@%s' % (folder / 'list'))[0]), ['crawl/a.warc.gz', 'crawl/b/a.warc.gz'])


@test
def inputs_sort_by_bytes_whatever_their_order(place):
    folder = place.folder('in')
    files = [small(folder, n) for n in ('B.warc.gz', 'a.warc.gz', '\u00e9.warc.gz', 'z.warc.gz', '10.warc.gz', '9.warc.gz')]
    one, _ = place.run(*files)
    two, _ = place.run(*reversed(files))
    same(names(one), ['10.warc.gz', '9.warc.gz', 'B.warc.gz', 'a.warc.gz', 'z.warc.gz', '\u00e9.warc.gz'])
    same((one / 'manifest.json').read_bytes(), (two / 'manifest.json').read_bytes())


@test
def a_name_that_is_not_utf8(place):
    folder = place.folder('in')
    page = small(folder, 'a.warc.gz')
    os.rename(page, os.fsencode(str(folder)) + b'/caf\xe9.warc.gz')
    out, _ = place.run(folder)
    same(names(out), ['caf%E9.warc.gz'])
    need(not reader.check(out).bad)


@test
def what_cannot_be_an_input(place):
    for bad in ('-', 'ftp://host.example/a.warc.gz', 's3://bucket'):
        out, r = place.run(bad, status=2)
        need(len(r.err.splitlines()) == 1 and not out.exists(), r.err)
    out, r = place.run(place.folder('empty'), status=2)
    need('no inputs' in r.err, r.err)
    place.run(status=2)
    place.sluice('run', '-c', place.config(PLAIN), place.inputs(), status=2)
    place.sluice('run', '-c', place.config(PLAIN), '-o', place.new('o'), '-j', '0', place.inputs(), status=2)


# ---- unreadable inputs ----

@test
def an_input_that_cannot_be_read_is_named_and_not_sealed(place):
    folder = place.folder('in')
    good, gone = small(folder, 'good.warc.gz'), folder / 'gone.warc.gz'
    (folder / 'text.warc').write_text('this is no archive\n' * 100)
    args = [good, gone, folder / 'text.warc']
    out, r = place.run(*args, status=3)
    need('gone.warc.gz' in r.err and 'text.warc' in r.err and 'max_failed' in r.err, r.err)
    need(not (out / 'manifest.json').exists())
    place.run(*args, args=['--set', 'inputs.max_failed=1'], status=3)
    out, r = place.run(*args, args=['--set', 'inputs.max_failed=2'])
    need('gone.warc.gz' in r.err and 'text.warc' in r.err, r.err)
    c = reader.check(out, private=[str(place.path)])
    need(not c.bad, c.bad)
    same((c.m['inputs_failed'], c.m['counts']['records'], len(c.rows)), (2, 1, 3))
    same({r['warc'] for r, _ in c.rows if r['stage' if 'stage' in r else 'id'] == 'input'}, {'gone.warc.gz', 'text.warc'})
    same([('sha256' in i) for i in c.m['inputs']], [False, True, False])
    need('2 inputs' in re.sub('<[^>]*>', '', (out / 'report.html').read_text()), 'the report says nothing of them')
    place.sluice('verify', out)


@test
def array_tasks_name_what_cannot_be_read(place):
    out, gone = place.new('out'), place.folder('in') / 'gone.warc.gz'
    place.sluice('plan', '-c', place.config(PLAIN), '-o', out, gone)
    for phase, step, i in tasks(place, out):
        r = place.sluice(phase, out, '--step', step, '--task', i, status=3 if phase == 'seal' else 0)
        same('gone.warc.gz' in r.err, phase in ('prepare', 'seal'), r.err)
    need('max_failed' in r.err and not (out / 'manifest.json').exists(), r.err)
    same(json.loads(place.sluice('status', out, '--json').out)['phases'][3]['failed'], 1)


@test
def damage_is_rows_and_a_line_of_the_summary(place):
    out, r = place.run(place.inputs() / 'deep' / 'c.warc.gz')
    need('damaged' in r.err and '1 run of' in r.err, r.err)
    out, r = place.run(place.inputs() / 'deep' / 'c.warc.gz', args=['--fail-on-damage'], status=3)
    need(not reader.check(out).bad)
    place.sluice('verify', out)
    row, = [x for x in place.sluice('audit', out, '--all', '--json').lines if x.get('rule') == 'damage']
    need('id' not in row and row['outcome'] == 'failed')
    place.run(place.inputs() / 'deep' / 'c.warc.gz', out=out, args=['--fail-on-damage'], status=3)
    place.run(place.inputs() / 'a.warc.gz', args=['--fail-on-damage'])


# ---- configurations and gates ----

@test
def a_folder_of_another_run_is_refused(place):
    inputs = place.inputs() / 'deep' / 'b.warc'
    out, _ = place.run(inputs)
    before = sorted((str(p), p.stat().st_mtime_ns) for p in out.rglob('*') if 'lock' not in p.name)
    for args, config, given in ((['--set', 'dedup.bands=7'], PLAIN, [inputs]), ([], 'run:\n  stages: [extract]\n', [inputs]),
                                ([], PLAIN, [place.inputs() / 'a.warc.gz']), ([], PLAIN, [inputs, place.inputs() / 'a.warc.gz'])):
        r = place.run(*given, out=out, config=config, args=args, status=2)[1]
        need('another' in r.err or 'other' in r.err, r.err)
        place.sluice('plan', '-c', place.config(config), '-o', out, *args, *given, status=2)
    same(sorted((str(p), p.stat().st_mtime_ns) for p in out.rglob('*') if 'lock' not in p.name), before)
    place.run(inputs, out=out)


@test
def without_a_snapshot_or_with_an_old_one_nothing_runs(place):
    inputs = place.inputs() / 'a.warc.gz'
    old = STRICT.replace('2025-06-01', '2026-06-01')
    for config, args in ((STRICT, []), (STRICT, ['--robots', place.new('nowhere')]), (old, ['--robots', place.snapshot()]),
                         (STRICT, ['--robots', place.snapshot(), '--set', 'optout.max_age=10'])):
        out, r = place.run(inputs, config=config, args=args, status=6)
        need(len(r.err.splitlines()) == 1 and 'snapshot' in r.err, r.err)
        need(not (out / 'plan.json').exists(), 'a run that was refused left a plan')
        place.sluice('run', '-c', place.config(config), '-o', place.new('dry'), *args, '--dry-run', inputs, status=6)
        place.sluice('plan', '-c', place.config(config), '-o', place.new('plan'), *args, inputs, status=6)
    place.run(inputs, config=old, args=['--robots', place.snapshot(), '--set', 'optout.max_age=0'])


@test
def a_host_that_the_snapshot_lacks_is_refused_and_told(place):
    out, r = place.run(place.inputs(), config=STRICT, args=['--robots', place.snapshot()])
    need(re.search(r'\b2 records were refused because the snapshot', r.err) and 'sluice robots build -o SNAPSHOT' in r.err, r.err)
    rows = place.sluice('audit', out, '--domain', warcs.UNKNOWN, '--json').lines
    same([(x['outcome'], x['rule']) for x in rows], [('dropped', 'robots_unknown_host')] * 2)
    need(all(e['verdict'] != 'allowed' for x in rows for e in x['evidence'] if e['signal'] == 'robots'), rows)


@test
def no_opt_out_stage_is_said_loudly(place):
    out, r = place.run(place.inputs() / 'a.warc.gz')
    need('NO OPT-OUT SIGNAL WAS LOOKED AT' in r.err, r.err)
    need('No opt-out signal was looked at' in (out / 'report.html').read_text())
    need('No opt-out signal was looked at' not in (place.strict() / 'report.html').read_text())


@test
def a_model_that_is_missing(place):
    for args in (['--set', 'tokenizer.vocab=nothing.json'], ['--set', 'tokenizer.vocab=%s' % place.file('v.json', '{}')]):
        out, r = place.run(place.inputs() / 'a.warc.gz', args=args, status=None)
        need(r.status in (2, 4) and len(r.err.splitlines()) == 1 and not (out / 'plan.json').exists(), r.status, r.err)


@test
def a_snapshot_that_changes_after_the_plan(place):
    snapshot = place.file('snap', place.snapshot().read_bytes())
    out = place.new('out')
    place.sluice('plan', '-c', place.config(STRICT), '--robots', snapshot, '-o', out, place.inputs())
    os.utime(snapshot, (1, 1))
    place.sluice('prepare', out, '--task', 0)  # touched, the same bytes
    other = place.new('other')
    place.sluice('robots', 'build', '-o', other, place.inputs() / 'a.warc.gz')
    shutil.copy(other, snapshot)
    snapshot.write_bytes(other.read_bytes() + b'')
    r = place.sluice('prepare', out, '--task', 1, status=None)
    need(r.status == 0 if other.read_bytes() == place.snapshot().read_bytes() else r.status == 3, r.status, r.err)
    snapshot.unlink()
    place.sluice('prepare', out, '--task', 1, status=3 if r.status else 0)


# ---- the plan ----

@test
def plan_says_what_would_be_done_and_reads_no_input_whole(place):
    folder = place.folder('in')
    big = folder / 'big.warc.gz'
    with open(big, 'wb') as f:
        f.truncate(1 << 40)  # a terabyte of nothing: reading it would be noticed
    out = place.new('out')
    began = time.monotonic()
    r = place.sluice('plan', '-c', place.config(PLAIN), '-o', out, folder)
    need(time.monotonic() - began < 10)
    plan = json.loads((out / 'plan.json').read_text())
    same([(i['name'], i['bytes']) for i in plan['inputs']], [('big.warc.gz', 1 << 40)])
    same(plan['inputs'][0]['version'], str(big.stat().st_mtime_ns))
    same([p['phase'] for p in plan['phases']], ['prepare', 'dedup', 'pack', 'seal'])
    need(plan['phases'][0]['tasks'] > 1000 and plan['config']['text'] and len(plan['config']['sha256']) == 64)
    for phase in ('prepare', 'dedup', 'pack', 'seal'):
        need(phase in r.out, r.out)


@test
def dry_run_writes_nothing(place):
    out = place.new('out')
    r = place.sluice('run', '-c', place.config(PLAIN), '-o', out, '--dry-run', place.inputs())
    need('prepare' in r.out and 'seal' in r.out and not out.exists(), r.out)
    sealed = place.copy(place.strict())
    place.sluice('run', '-c', place.config(PLAIN), '-o', sealed, '--dry-run', place.inputs(), status=2)


# ---- tasks one by one ----

def tasks(place, out):
    for phase in json.loads((out / 'plan.json').read_text())['phases']:
        for step in phase['steps']:
            for i in range(step['tasks']):
                yield phase['phase'], step['name'], i


@test
def tasks_one_by_one_make_the_same_corpus(place):
    """prepare backwards, so that every part has to guess where it begins."""
    sets = [x for s in ('run.part_bytes=8K', 'run.group_bytes=16K', 'shards.tokens=3000') for x in ('--set', s)]
    out = place.new('out')
    place.sluice('plan', '-c', place.config(STRICT), '--robots', place.snapshot(), '-o', out, *sets, place.inputs())
    every = list(tasks(place, out))
    first = [t for t in every if t[0] == 'prepare']
    r = place.sluice('dedup', out, '--step', 'group', '--task', 0, status=4)
    need('prepare' in r.err, r.err)
    for phase, step, i in reversed(first):
        place.sluice(phase, out, '--step', step, '--task', i)
    for _ in first:  # parts that guessed wrong are done again, in order
        r = place.sluice('dedup', out, '--task', 0, status=None)
        if r.status == 0:
            break
        m = re.search(r'sluice prepare OUT --task (\d+)', r.err)
        need(m, r.err)
        place.sluice('prepare', out, '--task', m.group(1))
    for phase, step, i in every[len(first):]:
        place.sluice(phase, out, '--step', step, '--task', i)
    same((out / 'manifest.json').read_bytes(), (place.strict() / 'manifest.json').read_bytes())
    need(not reader.check(out, VOCABULARY).bad)
    for phase, step, i in every[::5]:  # finished work is recognised
        before = {p: p.stat().st_mtime_ns for p in out.rglob('*') if p.is_file()}
        place.sluice(phase, out, '--step', step, '--task', i)
        same({p: p.stat().st_mtime_ns for p in out.rglob('*') if p.is_file()}, before)
    r = place.run(place.inputs(), out=out, config=STRICT, args=['--robots', place.snapshot()] + sets)[1]
    need('already done' in r.out, r.out)


@test
def a_task_that_is_none(place):
    out = place.new('out')
    place.sluice('plan', '-c', place.config(PLAIN), '-o', out, place.inputs())
    for args in (['prepare', out, '--task', 9999], ['prepare', out, '--step', 'nothing', '--task', 0], ['prepare', out], ['prepare', '--task', 0],
                 ['prepare', out, '--task', 'x']):
        place.sluice(*args, status=2)
    place.sluice('prepare', place.folder('empty'), '--task', 0, status=4)


@test
def a_lost_output_is_made_again(place):
    """With or without tmp: a shard that is gone is no sealed corpus, and the same command makes it again."""
    inputs = place.inputs() / 'deep'
    out, _ = place.run(inputs)
    want = {p: p.read_bytes() for p in out.rglob('*') if 'tmp' not in p.parts and p.is_file() and p.name != 'run.json'}
    for clean in (False, True):
        if clean:
            place.sluice('clean', out)
        for victim in ('shards/00000.zst', 'ledger/00000.jsonl.zst', 'manifest.json', 'report.html'):
            (out / victim).unlink()
            r = place.run(inputs, out=out)[1]
            need('already done' not in r.out, victim)
            same({p: p.read_bytes() for p in want}, want)


# ---- the summary ----

@test
def the_summary_tells_what_a_user_wants_to_know(place):
    out, r = place.run(place.inputs())
    m = json.loads((out / 'manifest.json').read_text())
    plain = r.out.replace(',', '')
    for word in ('records', 'kept', 'dropped', 'failed', 'tokens', 'bytes', 'pages a second', 'memory', str(m['tokens']), '%s/shards' % out,
                 '%s/manifest.json' % out, '%s/report.html' % out):
        need(word in plain, word, r.out)
    rules = re.findall(r'^ +(\d+)  (\w+) +(\w+)$', plain, re.M)
    same({(s, q): int(n) for n, s, q in rules}, {(s, q): n for s, v in m['stages'].items() for q, n in v.items()})
    same([int(n) for n, _, _ in rules], sorted((int(n) for n, _, _ in rules), reverse=True))
    need('\t' not in r.out and max(map(len, r.out.replace(str(out), 'OUT').replace(SLUICE, 'sluice').splitlines())) < 100, r.out)
    need(not re.search(r'prepare .*tasks', r.err), 'progress without a terminal')


@test
def the_three_commands_work_as_they_are_pasted(place):
    """From the folder of the run, with the program called as it was; also in a folder whose name needs quotes."""
    here = place.folder("it's here")
    for given, program in ((os.path.relpath(SLUICE, here), os.path.relpath(SLUICE, here)), (SLUICE, SLUICE)):
        out = 'out %d' % len(program)
        r = place.sluice('run', '-c', place.config(PLAIN), '-o', out, place.inputs(), cwd=here, program=given)
        for text in (r.out, place.sluice('run', '-c', place.config(PLAIN), '-o', out, place.inputs(), cwd=here, program=given).out):
            commands = [x.strip() for x in text.split('\nnext:\n')[1].splitlines() if x.strip()]
            same(len(commands), 3)
            for c in commands:
                need(c.startswith(program + ' '), c)
                p = subprocess.run(c, shell=True, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                need(p.returncode == 0 and p.stdout, c, p.stdout)


@test
def a_second_run_says_so_in_under_a_second(place):
    out, _ = place.run(place.inputs())
    before = {p: p.stat().st_mtime_ns for p in out.rglob('*')}
    began = time.monotonic()
    r = place.run(place.inputs(), out=out)[1]
    need(time.monotonic() - began < 1, 'slow')
    need('already done' in r.out and 'records' in r.out, r.out)
    same({p: p.stat().st_mtime_ns for p in out.rglob('*')}, before)


@test
def progress_is_asked_for_or_for_terminals(place):
    out, r = place.run(place.inputs(), args=['--progress'])
    need('prepare' in r.err and 'records' in r.err, r.err)
    need('prepare' not in place.run(place.inputs())[1].err)
    p = subprocess.run(['script', '-qec', '%s run -c %s -o %s %s >/dev/null' % (SLUICE, place.config(PLAIN), place.new('tty'), place.inputs()),
                        '/dev/null'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) if shutil.which('script') else None
    need(p is None or b'prepare' in p.stdout, p and p.stdout)


@test
def quiet_is_quiet(place):
    p = subprocess.run([SLUICE, '-q', 'run', '-c', str(place.config(PLAIN)), '-o', str(place.new('out')), str(place.inputs())],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    same((p.returncode, p.stderr), (0, b''))
    need(pathlib.Path(SLUICE).exists() and b'records' in p.stdout)
