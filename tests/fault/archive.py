"""Archives for the fault tests: good records, and the bytes to break them with.  Nothing here depends on the time."""
import random
import struct
import zlib

WORDS = """river stone light window garden market paper bread winter summer teacher letter bridge forest engine harbour
village music answer morning evening kitchen doctor number mountain weather journey history island machine picture
question station story water valley farmer painter sailor copper silver basket candle lantern meadow orchard""".split()


def sentence(rng):
    n = rng.randint(8, 16)
    return " ".join(rng.choice(WORDS) for _ in range(n)).capitalize() + "."


def page(n):
    """Page number n: an article of its own, the same bytes every time."""
    rng = random.Random(n)
    paragraphs = "\n".join("<p>%s</p>" % " ".join(sentence(rng) for _ in range(4)) for _ in range(6))
    mail = "<p>Write to editor%d@example.org about it, please do.</p>" % n if n % 3 == 0 else ""
    html = "<!DOCTYPE html>\n<html><head><title>Page %d</title></head><body><article><h1>Number %d</h1>\n%s\n%s</article></body></html>\n"
    return (html % (n, n, paragraphs, mail)).encode()


def http(body, *fields):
    head = ["HTTP/1.1 200 OK"] + list(fields or ("Content-Type: text/html; charset=utf-8",))
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def record_id(n):
    return "<urn:uuid:00000000-0000-4000-8000-%012d>" % n


def url(n):
    return "https://example.org/page/%d" % n


def head(n, length, kind="response", **more):
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": record_id(n),
        "WARC-Target-URI": url(n),
        "WARC-Date": "2025-01-02T03:04:05Z",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(length),
    }
    fields.update({k.replace("_", "-"): v for k, v in more.items()})
    return ("WARC/1.1\r\n" + "".join("%s: %s\r\n" % f for f in fields.items()) + "\r\n").encode()


def record(n, block=None, length=None, **more):
    """A whole record; `length` is what its Content-Length says."""
    block = http(page(n)) if block is None else block
    return head(n, len(block) if length is None else length, **more) + block + b"\r\n\r\n"


def member(data, level=6):
    z = zlib.compressobj(level, zlib.DEFLATED, 31)
    return z.compress(data) + z.flush()


def flip(data, at):
    """One bit of the byte at `at` (from the end if negative) turned over."""
    b = bytearray(data)
    b[at] ^= 0x10
    return bytes(b)


def bad_crc(gz):
    return gz[:-8] + struct.pack("<I", struct.unpack("<I", gz[-8:-4])[0] ^ 1) + gz[-4:]


def archive(*parts):
    """Bytes as they are; a number is that good record."""
    return parts


def plain(parts):
    return b"".join(record(p) if isinstance(p, int) else p for p in parts)


def zipped(parts):
    """A member a record; bytes are taken as they stand."""
    return b"".join(member(record(p)) if isinstance(p, int) else p for p in parts)


def run_on_members(blocks):
    """What looks like members, each of which inflates over all that follow: stored blocks up to a common next one."""
    out = b""
    for _ in range(blocks):
        body = b""
        while len(body) < 65400:
            rest = 65500 - len(body) - 15
            body += b"\x1f\x8b\x08\0\0\0\0\0\0\xff\0" + struct.pack("<HH", rest, rest ^ 0xFFFF) + b"WARC/1.0\r\n"
        out += b"\0" + struct.pack("<HH", 65500, 65500 ^ 0xFFFF) + body.ljust(65500, b"x")
    return out[5:] + b"\xff" * 10
