"""http://: `ls`, `cat`, `run` and `fetch`."""
import gzip
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time

import archives
from harness import SLUICE, Skip, need, same, test
from server import Files, Server

FAST = {'SLUICE_RETRY_MS': '1'}


def pages(n=400):
    """An archive of some 600 KB that hardly compresses, so that a transfer has a middle."""
    draw = random.Random(1)
    words = lambda: ' '.join('%x' % draw.getrandbits(60) for _ in range(120))
    return archives.gz('', archives.fix([archives.page(('<html><body><p>%s</p></body></html>' % words()).encode(), url='http://lamp.example/%d' % i, name=i)
                                         for i in range(n)])).data


def serve(place):
    def make():
        data = pages()
        return Server(Files({'a.warc.gz': data, 'empty.warc.gz': b'', 'dir/b.warc.gz': data[:0] + data})), data
    return place.once('server', make)


def here(place):
    return place.once('a.warc.gz', lambda: place.file('a.warc.gz', serve(place)[1]))


def listing(place, what, **more):
    r = place.sluice('ls', what, env=FAST, **more)
    return [{k: v for k, v in x.items() if k != 'file'} for x in r.lines]


@test
def ls_of_a_url_is_ls_of_the_file(place):
    server, _ = serve(place)
    want = listing(place, here(place))
    need(len(want) == 400)
    for faults in ('plain', 'storm', 'storm-date', 'many', 'cut', 'cut,storm', 'reset', 'no-range', 'no-range,cut', 'chunked', 'date,cut',
                   'no-version,cut', 'trickle', 'redirect', 'bare', 'bare,cut', 'date,bare,cut', 'wrong-twice'):
        same(listing(place, server.url(faults, 'a.warc.gz')), want, faults)
    same(place.sluice('ls', server.url('plain', 'empty.warc.gz')).out, '')


@test
def a_file_that_changes_is_an_error(place):
    server, data = serve(place)
    other = pages(401)
    for tag in ('cut', 'date,cut', 'no-version,cut'):
        name = 'changing-%s.warc.gz' % tag.replace(',', '-')
        server.files[name] = lambda n: data if n == 1 else other
        r = place.sluice('ls', server.url(tag, name), env=FAST, status=3)
        need('changed while it was read' in r.err and name in r.err, tag, r.err)
        same([x['id'] for x in r.lines], [x['id'] for x in listing(place, here(place))][:len(r.lines)], tag)


@test
def a_change_that_nothing_tells_is_an_error(place):
    """Same size, no ETag, no Last-Modified: the bytes where two requests meet tell it."""
    server, data = serve(place)
    server.files['silent.warc.gz'] = lambda n: data if n == 1 else bytes(reversed(data))
    r = place.sluice('ls', server.url('no-version', 'silent.warc.gz'), env=FAST, status=3)
    need('changed while it was read' in r.err, r.err)


@test
def requests_that_go_on_hold_the_version(place):
    server, _ = serve(place)
    for faults, held in (('plain', True), ('date', True), ('no-version', False)):
        place.sluice('ls', server.url(faults, 'a.warc.gz?held'), env=FAST)
        fields = [f for p, f in server.requests if p == '/%s/a.warc.gz?held' % faults]
        need(2 < len(fields) < 6 and 'If-Range' not in fields[0], faults, len(fields))
        need(all(('If-Range' in f) == held and 'Range' in f for f in fields[1:]), faults, fields)


@test
def no_message_tells_a_query(place):
    server, data = serve(place)
    server.files['bad.warc.gz'] = data[:50000] + bytes(3000) + data[53000:-9]
    server.files['none.warc.gz'] = b'no archive at all' * 100
    for faults, name in (('plain', 'bad.warc.gz'), ('plain', 'none.warc.gz'), ('plain', 'absent'), ('403', 'a.warc.gz'), ('always-500', 'a.warc.gz')):
        r = place.sluice('ls', server.url(faults, name + '?sig=q7q7'), env=FAST, status=3)
        need('q7q7' not in r.err, r.err)


@test
def names_with_blanks(place):
    server, data = serve(place)
    server.files['a%20b%C3%BC.warc.gz'] = data
    same(len(place.sluice('ls', server.url('plain', 'a bü.warc.gz'), env=FAST).lines), 400)


@test
def answers_that_are_refused(place):
    server, _ = serve(place)
    for faults, name, word in (('plain', 'absent', '404'), ('403', 'a.warc.gz', '403'), ('loop', 'a.warc.gz', 'redirect'), ('always-500', 'a.warc.gz', '500'),
                               ('wrong-range,cut', 'a.warc.gz', 'Content-Range')):
        r = place.sluice('ls', server.url(faults, name), env=FAST, status=3)
        need(word in r.err and len(r.err.splitlines()) == 1, faults, r.err)
    same(server.count['/plain/absent'], 1)
    same(server.count['/always-500/a.warc.gz'], 8)
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        r = place.sluice('ls', 'http://127.0.0.1:%d/x' % s.getsockname()[1], env=FAST, status=3)
        need('tries' in r.err, r.err)
    place.sluice('ls', 'ftp://lamp.example/x', status=3)


@test
def an_honest_name(place):
    server, _ = serve(place)
    place.sluice('ls', server.url('plain', 'a.warc.gz?who'), env=dict(FAST, SLUICE_CONTACT='info@lamp.example'))
    path, fields = [x for x in server.requests if x[0].endswith('?who')][0]
    need(re.fullmatch(r'sluice/[0-9.]+ \(info@lamp\.example\)', fields['User-Agent']), fields['User-Agent'])


@test
def cat_reads_what_it_needs(place):
    server, data = serve(place)
    last = listing(place, here(place))[-1]
    server.files['big.warc.gz'] = data * 40
    before = server.sent
    at = len(data) * 39 + last['offset']
    same(place.sluice('cat', server.url('plain', 'big.warc.gz'), at).out, place.sluice('cat', here(place), last['offset']).out)
    requests = [f.get('Range') for p, f in server.requests if p.endswith('big.warc.gz')]
    same(requests, ['bytes=0-65535', 'bytes=%d-%d' % (at, min(at + 65536, len(data) * 40) - 1)])
    need(server.sent - before < 200000, server.sent - before)


@test
def run_of_a_url_is_run_of_the_file(place):
    server, _ = serve(place)
    def result(out):
        m = json.loads((out / 'manifest.json').read_text())
        return m['merkle_root'], m['ledger_root'], m['inputs'], m['counts'], m['tokens']
    config = 'run:\n  stages: [extract, pii]\n'
    want = result(place.run(here(place), config=config)[0])
    need(want[3]['kept'] == 400, want[3])
    for faults, jobs in (('plain', 2), ('cut,storm', 1), ('no-range', 2)):
        out, _ = place.run(server.url(faults, 'a.warc.gz'), config=config, args=['-j', jobs], env=FAST)
        same(result(out), want, faults)
    need('verify' and place.sluice('verify', out, '--replay', 3, env=FAST))
    listed = place.file('warc.paths.gz', gzip.compress(b'dir/b.warc.gz\n'))
    out, _ = place.run('@%s' % listed, config=config, args=['--base', server.url('plain', '')], env=FAST)
    same(json.loads((out / 'manifest.json').read_text())['inputs'][0]['path'], 'dir/b.warc.gz')


@test
def run_tells_what_is_gone_from_what_is_not_to_be_had_now(place):
    server, data = serve(place)
    out, r = place.run(server.url('plain', 'absent.warc.gz'), here(place), status=3, env=FAST)
    out, r = place.run(server.url('plain', 'absent.warc.gz'), here(place), args=['--set', 'inputs.max_failed=1'], env=FAST)
    m = json.loads((out / 'manifest.json').read_text())
    same((m['counts']['kept'], m['inputs_failed']), (400, 1))
    server.files['moody.warc.gz'] = lambda n: data if n < 3 else None
    state = {'down': True}
    def moody(n):
        return data if n == 1 or not state['down'] else data + b'x'
    server.files['moody.warc.gz'] = moody
    out, r = place.run(server.url('plain', 'moody.warc.gz'), status=None, env=FAST)
    need(r.status not in (0, 70) and 'changed' in r.err, r.status, r.err)
    state['down'] = False
    place.run(server.url('plain', 'moody.warc.gz'), out=out, env=FAST)


@test
def fetch_brings_the_file(place):
    server, data = serve(place)
    for faults in ('plain', 'cut', 'cut,storm', 'no-range,cut', 'chunked'):
        d = place.folder('fetched')
        r = place.sluice('fetch', '-o', d, server.url(faults, 'a.warc.gz'), env=FAST)
        same((d / 'a.warc.gz').read_bytes(), data, faults)
        same(os.listdir(d), ['a.warc.gz'], faults)
        need('1 fetched' in r.err, r.err)
        need('0 fetched (0.0 MB), 1 were there' in place.sluice('fetch', '-o', d, server.url(faults, 'a.warc.gz')).err)
    r = place.sluice('fetch', '-o', place.folder('x'), server.url('plain', 'absent'), server.url('plain', 'a.warc.gz'), status=3, env=FAST)
    need('404' in r.err and '1 fetched' in r.err and '1 failed' in r.err, r.err)
    p = subprocess.run('%s fetch -o - %s | %s ls -' % (SLUICE, server.url('cut', 'a.warc.gz'), SLUICE), shell=True, stdout=subprocess.PIPE, check=True,
                       env=dict(os.environ, **FAST))
    same(len(p.stdout.splitlines()), 400)


@test
def fetch_goes_on_where_it_was_killed(place):
    server, data = serve(place)
    server.files['slow.warc.gz'] = data * 24
    d = place.folder('killed')
    for _ in range(3):
        p = subprocess.Popen([SLUICE, 'fetch', '--limit-rate', '2M', '-o', str(d), server.url('plain', 'slow.warc.gz')], stderr=subprocess.DEVNULL)
        time.sleep(1.1)
        p.send_signal(signal.SIGKILL)
        p.wait()
    had = (d / 'slow.warc.gz.part').stat().st_size
    need(had > 0, 'nothing came')
    place.sluice('fetch', '-o', d, server.url('plain', 'slow.warc.gz'), env=FAST)
    same((d / 'slow.warc.gz').read_bytes(), data * 24)
    need(any(f.get('Range') == 'bytes=%d-' % had for _, f in server.requests), 'it began anew')
    need(any(f.get('Range') == 'bytes=%d-' % had and 'If-Range' in f for _, f in server.requests), 'of any version')
    # of another version: begun anew
    (d / 'slow.warc.gz').rename(d / 'slow.warc.gz.part')
    (d / 'slow.warc.gz.part.version').write_text('"another"||5')
    server.files['slow.warc.gz'] = data
    place.sluice('fetch', '-o', d, server.url('plain', 'slow.warc.gz'), env=FAST)
    same((d / 'slow.warc.gz').read_bytes(), data)


@test
def fetch_of_a_list(place):
    server, data = serve(place)
    listed = place.file('warc.paths.gz', gzip.compress(b'dir/b.warc.gz\na.warc.gz\n'))
    d = place.folder('listed')
    place.sluice('fetch', '-j', 2, '-o', d, '--base', server.url('plain', ''), '@%s' % listed, env=FAST)
    same(((d / 'dir' / 'b.warc.gz').read_bytes(), (d / 'a.warc.gz').read_bytes()), (data, data))
    evil = place.file('evil', b'../../x.warc.gz\n')
    place.sluice('fetch', '-o', d, '--base', server.url('plain', ''), '@%s' % evil, status=2)
    place.sluice('fetch', '-o', d, '@%s' % listed, status=2)


@test
def fetch_of_records(place):
    server, _ = serve(place)
    rows = listing(place, here(place))
    chosen = [rows[7], rows[300], rows[2]]
    index = [json.dumps({'filename': 'a.warc.gz', 'offset': str(x['offset']), 'length': str(x['length']), 'url': x['url']}) for x in chosen]
    index[1] = 'example,lamp)/300 20250304050607 ' + index[1]
    out = place.new('records.warc.gz')
    args = ['fetch', '--base', server.url('cut', ''), '-o', out, '--records']
    place.sluice(*args, place.file('index', '\n'.join(index)), env=FAST)
    same([x['id'] for x in place.sluice('ls', out).lines], [x['id'] for x in chosen])
    bad = index + [json.dumps({'filename': 'a.warc.gz', 'offset': 5, 'length': 100}), 'nonsense',
                   json.dumps({'filename': 'a.warc.gz', 'offset': rows[4]['offset'], 'length': rows[4]['length'], 'url': 'http://other.example/'})]
    r = place.sluice(*args, place.file('index', '\n'.join(bad)), env=FAST, status=3)
    need('no whole record' in r.err and 'another URL' in r.err and 'no line of an index' in r.err and '3 failed' in r.err, r.err)
    same(len(place.sluice('ls', out).lines), 3)


@test
def the_rate_is_limited(place):
    server, data = serve(place)
    began = time.monotonic()
    place.sluice('fetch', '--limit-rate', str(len(data) // 2), '-o', place.folder('r'), server.url('plain', 'a.warc.gz'), env=FAST)
    need(time.monotonic() - began > 1, 'faster than it may be')


@test
def nginx(place):
    program = shutil.which('nginx') or ('/usr/sbin/nginx' if os.path.exists('/usr/sbin/nginx') else None)
    if not program:
        raise Skip('nginx is not installed')
    d = place.folder('nginx')
    (d / 'www').mkdir()
    (d / 'www' / 'a.warc.gz').write_bytes(serve(place)[1])
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    os.chmod(place.path, 0o755)
    (d / 'nginx.conf').write_text('''daemon off; master_process off; pid %s/pid; error_log %s/error.log;
events {}
http { access_log off; client_body_temp_path %s/b; proxy_temp_path %s/p; fastcgi_temp_path %s/f; uwsgi_temp_path %s/u; scgi_temp_path %s/s;
  limit_req_zone $uri zone=z:1m rate=20r/s;
  server { listen 127.0.0.1:%d; root %s/www; location /slow/ { alias %s/www/; limit_req zone=z; limit_req_status 503; } } }
''' % (*[d] * 7, port, d, d))
    p = subprocess.Popen([program, '-c', str(d / 'nginx.conf'), '-p', str(d)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', port)) == 0:
                    break
            time.sleep(0.05)
        want = listing(place, here(place))
        same(listing(place, 'http://127.0.0.1:%d/a.warc.gz' % port), want)
        for _ in range(3):
            same(listing(place, 'http://127.0.0.1:%d/slow/a.warc.gz' % port), want)
        same(place.sluice('cat', 'http://127.0.0.1:%d/a.warc.gz' % port, want[9]['offset']).out, place.sluice('cat', here(place), want[9]['offset']).out)
    finally:
        p.terminate()
        p.wait()
