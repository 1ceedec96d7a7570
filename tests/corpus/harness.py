"""What the tests of this folder share: the program, a scratch folder, corpora made once, and the count."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLUICE = os.environ.get('SLUICE', str(ROOT / 'sluice'))
VOCABULARY = ROOT / 'models' / 'tekken_240911.json'
WEB = ROOT.parent / 'shared' / 'data' / 'web' / 'web.warc.gz'

# Language and quality have their own tests; here every page that extraction finds is wanted.
STRICT = 'run:\n  stages: [optout, extract, pii]\noptout:\n  as_of: 2025-06-01\n'
PLAIN = 'run:\n  stages: [extract, pii]\n'

tests = []


class Skip(Exception):
    pass


def test(f):
    tests.append(f)
    return f


def need(ok, what='', *more):
    if not ok:
        raise AssertionError(' '.join(str(x)[:3000] for x in (what,) + more))


def same(a, b, what=''):
    need(a == b, '%s: %r is not %r' % (what, a, b))


class Ran:
    def __init__(self, p):
        self.status, self.out, self.err = p.returncode, p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')

    @property
    def lines(self):
        return [json.loads(x) for x in self.out.splitlines()]


class Place:
    """Scratch of a whole run of the tests; corpora that many tests read are made once."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix='sluice-corpus-'))
        self.made = {}
        self.n = 0

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def new(self, name='x'):
        self.n += 1
        return self.path / ('%03d-%s' % (self.n, name))

    def folder(self, name='x'):
        p = self.new(name)
        p.mkdir()
        return p

    def file(self, name, text):
        p = self.folder('f') / name
        p.write_bytes(text.encode() if isinstance(text, str) else text)
        return p

    def sluice(self, *args, status=0, cwd=None, stdin=b'', program=None, env=None):
        """Run it; `status`: what it must end with, None: anything."""
        p = subprocess.run([program or SLUICE] + [str(a) for a in args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd,
                           env=dict(os.environ, **env) if env else None, timeout=300)
        r = Ran(p)
        if status is not None and r.status != status:
            raise AssertionError('sluice %s: status %d, not %d\n%s%s' % (' '.join(map(str, args)), r.status, status, r.out[-2000:], r.err[-2000:]))
        need(all(re.match(r'sluice( |:)', x) for x in r.err.splitlines() if args[0] != 'run' or '--progress' not in args),
             'a message without the form of one', r.err)
        return r

    def once(self, name, make):
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    # ---- corpora ----

    def inputs(self):
        import warcs
        return self.once('inputs', lambda: warcs.make(self.new('in')))

    def snapshot(self):
        def make():
            p = self.new('snapshot')
            self.sluice('robots', 'build', '-o', p, self.inputs() / 'robots.warc.gz.snapshot-source')
            return p
        return self.once('snapshot', make)

    def config(self, text):
        return self.once('config ' + text, lambda: self.file('config.yml', text))

    def run(self, *inputs, config=PLAIN, out=None, args=(), status=0, **more):
        out = out or self.new('out')
        r = self.sluice('run', '-c', self.config(config), '-o', out, *args, *inputs, status=status, **more)
        return out, r

    def strict(self):
        """The corpus that most tests read; never changed: copy() it."""
        sets = ['shards.tokens=3000', 'run.part_bytes=8K', 'run.group_bytes=16K']
        args = ['--robots', self.snapshot()] + [x for s in sets for x in ('--set', s)]
        return self.once('strict', lambda: self.run(self.inputs(), config=STRICT, args=args)[0])

    def copy(self, out):
        p = self.new('copy')
        shutil.copytree(out, p, symlinks=True)
        return p


def run_all(modules):
    place, passed, failed, skipped = Place(), 0, 0, 0
    try:
        for f in tests:
            if modules and not any(m in f.__module__ + '.' + f.__name__ for m in modules):
                continue
            try:
                f(place)
                passed += 1
            except Skip as e:
                skipped += 1
                print('skipped: %s: %s' % (f.__name__, e))
            except Exception as e:
                failed += 1
                print('FAILED: %s: %s' % (f.__name__, e))
                if not isinstance(e, AssertionError):
                    traceback.print_exc()
    finally:
        if os.environ.get('KEEP'):
            print('kept: %s' % place.path)
        else:
            place.close()
    print('%d passed, %d failed%s' % (passed, failed, ', %d skipped' % skipped if skipped else ''))
    return 0 if passed and not failed else 1
