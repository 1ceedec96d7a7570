#!/usr/bin/env python3
"""Records of an archive by a Python reader, digests not looked at: peer-warc.py warcio|fastwarc FILE

Prints records and the CPU seconds of reading alone, without the interpreter's start.
"""
import sys
import time


def fastwarc(f):
    from fastwarc.warc import ArchiveIterator
    return sum(1 for _ in ArchiveIterator(f, parse_http=True))


def warcio(f):
    from warcio.archiveiterator import ArchiveIterator
    return sum(1 for _ in ArchiveIterator(f))


read = {'fastwarc': fastwarc, 'warcio': warcio}[sys.argv[1]]
with open(sys.argv[2], 'rb') as f:
    read(f)  # imports and caches
    f.seek(0)
    began = time.process_time()
    n = read(f)
    print(n, time.process_time() - began)
