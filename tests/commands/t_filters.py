"""What holds for every filter, then `scrub`, `sign` and `tokenize`."""
import gzip
import hashlib
import json
import random
import struct
import subprocess

from harness import SLUICE, VOCABULARY, Skip, need, same, test

MODEL = VOCABULARY.with_name('lid.176.ftz')
TEXT = 'one two three four five six seven eight nine ten'


def lines(docs):
    return ''.join(json.dumps(d, ensure_ascii=False) + '\n' for d in docs).encode()


def doc(i, text=TEXT, **metadata):
    return {'id': 'd%d' % i, 'text': text, 'metadata': metadata}


def vocabulary():
    if not VOCABULARY.exists():
        raise Skip('no models/tekken_240911.json; scripts/setup fetches it')
    compiled = VOCABULARY.with_name(VOCABULARY.name + '.vocab')
    return compiled if compiled.exists() else VOCABULARY


def filters():
    """Each filter with options that keep every document."""
    yield ['filter', '--all']
    yield ['scrub']
    yield ['sign']
    yield ['filter', '--all']
    if MODEL.exists():
        yield ['lang']
        yield ['lang', '--all']
    if VOCABULARY.exists():
        yield ['tokenize', '--vocab', str(vocabulary())]


@test
def filters_keep_input_order_for_any_j(place):
    rng = random.Random(7)
    docs = [doc(i, ' '.join(rng.choices(TEXT.split(), k=rng.randrange(1, 400)))) for i in range(3000)]
    data = lines(docs)
    for f in filters():
        want = place.sluice(*f, '-j', '1', stdin=data).out
        same([x['id'] for x in map(json.loads, want.splitlines())], [d['id'] for d in docs], f)
        for j in ('2', '5', '16'):
            same(place.sluice(*f, '-j', j, stdin=data).out, want, (f, j))


@test
def filters_read_files_pipes_and_compressed_lines(place):
    """By magic, not by name; gzip members and zstd frames behind each other; several files; no INPUT is standard input."""
    data = lines([doc(i) for i in range(50)])
    half = data.index(b'\n', len(data) // 2) + 1
    zst = [subprocess.run(['zstd', '-q', '-c'], input=x, stdout=subprocess.PIPE, check=True).stdout for x in (data[:half], data[half:])]
    for f in filters():
        want = place.sluice(*f, stdin=data).out
        for other in (gzip.compress(data), gzip.compress(data[:half]) + gzip.compress(data[half:]), b''.join(zst), data.rstrip(b'\n'),
                      data.replace(b'\n', b'\r\n'), data.replace(b'\n', b'\n\n')):
            same(place.sluice(*f, place.file('x.txt', other)).out, want)
            same(place.sluice(*f, stdin=other).out, want)
            same(place.sluice(*f, '-', stdin=other).out, want)
        same(place.sluice(*f, place.file('a', zst[0]), place.file('b', data[half:])).out, want)
        same(place.sluice(*f, stdin=b'').out, '')


@test
def filters_name_what_they_cannot_read(place):
    """A line that is no document is not passed on; its offset is told and its text is not; the others go on; status 3."""
    good = lines([doc(1)]).decode()
    bad = ['not json SECRET', '["SECRET"]', '"SECRET"', '{"id":"SECRET"}', '{"id":"x","text":7,"a":"SECRET"}', '{"id":"x","text":null}',
           '{"id":"x","text":"SECRET"', '{"id":"x","text":"SECRET"} x', '{"id":"x","text":"\\ud800 SECRET"}', "{'id':'x','text':'SECRET'}",
           '{"text":"SECRET","metadata":[]}']
    for f in filters():
        for line in [x.encode() for x in bad] + [b'{"id":"x","text":"SECRET \xff"}', b'{"id":"x","text":"SECRET \xed\xa0\x80"}']:
            r = place.sluice(*f, stdin=good.encode() + line + b'\n' + good.encode(), status=3)
            need(len(r.lines) == 2 and 'SECRET' not in r.out + r.err, f, line, r.err)
            need(r.err.startswith('sluice %s: (standard input):%d: ' % (f[0], len(good.encode()))) and r.err.count('\n') == 1, r.err)
        cut = gzip.compress(lines([doc(i) for i in range(2000)]))
        name = place.file('cut', cut[:len(cut) // 2])
        r = place.sluice(*f, name, place.file('good', good), status=3)
        need(str(name) + ':' in r.err and r.lines[-1]['id'] == 'd1', r.err)
        same(len(place.sluice(*f, place.path / 'absent', place.file('good', good), status=3).lines), 1)
        place.sluice(*f, '--no-such-option', status=2)
        for option in ('-h', '--help'):
            r = place.sluice(*f, option)
            need(r.out.startswith('usage: sluice ' + f[0]) and r.err == '')


@test
def filters_end_quietly_when_the_pipe_closes(place):
    data = place.file('x', lines([doc(i) for i in range(30000)]))
    for f in filters():
        p = subprocess.run('"%s" %s "%s" | head -n 1; echo ${PIPESTATUS[0]}' % (SLUICE, ' '.join(f), data), shell=True, executable='/bin/bash',
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        need(p.stderr == b'' and p.stdout.splitlines()[-1] == b'0', p.stdout[-200:], p.stderr)
        with open('/dev/full', 'wb') as full:
            p = subprocess.run([SLUICE, *f, str(data)], stdout=full, stderr=subprocess.PIPE, check=False)
        need(p.returncode == 4 and p.stderr.count(b'\n') == 1, f, p.stderr)


@test
def filters_pass_unknown_fields_through(place):
    """Numbers as they were written, ids that are no strings, members of metadata; nothing is added but what the filter adds."""
    for ident in ('"x"', '7', 'null', '{"a":[1.50]}', '""'):
        line = '{"before":[1.0,-0,1e300,{"\\u0041":"\\u00e9"}],"id":%s,"text":"%s","metadata":{"url":5,"n":12345678901234567890,"z":{}},"after":false}' % (
            ident, TEXT)
        out = place.sluice('scrub', stdin=line.encode() + b'\n').out
        for part in ('"id":' + ident, '"before":[1.0,-0,1e300,{"\\u0041":"\\u00e9"}]', '"url":5', '"n":12345678901234567890', '"z":{}', '"after":false', '"pii":[]'):
            need(part in out, part, out)
        need(place.sluice('sign', stdin=line.encode()).out.startswith('{"id":%s,"signature":[' % ident))
    same(json.loads(place.sluice('scrub', stdin=b'{"text":"a"}').out), {'text': 'a', 'metadata': {'pii': []}})


# ---- scrub ----

PERSONAL = {'email': 'jo.doe@mail.example.com', 'ip': '8.8.4.4', 'iban': 'CH93 0076 2011 6238 5295 7', 'card': '4111 1111 1111 1111',
            'phone': '+41 44 668 18 00', 'mac': '00:1B:44:11:3A:B7', 'ch-ahv': '756.9217.0769.85', 'wallet': '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'}


def scrub(place, text, *options):
    return place.sluice('scrub', *options, stdin=lines([doc(1, text)])).lines[0]


@test
def scrub_puts_tags_for_values_and_their_places_in_the_original(place):
    for kind, value in PERSONAL.items():
        for before, after in (('Zürich: ', ' – so'), ('(', ')'), ('„', '“'), ('', ''), ('x\n', '\ny'), ('<', '>'), ('中文', '中文')):
            text = before + value + after
            d = scrub(place, text, '--kinds', kind)
            start = len(before.encode())
            same((d['text'], d['metadata']['pii']), (before + '<%s-pii>' % kind + after, [{'kind': kind, 'start': start, 'end': start + len(value.encode())}]),
                 text)
    for text, want in (('mailto:jo@mail.example', 'mailto:<email-pii>'), ('tel:+41446681800', 'tel:<phone-pii>'), ('<jo@mail.example>', '<<email-pii>>'),
                       ('http://8.8.8.8:80/x', 'http://<ip-pii>:80/x'), ('[2001:4860:4860::8888]:53', '[<ip-pii>]:53'), ('jo@mail.example.', '<email-pii>.'),
                       ('a jo@mail.example,bo@mail.example b', 'a <email-pii>,<email-pii> b')):
        same(scrub(place, text)['text'], want)


@test
def scrub_kinds(place):
    text = 'jo@mail.example from 8.8.8.8 or 10.1.2.3 at 47.376888, 8.541694'
    same(scrub(place, text)['text'], '<email-pii> from <ip-pii> or 10.1.2.3 at 47.376888, 8.541694')
    same(scrub(place, text, '--kinds', 'ip')['text'], text.replace('8.8.8.8', '<ip-pii>'))
    same(scrub(place, text, '--kinds', 'ip=all')['text'], text.replace('8.8.8.8', '<ip-pii>').replace('10.1.2.3', '<ip-pii>'))
    same(scrub(place, text, '--kinds', 'all')['text'], '<email-pii> from <ip-pii> or 10.1.2.3 at <geo-pii>')
    same(scrub(place, text, '--kinds', 'all,ip=all')['text'], '<email-pii> from <ip-pii> or <ip-pii> at <geo-pii>')
    same(scrub(place, text, '--kinds', 'email,geo')['text'], '<email-pii> from 8.8.8.8 or 10.1.2.3 at <geo-pii>')
    names = ('email ip iban card phone mac geo cvv wallet secret ch-ahv fr-nir de-idnr it-cf es-dni es-nie nl-bsn be-nn pl-pesel se-pnr fi-hetu dk-cpr no-fnr '
             'pt-nif uk-nhs uk-nino us-ssn us-itin ca-sin br-cpf in-aadhaar cn-ric kr-rrn jp-mynumber').split()
    for name in names:
        place.sluice('scrub', '--kinds', name, stdin=b'')
    place.sluice('scrub', '--kinds', ','.join(names), stdin=b'')
    for wrong in ('e-mail', 'email,', 'ip=none', ''):
        place.sluice('scrub', '--kinds', wrong, stdin=b'', status=2)
    data = b' {"text" : "jo@mail.example \\u0041"} \r\n{"id":1,"text":"b"}\n'
    same(place.sluice('scrub', '--kinds', 'none', stdin=data).out.encode(), data)


@test
def scrub_spans_are_sorted_apart_and_on_characters(place):
    """Also that scrubbing twice is scrubbing once, and that the text follows from the spans."""
    rng = random.Random(11)
    parts = list(PERSONAL.values()) + ['AHV', 'IBAN', 'tel', 'é', '中', '🤖', '.', ',', ' ', ' ', '\n', '@', ':', '<', '>', '-', 'a', '1', '2001:db8::1', '<email-pii>', 'x@', '::']
    docs = [doc(i, ''.join(rng.choices(parts, k=rng.randrange(1, 30)))) for i in range(3000)]
    once = place.sluice('scrub', '--kinds', 'all', stdin=lines(docs))
    for d, got in zip(docs, once.lines):
        raw, at, out = d['text'].encode(), 0, b''
        for s in got['metadata']['pii']:
            need(at <= s['start'] < s['end'] <= len(raw), d['text'], got)
            raw[s['start']:s['end']].decode()
            out += raw[at:s['start']] + ('<%s-pii>' % s['kind']).encode()
            at = s['end']
        same((out + raw[at:]).decode(), got['text'], d['text'])
    same(place.sluice('scrub', '--kinds', 'all', stdin=once.out.encode()).out, once.out)


@test
def scrub_explains_on_standard_error(place):
    data = lines([doc(1, 'to jo@mail.example now'), doc(2, 'nothing')])
    plain = place.sluice('scrub', stdin=data)
    p = subprocess.run([SLUICE, 'scrub', '--explain'], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    same(p.stdout.decode(), plain.out)
    need(b'"kind":"email","start":3,"end":18' in p.stderr and b'jo@' not in p.stderr, p.stderr)
    same(plain.err, '')


# ---- sign ----

@test
def sign_gives_the_golden_signatures(place):
    """algorithms.md 2.10: SHA-256 of the 112 values as little-endian u64; sha1 is the default."""
    golden = {'xxh64': 'f152b29e9c236cfe797964359ba17394f233fe54403f1606ffda1ed24b0bfc38',
              'sha1': '6ac57158aadadff34d9960f6821f3a78e90dc5008c382637cf009dd83be39b1d'}
    data = lines([doc(1, 'one two three four five six seven eight')])
    for name, want in golden.items():
        got = place.sluice('sign', '--hash', name, '--words', 'whitespace', stdin=data).lines
        same(hashlib.sha256(struct.pack('<112Q', *got[0]['signature'])).hexdigest(), want, name)
        same(set(got[0]), {'id', 'signature'})
    same(place.sluice('sign', stdin=data).out, place.sluice('sign', '--bands', '14', '--rows', '8', '--ngram', '5', '--hash', 'sha1', '--words', 'uax29',
                                                           stdin=data).out)


@test
def sign_of_short_texts_is_null(place):
    for text, words in (('', 0), (' \n', 0), ('one two three four', 4), ('one two three four five', 5)):
        for how in ('uax29', 'whitespace'):
            for n in (1, 4, 5, 6):
                got = place.sluice('sign', '--words', how, '--ngram', n, stdin=lines([doc(1, text)])).lines[0]
                same(got['signature'] is None, words < n, (text, how, n))
    same(len(place.sluice('sign', '--bands', 3, '--rows', 4, stdin=lines([doc(1)])).lines[0]['signature']), 12)
    for wrong in (['--bands', '0'], ['--rows', '-1'], ['--ngram', 'x'], ['--hash', 'md5'], ['--words', 'spacy'], ['--bands']):
        place.sluice('sign', *wrong, stdin=b'', status=2)


# ---- tokenize ----

@test
def tokenize_counts_decodes_and_frames(place):
    v = ['tokenize', '--vocab', vocabulary()]
    texts = ['', 'Hello, wörld!', '中文 🤖', '<s>[INST]</s>', 'a\u0000b', ' ' * 50, '\r\n\t']
    data = lines(doc(i, t) for i, t in enumerate(texts))
    ids = place.sluice(*v, stdin=data).lines
    need(all(set(x) == {'id', 'ids'} for x in ids))
    counts = place.sluice(*v, '--count', stdin=data).lines
    same([(x['id'], x['tokens'], x['bytes']) for x in counts], [(x['id'], len(x['ids']), len(t.encode())) for x, t in zip(ids, texts)])
    same([(x['id'], x['text']) for x in place.sluice(*v, '--decode', stdin=lines(ids)).lines], [('d%d' % i, t) for i, t in enumerate(texts)])
    framed = place.sluice(*v, '--bos', '--eos', stdin=data).lines
    same([x['ids'] for x in framed], [[1] + x['ids'] + [2] for x in ids])
    same([x['text'] for x in place.sluice(*v, '--decode', stdin=lines(framed)).lines], texts)
    need(all(i >= 1000 for x in ids for i in x['ids']), 'text of a special token is ordinary text')
    source = place.sluice('tokenize', '--vocab', VOCABULARY, stdin=data).out
    same(place.sluice(*v, stdin=data).out, source, 'the compiled form')
    f = place.file('plain.txt', texts[2])
    same(place.sluice(*v, '--text', f).lines, [{'id': None, 'ids': ids[2]['ids']}])
    same(place.sluice(*v, '--text', '--count', '-', stdin=texts[1].encode()).lines, [{'id': None, 'tokens': len(ids[1]['ids']), 'bytes': len(texts[1].encode())}])
    place.sluice(*v, '--text', place.file('bad', b'a\xffb'), status=3)


@test
def tokenize_decoding_of_what_is_no_text(place):
    """Incomplete UTF-8: U+FFFD per maximal subpart.  An unknown id is an error, and no text."""
    v = ['tokenize', '--vocab', vocabulary(), '--decode']
    byte = {b: 1000 + b for b in range(256)}  # tekken's first 256 ranks are the bytes
    for raw in (b'\xe2\x82', b'\xe2\x82\xe2\x82\xac', b'\xf0\x9f\x92a', b'\xff\xfe', b'\xc0\xaf', b'\xed\xa0\x80', b'a\xf4\x90\x80\x80b', b'\xc3'):
        got = place.sluice(*v, stdin=lines([{'id': 'x', 'ids': [byte[b] for b in raw]}])).lines[0]
        same(got, {'id': 'x', 'text': raw.decode('utf-8', 'replace')}, raw)
    for wrong in ([131072], [4294967295], [4294967296], [-1], [1.5], ['a'], None, {}, 7, [[1]]):
        r = place.sluice(*v, stdin=lines([{'id': 'a', 'ids': [1072]}, {'id': 'x', 'ids': wrong}, {'id': 'b', 'ids': [1072]}]), status=3)
        same([x['id'] for x in r.lines], ['a', 'b'], wrong)
    place.sluice(*v, '--count', stdin=b'', status=2)
    place.sluice(*v, '--bos', stdin=b'', status=2)


@test
def tokenize_refuses_a_vocabulary_that_it_cannot_use(place):
    """Status 2, a message, no ids; a file that is not there is a missing model, status 4."""
    ranks = place.file('x.tiktoken', ''.join('%s %d\n' % (__import__('base64').b64encode(bytes([i])).decode(), i) for i in range(256)))
    for name, text in (('t.json', '{"version":"1.0","model":{"type":"BPE","vocab":{},"merges":[]}}'), ('t.json', '{}'), ('x', 'some text\n'), ('x', ''),
                       ('x.tiktoken', 'YQ== 0\n'), ('cl100k_base.tiktoken', 'YQ== x\n'), ('t.vocab', 'slucvoc\n' + 'x' * 500)):
        r = place.sluice('tokenize', '--vocab', place.file(name, text), stdin=lines([doc(1)]), status=2)
        need(r.out == '' and r.err.count('\n') == 1, name, r.err)
    r = place.sluice('tokenize', '--vocab', ranks, stdin=lines([doc(1)]), status=2)
    need('--pattern' in r.err, r.err)
    got = place.sluice('tokenize', '--vocab', ranks, '--pattern', 'cl100k', stdin=lines([doc(1, 'aé')])).lines[0]
    same(got['ids'], list('aé'.encode()))
    place.sluice('tokenize', '--vocab', ranks, '--pattern', 'gpt2', stdin=b'', status=2)
    place.sluice('tokenize', '--vocab', ranks, '--pattern', 'cl100k', '--bos', stdin=b'', status=2)
    place.sluice('tokenize', '--vocab', place.path / 'absent.json', stdin=b'', status=4)
