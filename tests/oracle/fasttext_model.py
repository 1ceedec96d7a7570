#!/usr/bin/env python3
"""Small fastText models with random numbers in them, of every kind that a file may hold.

Used by check-language.  By itself it writes the seeds of tests/fuzz/corpus/fasttext: fasttext_model.py FOLDER
"""
import itertools
import random
import struct
import sys
from pathlib import Path

HS, NS, SOFTMAX, OVA = 1, 2, 3, 4
LOSSES = {HS: "hs", NS: "ns", SOFTMAX: "softmax", OVA: "ova"}


def floats(rng, n, scale):
    return struct.pack(f"<{n}f", *(rng.gauss(0, scale) for _ in range(n)))


def quantizer(rng, dim, dsub, scale):
    n = (dim + dsub - 1) // dsub
    return struct.pack("<4i", dim, n, dsub, dim - (n - 1) * dsub) + floats(rng, dim * 256, scale)


def matrix(rng, rows, dim, scale, quantized, norms, dsub):
    if not quantized:
        return struct.pack("<qq", rows, dim) + floats(rng, rows * dim, scale)
    n = rows * ((dim + dsub - 1) // dsub)
    out = struct.pack("<?qqi", norms, rows, dim, n) + rng.randbytes(n) + quantizer(rng, dim, dsub, scale)
    if norms:
        out += rng.randbytes(rows) + quantizer(rng, 1, 1, 1.0)
    return out


def model(seed, loss=SOFTMAX, dim=16, bucket=100, minn=2, maxn=4, word_ngrams=1, quantized=False, quantized_output=False,
          norms=False, pruned=None, words=("</s>", "de", "in", "größe", "__label__no"), labels=5, dsub=2, version=12):
    """pruned: how many buckets are kept, or None for a dictionary that is not pruned."""
    rng = random.Random(seed)
    entries = [(w.encode(), 10 + i, 0) for i, w in enumerate(words)]
    counts = sorted((rng.randrange(1, 1000) for _ in range(labels)), reverse=True)
    entries += [(f"__label__l{i}".encode(), c, 1) for i, c in enumerate(counts)]
    kept = rng.sample(range(bucket), pruned) if pruned is not None else []
    rows = len(words) + (len(kept) if pruned is not None else bucket)
    out = struct.pack("<2i12id", 793712314, version, dim, 5, 5, 1, 5, word_ngrams, loss, 3, bucket, minn, maxn, 100, 1e-4)
    out += struct.pack("<3i2q", len(entries), len(words), labels, 1000, -1 if pruned is None else len(kept))
    out += b"".join(w + b"\0" + struct.pack("<qb", c, t) for w, c, t in entries)
    places = rng.sample(range(len(kept)), len(kept))
    out += b"".join(struct.pack("<2i", b, row) for b, row in zip(kept, places))
    out += struct.pack("<?", quantized) + matrix(rng, rows, dim, 2.0, quantized, norms, dsub)
    out += struct.pack("<?", quantized_output) + matrix(rng, labels, dim, 2.0, quantized and quantized_output, norms, dsub)
    return out


def kinds():
    """(name, bytes): each loss with each way to hold the matrices, then odd sizes and n-grams."""
    forms = {"dense": {}, "quantized": {"quantized": True}, "norms": {"quantized": True, "norms": True},
             "output": {"quantized": True, "quantized_output": True, "norms": True},
             "pruned": {"quantized": True, "norms": True, "pruned": 40}}
    for (loss, name), (form, options) in itertools.product(LOSSES.items(), forms.items()):
        yield f"{name}-{form}", model(f"{name}{form}", loss=loss, **options)
    odd = {"dim1": {"dim": 1, "dsub": 1}, "dim7": {"dim": 7, "quantized": True, "dsub": 3}, "dim22": {"dim": 22},
           "words2": {"word_ngrams": 2}, "words5": {"word_ngrams": 5, "bucket": 7919},
           "words3-pruned": {"word_ngrams": 3, "quantized": True, "pruned": 60, "bucket": 101},
           "no-grams": {"maxn": 0, "minn": 0, "bucket": 0}, "words-only": {"maxn": 0, "minn": 0, "word_ngrams": 2},
           "from1": {"minn": 1, "maxn": 6}, "from0": {"minn": 0, "maxn": 3}, "none-kept": {"quantized": True, "pruned": 0},
           "one-label": {"labels": 1, "loss": HS}, "many-labels": {"labels": 300, "loss": HS},
           "no-words": {"words": ()}, "no-eos": {"words": ("de", "in")}, "version11": {"version": 11},
           "big-bucket": {"bucket": 99991, "dim": 3, "quantized": True, "pruned": 900, "dsub": 1}}
    for name, options in odd.items():
        yield name, model(name, **options)


def seeds():
    """The same kinds, as small as they can be: a fuzzer changes bytes of few kilobytes better."""
    small = {"dim": 1, "dsub": 1, "bucket": 9, "labels": 3, "words": ("</s>", "de")}
    yield "dense-hs", model("a", **small | {"dim": 3}, loss=HS)
    yield "dense-softmax-words", model("b", **small | {"dim": 3}, word_ngrams=3)
    yield "quantized-ns", model("c", **small, loss=NS, quantized=True)
    yield "norms-output-ova", model("d", **small, loss=OVA, quantized=True, norms=True, quantized_output=True)
    yield "pruned-hs", model("e", **small | {"bucket": 200}, loss=HS, quantized=True, pruned=30)
    yield "words-only", model("f", **small | {"bucket": 0}, minn=0, maxn=0)


if __name__ == "__main__":
    for seed, data in seeds():
        Path(sys.argv[1], seed).write_bytes(data)
