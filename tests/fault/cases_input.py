"""Inputs that are not there, are there twice, change, loop or never end."""
import os
import threading

import archive as a
from harness import Started, case, check, pages, rows, same, sluice, until


@case
def an_input_that_is_given_twice(p):
    path = p.write("x.warc.gz", a.zipped([0]))
    os.symlink(path, p.path + "/y.warc.gz")
    listed = p.write("list", "%s\n%s\n" % (path, path))
    os.makedirs(p.path + "/other")
    os.link(path, p.path + "/other/x.warc.gz")
    for inputs in ([path, path], ["@" + listed], [path, p.path + "/other/../x.warc.gz"], [path, p.path + "/other/x.warc.gz"]):
        r = sluice(*p.arguments(inputs, p.out()), status=2)
        check("x.warc.gz" in r.err and "same name" in r.err and len(r.err.splitlines()) == 1, r.show())


@case
def an_input_that_is_not_there(p):
    path = p.write("x.warc.gz", a.zipped([0, 1]))
    os.symlink("nowhere", p.path + "/dangling.warc")
    for gone in (p.path + "/gone.warc", p.path + "/dangling.warc", p.path + "/x.warc.gz/y.warc"):
        r, out = p.run(gone, path, status=3)
        check(os.path.basename(gone) + ": is not there" in r.err and "nothing is sealed" in r.err, r.show())
        r, out = p.run(gone, path, sets=["inputs.max_failed=1"])
        same([x["outcome"] for x in rows(out) if x["warc"] == "x.warc.gz"], ["kept", "kept"], "the other input")
    r = sluice(*p.arguments(["@" + p.path + "/nolist"], p.out()), status=3)
    check("nolist: cannot open" in r.err, r.show())
    for nothing in ([], [os.path.dirname(p.write("empty/readme.txt", b"no archive"))], ["@" + p.write("emptylist", b"# none\n\n")]):
        r = sluice(*p.arguments(nothing, p.out()), status=2)
        check("no inputs" in r.err, r.show())
    r = sluice(*p.arguments(["-"], p.out()), status=2)
    check("standard input" in r.err, r.show())


@case
def an_input_that_changed_since_the_plan(p):
    path = p.write("x.warc.gz", a.zipped([0, 1]))
    for change in (lambda: p.write("x.warc.gz", a.zipped([0, 1, 2])), lambda: os.utime(path, ns=(0, 0)), lambda: os.unlink(path)):
        p.write("x.warc.gz", a.zipped([0, 1]))
        out = p.out()
        sluice("plan", "-c", p.config, "-o", out, path, status=0)
        change()
        r = sluice("prepare", out, "--task", "0", status=3)
        check("x.warc.gz: " in r.err and "changed" in r.err and len(r.err.splitlines()) == 1, r.show())
        r = sluice(*p.arguments([path], out), status=2)
        check("changed inputs" in r.err, r.show())


@case
def an_input_that_shrinks_while_it_is_read(p):
    path, out = p.write("x.warc.gz", a.zipped(range(1500))), p.out()
    run = Started(*p.arguments([path], out, ["run.part_bytes=200000"]))
    until(lambda: os.path.isdir(out + "/tmp/prepare") and len(os.listdir(out + "/tmp/prepare")) > 3)
    os.truncate(path, 1000)
    status, err = run.end()
    same(status, 3, "status")
    check("x.warc.gz: changed since the run was planned" in err, err)


@case
def pipes_and_devices(p):
    """A run must be able to go back and resume: only files will do.  Filters take a pipe."""
    fifo = p.path + "/pipe.warc.gz"
    os.mkfifo(fifo)
    good = p.write("x.warc.gz", a.zipped([0]))
    for odd in (fifo, "/dev/zero", "/dev/null"):
        r = sluice(*p.arguments([odd, good], p.out()), status=3, limit=30)
        check("is not there or not a file" in r.err, r.show())
    damaged = a.zipped([0, 1, a.flip(a.member(a.record(2)), 400), 3, b"junk", 4, a.member(a.record(5))[:-100], 6])
    for data in (a.zipped(range(30)), damaged, a.plain([0, 1, a.record(2, length=4000), 3]), a.plain([0])[:-600], b"", a.zipped([0])):
        file = p.write("y.warc.gz", data)
        for command in ("ls", "extract"):
            want = sluice(command, file)

            def feed():
                with open(fifo, "wb") as f:
                    f.write(data)
            feeder = threading.Thread(target=feed)
            feeder.start()
            got = sluice(command, fifo, limit=30)
            feeder.join()
            same((got.status, got.out), (want.status, want.out.replace(file, fifo)), "%s of a pipe of %d bytes" % (command, len(data)))
            with open(file, "rb") as f:
                got = sluice(command, "-", stdin=f)
            same((got.status, got.out.replace('"-"', '"%s"' % file)), (want.status, want.out), command + " of standard input")


@case
def folders_that_loop(p):
    p.write("in/a/x.warc.gz", a.zipped([0]))
    p.write("in/b/y.warc.gz", a.zipped([1]))
    for name, target in (("in/a/loop", ".."), ("in/b/loop", "../../in"), ("in/self", "."), ("in/b/other", "../a")):
        os.symlink(target, os.path.join(p.path, name))
    r = sluice(*p.arguments([p.path + "/in"], p.out()), limit=60, most_cpu=5)
    check(r.status in (0, 2, 3), r.show())
    p.write("in2/" + "d/" * 40 + "x.warc", a.plain([0]))
    r = sluice(*p.arguments([p.path + "/in2"], p.out()), limit=60, most_cpu=5)
    check(r.status in (0, 3), r.show())


@case
def names_that_are_odd(p):
    names = ["a b.warc", "new\nline.warc", "quote'\".warc", "\udcff\udcfe.warc", "-dash.warc", "%41.warc", "x" * 200 + ".warc", "é.warc"]
    for n, name in enumerate(names):
        path = os.path.join(os.fsencode(p.path), b"in", os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(a.plain([n]))
    r, out = p.run(p.path + "/in", whole=False)
    found = rows(out)
    same(sorted(pages(found)), [a.record_id(n) for n in range(len(names))], "pages")
    same(len({x["warc"] for x in found}), len(names), "names")
    sluice("verify", out, "--replay", "20", status=0)
