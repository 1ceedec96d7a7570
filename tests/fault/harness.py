"""Runs sluice and looks at what it leaves: status, messages, memory, CPU, rows, counts, verify."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SLUICE = os.path.join(ROOT, "sluice")
CRASH = os.path.join(ROOT, "build", "sluice-crash")
MEASURE = os.path.join(ROOT, "build", "measure")
MAX_RSS_KIB = 512 << 10  # DESIGN, "Sameness, locks, memory, tables": every process
MAX_CPU = 60             # seconds of one command: far above what any case needs, far below an endless loop

CONFIG = "run:\n  stages: [extract, pii]\n"
MESSAGE = re.compile(r"^sluice( [a-z-]+)?: .+[a-z)\]'0-9.>?/]$", re.I)


class Skip(Exception):
    pass


class Result:
    def __init__(self, status, out, err, rss_kib, cpu, args):
        self.status, self.out, self.err, self.rss_kib, self.cpu, self.args = status, out, err, rss_kib, cpu, args

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def show(self):
        return "%s\n  status %d, %d KiB, %.1f s\n  %s" % (" ".join(self.args), self.status, self.rss_kib, self.cpu,
                                                       self.err[-2000:].replace("\n", "\n  "))


def same(got, want, what):
    if got != want:
        raise AssertionError("%s: got %r, want %r" % (what, got, want))


def check(ok, what):
    if not ok:
        raise AssertionError(what)


def wait(child, limit):
    """os.wait4 with a limit on the wall clock: status, rusage."""
    timer = threading.Timer(limit, child.kill)
    timer.start()
    try:
        _, status, usage = os.wait4(child.pid, 0)
    finally:
        timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage


def sluice(*args, program=SLUICE, stdin=subprocess.DEVNULL, stdout=None, status=None, cwd=None, rss=MAX_RSS_KIB, most_cpu=MAX_CPU, limit=300,
           env=None, preexec_fn=None):
    """Run it.  Every call is held to the bounds on memory and CPU and to one line a message."""
    args = [str(a) for a in args]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        told, tell = os.pipe()

        def third():  # what the program cost comes by descriptor 3
            if preexec_fn:
                preexec_fn()
            os.dup2(tell, 3)
        child = subprocess.Popen([MEASURE, program] + args, stdin=stdin, stdout=stdout or out, stderr=err, cwd=cwd, env=env,
                                 preexec_fn=third, close_fds=False)
        os.close(tell)
        wait(child, limit)
        with os.fdopen(told) as f:
            cost = f.read().split() or ["-1", "9", "0", "%d" % limit]
        out.seek(0)
        err.seek(0)
        ended = -int(cost[1]) if cost[1] != "0" else int(cost[0])
        result = Result(ended, out.read().decode("utf-8", "replace") if not stdout else "", err.read().decode("utf-8", "replace"),
                        int(cost[2]), float(cost[3]), ["sluice"] + args)
    for line in result.err.splitlines():
        check(MESSAGE.match(line), "not a message: %r\n%s" % (line, result.show()))
    check(result.rss_kib <= rss, "%d KiB of memory\n%s" % (result.rss_kib, result.show()))
    check(result.cpu <= most_cpu, "too much CPU\n%s" % result.show())
    if os.environ.get("FAULT_SHOW_COST") and result.cpu > 1:
        print("%6.2f s %4d MiB  %s" % (result.cpu, result.rss_kib >> 10, " ".join(args)[:100]), flush=True)
    if status is not None:
        check(result.status == status, "want status %d\n%s" % (status, result.show()))
    return result


def children(pid):
    """Processes whose parent is pid, by /proc; a zombie is none."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name) as f:
                fields = f.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(name))
    return found


def until(what, limit=60):
    """Wait for a state of things; the limit only ends a test that failed."""
    end = time.monotonic() + limit
    while not what():
        check(time.monotonic() < end, "waited in vain")
        time.sleep(0.005)


def heed():
    """A shell starts what it puts in the background with SIGINT ignored, and that is inherited."""
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.SIG_DFL)


class Started:
    """A command in the background; it heeds signals, unless told otherwise."""

    def __init__(self, *args, program=SLUICE, preexec_fn=heed, **more):
        self.err = tempfile.TemporaryFile()
        self.child = subprocess.Popen([program] + [str(x) for x in args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=self.err, preexec_fn=preexec_fn, **more)
        self.pid = self.child.pid

    def end(self):
        code, _ = wait(self.child, 120)
        self.err.seek(0)
        return code, self.err.read().decode("utf-8", "replace")


class Place:
    """A folder of one case."""

    def __init__(self, base, name):
        self.path = os.path.join(base, name)
        os.makedirs(self.path)
        self.n = 0
        self.config = self.write("c.yml", CONFIG)

    def write(self, name, data):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            for piece in data if isinstance(data, (list, tuple)) or hasattr(data, "__next__") else [data]:
                f.write(piece.encode() if isinstance(piece, str) else piece)
        return path

    def out(self):
        self.n += 1
        return os.path.join(self.path, "out%d" % self.n)

    def arguments(self, inputs, out, sets=(), config=None, jobs=2):
        options = [x for s in sets for x in ("--set", s)]
        return ["run", "-c", config or self.config, "-o", out, "-j", jobs] + options + list(inputs)

    def run(self, *inputs, out=None, sets=(), status=0, config=None, jobs=2, whole=True, **more):
        """A run; where it is sealed all its promises are checked.  (result, folder)"""
        out = out or self.out()
        r = sluice(*self.arguments(inputs, out, sets, config, jobs), status=status, **more)
        if status == 0 and whole:
            holds(out)
        return r, out


def holds(out):
    """verify passes; the manifest's counts are those of the rows and balance."""
    sluice("verify", out, status=0)
    with open(os.path.join(out, "manifest.json")) as f:
        counts = json.load(f)["counts"]
    r = rows(out)
    for outcome in ("kept", "dropped", "failed"):
        same(sum(x["outcome"] == outcome for x in r if x.get("stage") != "input"), counts[outcome], "rows that are " + outcome)
    same(counts["records"], counts["kept"] + counts["dropped"] + counts["failed"], "the balance of counts")


def rows(out):
    return sluice("audit", out, "--all", "--json", status=0).lines()


def outcome_of(row):
    """What a row says of its page, wherever the page lies."""
    return {k: v for k, v in row.items() if k not in ("offset", "at", "length", "warc", "shard", "first_token")}


def pages(found):
    return {r["id"]: outcome_of(r) for r in found if "id" in r}


CASES = []


def case(fn):
    CASES.append(fn)
    return fn


def one(fn, base):
    """Run a case in this process; (passed|failed|skipped, what to say)."""
    place = Place(base, fn.__name__)
    try:
        fn(place)
        return "passed", "ok"
    except Skip as why:
        return "skipped", "skipped: %s" % why
    except Exception as e:
        return "failed", "FAILED\n%s\n%s" % (e if isinstance(e, AssertionError) else "", traceback.format_exc(limit=-4))
    finally:
        shutil.rmtree(place.path, ignore_errors=True)


def fork_case(fn, base):
    """A process of its own for each: what one case makes in memory is not there in the next.  (pid, where its result comes from)"""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    os.close(read)
    began = time.monotonic()
    word, text = one(fn, base)
    with os.fdopen(write, "w") as f:
        json.dump([word, "%-75s %5.1f s  %s" % (fn.__name__.replace("_", " "), time.monotonic() - began, text)], f)
    os._exit(0)


def collect(running, counts):
    """Wait for one case; its line, and its count."""
    pid, _ = os.wait()
    with os.fdopen(running.pop(pid)) as f:
        word, line = json.loads(f.read() or '["failed", "a case died"]')
    counts[word] += 1
    print(line, flush=True)


def main(selected):
    # In memory where there is such a folder: a run syncs every file that it finishes.
    base = tempfile.mkdtemp(prefix="sluice-fault-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    counts, running = {"passed": 0, "failed": 0, "skipped": 0}, {}
    for fn in CASES:
        name = fn.__name__.replace("_", " ")
        if selected and not any(s in name for s in selected):
            continue
        if len(running) == min(2, os.cpu_count() or 1):
            collect(running, counts)
        pid, result = fork_case(fn, base)
        running[pid] = result
    while running:
        collect(running, counts)
    shutil.rmtree(base, ignore_errors=True)
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % counts)
    return 1 if counts["failed"] or not counts["passed"] else 0
