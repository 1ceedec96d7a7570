"""datatrove's own filters in a process of their own: documents as JSON lines in, reason, values and text out.

usage: quality_peer.py april|fineweb|fineweb2 CONFIG_DIR < DOCUMENTS

A document is {"text", "language", "uniseg"}.  datatrove's own words and sentences would need spaCy or NLTK, so it is given those of
str.split() and its WhitespaceTokenizer, or with `uniseg` the segments of UAX #29 that are not white space.
`april` expects datatrove 0.2.0 on PYTHONPATH, the others 0.10.1.

Thresholds are floats that note what they are compared with, so every value here is one that datatrove computed.
"""
import importlib
import importlib.machinery
import json
import sys
import types
from pathlib import Path

import numpy
import regex
from uniseg.sentencebreak import sentences as uniseg_sentences
from uniseg.wordbreak import words as uniseg_words

PROFILE, CONFIGS = sys.argv[1], Path(sys.argv[2])


class Noting(float):
    """A threshold that notes the values it is compared with.  A subclass is asked before float itself."""

    def __new__(cls, value, reason, notes):
        self = super().__new__(cls, value)
        self.reason, self.notes = reason, notes
        return self

    def note(self, value):
        self.notes[self.reason] = float(value)
        return float(value)

    def __lt__(self, other):
        return float(self) < self.note(other)

    def __le__(self, other):
        return float(self) <= self.note(other)

    def __gt__(self, other):
        return float(self) > self.note(other)

    def __ge__(self, other):
        return float(self) >= self.note(other)


class Given:
    """Words and sentences, by one of two ways."""

    uniseg = False

    def word_tokenize(self, text, **_):
        return [w for w in uniseg_words(text) if not w.isspace()] if self.uniseg else text.split()

    def sent_tokenize(self, text, **_):
        found = uniseg_sentences(text) if self.uniseg else EXPRESSION.findall(text)
        return [s.strip() for s in found if s.strip()]

    def span_tokenize(self, text):
        return [(0, 1)] * len(self.sent_tokenize(text))


GIVEN = Given()
# Of WhitespaceTokenizer in datatrove 0.10.1; 0.2.0 knows neither it nor the set, so april gets it from a file of ours.
EXPRESSION = None


def current():
    global EXPRESSION
    word_tokenizers = importlib.import_module("datatrove.utils.word_tokenizers")
    EXPRESSION = word_tokenizers.WhitespaceTokenizer()._sent_regex
    word_tokenizers.load_word_tokenizer = lambda _: GIVEN
    text = importlib.import_module("datatrove.utils.text")
    text.split_into_parts = text.split_into_parts.__wrapped__  # its cache goes by the text alone


def april():
    global EXPRESSION
    EXPRESSION = regex.compile((CONFIGS / "sentences.regex").read_text(encoding="utf-8"), regex.UNICODE)
    nltk, tokenize = types.ModuleType("nltk"), types.ModuleType("nltk.tokenize")
    nltk.__spec__ = importlib.machinery.ModuleSpec("nltk", None)
    nltk.word_tokenize = tokenize.word_tokenize = GIVEN.word_tokenize
    nltk.sent_tokenize = tokenize.sent_tokenize = GIVEN.sent_tokenize
    sys.modules.update({"nltk": nltk, "nltk.tokenize": tokenize})


def filters(notes, config=None):
    """The filters of the profile in their order, every threshold a noting one."""
    def t(value, reason):
        return Noting(value, reason, notes)

    def load(module, name):
        return getattr(importlib.import_module(f"datatrove.pipeline.filters.{module}"), name)

    gopher_module = importlib.import_module("datatrove.pipeline.filters.gopher_quality_filter")
    gopher_module.np = types.SimpleNamespace(mean=lambda x: float(numpy.mean(x)))  # numpy.float64 would not ask a Noting
    c = config or {}
    repetition = load("gopher_repetition_filter", "GopherRepetitionFilter")(
        dup_line_frac=t(c.get("dup_line_frac", 0.3), "dup_line_frac"),
        dup_para_frac=t(0 if c else 0.3, "dup_para_frac"),
        dup_line_char_frac=t(0 if c else 0.2, "dup_line_char_frac"),
        dup_para_char_frac=t(0 if c else 0.2, "dup_para_char_frac"),
        top_n_grams=[(n, t(x, f"top_{n}_gram")) for n, x in c.get("top_n_grams", ((2, 0.2), (3, 0.18), (4, 0.16)))],
        dup_n_grams=[(n, t(x, f"duplicated_{n}_n_grams")) for n, x in c.get(
            "dup_n_grams", ((5, 0.15), (6, 0.14), (7, 0.13), (8, 0.12), (9, 0.11), (10, 0.10)))])
    gopher = load("gopher_quality_filter", "GopherQualityFilter")(
        min_doc_words=t(50, "gopher_short_doc"),
        max_doc_words=t(100000, "gopher_long_doc"),
        min_avg_word_length=t(c.get("min_avg_word_length", 3), "gopher_below_avg_threshold"),
        max_avg_word_length=t(c.get("max_avg_word_length", 10), "gopher_above_avg_threshold"),
        max_symbol_word_ratio=SymbolRatio(0.1, ["gopher_too_many_hashes", "gopher_too_many_ellipsis"], notes),
        max_bullet_lines_ratio=t(0.9, "gopher_too_many_bullets"),
        max_ellipsis_lines_ratio=t(0.3, "gopher_too_many_end_ellipsis"),
        max_non_alpha_words_ratio=t(c.get("max_non_alpha_words_ratio", 0.8), "gopher_below_alpha_threshold"),
        min_stop_words=t(2, "gopher_enough_stop_words"),
        stop_words=c.get("stopwords"))
    fineweb = load("fineweb_quality_filter", "FineWebQualityFilter")(
        exclusion_writer=None,
        line_punct_thr=t(c.get("line_punct_thr", 0.12), "line_punct_ratio"),
        short_line_thr=t(999 if c else 0.67, "short_line_ratio"),
        char_duplicates_ratio=t(0.1 if c else 0.01, "char_dup_ratio"),
        new_line_ratio=t(c.get("new_line_ratio", 0.3), "list_ratio"))
    if c:
        return [repetition, fineweb, gopher]
    c4 = load("c4_quality_filter" if PROFILE == "april" else "c4_filters", "C4QualityFilter")(
        filter_no_terminal_punct=False, min_num_sentences=t(5, "too_few_sentences"))
    return [repetition, gopher, c4, fineweb]


class SymbolRatio(Noting):
    """One threshold of two rules: hashes first, then ellipses."""

    def note(self, value):
        self.notes[self.reason[self.reason[0] in self.notes]] = float(value)
        return float(value)


def load_config(label, cache={}):
    if label not in cache:
        import yaml
        cache[label] = yaml.load((CONFIGS / f"{label}.yml").read_bytes(), yaml.CSafeLoader)
    return cache[label]


def judge(steps, document):
    for step in steps:
        result = step.filter(document)
        if result is not True:
            return result[1]
    return None


def main():
    april() if PROFILE == "april" else current()
    from datatrove.data import Document
    notes, steps = {}, {}
    for line in sys.stdin.buffer:
        d = json.loads(line)
        GIVEN.uniseg = d.get("uniseg", False)
        label = d["language"] if PROFILE == "fineweb2" else None
        if label not in steps:
            steps = {label: filters(notes, load_config(label) if label else None)}
        notes.clear()
        document = Document(text=d["text"], id="")
        reason = judge(steps[label], document)
        print(json.dumps({"reason": reason, "values": dict(notes), "text": document.text}))


main()
