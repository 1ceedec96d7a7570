"""trafilatura over the pages of a WARC: usage: peer-trafilatura.py standard|precision|fast WARC.gz OUT.jsonl
Prints the CPU of its extract() calls alone, in ms; the pages are read beforehand."""
import gzip
import json
import sys
import time
import zlib

from trafilatura import extract

SETTINGS = {"standard": {}, "precision": {"favor_precision": True}, "fast": {"fast": True}}


def members(path):
    data = open(path, "rb").read()
    while data:
        d = zlib.decompressobj(31)
        yield d.decompress(data)
        data = d.unused_data


def pages(path):
    for record in members(path):
        head, _, block = record.partition(b"\r\n\r\n")
        if b"WARC-Type: response" not in head:
            continue
        url = next(l.split(b":", 1)[1].strip().decode("utf-8", "replace") for l in head.split(b"\r\n")
                   if l.lower().startswith(b"warc-target-uri:"))
        http, _, body = block.partition(b"\r\n\r\n")
        if b"content-encoding: gzip" in http.lower():
            body = gzip.decompress(body)
        yield url.strip("<>"), body


def main():
    setting, warc, out = sys.argv[1:]
    todo = list(pages(warc))
    begin = time.process_time()
    texts = [(url, extract(body, include_comments=False, **SETTINGS[setting]) or "") for url, body in todo]
    cpu = time.process_time() - begin
    with open(out, "w", encoding="utf-8") as f:
        for url, text in texts:
            f.write(json.dumps({"text": text, "metadata": {"url": url}}) + "\n")
    print("%.0f" % (cpu * 1000))


main()
