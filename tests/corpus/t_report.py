"""report.html: what it tells, what it must not load, and how it lies on wide and narrow pages."""
import html.parser
import json
import re
import shutil
import subprocess

import reader
from harness import PLAIN, STRICT, Skip, need, same, test

TAGS = set('html head meta title style body main h1 h2 p strong code div span b i section table thead tbody tr th td small br bdi '
           'details summary dl dt dd pre footer'.split())
ATTRIBUTES = set('lang charset name content class style scope colspan role aria-hidden'.split())


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.section, self.tables, self.last = set(), set(), [], None, {}, ''
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {k for k, _ in attrs}
        if tag == 'style':
            self.section = 'style'
        if tag in ('section', 'main'):
            self.section = None
        if tag == 'tr':
            self.tables.setdefault(self.section, []).append([])
        if tag in ('td', 'th'):
            self.tables[self.section][-1].append('')
        self.last = tag

    def handle_endtag(self, tag):
        if tag == 'table':
            self.tables[self.section].append([])

    def handle_data(self, data):
        if self.section == 'style':
            self.section = None
            return
        self.words.append(data)
        if self.last == 'h2' and not self.section:
            self.section = data
        rows = self.tables.get(self.section)
        if rows and rows[-1]:
            rows[-1][-1] += data

    def rows(self, section):
        return [[x.strip() for x in r] for r in self.tables.get(section, [])[1:] if r]


def page(out):
    return Page((out / 'report.html').read_text(encoding='utf-8'))


def number(text):
    return int(text.replace(',', ''))


@test
def the_report_is_plain_and_loads_nothing(place):
    """Hosts and URLs of the corpus are hostile: no tag or attribute comes of them."""
    p = page(place.strict())
    need(p.tags <= TAGS, p.tags - TAGS)
    need(p.attributes <= ATTRIBUTES, p.attributes - ATTRIBUTES)
    text = (place.strict() / 'report.html').read_text()
    need('svg onload' in ''.join(p.words) and '<svg' not in text, 'the hostile host is not told, or not escaped')
    need('url(' not in text and '@import' not in text and '://' not in re.sub(r'&lt;|http://www', '', text), 'something to load')


@test
def the_report_agrees_with_the_ledger(place):
    p, c = page(place.strict()), reader.check(place.strict())
    rules = {tuple(reversed(r[0].split(' '))): number(r[1]) + number(r[2]) for r in p.rows('Why records left') if len(r) == 3 and r[1] != 'dropped'}
    same(rules, {(s, q): n for s, v in c.m['stages'].items() for q, n in v.items()})
    funnel = p.rows('The funnel')
    told = {r[0].split(' ')[0]: r[1:] for r in funnel}
    same(set(told), {'ingest', 'optout', 'extract', 'language', 'quality', 'pii', 'dedup', 'pack'})
    for stage in ('language', 'quality'):
        same(told[stage], ['left out'])
    for f in c.m['funnel']:
        if f['stage'] in told and len(told[f['stage']]) == 4:
            same([number(x) for x in told[f['stage']]], [f['in'], f['dropped'], f['failed'], f['kept']])
    pii, places = {}, {}
    hosts, evidence = {}, {}
    for row, _ in c.rows:
        for e in row.get('evidence', []):
            key = '%s %s' % (e['signal'], e['verdict'])
            evidence[key] = evidence.get(key, 0) + 1
    for row, _ in c.kept:
        host = re.match(r'\w+://([^/:]*)', row['url']).group(1) if 'url' in row else ''
        host = host.encode().decode('utf-8').replace('b\u00fccher', 'xn--bcher-kva')
        host = host[4:] if host.startswith('www.') else host
        hosts[host] = hosts.get(host, 0) + 1
        for kind, n in row.get('pii', {}).items():
            pii[kind], places[kind] = pii.get(kind, 0) + 1, places.get(kind, 0) + n
    same({r[0]: number(r[1]) for r in p.rows('Domains of kept pages')}, hosts)
    same({r[0]: (number(r[1]), number(r[2])) for r in p.rows('Personal data replaced')}, {k: (places[k], pii[k]) for k in pii})
    same({r[0]: number(r[1]) for r in p.rows('Opt-out evidence')}, evidence)
    same([r[0].startswith(i['path']) for r, i in zip(p.rows('Inputs'), c.m['inputs'])], [True] * 3)
    text = ' '.join(p.words)
    for word in (c.m['config']['sha256'], c.m['tokenizer']['sha256'], c.m['sluice']['commit'], c.m['lists'][0]['sha256'], '2025-06-01'):
        need(word in text, word)


@test
def the_report_says_first_what_was_not_looked_at(place):
    def first_note(config, *args):
        out, _ = place.run(place.inputs() / 'a.warc.gz', config=config, args=args)
        text = re.sub(r'<style>.*?</style>', '', (out / 'report.html').read_text(), flags=re.S)
        return re.sub('<[^>]*>', '', text.split('class=cards')[0])
    need('No opt-out signal was looked at.' in first_note(PLAIN))
    need('personal data stands as it was' in (place.run(place.inputs() / 'a.warc.gz', config='run:\n  stages: [extract]\n')[0] /
                                              'report.html').read_text())
    text = first_note(STRICT + '  headers: false\n  tdmrep: false\n', '--robots', place.snapshot())
    need('Not looked at: X-Robots-Tag, TDMRep.' in text, text)
    text = first_note(STRICT + '  robots: false\n')
    need('Not looked at: robots.txt.' in text, text)
    text = first_note(STRICT + '  unknown_host: allow\n', '--robots', place.snapshot())
    need('without a known robots.txt were let in' in text, text)
    text = first_note(STRICT, '--robots', place.snapshot())
    need('Not looked at' not in text and 'let in' not in text and 'were looked at' in text, text)


MEASURE = '''<!doctype html><body><script>
const f = document.createElement("iframe");
f.width = %d; f.height = 900; f.src = "report.html"; document.body.append(f);
f.onload = () => { const e = f.contentDocument.documentElement; document.title = "m";
  for (const d of f.contentDocument.querySelectorAll("details")) d.open = true;
  const wide = [...f.contentDocument.querySelectorAll("main *")].filter(x => x.getBoundingClientRect().right > e.clientWidth + 1).map(x => x.tagName);
  document.body.append(" scroll=" + (e.scrollWidth - e.clientWidth) + " beyond=" + wide.join(",") + ";"); };
</script>'''


@test
def the_report_has_no_horizontal_scroll(place):
    """In Debian's chromium, 320 to 1,400 pixels wide, everything opened."""
    if not shutil.which('chromium'):
        raise Skip('chromium is not installed')
    folder = place.folder('page')
    shutil.copy(place.strict() / 'report.html', folder / 'report.html')
    for width in (320, 390, 700, 1000, 1400):
        (folder / 'm.html').write_text(MEASURE % width)
        p = subprocess.run(['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
                            '--disable-background-networking', '--disable-component-update', '--allow-file-access-from-files',
                            '--user-data-dir=%s' % place.new('profile'), '--virtual-time-budget=4000', '--dump-dom', 'file://%s/m.html' % folder],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
        m = re.search(r'scroll=(\d+) beyond=([\w,]*);', p.stdout.decode())
        need(m, 'chromium measured nothing')
        same((int(m.group(1)), m.group(2)), (0, ''), '%d wide' % width)


@test
def the_manifest_and_the_report_name_what_decided(place):
    m = json.loads((place.strict() / 'manifest.json').read_text())
    same([x['name'] for x in m['lists']], ['robots-snapshot'])
    same(m['models'], [])
    need(set(m['sluice']['libraries']) >= {'zlib', 'zstd', 'libxml2', 'pcre2', 'icu', 'sqlite'} or len(m['sluice']['libraries']) > 6,
         m['sluice']['libraries'])
