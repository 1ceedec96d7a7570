"""Output that cannot be written: full disks, folders of others, read-only places, closed and full standard output."""
import json
import os
import subprocess

import archive as a
from harness import Place, Skip, case, check, holds, rows, same, sluice

PARTS = ["run.part_bytes=20000", "run.group_bytes=20000"]


class Mount:
    """A small file system in memory."""

    def __init__(self, p, options):
        self.path = p.path + "/disk"
        os.makedirs(self.path, exist_ok=True)
        if os.geteuid() != 0 or self.mount(options):
            raise Skip("no tmpfs can be mounted here (not root, or no right to mount)")

    def mount(self, options):
        return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "sluice-fault", self.path], stderr=subprocess.DEVNULL).returncode

    def again(self, options):
        same(self.mount("remount," + options), 0, "remount")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.path], check=True)


def one_message(r, *parts):
    """One line, with every one of the parts."""
    check(len(r.err.splitlines()) == 1 and all(x in r.err for x in parts), r.show())


def failed_phase(out):
    """The first phase that is not done."""
    phases = json.loads(sluice("status", out, "--json", status=0).out)["phases"]
    for phase in phases:
        if phase["done"] < phase["tasks"]:
            return phase["phase"]
    return None


def used(folder):
    return sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(folder) for f in files)


@case
def a_full_disk_in_every_phase(p):
    path = p.write("x.warc.gz", a.zipped(range(150)))
    _, want = p.run(path, sets=PARTS)
    need, hit = used(want), set()
    with Mount(p, "size=1M") as disk:
        for size in range(60, 3 * need // 1024 + 1000, max(8, need // 1024 // 25)):
            disk.again("size=100M")
            out = disk.path + "/out"
            subprocess.run(["rm", "-rf", out], check=True)
            disk.again("size=%dK" % size)
            r = sluice(*p.arguments([path], out, PARTS))
            if r.status == 0:
                holds(out)
                break
            same(r.status, 4, r.show())
            one_message(r, disk.path)
            check("No space left on device" in r.err or "disk is full" in r.err, r.show())
            if os.path.exists(out + "/plan.json"):
                hit.add(failed_phase(out))
            disk.again("size=100M")
            p.run(path, out=out, sets=PARTS)
            with open(out + "/manifest.json") as x, open(want + "/manifest.json") as y:
                same(x.read(), y.read(), "the manifest behind a disk of %dK" % size)
        else:
            check(False, "no size was enough")
    same(hit - {None}, {"prepare", "dedup", "pack", "seal"}, "phases that met a full disk")  # None: run.json, when all is sealed


@case
def no_inodes_left(p):
    path = p.write("x.warc.gz", a.zipped(range(60)))
    with Mount(p, "size=100M,nr_inodes=5000") as disk:
        for n in (3, 8, 12, 20, 30, 45):
            disk.again("nr_inodes=5000")
            subprocess.run(["rm", "-rf", disk.path + "/out"], check=True)
            disk.again("nr_inodes=%d" % n)
            r = sluice(*p.arguments([path], disk.path + "/out", PARTS), status=4)
            one_message(r, disk.path, "No space left on device")
        disk.again("nr_inodes=5000")
        p.run(path, out=disk.path + "/out", sets=PARTS)


@case
def a_read_only_output(p):
    path = p.write("x.warc.gz", a.zipped(range(3)))
    with Mount(p, "size=10M") as disk:
        disk.again("ro")
        for out in (disk.path, disk.path + "/out"):
            one_message(sluice(*p.arguments([path], out), status=4), disk.path, "Read-only file system")
        disk.again("rw")
        _, out = p.run(path, out=disk.path + "/out")
        disk.again("ro")
        r, _ = p.run(path, out=out)
        check("already done" in r.out, r.show())
        for command in ("verify", "status"):
            sluice(command, out, status=0)


@case
def a_file_where_the_output_folder_should_be(p):
    path, file = p.write("x.warc.gz", a.zipped(range(3))), p.write("file", b"mine")
    for out in (file, file + "/out"):
        one_message(sluice(*p.arguments([path], out), status=4), file)
    with open(file) as f:
        same(f.read(), "mine", "the file")


@case
def an_output_folder_of_another_configuration(p):
    path = p.write("x.warc.gz", a.zipped(range(3)))
    _, out = p.run(path)
    before = sorted(os.listdir(out))
    for sets, inputs in ((["pii.kinds=email"], [path]), ([], [p.write("y.warc.gz", a.zipped(range(4)))]), ([], [path, p.write("z.warc", a.plain([1]))])):
        for command in ("run", "plan"):
            arguments = [command] + p.arguments(inputs, out, sets)[1:5] + [x for s in sets for x in ("--set", s)] + inputs
            one_message(sluice(*arguments, status=2), out, "another folder (-o)")
    same(sorted(os.listdir(out)), before, "the folder")
    holds(out)
    one_message(sluice(*p.arguments([path], p.path), status=0), "OPT-OUT")  # a folder with other files in it is fine


@case
def a_plan_that_was_broken(p):
    path = p.write("x.warc.gz", a.zipped(range(3)))
    for text in (b"", b"{", b"[]", b"{}", b"\0" * 1000, b'{"format":"sluice-plan-1","inputs":[],"config":{}}', b'{"format":"sluice-plan-1","inputs":"x"}'):
        out = p.out()
        p.run(path, out=out)
        with open(out + "/plan.json", "wb") as f:
            f.write(text)
        for command in (p.arguments([path], out), ["status", out], ["prepare", out, "--task", "0"]):
            r = sluice(*command)
            check(r.status in (2, 4), r.show())
            one_message(r, "plan.json")


@case
def done_files_and_outputs_that_were_broken(p):
    """Whatever lies in OUT/tmp: it is done again, or the run ends with a message, or (a bit turned) verify tells."""
    path = p.write("x.warc.gz", a.zipped(range(40)))
    _, want = p.run(path, sets=PARTS)
    names = sorted(os.path.relpath(os.path.join(d, f), want) for d, _, files in os.walk(want + "/tmp") for f in files)
    with open(want + "/manifest.json") as f:
        manifest = f.read()
    for name in names:
        for damage in (lambda b: b"", lambda b: b[: len(b) // 2], lambda b: a.flip(b, len(b) // 2) if b else b"x"):
            out = p.out()
            subprocess.run(["cp", "-r", want, out], check=True)
            for f in ("manifest.json", "manifest.sha256", "tmp/done/seal.seal.00000000.json"):
                if os.path.exists(os.path.join(out, f)):
                    os.unlink(os.path.join(out, f))
            if os.path.exists(os.path.join(out, name)):
                with open(os.path.join(out, name), "r+b") as f:
                    bytes_ = damage(f.read())
                    f.seek(0)
                    f.truncate()
                    f.write(bytes_)
            r = sluice(*p.arguments([path], out, PARTS))
            check(r.status in (0, 2, 3, 4, 70), r.show())
            if r.status == 0:
                with open(out + "/manifest.json") as f:
                    told = f.read() == manifest or sluice("verify", out).status == 1
                check(told, "nobody notices a broken " + name)
            subprocess.run(["rm", "-rf", out], check=True)


@case
def standard_output_that_is_full_or_closed(p):
    path = p.write("x.warc.gz", a.zipped(range(300)))
    docs = p.write("docs", sluice("extract", path, status=0).out)
    _, out = p.run(path)
    commands = (["ls", path], ["cat", path, "0"], ["extract", path], ["scrub", docs], ["sign", docs], ["dups", docs],
                ["tokenize", "--vocab", "models/tekken_240911.json", docs], ["audit", out, "--all", "--json"], ["help"], ["--version"],
                ["status", out], ["config", "check", p.config])
    with open("/dev/full", "wb") as full:
        for command in commands:
            r = sluice(*command, stdout=full, status=4)
            one_message(r, "standard output", "No space left on device")
    for command in commands:  # a reader that goes away ends a filter quietly
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as broken:
            r = sluice(*command, stdout=broken, status=0)
            same(r.err, "", "messages of " + command[0])
    for command in commands:
        r = sluice(*command, preexec_fn=lambda: os.close(1), status=4)
        one_message(r, "standard output", "Bad file descriptor")


@case
def messages_of_a_program_without_standard_streams_go_into_no_file(p):
    """With descriptor 2 closed the next file that is opened would be number 2."""
    path = p.write("x.warc.gz", a.zipped([0, 1, b"junk", 2]))
    _, want = p.run(path)
    for closed in ((0, 3), (1, 3), (2, 3)):
        out = p.out()
        r = sluice(*p.arguments([path], out), preexec_fn=lambda c=closed: os.closerange(*c))
        same(r.status, 0 if closed[0] == 2 else 4, "status")  # the summary is data: it went nowhere
        holds(out)
        same(rows(out), rows(want), "rows")
        for folder, _, files in os.walk(out):
            for name in files:
                with open(os.path.join(folder, name), "rb") as f:
                    check(b"sluice run:" not in f.read(), "a message in %s" % name)
    same(sluice("ls", "-", preexec_fn=lambda: os.close(0)).status, 3, "status without standard input")


assert Place
