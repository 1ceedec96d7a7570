"""Archives that do not hold: what is damaged is named, what is not comes through as if nothing were."""
import archive as a
from harness import case, check, pages, rows, same, sluice

GOOD = range(8)
PARTS = ("300", "2500", "1G")


def clean(p):
    """Rows of the good pages in an archive without fault."""
    _, out = p.run(p.write("clean.warc", a.plain(GOOD)))
    return pages(rows(out))


def tile(listing, size):
    """Every stored byte belongs to one line of ls, end marks of plain records aside; in order, without overlap."""
    at = 0
    for line in listing:
        check(at <= line["offset"] <= at + 4, "lines do not join at %d: %r" % (at, line))
        at = line["offset"] + line["length"]
    check(at <= size <= at + 4, "lines end at %d of %d bytes" % (at, size))


def damaged(p, data, lost=(), damage=1, name="x.warc.gz", others=0, tiles=True):
    """`data` is read by run (in parts of any size), ls and extract: good pages but `lost` come through, `damage` lines tell of the rest."""
    path = p.write(name, data)
    want = clean(p)
    for n in lost:
        del want[a.record_id(n)]
    first = None
    for part in PARTS:
        r, out = p.run(path, sets=["run.part_bytes=" + part])
        found = rows(out)
        bad = [x for x in found if x.get("rule") == "damage"]
        same(len(bad), damage, "rows of damage, parts of %s" % part)
        for x in bad:
            same((x["outcome"], x["stage"], "id" in x), ("failed", "ingest", False), "a row of damage")
            check(x["error"], "no reason in %r" % x)
        got = pages(x for x in found if x not in bad)
        for n in GOOD:
            same(got.pop(a.record_id(n), None), want.get(a.record_id(n)), "page %d, parts of %s" % (n, part))
        same(len(got), others, "other rows")
        check(first is None or first == found, "other rows with parts of %s" % part)
        check(("damaged" in r.err) == (damage > 0), "the summary is silent")
        first = found
    listing = sluice("ls", path, status=3 if damage else 0)
    same(len([x for x in listing.lines() if "damage" in x]), damage, "lines of damage")
    same([(x["offset"], x["length"], x.get("at", 0)) for x in listing.lines()], [(x["offset"], x["length"], x.get("at", 0)) for x in first], "ls")
    if tiles:
        tile(listing.lines(), len(data))
    kept = [x["id"] for x in sluice("extract", path, status=3 if damage else 0).lines()]
    same(sorted(kept), sorted(x["id"] for x in first if x["outcome"] == "kept"), "pages of extract")
    return first


@case
def an_empty_file_is_readable_and_has_no_records(p):
    r, out = p.run(p.write("empty.warc", b""))
    same(rows(out), [], "rows")
    same(sluice("ls", p.write("empty.warc.gz", b""), status=0).out, "", "ls")


@case
def a_file_that_is_no_archive_is_named_and_the_others_are_processed(p):
    want = clean(p)
    bad = p.write("in/bad.warc", b"This is a letter.\n" * 1000)
    p.write("in/good.warc.gz", a.zipped(GOOD))
    r, out = p.run(p.path + "/in", status=3)
    check("bad.warc: is no archive" in r.err and "max_failed" in r.err, r.show())
    r, out = p.run(p.path + "/in", sets=["inputs.max_failed=1"])
    found = rows(out)
    same(pages(x for x in found if x["warc"] == "good.warc.gz"), want, "the other archive")
    same([(x["stage"], x["rule"]) for x in found if x["warc"] == "bad.warc"], [("input", "unreadable")], "the row of the file")
    for command in ("ls", "extract"):
        r = sluice(command, bad, status=3)
        check("bad.warc" in r.err and len(r.err.splitlines()) == 1, r.show())


@case
def a_gzip_cut_in_the_middle_of_a_member(p):
    data = a.zipped(GOOD)
    damaged(p, data[: -len(a.member(a.record(7))) // 2], lost=[7])


@case
def a_cut_member_in_the_middle_of_the_file(p):
    damaged(p, a.zipped([0, 1, a.member(a.record(2))[:-300], 3, 4, 5, 6, 7]), lost=[2])


@case
def a_flipped_bit_in_a_member(p):
    for at in (2, 60, 400, -6, -2):
        damaged(p, a.zipped([0, 1, 2, a.flip(a.member(a.record(3)), at), 4, 5, 6, 7]), lost=[3])


@case
def a_wrong_checksum(p):
    damaged(p, a.zipped([0, 1, 2, a.bad_crc(a.member(a.record(3))), 4, 5, 6, 7]), lost=[3])


@case
def bytes_between_members(p):
    for junk in (b"\0", b"x", b"\x1f\x8b\x08", b"\0" * 4000, bytes(range(256)) * 20):
        damaged(p, a.zipped([0, 1, junk, 2, 3, 4, 5, 6, 7]))


@case
def zero_padding_at_the_end_is_no_damage(p):
    damaged(p, a.zipped(GOOD) + b"\0" * 100000, damage=0, tiles=False)
    damaged(p, a.plain(GOOD) + b"\0" * 100000, damage=0, tiles=False, name="x.warc")


@case
def a_truncated_last_record(p):
    data = a.plain(GOOD)
    damaged(p, data[:-600], lost=[7], name="x.warc")
    damaged(p, data[: -len(a.record(7)) + 40], lost=[7], name="x.warc")


@case
def a_content_length_that_is_too_long(p):
    true = len(a.http(a.page(3)))
    # Up to four bytes too long is the end marks: the page has them behind its last tag, and nothing is lost.
    for more in (5, 500, 6000, 1 << 31, 1 << 62):
        damaged(p, a.plain([0, 1, 2, a.record(3, length=true + more), 4, 5, 6, 7]), lost=[3], name="x.warc")
        damaged(p, a.zipped([0, 1, 2, a.member(a.record(3, length=true + more)), 4, 5, 6, 7]), lost=[3])


@case
def a_content_length_that_is_no_number(p):
    for length in ("-5", "", "12x", "18446744073709551616", "1e3"):
        damaged(p, a.plain([0, 1, 2, a.record(3, length=length), 4, 5, 6, 7]), lost=[3], name="x.warc")
        damaged(p, a.zipped([0, 1, 2, a.member(a.record(3, length=length)), 4, 5, 6, 7]), lost=[3])


def quick(p, data, name, most):
    """Pages 0 and 1 around the bytes come through, in time that grows as the bytes do."""
    path = p.write(name, data)
    listing = sluice("ls", path, status=3, most_cpu=5).lines()
    same([x["id"] for x in listing if "id" in x], [a.record_id(0), a.record_id(1)], "records")
    check(len(listing) <= most, "%d lines" % len(listing))
    tile(listing, len(data))
    _, out = p.run(path, most_cpu=10)
    same([x["outcome"] for x in rows(out) if "id" in x], ["kept", "kept"], "pages")


@case
def bytes_that_look_like_heads_cost_what_bytes_cost(p):
    for like in (b"WARC/1.0\r\n", b"WARC/1.", b"WARC/1.0\r\nContent-Length: 1\r\n\r\n", b"WARC/1.0\nWARC-Type: x\n", b"\0WARC/1.1\n"):
        quick(p, a.plain([0]) + like * (12000000 // len(like)) + b"x" + a.plain([1]), "x.warc", 3)


@case
def members_that_run_on_over_each_other_cost_what_bytes_cost(p):
    quick(p, a.zipped([0]) + a.run_on_members(100) + a.zipped([1]), "x.warc.gz", 20)
    quick(p, a.zipped([0]) + b"\x1f\x8b\x08" * 3000000 + a.zipped([1]), "x.warc.gz", 3)
