"""The program under test: run it, kill it at a moment, compare what it left."""

import hashlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SLUICE = os.environ.get("SLUICE", str(ROOT / "sluice"))
# A run here takes about a second; whatever takes this long hangs.
LIMIT_S = 300


class Wrong(Exception):
    """What a law found broken."""


class Skipped(Exception):
    """Why a law cannot be tried here."""


def sluice(*args, status=0, under=(), **popen):
    """Run to the end (`under` another program); its standard error.  The status must be `status`."""
    done = subprocess.run([*under, SLUICE, *map(str, args)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, **popen)
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode != status:
        raise Wrong("sluice %s: status %d, expected %d: %s" % (" ".join(map(str, args[:4])), done.returncode, status, said.strip()[-300:]))
    return said


def files_of(out, without=()):
    """{name: SHA-256} of everything in OUT that a run promises: not tmp/, not run.json."""
    found = {}
    for path in sorted(Path(out).rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_file() and not name.startswith("tmp/") and name != "run.json" and name not in without:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def first_difference(a, b):
    x, y = Path(a).read_bytes(), Path(b).read_bytes()
    at = next((i for i, (p, q) in enumerate(zip(x, y)) if p != q), min(len(x), len(y)))
    return "%d and %d bytes, first difference at %d" % (len(x), len(y), at)


def same(reference, out, without=()):
    """Every byte alike; plan.json is left out by laws that change where inputs lie or when they were written."""
    want, got = files_of(reference, without), files_of(out, without)
    if "manifest.json" not in got:
        raise Wrong("%s has no manifest" % out)
    for name in sorted(want.keys() | got.keys()):
        if want.get(name) != got.get(name):
            where = "only in one of both" if name not in want or name not in got else first_difference(
                Path(reference) / name, Path(out) / name)
            raise Wrong("%s differs: %s" % (name, where))


def manifest(out):
    return json.loads((Path(out) / "manifest.json").read_bytes())


def plan_steps(out):
    """[(phase, step, tasks)] in the order of a run."""
    plan = json.loads((Path(out) / "plan.json").read_bytes())
    return [(p["phase"], s["name"], s["tasks"]) for p in plan["phases"] for s in p["steps"]]


# ---- killing ----

def done_count(out):
    try:
        return sum(1 for e in os.scandir(Path(out) / "tmp" / "done") if e.name[-9:-5].isdigit())
    except FileNotFoundError:
        return 0


def children(pid):
    try:
        return [int(c) for c in Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def send(pid, sig):
    try:
        os.kill(pid, sig)
        return True
    except ProcessLookupError:
        return False


def kill_group(process, rng):
    os.killpg(process.pid, signal.SIGKILL)


def kill_supervisor(process, rng):
    send(process.pid, signal.SIGKILL)


def kill_each(process, rng):
    everyone = [process.pid] + children(process.pid)
    rng.shuffle(everyone)
    for pid in everyone:
        send(pid, signal.SIGKILL)


def kill_worker(process, rng):
    """One worker alone, as the kernel does when memory runs out; waits for one where there is none yet."""
    while process.poll() is None:
        workers = children(process.pid)
        if workers and send(rng.choice(workers), signal.SIGKILL):
            return
        time.sleep(0.001)


def terminate(process, rng):
    send(process.pid, signal.SIGTERM)


KILLS = {"group": kill_group, "supervisor": kill_supervisor, "each": kill_each, "worker": kill_worker, "terminate": terminate}
# How the program may end: by the signal, or, where a worker was killed, with the status of a failed machine.
ENDS = {"group": [-9], "supervisor": [-9], "each": [-9, 4], "worker": [4], "terminate": [-15]}


def run_killed(args, out, kind, after, delay, rng, **popen):
    """Start a run and kill it once `after` tasks are done and `delay` seconds have gone.  True if it did not reach its end."""
    process = subprocess.Popen([SLUICE, *map(str, args)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, start_new_session=True, **popen)
    while process.poll() is None and done_count(out) < after:
        time.sleep(0.001)
    time.sleep(delay)
    if process.poll() is None:
        KILLS[kind](process, rng)
    said = process.communicate(timeout=LIMIT_S)[1].decode("utf-8", "replace")
    if process.returncode == 0:
        return False
    if process.returncode not in ENDS[kind]:
        raise Wrong("killed (%s) after %d tasks: status %d: %s" % (kind, after, process.returncode, said.strip()[-300:]))
    return True


# ---- reporting ----

class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def law(self, name, check):
        began = time.monotonic()
        try:
            told = check() or ""
        except Skipped as why:
            self.skipped += 1
            print("skipped: %s: %s" % (name, why), flush=True)
        except (Wrong, subprocess.TimeoutExpired, OSError) as why:
            self.failed += 1
            print("FAILED: %s: %s" % (name, why), flush=True)
        else:
            self.passed += 1
            print("ok: %s%s (%.1f s)" % (name, ": " + told if told else "", time.monotonic() - began), flush=True)

    def close(self):
        skipped = ", %d skipped" % self.skipped if self.skipped else ""
        print("%d passed, %d failed%s" % (self.passed, self.failed, skipped))
        return 0 if self.passed and not self.failed else 1
