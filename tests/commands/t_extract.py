"""`extract`."""
import gzip
import unicodedata

import archives
from harness import WEB, Skip, need, same, test

PROSE = ('The mill stands at the bend of the river, where the water runs fast in spring, and its wheel has turned there for more than '
         'two hundred years without a rest.')
MORE = ('In summer the miller opens the doors to visitors, shows them the stones and the sieves, and lets the children carry a small '
        'bag of flour home.')


def html(body, head=''):
    return ('<!doctype html><html><head><meta charset=utf-8><title>The mill</title>%s</head><body>%s</body></html>' % (head, body)).encode()


def article(n, body=''):
    return html('<nav><a href=/>Home</a></nav><article><h1>Mill</h1><p>%s</p>%s<p>On page %d: %s</p></article>' % (PROSE, body, n, MORE))


def response(body, url='http://mill.example/a', status='200 OK', mime='text/html; charset=utf-8', fields=()):
    kept = ['Content-Type: ' + mime] if mime else []
    return archives.make('response', archives.http(body, (*kept, *fields), status), url=url)


def archive(place, records, name='x.warc.gz'):
    return place.file(name, archives.gz('', list(records)).data)


def page(place, body, *options, **more):
    """The text of one HTML page, or None."""
    r = place.sluice('extract', '--html', *options, place.file('a.html', body), **more)
    docs = r.lines
    need(len(docs) <= 1, 'two documents of one page')
    return docs[0] if docs else None


def text(place, body, *options):
    d = page(place, html(body), *options)
    return d and d['text']


@test
def extract_documents_are_as_described(place):
    records = [response(article(i), url='http://mill.example/%d' % i) for i in range(40)]
    f = archive(place, records)
    listed = place.sluice('ls', f).lines
    docs = place.sluice('extract', f).lines
    same([(d['id'], d['metadata']['url'], d['metadata']['date'], d['metadata']['warc'], d['metadata']['offset'], d['metadata']['length'])
          for d in docs], [(x['id'], x['url'], x['date'], str(f), x['offset'], x['length']) for x in listed])
    # Which headings stay is for the judge of blocks; the paragraphs stay.
    need(all(d['text'].endswith('%s\nOn page %d: %s' % (PROSE, i, MORE)) for i, d in enumerate(docs)))
    need(all(set(d) == {'id', 'text', 'metadata'} and d['metadata']['title'] == 'The mill' for d in docs))


@test
def extract_keeps_file_order_whatever_j(place):
    a = archive(place, [response(article(i) + b'x' * (i % 7 * 4000), url='http://mill.example/a%d' % i) for i in range(120)])
    b = archive(place, [response(article(i), url='http://mill.example/b%d' % i) for i in range(30)])
    want = place.sluice('extract', '-j', '1', a, b, a).out
    same(len(want.splitlines()), 270)
    for j in (2, 3, 7, 32):
        same(place.sluice('extract', '-j', str(j), a, b, a).out, want, '-j %d' % j)
    same(place.sluice('extract', '-', stdin=a.read_bytes()).out, place.sluice('extract', a).out.replace(str(a), '-'))


@test
def extract_takes_pages_alone(place):
    """Status 200 and HTML types; a page without text gives no document, status 0."""
    a = article(1)
    yes = [response(a), response(a, mime='application/xhtml+xml'), response(a, mime='TEXT/HTML'), response(a, mime=None),
           response(a, status='200'), response(a, url='<http://mill.example/b> ', mime='text/html')]
    no = [response(a, status='404 Not Found'), response(a, status='301 Moved'), response(a, status='206 Partial Content'),
          response(a, mime='text/plain'), response(a, mime='application/json'), response(b'\x89PNG\r\n', mime='image/png'),
          response(b''), response(html('')), response(html('<script>1</script><img src=x>')), response(b'bytes', mime=None)]
    docs = place.sluice('extract', archive(place, yes)).lines
    same(len(docs), len(yes))
    same(docs[-1]['metadata']['url'], 'http://mill.example/b')
    for r in no:
        same(place.sluice('extract', archive(place, [r])).out, '', r.block[:80])
    same(place.sluice('extract', archive(place, archives.fix(archives.kinds()))).err, '')
    same(place.sluice('extract', place.file('empty', b'')).out, '')


@test
def extract_around_damage(place):
    good = [response(article(i), url='http://mill.example/%d' % i) for i in range(3)]
    case = archives.gz('', good)
    data = bytearray(case.data)
    data[case.lines[1][0] + 60] ^= 0xFF
    f = place.file('x.warc.gz', bytes(data))
    r = place.sluice('extract', f, status=3)
    same([d['metadata']['url'] for d in r.lines], ['http://mill.example/0', 'http://mill.example/2'])
    need('%s:%d: ' % (f, case.lines[1][0]) in r.err and len(r.err.splitlines()) == 1, r.err)
    both = place.sluice('extract', place.path / 'absent', f, archive(place, good), status=3)
    same(len(both.lines), 5)


@test
def extract_text(place):
    """Blocks by a line break, cells by a tab, NFC, no U+0000."""
    def body(x):
        return '<article><p>%s</p>%s<p>%s</p></article>' % (PROSE, x, MORE)
    for x, want in (('<table><tr><td>a<td>b<tr><td>c<td>d</table>', 'a\tb\nc\td'), ('<p>e&#769;te\u0301</p>', 'été'),
                    ('<p>a&#0;b\x00c</p>', None), ('<ul><li>one<li>two</ul>', 'one\ntwo'), ('<p>a<br>b</p>', 'a\nb'),
                    ('<div>  a \n\n b\t</div>', 'a b')):
        got = text(place, body(x), '--all-text')
        need('\0' not in got and unicodedata.is_normalized('NFC', got), x, got)
        if want:
            same(got, '\n'.join((PROSE, want, MORE)), x)


@test
def extract_modes(place):
    posts = '<div class=thread>%s</div>' % ''.join('<div class=post><div class=postbody>%s</div></div>' % p for p in (PROSE, MORE))
    comments = html('<article><h1>Mill</h1><p>%s</p><p>%s</p></article><section id=comments class=comments><p>I saw it turn, said a '
                    'reader.</p></section><footer>Imprint</footer>' % (PROSE, MORE))
    for mode in ('precision', 'balanced', 'recall'):
        same(text(place, posts, '--mode', mode), PROSE + '\n' + MORE, mode)
        need(('said a reader' in page(place, comments, '--mode', mode)['text']) == (mode == 'recall'), mode)
    same(page(place, comments)['text'], page(place, comments, '--mode', 'balanced')['text'])
    need('Imprint' in page(place, comments, '--all-text')['text'])
    mark = text(place, '<article><h2>Wheel</h2><p>%s</p><ul><li>oak</ul><p>%s</p></article>' % (PROSE, MORE), '--markdown')
    same(mark, '## Wheel\n%s\n- oak\n%s' % (PROSE, MORE))
    for options in (['--mode', 'all'], ['--markdown', '--all-text'], ['--html'], ['--url', 'x'], []):
        place.sluice('extract', *options, status=2)


@test
def extract_page_facts(place):
    """The page's own, and no others; --url or no url at all."""
    head = ('<link rel=canonical href="http://mill.example/c"><meta name=author content="A. Miller"><meta property="article:published_time" '
            'content="2020-01-02T03:04:05Z"><link rel=license href="https://creativecommons.org/licenses/by/4.0/">')
    body = article(1).replace(b'<html>', b'<html lang="en-GB">').replace(b'</head>', head.encode() + b'</head>')
    facts = {'title': 'The mill', 'canonical': 'http://mill.example/c', 'lang_declared': 'en-GB', 'author': 'A. Miller',
             'published': '2020-01-02T03:04:05Z', 'licence': 'https://creativecommons.org/licenses/by/4.0/'}
    same(page(place, body)['metadata'], facts)
    same(page(place, body, '--url', 'http://mill.example/u')['metadata'], dict(facts, url='http://mill.example/u'))
    same(page(place, ('<p>%s</p>' % PROSE).encode())['metadata'], {})
    same(page(place, gzip.compress(body))['metadata'], facts)
    same(place.sluice('extract', '--html', '-', stdin=body).lines[0]['metadata'], facts)


@test
def extract_bounds(place):
    deep = ('<p>%s</p>' % PROSE + '<div>' * 100000 + '<p>%s</p>' % MORE).encode()
    d = page(place, deep)
    need((PROSE in d['text'] or MORE in d['text']) and d['metadata']['truncated'] == 'depth', d['metadata'])
    place.sluice('extract', '--html', place.path / 'absent', status=3)
    place.sluice('extract', '--html', place.path, status=3)
    big = archive(place, [response(article(1)), response(b'<p>' + b'lamp and mill ' * 6000000), response(article(2))])
    r = place.sluice('extract', big, status=3)
    same(len(r.lines), 2)
    need('%s:%d: ' % (big, place.sluice('ls', '--no-digests', big).lines[1]['offset']) in r.err, r.err)


@test
def extract_of_real_pages(place):
    if not WEB.exists():
        raise Skip('../shared/data/web is not there')
    out = place.sluice('extract', WEB).out
    need(len(out.splitlines()) > 580)
    same(place.sluice('extract', '-j', '1', '--mode', 'balanced', WEB).out, out)
