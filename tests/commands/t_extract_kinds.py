"""`extract`: pages of every kind, as sites write them.  Verdicts that no good extractor misses; structure on pages that are all content."""
import unicodedata

from harness import need, same, test
from t_extract import MORE, PROSE, html, page

THIRD = ('When the river froze in the hard winter of that year, the wheel stood still for eleven weeks, and the village baked its bread '
         'from what the neighbours brought over the hill.')
FOURTH = ('Today a small society looks after the building; it repairs the roof, oils the gears, and writes down what the oldest people of '
          'the village still remember of the work.')
TEXT = (PROSE, MORE, THIRD, FOURTH)

MENU = ('<header class="site-header"><a class="logo" href="/">Valley Paper</a><nav class="main-nav"><ul><li><a href="/news">Local news</a></li>'
        '<li><a href="/sport">Sports pages</a></li><li><a href="/shop">Our webshop</a></li></ul></nav></header>'
        '<div id="cookie-notice" class="cookie-banner"><p>We use cookies to improve your visit.</p><button>Accept all</button></div>')
SHARE = '<div class="share-bar"><a href="#f">Share on Facebook</a> <a href="#m">Send by mail</a></div>'
RELATED = ('<div class="related-posts"><h3>You may also like</h3><ul><li><a href="/1">The bridge of stone</a></li><li><a href="/2">An inn is '
           'sold</a></li><li><a href="/3">Ten walks by the water</a></li></ul></div>')
FOOTER = '<footer class="site-footer"><p>All rights reserved.</p><a href="/imprint">Imprint</a> <a href="/privacy">Privacy policy</a></footer>'
COMMENTS = ('<section id="comments" class="comments"><h3>2 comments</h3><ol class="comment-list"><li class="comment"><p>I was there as a child, '
            'and I remember the noise.</p></li></ol></section>')
AROUND = ('Local news', 'Sports pages', 'We use cookies', 'Accept all', 'Share on Facebook', 'Send by mail', 'You may also like',
          'The bridge of stone', 'All rights reserved', 'Privacy policy')
MODES = ('precision', 'balanced', 'recall')


def paragraphs(texts=TEXT):
    return ''.join('<p>%s</p>' % p for p in texts)


def site(content, head=''):
    return html(MENU + '<main>' + content + '</main>' + FOOTER, head)


def lines(place, body, *options):
    return page(place, body, *options)['text'].split('\n')


def in_order(got, wanted, what):
    """Each is a line of its own, in this order."""
    at = -1
    for w in wanted:
        need(w in got[at + 1:], what, 'not a line, or not in its place:', w, got)
        at = got.index(w, at + 1)


def nowhere(got, unwanted, what):
    for u in unwanted:
        need(not any(u in line for line in got), what, 'is in the text:', u, got)


def all_text(place, body):
    return page(place, html(body), '--all-text')['text']


@test
def extract_article_without_what_surrounds_it(place):
    body = site('<article><h1>The mill by the river</h1>%s%s%s%s</article>%s' % (SHARE, paragraphs(), SHARE, RELATED, COMMENTS))
    for mode in MODES:
        got = lines(place, body, '--mode', mode)
        in_order(got, TEXT, mode)
        if mode != 'recall':
            nowhere(got, AROUND, mode)
        same(any('remember the noise' in x for x in got), mode == 'recall', mode)
    whole = lines(place, body, '--all-text')
    in_order(whole, TEXT, 'all text')
    for w in ('Local news', 'The bridge of stone', 'All rights reserved.'):
        need(any(w in x for x in whole), 'all text has', w, whole)


@test
def extract_modes_are_nested(place):
    """What precision has balanced has, and what that has recall has, paragraph by paragraph."""
    for content in ('<article>%s%s</article>%s' % (paragraphs(), RELATED, COMMENTS), '<div>%s</div><aside>%s</aside>' % (paragraphs(), RELATED),
                    '<div class=content><h2>Wheel</h2>%s<ul><li>Oak, two tons.</li><li>Iron, one ton.</li></ul></div>' % paragraphs()):
        small, middle, large = (lines(place, site(content), '--mode', m) for m in MODES)
        need(set(small) <= set(middle) <= set(large), small, middle, large)


@test
def extract_forum_and_answers(place):
    post = ('<div class="post" id="p%d"><div class="postprofile"><a href="/u%d">user%d</a></div><div class="postbody"><div class="content">%s'
            '</div></div></div>')
    thread = site('<h2>Why does the wheel stop?</h2><div class="thread">%s</div>' % ''.join(post % (i, i, i, t) for i, t in enumerate(TEXT)))
    answer = '<div class="answer" id="a%d"><div class="answercell"><div class="post-text"><p>%s</p></div></div></div>'
    asked = site('<div class="question"><div class="postcell"><div class="post-text"><p>%s</p></div></div></div><div id="answers">%s</div>' %
                 (PROSE, ''.join(answer % (i, t) for i, t in enumerate(TEXT[1:]))))
    for body in (thread, asked):
        for mode in MODES:
            got = lines(place, body, '--mode', mode)
            in_order(got, TEXT, mode)
            nowhere(got, ('Local news', 'We use cookies', 'Privacy policy'), mode)


@test
def extract_text_by_breaks_and_containers(place):
    """Text split by <br>, by <div>, and over sibling containers: each piece a line, none lost."""
    kinds = {'br': '<div class="entry">%s</div>' % '<br><br>'.join(TEXT),
             'div': '<div class="entry">%s</div>' % ''.join('<div>%s</div>' % t for t in TEXT),
             'siblings': ''.join('<section class="part"><div>%s</div></section>' % paragraphs((t,)) for t in TEXT),
             'table': '<table><tr><td width=20%%><a href=/>Local news</a></td><td>%s</td></tr></table>' % paragraphs()}
    for name, content in kinds.items():
        got = lines(place, site(content))
        in_order(got, TEXT, name)
        nowhere(got, ('We use cookies', 'Privacy policy'), name)


@test
def extract_recipe_and_product(place):
    recipe = site('<article itemscope itemtype="https://schema.org/Recipe"><h1>Mill bread</h1><p>%s</p><h2>Ingredients</h2><ul>'
                  '<li>500 g of rye flour, finely ground</li><li>300 ml of warm water</li></ul><h2>Preparation</h2><ol><li>Mix the flour '
                  'with the water, and let the dough rest for a night.</li><li>Bake it for an hour until the crust is dark.</li></ol>'
                  '<p>%s</p></article>' % (PROSE, MORE))
    in_order(lines(place, recipe), (PROSE, '500 g of rye flour, finely ground', '300 ml of warm water', 'Mix the flour with the water, and '
             'let the dough rest for a night.', 'Bake it for an hour until the crust is dark.', MORE), 'recipe')
    product = site('<div itemscope itemtype="https://schema.org/Product"><h1>Rye flour</h1><div itemprop="description">%s</div><table><tr><th>'
                   'Weight</th><td>5 kg</td></tr><tr><th>Ground</th><td>by stone</td></tr></table></div>%s' % (paragraphs(), RELATED))
    got = lines(place, product)
    in_order(got, TEXT, 'product')
    nowhere(got, ('Local news', 'Privacy policy', 'Accept all'), 'product')
    need('Weight\t5 kg\nGround\tby stone' in '\n'.join(lines(place, product, '--all-text')))


@test
def extract_documentation(place):
    """Code keeps its white space, and Markdown fences it; tables are rows."""
    code = 'def turn(wheel):\n    if wheel.stuck:\n\n        return None\n\treturn wheel'
    body = site('<article><h2>Turning</h2><p>%s</p><pre><code>%s</code></pre><p>%s</p><table><tr><th>Option</th><th>Meaning</th></tr><tr><td>--wheel NAME'
                '</td><td>the wheel that is turned</td></tr></table><p>%s</p></article>' % (PROSE, code, MORE, THIRD))
    text = page(place, body)['text']
    need('%s\n%s\n%s' % (PROSE, code, MORE) in text, text)
    need('%s\nOption\tMeaning\n--wheel NAME\tthe wheel that is turned\n%s' % (MORE, THIRD) in text, text)
    need('%s\n```\n%s\n```\n%s' % (PROSE, code, MORE) in page(place, body, '--markdown')['text'])


@test
def extract_markdown_structure(place):
    body = ('<article><h2>Wheel</h2><p>%s</p><h3>Parts</h3><ol><li>Oak<ul><li>rim</li><li>spokes<ol><li>long ones of ash</li></ol></li></ul></li><li>Iron'
            '</li></ol><blockquote><p>Water is patient, says the miller.</p><blockquote>So is he, says his wife.</blockquote></blockquote>'
            '<p>%s</p></article>' % (PROSE, MORE))
    same(page(place, html(body), '--markdown')['text'].split('\n'),
         ['## Wheel', PROSE, '### Parts', '1. Oak', '    - rim', '    - spokes', '        1. long ones of ash', '2. Iron',
          '> Water is patient, says the miller.', '> > So is he, says his wife.', MORE])


@test
def extract_imprint_and_list_pages(place):
    imprint = html('<h1>Imprint</h1><p>Valley Paper Ltd<br>Mill Lane 1<br>Valley</p><p>Managing director: Ann Miller</p>')
    in_order(lines(place, imprint, '--mode', 'recall'), ('Valley Paper Ltd', 'Mill Lane 1', 'Valley', 'Managing director: Ann Miller'), 'imprint')
    entry = '<article class="post"><h2><a href="/%d">News of day %d</a></h2><p>%s</p></article>'
    got = lines(place, site(''.join(entry % (i, i, t) for i, t in enumerate(TEXT))))
    in_order(got, TEXT, 'list')
    nowhere(got, ('We use cookies', 'Privacy policy'), 'list')


@test
def extract_scripts(place):
    """Text as a reader would copy it, whatever it is written in."""
    ja = '水車は川の曲がり角に立ち、二百年以上も休まず回り続けている。春になると水が速く流れ、村の人々は粉を挽きに来る。'
    zh = '磨坊坐落在河湾处，春天水流湍急，水车已经在那里转动了两百多年，从未停歇。村民们至今仍记得磨坊主的故事。'
    th = 'โรงสีตั้งอยู่ที่โค้งแม่น้ำซึ่งน้ำไหลแรงในฤดูใบไม้ผลิและกังหันได้หมุนอยู่ที่นั่นมานานกว่าสองร้อยปีโดยไม่หยุดพัก'
    ar = 'تقف الطاحونة عند منعطف النهر حيث يجري الماء سريعا في الربيع، وقد دارت عجلتها هناك أكثر من مئتي عام دون راحة.'
    he = 'הטחנה עומדת בעיקול הנהר, שם המים זורמים מהר באביב, והגלגל שלה מסתובב שם יותר ממאתיים שנה ללא מנוחה.'
    for name, t in dict(ja=ja, zh=zh, th=th, ar=ar, he=he).items():
        body = site('<article><h1>%s</h1>%s</article>' % (t[:8], paragraphs((t, t[::-1], t + t))))
        t, wanted = unicodedata.normalize('NFC', t), [unicodedata.normalize('NFC', x) for x in (t, t[::-1], t + t)]
        in_order(lines(place, body), wanted, name)
        nowhere(lines(place, body), ('We use cookies', 'Privacy policy'), name)
    for body, want in (('<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>だ</p>', '漢字だ'), ('<p>moun&shy;tain wa\u00adter</p>', 'mountain water'),
                       ('<p>a\u200bb\u2060c\ufeffd</p>', 'abcd'), ('<p>می\u200cخواهم</p>', 'می\u200cخواهم'), ('<p>e\u0301 \u212b</p>', '\u00e9 \u00c5'),
                       ('<p>a&#0;b\x00c</p>', 'abc'), ('<p>\u05d0\u200f \u05d1</p>', '\u05d0\u200f \u05d1'), ('<p>👩\u200d🌾</p>', '👩\u200d🌾')):
        got = all_text(place, body)
        same(got, want, ascii(body))


@test
def extract_legacy_charsets(place):
    for charset, t in (('windows-1252', 'Die Mühle steht am Fluss – „schön“ ist sie für 3 €.'), ('shift_jis', '水車は川の曲がり角に立つ。'),
                       ('windows-1251', 'Мельница стоит у излучины реки.'), ('gb18030', '磨坊坐落在河湾处。'), ('euc-kr', '물레방아는 강가에 있다.'),
                       ('windows-1256', 'تقف الطاحونة عند منعطف النهر.'), ('utf-16', 'Die Mühle steht am Fluss.')):
        body = '<html><head><meta charset="%s"><title>x</title></head><body><p>%s</p></body></html>' % (charset, t)
        same(page(place, body.encode(charset), '--all-text')['text'], t, charset)


@test
def extract_all_text_has_nothing_hidden(place):
    body = ('<p>seen</p><p hidden>no1</p><p style="display:none">no2</p><p aria-hidden="true">no3</p><script>no4</script><style>no5</style>'
            '<template><p>no6</p></template><noscript>no7</noscript><!-- no8 --><select><option>no9</option></select><textarea>no10</textarea>'
            '<footer>foot</footer>')
    same(all_text(place, body), 'seen\nfoot')


@test
def extract_facts_beyond_the_head(place):
    ld = ('<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle","headline":"Mill","author":[{"name":'
          '"A. Miller"},{"name":"B. Baker"}],"datePublished":"2020-01-02","inLanguage":"en_GB","license":"https://l.example/"}]}</script>')
    d = page(place, site('<article>%s</article>' % paragraphs(), ld))
    same({k: d['metadata'][k] for k in ('author', 'published', 'lang_declared', 'licence')},
         {'author': 'A. Miller, B. Baker', 'published': '2020-01-02', 'lang_declared': 'en-GB', 'licence': 'https://l.example/'})
    same(page(place, site('<article>%s</article>' % paragraphs(), ld.replace('}]}', '}')))['metadata'], {'title': 'The mill'})
    need('schema.org' not in d['text'])
