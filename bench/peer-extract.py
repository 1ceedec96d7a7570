"""A Python extractor over a list of pages: peer-extract.py SETTING PAGES.jsonl DOCS.jsonl

Prints the CPU of its calls alone, in ms.  A page at which it throws counts as empty.  Packages: bench/setup-peers.
"""
import json
import sys
import time


def trafilatura(**options):
    from trafilatura import extract
    return lambda html: extract(html, include_comments=False, **options)


def resiliparse():
    """As its manual takes main content, with the choices that score best here: no comments, no bullets."""
    from resiliparse.extract.html2text import extract_plain_text
    return lambda html: extract_plain_text(html, main_content=True, alt_texts=False, links=False, form_fields=False, noscript=False,
                                           comments=False, list_bullets=False)


def readability():
    from lxml.html import fromstring
    from readability import Document
    return lambda html: fromstring(Document(html).summary()).text_content()


def justext():
    """The stop words of all its languages, as trafilatura takes it for a page whose language is not known: half of the pages are not English."""
    import justext as j
    stop = frozenset().union(*map(j.get_stoplist, j.get_stoplists()))
    return lambda html: "\n".join(p.text for p in j.justext(html, stop) if not p.is_boilerplate)


SETTINGS = {
    "trafilatura-standard": trafilatura,
    "trafilatura-precision": lambda: trafilatura(favor_precision=True),
    "trafilatura-fast": lambda: trafilatura(fast=True),
    "trafilatura-datatrove": lambda: trafilatura(favor_precision=True, deduplicate=True),  # what its Trafilatura extractor does by default
    "resiliparse": resiliparse,
    "readability-lxml": readability,
    "justext": justext,
}


def main():
    setting, pages, docs = sys.argv[1:]
    with open(pages, encoding="utf-8") as f:
        todo = [json.loads(line) for line in f]
    run, texts = SETTINGS[setting](), []
    begin = time.process_time()
    for page in todo:
        try:
            texts.append(run(page["html"]) or "")
        except Exception:  # whatever it cannot do is part of what is measured
            texts.append("")
    cpu = time.process_time() - begin
    with open(docs, "w", encoding="utf-8") as f:
        f.writelines(json.dumps({"text": text, "url": page["url"]}) + "\n" for page, text in zip(todo, texts))
    print("%.0f" % (cpu * 1000))


main()
