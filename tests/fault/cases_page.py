"""Pages made to cost more than they should: each is one row, in bounded time and memory, and its neighbours do not notice."""
import os

import archive as a
from harness import case, check, pages, rows, same, sluice

HTML = b"<html><body>"


def rare(megabytes, first=0):
    """Text of characters that a vocabulary spells in four tokens each."""
    letters = "".join(chr(0x20000 + (first + k * 7) % 42000) for k in range(40000))
    n = megabytes * 1000000 // 36000
    return HTML + "".join("<p>%s</p>\n" % letters[(k * 977) % 30000:][:9000] for k in range(n)).encode()


def one_page(p, block, kept=None, **fields):
    """Pages 0 and 2 with `block` between them as page 1: its row."""
    want, found = {}, None
    for name, parts in (("clean", [0, 2]), ("x", [0, a.member(a.record(1, block), 1), 2])):
        _, out = p.run(p.write(name + ".warc.gz", a.zipped(parts)), jobs=1, **fields)
        found = pages(rows(out))
        want = want or found
    row = found.pop(a.record_id(1))
    same(found, want, "the pages around it")
    if kept is not None:
        same(row["outcome"] == "kept", kept, "kept: %r" % row)
    return row


@case
def a_hundred_thousand_nested_elements(p):
    for tag in (b"div", b"b", b"table", b"ul", b"a", b"svg", b"select", b"p"):
        row = one_page(p, a.http(HTML + b"<p>" + b"A text before it all. " * 20 + b"</p>" + (b"<%s>" % tag) * 100000 + b"and text inside it all."))
        check(row["outcome"] in ("kept", "dropped"), "%r" % row)


@case
def a_hundred_thousand_attributes_on_one_element(p):
    names = b" ".join(b"a%d=%d" % (i, i) for i in range(100000))
    one_page(p, a.http(HTML + b"<p " + names + b">text of the page</p>"), kept=True)
    one_page(p, a.http(HTML + b"<p " + b"class=x " * 100000 + b">text of the page</p>"), kept=True)
    one_page(p, a.http(b"<html><head>" + b"<meta " + names + b">" + HTML + b"text of the page</p>"), kept=True)


@case
def a_line_of_fifty_megabytes(p):
    for text in (b"word and more words go here, " * 1700000, b"a" * 50000000):
        row = one_page(p, a.http(HTML + b"<p>" + text + b"</p>"))
        check(row["outcome"] == "kept" or row["rule"] in ("memory", "tokenizer"), "%r" % row)
    row = one_page(p, a.http(b"x", "Content-Type: text/html", "X-Long: " + "y" * 50000000))
    check(row["outcome"] == "kept" or row["rule"] in ("http", "memory"), "%r" % row)


@case
def bytes_that_cost_more_than_they_should(p):
    for body in (b"<" * 30000000, b"<p>" + b"&amp;" * 6000000, b"<!--" + b"- " * 15000000, b"<script>" * 4000000, b"<p>x y" * 5000000,
                 b"<p>a" + "\u0301".encode() * 10000000, b"<p>" + b"\\" * 20000000, b"<a href=" * 3000000, b"</p>" * 7000000,
                 b"<p>" + b"a.b@example.org, " * 1000000, b"<p>" + b"4111 1111 1111 1111 " * 1000000, b"<p>" + b"@" * 20000000,
                 b"<p>" + b"1" * 20000000, b"<p>" + b"1.2.3." * 3000000, b"<p>" + b"x@" * 8000000, b"<p>" + b"+41 " * 5000000):
        row = one_page(p, a.http(HTML + body))
        check(row["outcome"] in ("kept", "dropped") or row["rule"] in ("memory", "tokenizer", "error"), "%r: %r" % (body[:20], row))


@case
def a_page_without_charset_that_looks_like_nothing(p):
    for body in (b"\xe9\xff<script" * 4000000, b"\xe9\xff" + b"<script" * 4000000, b"\xff\xfe" * 10000000, b"\xe9<style>" * 3000000, b"\x1b$B" * 8000000,
                 b"\xe9" * 20000000, b"\xe9&" * 10000000):
        one_page(p, a.http(HTML + body, "Content-Type: text/html"))


@case
def nul_bytes_and_invalid_utf8(p):
    text = b"<p>Words that are kept, as they should be, with %s between them, and a sentence more of it.</p>"
    for bad in (b"\0", b"\0" * 100000, b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80"):
        row = one_page(p, a.http(HTML + (text % bad) * 20), kept=True)
        check(row["tokens"] > 100, "%r" % row)
    one_page(p, a.http(HTML + b"\0" * 20000000))
    for charset in ("utf-16le", "utf-16be", "shift_jis", "euc-jp", "iso-2022-jp", "gb18030", "big5", "euc-kr", "x-user-defined", "koi8-r", "nonsense"):
        for end in (b"\x81", b"\xfe", b"\x1b$B\x30", b"\xd8"):
            row = one_page(p, a.http(HTML + (text % b"") * 20 + end, "Content-Type: text/html; charset=" + charset))
            check(row["outcome"] == "kept" or row["rule"] == "no_text", "%s: %r" % (charset, row))


@case
def a_member_that_grows_a_thousandfold(p):
    row = one_page(p, a.http(HTML + b" " * 300000000))
    same((row["outcome"], row["rule"], row["value"] > 3e8), ("dropped", "too_large", True), "the row")


@case
def a_body_that_grows_a_thousandfold(p):
    bomb = a.member(b" " * 500000000, 9)
    for coding, body, rule in (("gzip", bomb, "too_large"), ("deflate", bomb[10:-8], "too_large"), ("gzip, gzip", a.member(bomb, 9), "ratio"),
                               ("gzip, gzip, gzip", a.member(a.member(bomb, 9), 9), "ratio")):
        row = one_page(p, a.http(body, "Content-Type: text/html", "Content-Encoding: " + coding))
        same((row["outcome"], row["rule"]), ("dropped", rule), coding)
    one_page(p, a.http(a.member(b"", 9) * 500000, "Content-Type: text/html", "Content-Encoding: gzip"))
    one_page(p, a.http(b"1\r\nx\r\n" * 5000000 + b"0\r\n\r\n", "Content-Type: text/html", "Transfer-Encoding: chunked"))
    one_page(p, a.http(b"fffffffffffffff\r\nxyz", "Content-Type: text/html", "Transfer-Encoding: chunked"))


@case
def a_record_that_says_it_has_two_gigabytes(p):
    path = p.write("x.warc", a.plain([0, a.record(1, length=2 << 30), 2]))
    _, out = p.run(path)
    same([(x.get("id"), x["outcome"]) for x in rows(out)], [(a.record_id(0), "kept"), (None, "failed"), (a.record_id(2), "kept")], "rows")
    path = os.path.join(p.path, "hole.warc")
    with open(path, "wb") as f:  # and has them: a hole in the file
        f.write(a.record(0) + a.head(1, 2 << 30))
        f.seek(2 << 30, os.SEEK_CUR)
        f.write(b"\r\n\r\n" + a.record(2))
    _, out = p.run(path)
    same([(x["id"], x["outcome"], x.get("rule")) for x in rows(out)],
         [(a.record_id(0), "kept", None), (a.record_id(1), "dropped", "too_large"), (a.record_id(2), "kept", None)], "rows")
    for command in ("ls", "extract"):
        r = sluice(command, path)
        same(r.status, 3 if command == "extract" else 0, r.show())


@case
def giants_side_by_side_fare_as_each_would_alone(p):
    """What a record may take does not depend on the records before it: so parts of any size give the same rows."""
    sizes = (3, 12, 1, 6, 24, 9, 2)
    path = p.write("x.warc.gz", [a.member(a.record(n, a.http(rare(mb, n * 6000))), 1) for n, mb in enumerate(sizes)])
    found = []
    for sets in (["run.part_bytes=1M"], ["run.part_bytes=1G"]):
        _, out = p.run(path, sets=sets + ["run.worker_memory=160M", "ingest.max_block=32M", "ingest.max_body=32M", "dedup.memory=64M"])
        found.append(rows(out))
    same(found[0], found[1], "rows in small parts and in one")
    outcomes = {x["outcome"] for x in found[0]}
    same(outcomes, {"kept", "failed"}, "outcomes: the bound lies between the sizes")


ORDINARY = b"".join(b'<div class="post"><h2><a href="/x/%d">Title %d</a></h2><p>Some words of a paragraph, which go on and on, number %d. They end '
                    b"here.</p><ul><li>one</li><li><b>two</b> more</li></ul></div>\n" % (i, i, i) for i in range(12000))
SHAPES = {
    "nested": b"<div>", "inline": b"<span>x", "unclosed": b"<p><b><i><font><table><tr><td>x", "closed by others": b"<font><p></font>",
    "end tags": b"</p></div></x>", "one line": b"word ", "rows": b"<table><tr><td>1<td>2", "colspan": b"<tr><td colspan=2147483647 rowspan=99999>x",
    "comments": b"<!-- ", "angles": b"<", "references": b"&amp;&#x41;&bogus;", "marks": b"\xcc\x81\xcc\xa3", "links": b"<a href=x rel=license>y</a> ",
    "short blocks": b"<p>a b c</p>", "breaks": b"a<br>", "lists": b"<ul><li>a", "headings": b"<h1>a</h1>", "articles": b"<article><h1>t</h1><p>text, and more.</p></article>",
    "same": b"<p>The same sentence, again and again.</p>", "unspaced": "\u6c49\u5b57\uff0c".encode(), "quotes": b'<p class="""<',
    "classes": b'<p class="' + b" ".join(b"w%d-article-share" % i for i in range(20)) + b'">x</p>', "ruby": b"<ruby>a<rt>b</rt></ruby>",
    "styles": b'<p style="' + b"display:" * 20000 + b" " * 60000 + b'">x</p>', "dates": b"<b itemprop=datePublished>" * 900 + b" " * 400000,
    "unseen": "\u200b\u00ad".encode(), "drawings": b"<svg>", "noscript": b"<noscript><meta name=robots content=x></noscript>", "blanks": b"<pre>  x\n",
}


@case
def a_page_costs_no_more_than_eight_of_ordinary_markup(p):
    def cost(html):
        path = p.write("page.html", html)
        return min(sluice("extract", "--html", path, status=None).cpu for _ in range(2)) / len(html)
    ordinary = cost(ORDINARY)
    n = len(ORDINARY)
    shapes = {name: HTML + (piece * (n // len(piece) + 1))[:n] for name, piece in SHAPES.items()}
    shapes["attributes"] = b"<p " + b"".join(b"a%d=b class=c%d " % (i, i) for i in range(n // 20)) + b">x"
    shapes["names"] = b"".join(b"<x%d>t" % i for i in range(n // 8))
    shapes["numbers"] = b"".join(b"<p>%d %d %d a b c d</p>" % (i, i * 7, i * 13) for i in range(n // 30))
    shapes["blocked ends"] = b"<div><table>" + b"<b>" * 900 + b"</div>" * (n // 6)
    shapes["groups"] = b"".join(b"<y%d>" % i for i in range(990)) + b"</y9999>" * (n // 8)
    reference = b'{"@type":"Article","headline":%s,"name":%s,"author":[%s]},' % ((b'{"@id":"q"}',) * 2 + (b",".join([b'{"@id":"q"}'] * 10),))
    shapes["ids"] = b'<script type="application/ld+json">{%s"@graph":[%s0]}</script>' % (b'"a":1,' * 80000, reference * 250)
    for name, html in shapes.items():
        ratio = cost(html) / ordinary
        check(ratio <= 8, "%s: %.1f times ordinary markup of its size" % (name, ratio))
