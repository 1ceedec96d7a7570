"""Archives for the law tests: English-like pages with duplicates across files, and every shape of file that a
reader cuts in its own way.  The same seed gives the same bytes."""

import gzip
import random
import re
import zlib

NOUNS = """river garden market harbour teacher letter window station summer village bridge kitchen forest mountain
library captain doctor painter orchard island machine morning evening winter season journey paper engine factory
friend neighbour family company council problem question answer story history picture street corner table bottle
carpet castle farmer weather ticket train boat valley meadow church school museum theatre hospital office""".split()
VERBS = """carried followed watched described remembered finished visited repaired painted noticed reached answered
collected discussed measured offered opened promised received returned saved showed studied trusted welcomed wanted
changed covered decided enjoyed explained helped joined learned missed needed planned produced""".split()
ADJECTIVES = """old quiet green narrow famous heavy gentle bright distant simple clever broken careful early empty
friendly golden hollow modern patient plain pleasant private public rapid serious silent smooth strange useful warm
wooden wide young""".split()
LINKS = ["and", "because", "while", "although", "when", "so that", "before", "after", "that", "which"]
HOSTS = ["alpha.example", "beta.example", "gamma.example", "delta.example"]
REFUSING = "refuses.example"  # its robots.txt refuses
UNKNOWN = "unknown.example"  # no robots.txt was captured


class Prose:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def clause(self):
        r = self.random
        return "the %s %s %s the %s %s with %s of the %s" % (
            r.choice(ADJECTIVES), r.choice(NOUNS), r.choice(VERBS), r.choice(ADJECTIVES), r.choice(NOUNS), r.choice(NOUNS),
            r.choice(NOUNS))

    def sentence(self):
        text = self.clause()
        if self.random.random() < 0.6:
            text += " %s %s" % (self.random.choice(LINKS), self.clause())
        return text[0].upper() + text[1:] + "."

    def paragraphs(self, n):
        return [" ".join(self.sentence() for _ in range(self.random.randint(3, 6))) for _ in range(n)]


def page(title, paragraphs):
    body = "".join("<p>%s</p>\n" % p for p in paragraphs)
    return ("<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>%s</title></head><body>"
            "<nav><ul><li><a href=/>Home</a><li><a href=/news>News</a></ul></nav>"
            "<article><h1>%s</h1>\n%s</article><footer>All rights reserved</footer></body></html>\n"
            % (title, title, body)).encode()


def record(kind, uri, block, number, date="2024-05-01T00:00:00Z", content_type="application/http; msgtype=response"):
    identity = "<urn:uuid:00000000-0000-4000-8000-%012x>" % number
    head = "WARC/1.0\r\nWARC-Type: %s\r\nWARC-Record-ID: %s\r\nWARC-Date: %s\r\n" % (kind, identity, date)
    if uri:
        head += "WARC-Target-URI: %s\r\n" % uri
    head += "Content-Type: %s\r\nContent-Length: %d\r\n\r\n" % (content_type, len(block))
    return head.encode() + block + b"\r\n\r\n"


def http(body, mime="text/html; charset=utf-8"):
    return ("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (mime, len(body))).encode() + body


def member(data, level=6):
    return gzip.compress(data, level, mtime=0)


class Archive:
    """Records as they are written; stored one way or the other at the end."""

    def __init__(self, first_number):
        self.records = []
        self.number = first_number

    def add(self, kind, uri, block, **more):
        self.number += 1
        self.records.append(record(kind, uri, block, self.number, **more))

    def page(self, uri, body, date="2024-05-01T00:00:00Z"):
        self.add("response", uri, http(body), date=date)

    def members(self):
        return b"".join(member(r) for r in self.records)

    def plain(self):
        return b"".join(self.records)


def robots(archive, sites=tuple("https://" + h for h in HOSTS)):
    for site in sites:
        archive.add("response", site + "/robots.txt", http(b"User-agent: *\nDisallow: /private\n", "text/plain"))


def robots_for(members):
    """An archive of robots captures that allow every site (scheme, host, port) of another archive's records."""
    sites = set()
    for raw in members:
        uri = re.search(rb"^WARC-Target-URI: *<?(https?://[^/?#\s>]+)", raw[:4096], re.M | re.I)
        if uri:
            sites.add(uri.group(1).decode("ascii", "replace").lower())
    archive = Archive(0x9000)
    robots(archive, sorted(sites))
    return archive


def refusing(archive):
    archive.add("response", "https://%s/robots.txt" % REFUSING, http(b"User-agent: *\nDisallow: /\n", "text/plain"))


def articles(prose, n, prefix):
    out = []
    for i in range(n):
        host = prose.random.choice(HOSTS)
        title = "%s %s" % (prose.random.choice(ADJECTIVES).capitalize(), prose.random.choice(NOUNS))
        out.append(("https://%s/%s/%d" % (host, prefix, i), title, prose.paragraphs(prose.random.randint(3, 12))))
    return out


def first_archive(prose):
    a, made = Archive(0x1000), articles(prose, 40, "a")
    a.add("warcinfo", None, b"software: law\r\n", content_type="application/warc-fields")
    robots(a)
    refusing(a)
    for uri, title, text in made:
        a.add("request", uri, b"GET / HTTP/1.1\r\n\r\n", content_type="application/http; msgtype=request")
        a.page(uri, page(title, text))
        a.add("metadata", uri, b"fetchTimeMs: 12\r\n", content_type="application/warc-fields")
    a.page("https://%s/x" % REFUSING, page("Refused", prose.paragraphs(6)))
    a.page("https://%s/x" % UNKNOWN, page("Unknown", prose.paragraphs(6)))
    a.page("https://alpha.example/private/x", page("Private", prose.paragraphs(6)))
    a.page("https://alpha.example/contact", page("Contact", prose.paragraphs(5) + ["Write to the office at jane.roe@mail.test today."]))
    return a, made


def copies(prose, made):
    """Exact copies elsewhere, near copies, later captures of the same URL, and new pages among them."""
    b = Archive(0x2000)
    for i, (uri, title, text) in enumerate(made):
        if i % 4 == 0:
            b.page(uri.replace(".example/a/", ".example/copy/"), page(title, text))
        elif i % 4 == 1:
            b.page(uri + "?near", page(title, text[:-1] + [text[-1] + " " + prose.sentence()]))
        elif i % 4 == 2:
            b.page(uri, page(title, prose.paragraphs(6)), date="2024-06-0%dT00:00:00Z" % (i % 9 + 1))
    for uri, title, text in articles(prose, 15, "b"):
        b.page(uri, page(title, text))
    return b


def nested_archive(prose, inner):
    """Archives inside payloads: stored uncompressed, so that their members and headers stand in the file as they are."""
    c = Archive(0x3000)
    for uri, title, text in articles(prose, 6, "c"):
        c.page(uri, page(title, text))
    blobs = [member(r) for r in c.records]
    c.add("response", "https://alpha.example/dump.warc.gz", http(inner.members(), "application/gzip"))
    blobs.append(member(c.records[-1], 0))
    c.add("response", "https://alpha.example/dump.warc", http(inner.plain(), "application/warc"))
    blobs.append(member(c.records[-1], 0))
    done = len(c.records)
    for uri, title, text in articles(prose, 6, "d"):
        c.page(uri, page(title, text))
    return b"".join(blobs) + b"".join(member(r) for r in c.records[done:])


def small_pages(prose, n):
    """Many short pages with a few copies among them: enough keys for a sort that does not fit its memory."""
    s = Archive(0x10000)
    texts = []
    for i in range(n):
        if texts and prose.random.random() < 0.1:
            text = prose.random.choice(texts)
        else:
            text = [" ".join(prose.sentence() for _ in range(6))]
            texts.append(text)
        s.page("https://%s/s/%d" % (prose.random.choice(HOSTS), i), page("Note", text))
    return s


def one_member(prose):
    """A whole archive in one gzip member: its records have a place inside it besides the offset."""
    o = Archive(0x5000)
    for uri, title, text in articles(prose, 12, "o"):
        o.page(uri, page(title, text))
    return member(o.plain())


def damaged(prose):
    d = Archive(0x6000)
    for uri, title, text in articles(prose, 12, "e"):
        d.page(uri, page(title, text))
    raw = bytearray(d.members())
    for at in (len(raw) // 3, len(raw) // 2):
        raw[at] ^= 0x40
    return bytes(raw[:-700])


def members_of(path, limit=-1):
    """The gzip members of an archive's first `limit` stored bytes, as (stored, inflated)."""
    with open(path, "rb") as f:
        raw = memoryview(f.read(limit))
    out, at, step = [], 0, 1 << 16
    while at < len(raw):
        inflate, end, pieces = zlib.decompressobj(31), at, []
        while not inflate.eof and end < len(raw):
            pieces.append(inflate.decompress(raw[end:end + step]))
            end += step
        if not inflate.eof:
            break
        end = min(end, len(raw)) - len(inflate.unused_data)
        out.append((bytes(raw[at:end]), b"".join(pieces)))
        at = end
    return out


def altered(raw, seed):
    """A record as another page of its site: other id and URL, the words of every paragraph in another order."""
    rng = random.Random(seed)

    def shuffle(found):
        pieces = re.split(rb"(\s+)", found.group(0))
        words = pieces[0::2]
        rng.shuffle(words)
        pieces[0::2] = words
        return b"".join(pieces)

    head, rest = raw.split(b"\r\n\r\n", 1)
    head = re.sub(rb"(WARC-Target-URI: *<?https?://[^/?#\s>]+)", rb"\1/copy%d" % seed, head)
    head = re.sub(rb"(WARC-Record-ID: *<urn:uuid:)[0-9a-fA-F]{4}", rb"\g<1>%04x" % seed, head)
    head = re.sub(rb"WARC-(Payload|Block)-Digest: [^\r]*\r\n", b"", head)
    return head + b"\r\n\r\n" + re.sub(rb"(?<=>)[^<>{}]{40,}(?=<)", shuffle, rest)


def spoiled(raw, rng):
    """The bytes of an archive with flipped, lost and foreign ones at a few places."""
    raw = bytearray(raw)
    for _ in range(rng.randint(2, 6)):
        at, n = rng.randrange(len(raw)), rng.choice((1, 3, 700, 20000))
        how = rng.randrange(3)
        if how == 0:
            raw[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            del raw[at:at + n]
        else:
            raw[at:at + n] = rng.randbytes(len(raw[at:at + n]))
    return bytes(raw)


def write_all(folder, web=None, small=1700):
    """Every archive into `folder` (a pathlib.Path); web: stored bytes of real pages or None.  Returns their names."""
    prose = Prose(20240501)
    first, made = first_archive(prose)
    second = copies(prose, made)
    files = {
        "a.warc.gz": first.members(),
        "b.warc.gz": second.members(),
        "c-nested.warc.gz": nested_archive(prose, second),
        "d-plain.warc": copies(Prose(7), made).plain(),
        "e-empty.warc": b"",
        "f-small.warc.gz": small_pages(prose, small).members(),
        "g-one.warc.gz": one_member(prose),
        "h-damaged.warc.gz": damaged(prose),
        "i-none.warc": prose.random.randbytes(200_000),  # no archive, and larger than a part
    }
    if web:
        files["w-web.warc.gz"] = web
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    return sorted(files)
