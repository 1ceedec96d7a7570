"""Commands that read standard input and write standard output, when either ends early."""
import archive as a
from harness import case, same, sluice


@case
def threads_that_start_at_once_do_not_wait_for_each_other(p):
    """libxml2 sets itself up at its first use; with two threads in it at once one of fifty runs never ended."""
    path = p.write("x.warc.gz", a.zipped(range(8)))
    want = sluice("extract", "-j", 1, path, status=0).out
    for _ in range(100):
        same(sluice("extract", "-j", 8, path, status=0, limit=20).out, want, "output")
