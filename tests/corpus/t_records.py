"""What the ledger says of a record besides its fate: charset, codings, digests, cuts."""
import base64
import gzip
import hashlib

import warcs
from harness import PLAIN, need, same, test

TEXT = warcs.article('records')
HTML = warcs.html(TEXT)
LINE = 'Вчера вечером мы гуляли по набережной, и лодки стояли тихо, а чайки кричали над водой до самой темноты, номер %d. '
RUSSIAN = '<!doctype html><html><head><title>x</title></head><body><article>%s</article></body></html>' % ''.join(
    '<p>%s</p>\n' % ''.join(LINE % (9 * k + i) for i in range(4)) for k in range(8))
# Equal texts are wanted here.
ALL = ['--set', 'dedup.kinds=[]']


def sha1(data):
    return 'sha1:' + base64.b32encode(hashlib.sha1(data).digest()).decode()


def response(name, body, *fields, mime='text/html', **more):
    return warcs.record('response', warcs.http(body, mime=mime, extra=fields), 'http://river.example/' + name, **more)


def chunked(data, last=b'0\r\n\r\n'):
    return b'%x\r\n%s\r\n' % (len(data), data) + last


def records():
    block = warcs.http(HTML)
    zipped = gzip.compress(HTML, mtime=0)
    yield response('meta', RUSSIAN.replace('<title>', '<meta charset=koi8-r><title>').encode('koi8-r'))
    yield response('header', RUSSIAN.encode('cp1251'), mime='text/html; charset=windows-1251')
    yield response('broken', RUSSIAN.encode() + b'<p>\xff\xfe\xfd</p>', mime='text/html; charset=utf-8')
    yield response('detected', RUSSIAN.encode('cp1251'))
    yield response('whole', zipped, 'Content-Encoding: gzip')
    yield response('cut', zipped[:-30], 'Content-Encoding: gzip')
    yield response('plain', HTML, 'Content-Encoding: gzip', 'Transfer-Encoding: chunked')
    yield response('no-last-chunk', chunked(HTML, b''), 'Transfer-Encoding: chunked')
    yield response('untyped', chunked(zipped), 'Content-Encoding: gzip', 'Transfer-Encoding: chunked', mime=None)
    yield response('bomb', gzip.compress(gzip.compress(HTML + bytes(48 << 20), mtime=0), mtime=0), 'Content-Encoding: gzip, gzip')
    yield warcs.record('response', block, 'http://river.example/good', extra=['WARC-Payload-Digest: ' + sha1(HTML), 'WARC-Block-Digest: ' + sha1(block)])
    yield warcs.record('response', block, 'http://river.example/bad', extra=['WARC-Payload-Digest: ' + sha1(b'other')])
    yield warcs.record('response', block, 'http://river.example/md5', extra=['WARC-Payload-Digest: md5:' + '0' * 32])
    yield warcs.record('response', block, 'http://river.example/length', extra=['WARC-Truncated: length'])
    yield warcs.record('response', block, 'http://river.example/segment', extra=['WARC-Segment-Number: 1'])
    yield warcs.record('continuation', HTML, 'http://river.example/segment', extra=['WARC-Segment-Number: 2'])
    yield warcs.record('resource', RUSSIAN.encode('koi8-r'), 'http://river.example/resource', mime='text/html; charset=koi8-r')
    yield warcs.record('resource', b'words', 'http://river.example/words', mime='text/plain')
    yield warcs.record('response', HTML, 'http://river.example/http-0.9')
    yield response('feed', b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>')
    yield response('types', HTML, 'Content-Type: text/plain')
    yield warcs.record('conversion', '\n'.join(TEXT).encode(), 'http://river.example/wet', mime='text/plain')
    yield warcs.record('conversion', '\n'.join(TEXT).encode().replace(b' ', b'\0 '), 'http://river.example/nul', mime='text/plain')


def by_name(place):
    def make():
        path = place.folder('records') / 'records.warc.gz'
        warcs.write(path, records())
        out, _ = place.run(path, config=PLAIN, args=ALL)
        rows = place.sluice('audit', out, '--all', '--json').lines
        return path, {r['url'].split('/')[-1] + ('-2' if r.get('rule') == 'continuation' else ''): r for r in rows}
    return place.once('records', make)


@test
def rows_say_how_a_body_became_utf8(place):
    rows = by_name(place)[1]
    same(rows['meta']['charset'], {'encoding': 'KOI8-R', 'signal': 'meta'})
    same(rows['header']['charset'], {'encoding': 'windows-1251', 'signal': 'http'})
    same(rows['broken']['charset'], {'encoding': 'UTF-8', 'repaired': 3, 'signal': 'http'})
    same(rows['detected']['charset'], {'encoding': 'windows-1251', 'signal': 'detected'})
    same(rows['resource']['charset'], {'encoding': 'KOI8-R', 'signal': 'http'})
    same(len({rows[n]['text_sha256'] for n in ('meta', 'header', 'detected', 'resource')}), 1, 'one text, four ways')


@test
def rows_say_how_codings_held(place):
    rows = by_name(place)[1]
    same({n: rows[n].get('coding') for n in ('whole', 'cut', 'plain', 'no-last-chunk', 'untyped')},
         {'whole': None, 'cut': 'cut', 'plain': 'absent', 'no-last-chunk': 'cut', 'untyped': None})
    same(len({rows[n]['text_sha256'] for n in ('whole', 'plain', 'no-last-chunk', 'untyped', 'http-0.9')}), 1)
    same((rows['cut']['outcome'], rows['bomb']['rule'], rows['bomb']['threshold']), ('kept', 'ratio', 1000))


@test
def rows_say_what_digests_and_cuts_there_are(place):
    path, rows = by_name(place)
    same({n: rows[n].get('digest') for n in ('good', 'bad', 'md5', 'whole')}, {'good': 'ok', 'bad': 'bad', 'md5': 'unknown', 'whole': None})
    same({n: rows[n].get('cut') for n in ('length', 'segment', 'good')}, {'length': 'length', 'segment': 'segment', 'good': None})
    out, _ = place.run(path, config=PLAIN, args=ALL + ['--set', 'ingest.digests=require', '--set', 'ingest.truncated=drop'])
    dropped = {r['url'].split('/')[-1]: r['rule'] for r in place.sluice('audit', out, '--all', '--json').lines if r['outcome'] == 'dropped'}
    same({n: dropped.get(n) for n in ('bad', 'md5', 'length')}, {'bad': 'digest', 'md5': None, 'length': 'truncated'})
    out, _ = place.run(path, config=PLAIN, args=ALL + ['--set', 'ingest.digests=off'])
    need(not any('digest' in r for r in place.sluice('audit', out, '--all', '--json').lines))


@test
def what_is_a_page_and_what_is_none(place):
    rows = by_name(place)[1]
    same({n: rows[n].get('rule', rows[n]['outcome']) for n in ('resource', 'words', 'http-0.9', 'feed', 'types', 'wet', 'segment-2')},
         {'resource': 'kept', 'words': 'resource', 'http-0.9': 'kept', 'feed': 'mime', 'types': 'mime', 'wet': 'kept', 'segment-2': 'continuation'})
    same(rows['nul']['text_sha256'], rows['wet']['text_sha256'], 'a text without U+0000')
