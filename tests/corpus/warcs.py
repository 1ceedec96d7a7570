"""Small archives with everything that a ledger must tell apart.  All text is made here."""
import gzip
import random
import uuid

WORDS = ('river stone lantern market orchard copper window harvest violin thunder garden mirror pocket ladder valley '
         'button captain feather island kitchen letter morning needle ocean pencil quarter ribbon saddle ticket umbrella '
         'village whistle yellow basket candle dragon engine forest guitar hammer').split()
SMALL = 'the of and to in that with was for on as by this from which'.split()


def sentence(rng):
    n = rng.randint(9, 16)
    words = [rng.choice(WORDS if i % 2 else SMALL) for i in range(n)]
    return words[0].capitalize() + ' ' + ' '.join(words[1:]) + '.'


def article(seed, paragraphs=6):
    """Paragraphs of plain sentences; the same seed gives the same ones."""
    rng = random.Random(seed)
    return [' '.join(sentence(rng) for _ in range(5)) for _ in range(paragraphs)]


def html(paragraphs, head=''):
    body = ''.join('<p>%s</p>\n' % p for p in paragraphs)
    return ('<!doctype html><html lang=en><head><title>A page</title>%s</head><body><article><h1>A page of the test</h1>\n%s'
            '</article></body></html>\n' % (head, body)).encode('utf-8')


def http(body, status='200 OK', mime='text/html; charset=utf-8', extra=()):
    lines = ['HTTP/1.1 ' + status] + (['Content-Type: ' + mime] if mime else []) + ['Content-Length: %d' % len(body)] + list(extra)
    return '\r\n'.join(lines).encode() + b'\r\n\r\n' + body


def record(kind, block, url=None, date='2025-03-04T05:06:07Z', rid='', mime='application/http; msgtype=response', extra=()):
    """rid '': made of the block and URL; None: the record has no id.  url may be bytes."""
    if rid == '':
        name = (url if isinstance(url, str) else repr(url)) + date + kind + str(len(block)) + repr(block[:64])
        rid = '<urn:uuid:%s>' % uuid.uuid5(uuid.NAMESPACE_URL, name)
    lines = [b'WARC/1.1', b'WARC-Type: ' + kind.encode(), b'WARC-Date: ' + date.encode()]
    if rid:
        lines.append(b'WARC-Record-ID: ' + rid.encode())
    if url:
        lines.append(b'WARC-Target-URI: ' + (url.encode() if isinstance(url, str) else url))
    lines += [b'Content-Type: ' + mime.encode(), b'Content-Length: %d' % len(block)] + [x.encode() for x in extra]
    return b'\r\n'.join(lines) + b'\r\n\r\n' + block + b'\r\n\r\n'


def page(url, paragraphs, head='', **more):
    keys = ('status', 'mime')
    h = {k: more.pop(k) for k in keys if k in more}
    h['extra'] = more.pop('headers', ())
    return record('response', http(html(paragraphs, head), **h), url, **more)


def robots(host, text, status='200 OK', date='2025-03-04T05:00:00Z'):
    return record('response', http(text.encode(), status=status, mime='text/plain'), 'http://%s/robots.txt' % host, date=date)


def member(*records):
    return gzip.compress(b''.join(records), 6, mtime=0)


def write(path, records, plain=False):
    with open(path, 'wb') as f:
        for r in records:
            f.write(r if plain else member(r))


# ---- the corpus of these tests ----

ALLOW, DENY = 'User-agent: *\nAllow: /\n', 'User-agent: *\nDisallow: /private/\n\nUser-agent: GPTBot\nDisallow: /\n'
HOSTS = ['river.example', 'www.stone.example', 'sub.river.example', 'xn--bcher-kva.example', 'market.example:8080', '192.0.2.7']
IDN = 'b\u00fccher.example'
REFUSING, UNKNOWN = 'refuses.example', 'unknown.example'
HOSTILE = 'http://river.example/<script>alert(1)</script>&"\'><img src=x onerror=alert(2)>'
HOSTILE_HOST = 'http://"><svg onload=alert(3)>.example/x'


def robots_captures():
    return [robots(h, ALLOW) for h in HOSTS + ['"><svg onload=alert(3)>.example']] + [robots(REFUSING, DENY)]


def first():
    """Pages of all kinds, a gzip member a record."""
    near = article('near', 12)
    yield record('warcinfo', b'software: test\r\n', mime='application/warc-fields')
    yield from robots_captures()
    for i, host in enumerate(HOSTS):
        for k in range(3):
            yield page('http://%s/page-%d' % (host, k), article('%d-%d' % (i, k)), date='2024-0%d-11T10:00:00Z' % (k + 1))
    yield record('request', b'GET / HTTP/1.1\r\nHost: river.example\r\n\r\n', 'http://river.example/page-0',
                 mime='application/http; msgtype=request')
    yield record('metadata', b'a: b\r\n', 'http://river.example/page-0', mime='application/warc-fields')
    yield record('revisit', http(b''), 'http://river.example/page-0', extra=['WARC-Profile: http://netpreserve.org/warc/1.1/revisit/'
                                                                            'identical-payload-digest'])
    yield page('http://river.example/copy-b', article('exact'), date='2024-05-02T00:00:00Z')
    yield page('http://river.example/copy-a', article('exact'), date='2024-05-01T00:00:00Z')
    yield page('http://river.example/near-1', near, date='2024-06-01T00:00:00Z')
    yield page('http://river.example/near-2', near[:-1] + ['A last line that is another one.'], date='2024-06-02T00:00:00Z')
    yield page('http://river.example/same-url', article('old'), date='2024-07-01T00:00:00Z')
    yield page('http://river.example/same-url', article('new'), date='2024-07-09T00:00:00Z')
    yield page('http://river.example/mail', article('mail') + ['Write to some.one@mail.example or to other@mail.example today.'])
    yield page(HOSTILE, article('hostile'))
    yield page(HOSTILE_HOST, article('hostile host'))
    yield page('http://%s/umlaut' % IDN, article('idn'))
    yield page(b'http://river.example/caf\xe9', article('bytes'))
    yield page('http://river.example/no-id', article('no id'), rid=None)
    yield page('http://river.example/no-id-2', article('no id 2'), rid=None)


def second():
    """Refusals, and pages that are none."""
    yield page('http://%s/news' % REFUSING, article('refused'))
    yield page('http://%s/a' % UNKNOWN, article('unknown 1'))
    yield page('http://%s/b' % UNKNOWN, article('unknown 2'))
    yield page('http://river.example/noai', article('noai'), head='<meta name=robots content="noai">')
    yield page('http://river.example/tdm', article('tdm'), head='<meta name="tdm-reservation" content="1">')
    yield page('http://river.example/tag', article('tag'), headers=['X-Robots-Tag: noai'])
    yield page('http://river.example/gone', ['Nothing here.'], status='404 Not Found')
    yield page('http://river.example/moved', ['Elsewhere.'], status='301 Moved Permanently', headers=['Location: /page-0'])
    yield record('response', http(b'\x89PNG\r\n\x1a\n' + bytes(64), mime='image/png'), 'http://river.example/x.png')
    yield record('response', http(b'<html><body></body></html>'), 'http://river.example/blank')
    yield record('response', b'not http at all', 'http://river.example/bad-http')
    yield page('http://river.example/copy-c', article('exact'), date='2024-05-03T00:00:00Z')


def make(folder):
    """FOLDER/a.warc.gz, FOLDER/deep/b.warc (plain), FOLDER/deep/c.warc.gz (two records in one member, then damage)."""
    (folder / 'deep').mkdir(parents=True)
    write(folder / 'a.warc.gz', first())
    write(folder / 'deep' / 'b.warc', second(), plain=True)
    broken = bytearray(member(page('http://river.example/broken', article('broken'))))
    broken[len(broken) // 2] ^= 0xFF
    with open(folder / 'deep' / 'c.warc.gz', 'wb') as f:
        f.write(member(page('http://river.example/two-1', article('two 1')), page('http://river.example/two-2', article('two 2'))))
        f.write(broken)
        f.write(member(page('http://river.example/behind', article('behind'))))
    write(folder / 'robots.warc.gz.snapshot-source', robots_captures())
    return folder
