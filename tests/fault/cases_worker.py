"""Workers and supervisors that die: a build that crashes on marked pages, and signals from outside."""
import os
import signal

import archive as a
from harness import CRASH, SLUICE, Started, case, check, children, pages, rows, same, sluice, until

GOOD = (0, 1, 2, 4, 5, 6, 7, 9)
PARTS = ["run.part_bytes=3000", "run.group_bytes=3000"]


def marked(n, where, how):
    body = a.page(n).replace(b"</article>", b"<p>sluice-crash-mark %s %s </p></article>" % (where.encode(), how.encode()))
    return a.member(a.record(n, a.http(body)))


def make(p, *marks, name="x.warc.gz"):
    """Ten pages, of which some are marked: (n, where, how)."""
    own = {n: marked(n, where, how) for n, where, how in marks}
    parts = [own.get(n, n) for n in range(10)]
    return p.write(name, a.zipped(parts)), [len(a.zipped(parts[:n])) for n in own]


def manifest(out):
    with open(out + "/manifest.json", "rb") as f:
        return f.read()


def clean(p, *lost):
    """Rows of the unmarked pages as the program itself gives them."""
    path, _ = make(p, name="clean.warc.gz")
    _, out = p.run(path)
    found = pages(rows(out))
    return {i: row for i, row in found.items() if i not in [a.record_id(n) for n in lost]}


def becomes_a_row(p, where, stage, how, rule, jobs=(1, 2, 7)):
    path, (offset,) = make(p, (3, where, how))
    want = clean(p, 3)
    first = None
    for j in jobs:
        r, out = p.run(path, jobs=j, sets=PARTS, program=CRASH)
        check("x.warc.gz:%d: the record" % offset in r.err and "KILLED THE WORKER" in r.err, r.show())
        found = rows(out)
        (row,) = [x for x in found if x["outcome"] == "failed"]
        same((row["id"], row["offset"], row["stage"], row["rule"]), (a.record_id(3), offset, stage, rule), "the row")
        check(row["error"] and row["url"] == a.url(3), "the row: %r" % row)
        same({i: x for i, x in pages(found).items() if i != a.record_id(3)}, want, "the other pages")
        same(manifest(out), first or manifest(out), "the manifest, %d workers" % j)
        first = manifest(out)


@case
def a_record_that_kills_its_worker_becomes_a_failed_row(p):
    for how in ("segv", "abrt", "fpe", "ill"):
        becomes_a_row(p, "prepare", "prepare", how, "crash")


@case
def a_record_that_uses_up_its_workers_memory_becomes_a_failed_row(p):
    becomes_a_row(p, "prepare", "prepare", "memory", "memory", jobs=(1, 2))


@case
def a_document_that_kills_its_worker_in_pack_becomes_a_failed_row(p):
    becomes_a_row(p, "pack", "pack", "segv", "crash")
    becomes_a_row(p, "pack", "pack", "memory", "memory", jobs=(1, 2))


@case
def many_records_of_one_part_that_kill_their_workers(p):
    marks = [(n, "prepare", how) for n, how in ((0, "segv"), (1, "memory"), (2, "ill"), (8, "abrt"), (9, "fpe"))]
    path, offsets = make(p, *marks)
    want = clean(p, *(m[0] for m in marks))
    r, out = p.run(path, program=CRASH)
    check("5 records KILLED THE WORKER" in r.err, r.show())
    found = rows(out)
    same([x["offset"] for x in found if x["outcome"] == "failed"], offsets, "offsets of failed rows")
    same({i: x for i, x in pages(found).items() if x["outcome"] != "failed"}, want, "the other pages")


@case
def a_record_that_kills_once_is_kept(p):
    path, _ = make(p, (3, "prepare", "once"))
    once = p.write("once", b"")
    _, want = p.run(path)
    r, out = p.run(path, program=CRASH, env=dict(os.environ, SLUICE_CRASH_ONCE=once))
    check("trying it alone" in r.err and "KILLED" not in r.err and not os.path.exists(once), r.show())
    same(manifest(out), manifest(want), "the manifest")


@case
def a_worker_that_is_ended_from_outside_fails_its_task_and_makes_no_row(p):
    for how in ("kill", "term", "bus"):
        for where in ("prepare", "pack"):
            path, _ = make(p, (3, where, how))
            _, want = p.run(path, sets=PARTS)
            r, out = p.run(path, sets=PARTS, status=4, program=CRASH)
            check("ended from outside (signal" in r.err and "run again to resume" in r.err, r.show())
            same([f for f in os.listdir(out + "/tmp") if f.endswith(".tmp")], [], "unfinished files")
            p.run(path, out=out, sets=PARTS)
            same(manifest(out), manifest(want), "the manifest of the run that went on")


def long_run(p, n=6000):
    return p.write("long.warc.gz", a.zipped(range(n)))


def started(p, path, out, program=SLUICE):
    """A run that is in the middle of prepare."""
    run = Started(*p.arguments([path], out, sets=["run.part_bytes=200000"]), program=program)
    until(lambda: os.path.isdir(out + "/tmp/prepare") and len(os.listdir(out + "/tmp/prepare")) > 3 and len(children(run.pid)) == 2)
    return run


@case
def a_run_that_is_stopped_says_so_cleans_up_and_goes_on_later(p):
    path = long_run(p)
    _, want = p.run(path, sets=["run.part_bytes=200000"])
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        out = p.out()
        run = started(p, path, out)
        workers = children(run.pid)
        os.kill(run.pid, sig)
        status, err = run.end()
        same(status, -sig, "status")
        same(err, "sluice run: stopped by signal %d; run the same command to resume\n" % sig, "message")
        same([f for f in os.listdir(out + "/tmp") if f.endswith(".tmp")], [], "unfinished files")
        until(lambda: not any(os.path.exists("/proc/%d" % w) for w in workers))
        p.run(path, out=out, sets=["run.part_bytes=200000"])
        same(manifest(out), manifest(want), "the manifest of the run that went on")


@case
def a_supervisor_that_is_killed_leaves_no_worker_and_no_lock(p):
    path, out = long_run(p), p.out()
    run = started(p, path, out)
    workers = children(run.pid)
    run.child.kill()
    same(run.end()[0], -signal.SIGKILL, "status")
    until(lambda: not any(os.path.exists("/proc/%d" % w) for w in workers), 10)
    p.run(path, out=out, sets=["run.part_bytes=200000"])


@case
def what_is_ignored_stays_ignored(p):
    """A run below nohup, or in the background of a script, is not ended by SIGHUP or SIGINT."""
    path, out = long_run(p, 800), p.out()

    def ignore():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    run = Started(*p.arguments([path], out), preexec_fn=ignore)
    until(lambda: os.path.isdir(out + "/tmp/prepare"))
    os.kill(run.pid, signal.SIGHUP)
    os.kill(run.pid, signal.SIGINT)
    same(run.end()[0], 0, "status")


@case
def two_runs_on_one_folder(p):
    path, out = long_run(p), p.out()
    run = started(p, path, out)
    for command in (p.arguments([path], out, sets=["run.part_bytes=200000"]), ["plan"] + p.arguments([path], out, ["run.part_bytes=200000"])[1:5] + [
            "--set", "run.part_bytes=200000", path]):
        r = sluice(*command, status=4)
        check("another run works in this folder" in r.err and len(r.err.splitlines()) == 1, r.show())
    os.kill(run.pid, signal.SIGTERM)
    run.end()
