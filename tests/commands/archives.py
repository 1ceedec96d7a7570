"""Archives of every shape that the reader must take, each with what `ls` and `cat` must say of it.

Everything is made here by the rules of WARC 1.1 (ISO 28500:2017) and RFC 9112; expectations come from how a file was
put together, never from reading it back.
"""
import base64
import dataclasses
import gzip
import hashlib
import uuid
import zlib

CRLF = b"\r\n"
BODY = ("<html><head><title>Lamp</title></head><body>" + "<p>The lamp over the harbour was lit before the boats came in.</p>" * 20
        + "</body></html>").encode()


@dataclasses.dataclass
class Record:
    """One record as bytes, and what is known of it."""
    head: bytes
    block: bytes
    kind: str
    id: str
    url: str
    status: int = None
    mime: str = None
    digest: str = "none"
    payload: bytes = None  # what `cat` gives; None: the block
    payload_digest: str = None
    truncated: str = None
    end: bytes = CRLF + CRLF

    @property
    def bytes(self):
        return self.head + self.block + self.end


def sha1(data):
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def make(kind, block, url="http://lamp.example/a", name=None, fields=(), mime="application/http; msgtype=response", version="WARC/1.1", eol=CRLF,
         date="2025-03-04T05:06:07Z", length=None, upper=False, angle=False, **known):
    """A record; fields: more header lines."""
    rid = "<urn:uuid:%s>" % uuid.uuid5(uuid.NAMESPACE_URL, repr((name, kind, url, fields, block[:99], len(block))))
    lines = ["WARC-Type: " + kind, "WARC-Record-ID: " + rid, "WARC-Date: " + date]
    if url:
        lines.append("WARC-Target-URI: " + ("<%s>" % url if angle else url))
    if mime:
        lines.append("Content-Type: " + mime)
    lines += [*fields, "Content-Length: %d" % (len(block) if length is None else length)]
    if upper:
        lines = [x.split(":", 1)[0].upper() + ":" + x.split(":", 1)[1] for x in lines]
    head = eol.join(x.encode() for x in [version, *lines]) + eol + eol
    return Record(head, block, kind, rid, url, end=eol + eol, **known)


def http(body, fields=("Content-Type: text/html; charset=utf-8",), status="200 OK", eol=CRLF):
    return eol.join(x.encode() for x in ["HTTP/1.1 " + status, *fields]) + eol + eol + body


def page(body=BODY, stored=None, coding=(), **more):
    """A response; stored: the body with its codings."""
    block = http(body if stored is None else stored, ("Content-Type: text/html; charset=utf-8", *coding))
    return _page(block, body, more)


def _page(block, body, more):
    r = make("response", block, **more)
    r.status, r.mime, r.payload = 200, "text/html", body
    return r


def digested(r, value, verdict, field="WARC-Payload-Digest"):
    """The record with a digest line in its head."""
    version, rest = r.head.split(b"\n", 1)
    eol = CRLF if version.endswith(b"\r") else b"\n"
    r.head = version + b"\n" + field.encode() + b": " + value.encode() + eol + rest
    r.digest = verdict
    if field == "WARC-Payload-Digest":
        r.payload_digest = value
    return r


def chunked(body, size=1000, eol=CRLF, extension=b"", trailer=b"", last=True):
    out = b""
    for i in range(0, len(body), size):
        piece = body[i:i + size]
        out += b"%X" % len(piece) + extension + eol + piece + eol
    return out + (b"0" + eol + trailer + eol if last else b"")


def raw_deflate(data):
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    return c.compress(data) + c.flush()


def member(*records):
    return gzip.compress(b"".join(r.bytes if isinstance(r, Record) else r for r in records), 6, mtime=0)


@dataclasses.dataclass
class Case:
    """A file, and its lines: (offset, length, at, Record) or (offset, length, at, None) for damage."""
    name: str
    data: bytes
    lines: list


def gz(name, records):
    """A gzip member a record."""
    data, lines = b"", []
    for r in records:
        m = member(r)
        lines.append((len(data), len(m), 0, r))
        data += m
    return Case(name, data, lines)


def plain(name, records):
    data, lines = b"", []
    for r in records:
        lines.append((len(data), len(r.head) + len(r.block), 0, r))
        data += r.bytes
    return Case(name, data, lines)


def one_member(name, records):
    """All of them in one gzip member."""
    data, lines, at = member(*records), [], 0
    for r in records:
        lines.append((0, len(data), at, r))
        at += len(r.bytes)
    return Case(name, data, lines)


def kinds():
    """A record of each type."""
    yield make("warcinfo", b"software: lamp\r\n", url=None, mime="application/warc-fields")
    yield make("request", b"GET /a HTTP/1.1\r\nHost: lamp.example\r\n\r\n", mime="application/http; msgtype=request")
    yield digested(page(), sha1(BODY), "ok")
    yield page(b"")
    yield _page(http(b"gone", ("Content-Type: text/plain",), "404 Not Found"), b"gone", {})
    yield make("metadata", b"fetchTimeMs: 12\r\n", mime="application/warc-fields")
    yield make("resource", b"plain file", url="file:///lamp/a.txt", mime="text/plain")
    yield make("conversion", "Text d'une page.\n".encode(), mime="text/plain")
    yield digested(make("revisit", http(b""), fields=("WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",)),
                   sha1(BODY), "unknown")
    yield make("revisit", b"", fields=("WARC-Profile: http://netpreserve.org/warc/1.1/revisit/server-not-modified",), mime=None)
    yield digested(make("continuation", b"rest of it", fields=("WARC-Segment-Number: 2", "WARC-Segment-Origin-ID: <urn:uuid:1>")),
                   sha1(b"whole of it"), "unknown")
    yield make("lamp-type", b"a type of our own", mime="text/plain")
    r = page()
    r.head = r.head.replace(b"WARC-Date", b"WARC-Truncated: length\r\nWARC-Date")
    r.truncated = "length"
    yield r


def fix(records):
    """Status and type of those whose block is HTTP."""
    out = []
    for r in records:
        if r.kind in ("response", "revisit") and r.block.startswith(b"HTTP/"):
            head = r.block.split(b"\n\r\n")[0].split(b"\n\n")[0].decode()
            r.status = int(head.split()[1])
            r.mime = head.split("Content-Type: ")[1].split(";")[0].split("\r")[0].split("\n")[0]
        out.append(r)
    return out


def digests():
    """Verdicts by writing of the digest."""
    d1, d256 = hashlib.sha1(BODY).digest(), hashlib.sha256(BODY).digest()
    b32 = lambda d: base64.b32encode(d).decode()
    good = [sha1(BODY), "sha1:" + b32(d1).lower(), "SHA1:" + b32(d1), "sha1:" + d1.hex(), "sha1:" + d1.hex().upper(), "sha-1:" + b32(d1),
            "sha256:" + b32(d256), "sha256:" + b32(d256).rstrip("="), "sha256:" + b32(d256).lower(), "sha256:" + d256.hex(), "sha-256:" + d256.hex(),
            "sha256:" + d256.hex().upper()]
    for value in good:
        yield digested(page(), value, "ok")
    for value in ("md5:" + hashlib.md5(BODY).hexdigest(), "sha512:" + hashlib.sha512(BODY).hexdigest(), "blake3:00", "xxh64:1"):
        yield digested(page(), value, "unknown")
    yield digested(digested(page(), sha1(BODY), "ok"), "sha256:" + d256.hex(), "ok")
    yield digested(digested(page(), "md5:00", "unknown"), "sha256:" + d256.hex(), "ok")
    yield digested(digested(page(), sha1(b"no"), "bad"), "sha256:" + d256.hex(), "bad")
    for value in (sha1(BODY + b"x"), "sha256:" + hashlib.sha256(b"").hexdigest()):
        yield digested(page(), value, "bad")
    yield digested(page(), sha1(page().block), "ok", "WARC-Block-Digest")
    yield digested(page(), sha1(b"no"), "bad", "WARC-Block-Digest")
    yield digested(digested(page(), sha1(BODY), "ok"), sha1(b"no"), "bad", "WARC-Block-Digest")
    yield digested(digested(page(), sha1(b"no"), "bad"), sha1(page().block), "bad", "WARC-Block-Digest")
    yield digested(digested(page(), "md5:00", "unknown"), sha1(page().block), "ok", "WARC-Block-Digest")
    yield digested(make("resource", b"bytes", mime="text/plain"), sha1(b"bytes"), "ok")
    yield digested(make("request", b"POST /a HTTP/1.1\r\nHost: lamp.example\r\n\r\nk=v", mime="application/http; msgtype=request"), sha1(b"k=v"), "ok")


def codings():
    """HTTP codings: the payload digest is over the body without transfer coding, or over it as stored."""
    z, twice = gzip.compress(BODY, mtime=0), gzip.compress(gzip.compress(BODY, mtime=0), mtime=0)
    two = gzip.compress(BODY[:300], mtime=0) + gzip.compress(BODY[300:], mtime=0)
    te, ce = "Transfer-Encoding: chunked", "Content-Encoding: "
    yield digested(page(BODY, chunked(BODY), (te,)), sha1(BODY), "ok")
    yield digested(page(BODY, chunked(BODY), (te,)), sha1(chunked(BODY)), "ok")
    yield digested(page(BODY, chunked(BODY), (te,)), sha1(b"no"), "bad")
    yield digested(page(BODY, chunked(BODY, extension=b";a=b"), ("transfer-encoding:  Chunked ",)), sha1(BODY), "ok")
    yield digested(page(BODY, chunked(BODY, extension=b"  "), (te,)), sha1(BODY), "ok")
    yield digested(page(BODY, chunked(BODY, eol=b"\n"), (te,)), sha1(BODY), "ok")
    yield digested(page(BODY, chunked(BODY, trailer=b"X-Sum: 1\r\n"), (te,)), sha1(BODY), "ok")
    yield page(BODY, chunked(BODY, last=False), (te,))
    yield page(BODY, BODY, (te,))
    yield digested(page(BODY, z, (ce + "gzip",)), sha1(z), "ok")
    yield digested(page(BODY, chunked(z), (ce + "gzip", te)), sha1(z), "ok")
    yield page(BODY, z, (ce + "x-gzip",))
    yield page(BODY, z, (ce + "GZip",))
    yield page(BODY, zlib.compress(BODY), (ce + "deflate",))
    yield page(BODY, raw_deflate(BODY), (ce + "deflate",))
    yield page(BODY, two, (ce + "gzip",))
    yield page(BODY, twice, (ce + "gzip, gzip",))
    yield page(BODY, twice, (ce + "gzip", ce + "gzip"))
    yield page(BODY, gzip.compress(zlib.compress(BODY), mtime=0), (ce + "deflate, gzip",))
    yield page(BODY, zlib.compress(z), (ce + "gzip,deflate",))
    yield digested(page(BODY, z, ("Transfer-Encoding: gzip",)), sha1(BODY), "ok")
    yield digested(page(BODY, chunked(z), ("Transfer-Encoding: gzip, chunked",)), sha1(BODY), "ok")
    yield page(BODY, BODY, (ce + "gzip",))
    yield page(BODY, BODY, (ce + "deflate",))
    yield page(BODY, BODY, (ce + "br",))
    yield page(BODY, BODY, (ce + "identity",))
    yield page(BODY, BODY, (ce + "none, utf-8",))
    yield page(BODY, z, (ce + "identity, gzip",))
    yield page(BODY[:1000], chunked(BODY[:1000] + b"x" * 900, size=1900)[:1005], (te,))


def heads():
    """Heads as various writers make them."""
    for version in ("WARC/1.0", "WARC/1.1"):
        yield page(version=version)
    yield page(eol=b"\n")
    yield page(upper=True)
    yield page(angle=True)
    r = page()
    r.head = r.head.replace(b": ", b":")
    yield r
    r = page(url="http://lamp.example/folded")
    r.head = r.head.replace(b"WARC-Target-URI: ", b"WARC-Target-URI:\r\n ")
    yield r
    r = page()
    r.head = r.head.replace(b"Content-Type: application/http; msgtype", b"Content-Type: application/http;\r\n\tmsgtype")
    yield r
    r = page()
    r.head = r.head.replace(b"WARC-Date", b"X-Lamp: \xff\xfe caf\xc3\xa9\r\nWARC-Date")
    yield r
    r = make("response", http(BODY, eol=b"\n"))
    r.payload = BODY
    yield r


def nested():
    """An archive stored in an archive: what is inside a block is no record, whatever it looks like."""
    inner = b"".join(r.bytes for r in heads())
    for data in (inner, gzip.compress(inner, mtime=0), b"".join(member(r) for r in heads())):
        yield make("resource", data, url="http://lamp.example/inner.warc", mime="application/warc")
        yield page()


def whole():
    """Files in which every byte belongs to a record, or is padding."""
    for name, records in (("types", kinds), ("digests", digests), ("codings", codings), ("heads", heads), ("nested", nested)):
        yield gz(name + ", a member a record", fix(records()))
        yield plain(name + ", plain", fix(records()))
    some = fix([page(), make("metadata", b"a: b\r\n", mime="application/warc-fields"), page(b"<p>second</p>")])
    alone = one_member("one member", some)
    yield alone
    m, lines = alone.data, alone.lines
    yield Case("one member, then one of one", m + member(some[0]), lines + [(len(m), len(member(some[0])), 0, some[0])])
    one = gz("", some)
    empty = gzip.compress(b"", mtime=0)
    first = len(member(some[0]))
    moved = [one.lines[0]] + [(o + len(empty), n, a, r) for o, n, a, r in one.lines[1:]]
    yield Case("empty member between", one.data[:first] + empty + one.data[first:], moved)
    yield Case("empty member at the end", one.data + empty, one.lines)
    yield Case("zero padding behind members", one.data + bytes(70000), one.lines)
    flat = plain("", some)
    yield Case("zero padding, plain", flat.data + bytes(70000), flat.lines)
    yield Case("blank lines at the end", flat.data + CRLF * 3, flat.lines)
    yield Case("no end marks at the end", flat.data[:-4], flat.lines)
    bare = [dataclasses.replace(r, end=b"") for r in some]
    yield plain("no end marks, plain", bare)
    yield gz("no end marks, members", bare)
    short = [dataclasses.replace(r, end=CRLF) for r in some]
    yield plain("one end mark, plain", short)
    yield Case("no byte at all", b"", [])
    big = fix([page(BODY * 6000), page(), make("resource", BODY * 15000, mime="text/plain"), page(b"<p>last</p>")])
    yield gz("large records, a member a record", big)
    yield plain("large records, plain", big)
    yield one_member("large records, one member", big)


def damaged():
    """Files with bytes that belong to no whole record: a line for each run of them."""
    some = fix([page(), page(b"<p>second</p>"), page(b"<p>third one</p>")])
    g, p = gz("", some), plain("", some)
    o = [x[0] for x in g.lines] + [len(g.data)]
    cut = 40
    yield Case("last member cut", g.data[:-cut], g.lines[:2] + [(o[2], len(g.data) - cut - o[2], 0, None)])
    yield Case("last record cut, plain", p.data[:-cut], p.lines[:2] + [(p.lines[2][0], len(p.data) - cut - p.lines[2][0], 0, None)])
    junk = b"these bytes are no record at all\n"
    moved = [(a + len(junk), n, at, r) for a, n, at, r in g.lines[1:]]
    yield Case("bytes between members", g.data[:o[1]] + junk + g.data[o[1]:], [g.lines[0], (o[1], len(junk), 0, None), *moved])
    q = [x[0] for x in p.lines]
    moved = [(a + len(junk), n, at, r) for a, n, at, r in p.lines[1:]]
    yield Case("bytes between records, plain", p.data[:q[1]] + junk + p.data[q[1]:], [p.lines[0], (q[1], len(junk), 0, None), *moved])
    flipped = bytearray(g.data)
    flipped[o[1] + 60] ^= 0x55
    yield Case("a member whose data fails", bytes(flipped), [g.lines[0], (o[1], o[2] - o[1], 0, None), g.lines[2]])
    crc = bytearray(g.data)
    crc[o[2] - 7] ^= 1
    yield Case("a member whose CRC fails", bytes(crc), [g.lines[0], (o[1], o[2] - o[1], 0, None), g.lines[2]])
    yield Case("bytes at the end, members", g.data + junk, g.lines + [(o[3], len(junk), 0, None)])
    yield Case("bytes at the end, plain", p.data + junk, p.lines + [(len(p.data), len(junk), 0, None)])
    moved = [(a + len(junk), n, at, r) for a, n, at, r in g.lines]
    yield Case("junk first, members", junk + g.data, [(0, len(junk), 0, None), *moved])
    first = bytearray(g.data)
    first[0] ^= 1
    yield Case("first byte damaged", bytes(first), [(0, o[1], 0, None), *g.lines[1:]])
    two = member(*some[:2])
    lines = [(0, len(two), 0, some[0]), (0, len(two), len(some[0].bytes), some[1])]
    yield Case("bytes behind a record of a member", member(*some[:2], junk) + g.data[:o[1]],
               [(0, len(member(*some[:2], junk)), *x[2:]) for x in lines] + [(0, len(junk), len(some[0].bytes + some[1].bytes), None),
                                                                          (len(member(*some[:2], junk)), o[1], 0, some[0])])
    yield Case("junk first, plain", junk + p.data, [(0, len(junk), 0, None)] + [(a + len(junk), n, at, r) for a, n, at, r in p.lines])
