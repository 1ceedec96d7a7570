"""An extractor of others over the pages of a WARC: peer-extract.py SETTING WARC.gz OUT.jsonl

Prints the CPU of its calls alone, in ms; the pages are read and inflated beforehand.  A page at which it throws counts as empty.
"""
import gzip
import json
import sys
import time
import zlib


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


def trafilatura(**options):
    from trafilatura import extract
    return lambda body: extract(body, include_comments=False, **options)


def trafilatura_datatrove():
    """As datatrove's Trafilatura reader calls it: text, decoded before, without comments and repetitions, precision favoured."""
    from trafilatura import extract
    return lambda body: extract(decoded(body), favor_precision=True, include_comments=False, deduplicate=True)


def decoded(body):
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding
    return bytes_to_str(body, detect_encoding(body))


def resiliparse():
    from resiliparse.extract.html2text import extract_plain_text
    return lambda body: extract_plain_text(decoded(body), main_content=True, alt_texts=False, links=False, form_fields=False, noscript=False)


def readability():
    from lxml.html import fromstring
    from readability import Document
    return lambda body: fromstring(Document(decoded(body)).summary()).text_content()


def justext():
    import justext as j
    stop = j.get_stoplist("English")
    return lambda body: "\n".join(p.text for p in j.justext(body, stop) if not p.is_boilerplate)


SETTINGS = {
    "trafilatura-standard": trafilatura, "trafilatura-precision": lambda: trafilatura(favor_precision=True), "trafilatura-fast": lambda: trafilatura(fast=True),
    "trafilatura-datatrove": trafilatura_datatrove, "resiliparse": resiliparse, "readability-lxml": readability, "justext": justext,
}


def main():
    setting, warc, out = sys.argv[1:]
    run, todo, texts = SETTINGS[setting](), list(pages(warc)), []
    begin = time.process_time()
    for url, body in todo:
        try:
            texts.append((url, run(body) or ""))
        except Exception:  # whatever it cannot do is part of what is measured
            texts.append((url, ""))
    cpu = time.process_time() - begin
    with open(out, "w", encoding="utf-8") as f:
        for url, text in texts:
            f.write(json.dumps({"text": text, "metadata": {"url": url}}) + "\n")
    print("%.0f" % (cpu * 1000))


main()
