"""What the oracle checks share: where things are, how sluice is called, how a comparison is counted.

A check-NAME file is short: it asks ./sluice and the peer about the same inputs and gives the answers in pairs to
Tally.same().  Lines name inputs and places, never text of a page.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SLUICE = os.environ.get("SLUICE", str(ROOT / "sluice"))
SHARED = ROOT.parent / "shared"
WEB = SHARED / "data" / "web" / "web.warc.gz"
TEKKEN = ROOT / "models" / "tekken_240911.json"
NAME = Path(sys.argv[0]).name
TMP = Path(os.environ["ORACLE_TMP"])


def skipped(why):
    """One comparison that cannot be made here."""
    print(f"skipped: {NAME}: {why}", flush=True)


def there(path, cure):
    """Is the file there?  If not, say so as a skipped comparison."""
    if not path.exists():
        skipped(f"no {os.path.relpath(path, ROOT)}; {cure}")
        return False
    return True


def there_web():
    """The 604 real pages, which are not part of the project."""
    return there(WEB, "the pages are not part of the project")


def sluice(*args, stdin=b"", ok=(0,)):
    """Standard output of ./sluice; any other status than those in `ok` ends the check."""
    p = subprocess.run([SLUICE, *map(str, args)], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if p.returncode not in ok:
        print(f"FAILED: {NAME}: sluice {' '.join(map(str, args))}: status {p.returncode}: "
              f"{p.stderr.decode(errors='replace').strip()[:500]}", flush=True)
        sys.exit(1)
    return p.stdout


def from_lines(data):
    return [json.loads(line) for line in data.split(b"\n") if line]


def to_lines(docs):
    return b"".join(json.dumps(d, ensure_ascii=False).encode() + b"\n" for d in docs)


def pages(*options):
    """Documents of the real pages, as `sluice extract` gives them; made once a run."""
    kept = TMP / ("pages" + "".join(options) + ".jsonl")
    if not kept.exists():
        kept.write_bytes(sluice("extract", *options, WEB))
    return from_lines(kept.read_bytes())


class Tally:
    """Counts comparisons and remembers whether one failed."""

    def __init__(self):
        self.failed = False

    def same(self, what, triples, at_least=1):
        """triples: (label, ours, theirs).  One line for all of them; the first that differ are named."""
        n, differ = 0, []
        for label, ours, theirs in triples:
            n += 1
            if ours != theirs:
                differ.append(f"{label}: {first_difference(ours, theirs)}")
        if differ or n < at_least:
            self.failed = True
            note = "; ".join(differ[:3]) or f"only {n} comparisons, {at_least} expected"
            print(f"FAILED: {what}: {n - len(differ)}/{n}: {note}", flush=True)
        else:
            print(f"ok: {what}: {n}/{n}", flush=True)

    def done(self):
        sys.exit(1 if self.failed else 0)


def first_difference(ours, theirs):
    """Where two answers part, short enough for a line."""
    if isinstance(ours, list) and isinstance(theirs, list):
        i = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
        return f"from place {i} (of {len(ours)} and {len(theirs)}): ours {ours[i:i + 3]}, theirs {theirs[i:i + 3]}"
    return f"ours {str(ours)[:120]!r}, theirs {str(theirs)[:120]!r}"
