"""Commands that read standard input and write standard output, when either ends early."""
import json
import random
import subprocess

import archive as a
from harness import ROOT, case, check, same, sluice


@case
def threads_that_start_at_once_do_not_wait_for_each_other(p):
    """libxml2 sets itself up at its first use; with two threads in it at once one of fifty runs never ended."""
    path = p.write("x.warc.gz", a.zipped(range(8)))
    want = sluice("extract", "-j", 1, path, status=0).out
    for _ in range(100):
        same(sluice("extract", "-j", 8, path, status=0, limit=20).out, want, "output")


FILTERS = (["lang"], ["filter"], ["scrub"], ["sign"], ["dups"], ["dups", "--by", "text"], ["tokenize", "--vocab", ROOT + "/models/tekken_240911.json"],
           ["tokenize", "--decode", "--vocab", ROOT + "/models/tekken_240911.json"])


def line(n):
    return json.dumps({"id": "d%d" % n, "text": " ".join(a.sentence(random.Random(n)) for n in range(n, n + 20)), "ids": [5000, 5001 + n]}).encode() + b"\n"


@case
def lines_that_are_no_documents(p):
    """Never passed on; told with their offset; the lines around them come through as without."""
    bad = [b"not JSON", b"{", b"[]", b"5", b'"text"', b"null", b'{"id":"x","text":5,"ids":"y"}', b'{"id":"x","text":"\xff","ids":[1]}', b"\0" * 1000,
           b'{"id":"x","text":"\\ud800","ids":[-1]}', b'{"id":"x","text":"a","ids":[1e400]}{}', b"[" * 100000, b'{"a":' * 100000,
           b'{"id":"x","text":"%s' % (b"a" * 40000000)]
    for command in FILTERS:
        good = [line(n) for n in range(1, 4)]
        want = sluice(*command, p.write("good", good), status=0).lines()
        for b in bad:
            path = p.write("bad", [good[0], good[1], b + b"\n", good[2]])
            for jobs in (1, 2):
                extra = [] if command[0] in ("dups",) else ["-j", jobs]
                r = sluice(*command, *extra, path, status=3, limit=100)
                same(r.lines(), want, "output of %s" % command[0])
                check("bad:%d: " % (len(good[0]) + len(good[1])) in r.err and len(r.err.splitlines()) == 1, r.show())


@case
def documents_that_are_compressed_and_broken(p):
    good = b"".join(line(n) for n in range(1, 2000))
    stored = a.member(good)
    zstd = subprocess.run(["zstd", "-qc"], input=good, stdout=subprocess.PIPE, check=True).stdout
    bomb = a.member(b'{"id":"x","text":"' + b" " * 600000000 + b'"}\n', 9)
    for command in FILTERS:
        for name, data in (("cut.gz", stored[:-2000]), ("flip.gz", a.flip(stored, len(stored) // 2)), ("cut.zst", zstd[:-2000]), ("flip.zst", a.flip(zstd, len(zstd) // 2)),
                           ("bomb.gz", bomb)):
            r = sluice(*command, p.write(name, data), status=3, limit=100)
            check(name in r.err and len(r.err.splitlines()) == 1, r.show())
        same(sluice(*command, p.write("empty", b""), status=0).out, "", "output for an empty file")
        r = sluice(*command, p.path + "/nowhere")
        check(r.status == 3 and "nowhere" in r.err, r.show())


@case
def documents_that_are_giants(p):
    for text in ("a.b@example.org, " * 1900000, "a\n" * 10000000, "word and more words, " * 1000000, "a" * 12000000, "@" * 12000000, "\u0301" * 6000000, "1.2.3." * 2000000, "\n" * 12000000, "\U0001f600" * 3000000):
        doc = json.dumps({"id": "g", "text": text, "ids": [1000] * 3000000}, ensure_ascii=False).encode() + b"\n"
        path = p.write("giants", [line(1), doc, line(2), doc])
        for command in FILTERS:
            jobs = [] if command[0] == "dups" else ["-j", 2]
            r = sluice(*command, *jobs, path, limit=200)
            check(r.status in (0, 3) and ("d1" in r.out or command[0] == "filter"), r.show())
