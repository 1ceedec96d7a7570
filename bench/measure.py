"""What the programs of bench/ share: a command that is measured, the bare loop, the machine."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLUICE = os.environ.get("SLUICE", str(ROOT / "sluice"))
UNDER = os.environ.get("UNDER", "").split()


class Ran:
    """A command that ran to its end: seconds of wall and CPU, the largest process in MiB.  One that fails ends the bench."""

    def __init__(self, args, stdin=None, stdout=subprocess.DEVNULL):
        began = time.monotonic()
        process = subprocess.Popen(UNDER + [str(a) for a in args], stdin=stdin or subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE)
        said = process.stderr.read().decode("utf-8", "replace")
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - began
        self.cpu = used.ru_utime + used.ru_stime
        self.mib = used.ru_maxrss / 1024
        if process.returncode:
            sys.exit("bench: %s: status %d: %s" % (" ".join(map(str, args)), process.returncode, said.strip()))


def median(values):
    return statistics.median(list(values))


def machine():
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")),
               os.uname().machine)
    version = subprocess.run([SLUICE, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")
    print("%s, %d processors, Linux %s, load %s" % (cpu, len(os.sched_getaffinity(0)), os.uname().release, "%.1f %.1f %.1f" % os.getloadavg()))
    print("; ".join(v for v in version if v))


def build_floor(folder):
    """bench/floor.c, compiled: libdeflate and libxml2's SAX parser, or with --tree zlib and libxml2's tree."""
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libxml-2.0", "libdeflate", "zlib"], stdout=subprocess.PIPE, check=True).stdout.decode().split()
    floor = folder / "floor"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-std=gnu11", "-D_GNU_SOURCE", "-o", floor, ROOT / "bench" / "floor.c", *flags], check=True)
    return floor
