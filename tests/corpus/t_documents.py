"""Published corpora as inputs of run: JSON lines as FineWeb, datatrove, Dolma, C4 and RedPajama have them, and as Sluice writes them."""
import gzip
import json
import subprocess

import reader
import warcs
from harness import STRICT, need, same, test

ID = '<urn:uuid:00000000-0000-4000-8000-%012d>'


def text(seed):
    return '\n'.join(warcs.article(seed))


def fineweb(i, url):
    return {'text': text('fineweb %d' % i), 'id': ID % i, 'dump': 'CC-MAIN-2013-20', 'url': url, 'date': '2013-05-18T05:48:54Z',
            'file_path': 's3://commoncrawl/crawl-data/x.warc.gz', 'language': 'en', 'language_score': 0.97, 'token_count': 171}


def datatrove(i, url):
    return {'text': text('datatrove %d' % i), 'id': ID % (100 + i), 'media': [], 'metadata': {'url': url, 'date': '2024-01-02T03:04:05Z', 'dump': 'X'}}


def dolma(i, url):
    return {'id': 'dolma-%d' % i, 'text': text('dolma %d' % i), 'source': 'c4', 'added': '2023-04-01T00:00:00Z', 'created': '2019-04-25T12:57:54Z',
            'version': 'v0', 'metadata': {'url': url, 'odd': {'a': [1, 2.50]}}}


def c4(i, url):
    return {'text': text('c4 %d' % i), 'timestamp': '2019-04-25T12:57:54Z', 'url': url}


def redpajama(i, url):
    return {'text': text('redpajama %d' % i), 'meta': {'url': url, 'timestamp': '2020-01-01T00:00:00Z', 'source': 'common_crawl'}}


MAKERS = {'fineweb': fineweb, 'datatrove': datatrove, 'dolma': dolma, 'c4': c4, 'redpajama': redpajama}


def lines(maker):
    urls = ['http://river.example/%s/%d' % (maker.__name__, i) for i in range(4)]
    urls[2] = 'http://%s/%s' % (warcs.REFUSING, maker.__name__)
    return [(json.dumps(maker(i, u)) + '\n').encode() for i, u in enumerate(urls)]


def zstd(data):
    return subprocess.run(['zstd', '-qc'], input=data, stdout=subprocess.PIPE, check=True).stdout


def corpora(place):
    """Every maker in another packing; two lines that are no documents among them."""
    folder = place.folder('published')
    (folder / 'a.jsonl').write_bytes(b''.join(lines(fineweb)) + b'{"no": "text"}\n' + b'this is no JSON\n')
    (folder / 'b.jsonl.gz').write_bytes(gzip.compress(b''.join(lines(datatrove)), mtime=0))
    (folder / 'c.json.gz').write_bytes(b''.join(gzip.compress(x, mtime=0) for x in lines(dolma)))
    (folder / 'd.jsonl.zst').write_bytes(zstd(b''.join(lines(c4))))
    (folder / 'e.jsonl.zst').write_bytes(b''.join(zstd(x) for x in lines(redpajama)))
    return sorted(folder.iterdir())


def documents(place):
    def make():
        files = corpora(place)
        args = ['--robots', place.snapshot(), '--set', 'run.part_bytes=8K', '--set', 'run.group_bytes=16K']
        outs = [place.run(*files, config=STRICT, args=args + ['-j', j])[0] for j in (1, 2, 7)]
        return files[0].parent, outs
    return place.once('published', make)


def rows(place, out):
    return place.sluice('audit', out, '--all', '--json').lines


@test
def documents_are_inputs_whatever_their_fields_and_packing(place):
    folder, outs = documents(place)
    c = reader.check(outs[0], source=folder, private=[str(place.path)])
    need(not c.bad, c.bad)
    same(c.m['counts'], {'records': 22, 'kept': 15, 'dropped': 5, 'failed': 2})
    for out in outs[1:]:
        same((out / 'manifest.json').read_bytes(), (outs[0] / 'manifest.json').read_bytes())
    found = rows(place, outs[0])
    for name, maker in MAKERS.items():
        mine = [r for r in found if name in r.get('url', '')]
        same([(r['outcome'], r.get('rule')) for r in mine], [('kept', None), ('kept', None), ('dropped', 'robots_refused'), ('kept', None)], name)
        for i, r in enumerate(mine):
            line = maker(i, r['url'])
            same(r['id'] if 'id' in line else r['id'][:10], line.get('id', '<urn:uuid:'), name)
            evidence = {e['signal']: e['verdict'] for e in r['evidence']}
            same(evidence.pop('robots'), 'refused' if i == 2 else 'allowed')
            need(i == 2 or set(evidence.values()) == {'unknown'}, 'the page was not there to be looked at', evidence)
            need('charset' not in r and 'digest' not in r, r)


@test
def the_producers_origin_is_the_rows_source(place):
    by_url = {r.get('url', ''): r for r in rows(place, documents(place)[1][0])}
    same(by_url['http://river.example/fineweb/0']['source'],
         {'dump': 'CC-MAIN-2013-20', 'file_path': 's3://commoncrawl/crawl-data/x.warc.gz'})
    same(by_url['http://river.example/dolma/1']['source'],
         {'added': '2023-04-01T00:00:00Z', 'created': '2019-04-25T12:57:54Z', 'source': 'c4', 'version': 'v0'})
    same([by_url['http://river.example/%s/0' % m]['date'] for m in ('c4', 'redpajama', 'dolma')],
         ['2019-04-25T12:57:54Z', '2020-01-01T00:00:00Z', '2019-04-25T12:57:54Z'])
    need('source' not in by_url['http://river.example/c4/0'])


@test
def unknown_members_go_with_the_document_between_phases(place):
    out = documents(place)[1][0]
    between = [json.loads(x) for p in sorted((out / 'tmp' / 'prepare').glob('*.docs.zst')) for x in reader.zstd(p).splitlines()]
    by_url = {d['metadata']['url']: d['metadata'] for d in between}
    same(by_url['http://river.example/dolma/0']['odd'], {'a': [1, 2.5]})
    same(by_url['http://river.example/dolma/0']['source']['source'], 'c4')
    same(by_url['http://river.example/fineweb/1']['token_count'], 171)
    same(by_url['http://river.example/fineweb/1']['warc'], 'a.jsonl')


@test
def what_is_no_document_is_a_failed_row_with_its_place(place):
    folder, outs = documents(place)
    data = (folder / 'a.jsonl').read_bytes()
    failed = [(r['rule'], r['offset']) for r in rows(place, outs[0]) if r['outcome'] == 'failed']
    same(failed, [('document', data.index(b'{"no"')), ('damage', data.index(b'this is no'))])


@test
def documents_are_made_again_and_shown(place):
    folder, outs = documents(place)
    r = place.sluice('verify', outs[0], '--replay', 99, '--source', folder)
    need('15' in r.out + r.err, r.out, r.err)
    for row in [r for r in rows(place, outs[0]) if r['outcome'] == 'kept'][::4]:
        shown = place.sluice('inspect', outs[0], '--doc', row['id'], '--json').lines[0]
        same(shown['url'], row['url'])
        need(shown['text'].strip(), shown)


@test
def what_sluice_wrote_is_read_again(place):
    pages = place.inputs() / 'deep' / 'c.warc.gz'
    written = place.folder('written') / 'pages.jsonl'
    written.write_text(place.sluice('extract', pages, status=3).out)
    args = ['--robots', place.snapshot()]
    of_pages, of_documents = place.run(pages, config=STRICT, args=args)[0], place.run(written, config=STRICT, args=args)[0]
    digests = [[(r['url'], r['text_sha256'], r['tokens_sha256']) for r in rows(place, o) if r['outcome'] == 'kept'] for o in (of_pages, of_documents)]
    need(digests[0])
    same(digests[1], digests[0])
    source = [r['source'] for r in rows(place, of_documents)][0]
    same((source['warc'], source['offset']), (str(pages), 0))
    need(not reader.check(of_documents).bad)
