"""Texts near the thresholds of the quality rules: a good page, and one thing wrong with it, a little more or less than allowed."""
import random
import string

ENGLISH = "the be to of and that have with".split()
SPACES = ["\t", "\u00a0", "\u3000", "\u2028", "\u0085", "\x1c", "\x0b", "\x0c", "\r", "\r\n", " ", "\u200b", "\ufeff", "\u202f"]
ODD = ["…", "...", "—", "«", "»", "。", "؟", "१२", "É", "é", "ß", "漢字", "かな", "한국어", "ไทย", "😀", "\u0301", "\u200d", "１", "１２",
       "½", "²", "ª", "_", "#", "-", "•", "x\u0000y", "\x7f", "\x85", "'", "\"", "’", "”", "\u2047", "\u061f", "\u0964"]


class Maker:
    """One generator of texts; `stop` are the stop words of the language."""

    def __init__(self, seed, stop=ENGLISH, long=False):
        self.per_line = (3, 8) if long else (1, 2)
        self.rng = random.Random(seed)
        self.stop = stop
        self.turn = self.rng.randrange(1000)
        self.mutations = [getattr(self, n) for n in dir(self) if n.startswith("m_")]

    def word(self, low=1, high=9):
        return "".join(self.rng.choices(string.ascii_lowercase, k=self.rng.randint(low, high)))

    def sentence(self, n=None):
        n = n or self.rng.randint(6, 16)
        words = [self.rng.choice(self.stop) if self.rng.random() < 0.25 else self.word(2, 9) for _ in range(n)]
        return " ".join(words).capitalize() + self.rng.choice(".....?!")

    def good(self):
        """Lines of one or two sentences, 60 to 250 words."""
        lines = [" ".join(self.sentence() for _ in range(self.rng.randint(*self.per_line))) for _ in range(self.rng.randint(6, 14))]
        return lines

    def text(self):
        """The mutations take turns; now and then there is a second one, or none."""
        lines = self.good()
        self.turn += 1
        chosen = [self.mutations[self.turn % len(self.mutations)], *self.rng.sample(self.mutations, self.rng.choice([0, 0, 0, 1]))]
        for mutation in chosen if self.rng.random() < 0.95 else []:
            lines = mutation(lines)
        text = self.rng.choice(["\n", "\n", "\n", "\n\n", "\n \n"]).join(lines)
        if self.rng.random() < 0.1:
            text = self.rng.choice(["\n", "\n\n", " ", "\t"]) + text + self.rng.choice(["\n", "\n\n", " \n", "\r\n"])
        return text

    def scatter(self, lines, pieces):
        lines = list(lines)
        for p in pieces:
            lines.insert(self.rng.randint(0, len(lines)), p)
        return lines

    def share(self, around, width=0.08):
        return min(1, max(0, around + self.rng.uniform(-width, width)))

    def some(self, lines, share, change):
        k = round(share * len(lines))
        chosen = set(self.rng.sample(range(len(lines)), min(k, len(lines))))
        return [change(x) if i in chosen else x for i, x in enumerate(lines)]

    # ---- repetition ----

    def m_dup_lines(self, lines):
        short = [self.sentence(self.rng.randint(1, 3)) for _ in range(2)]
        k = round(len(lines) * self.share(0.43))
        return self.scatter(lines, self.rng.choices(short, k=k))

    def m_dup_line_chars(self, lines):
        return self.scatter(lines, [self.rng.choice(lines)] * self.rng.randint(1, 3))

    def m_dup_paragraphs(self, lines):
        blocks = ["\n".join(lines[i:i + 2]) + "\n" for i in range(0, len(lines), 2)]
        return self.scatter(blocks, [self.rng.choice(blocks)] * self.rng.randint(1, 3))

    def m_top_gram(self, lines):
        gram = " ".join(self.word(4, 9) for _ in range(self.rng.randint(2, 4)))
        k = round(sum(map(len, lines)) * self.share(0.2) / len(gram))
        words = " ".join(lines).split(" ")
        for _ in range(k):
            words.insert(self.rng.randint(0, len(words)), gram)
        return self.fold(words)

    def m_dup_gram(self, lines):
        gram = " ".join(self.word(2, 9) for _ in range(self.rng.randint(5, 12)))
        k = 1 + round(sum(map(len, lines)) * self.share(0.14) / len(gram))
        words = " ".join(lines).split(" ")
        for _ in range(k):
            words.insert(self.rng.randint(0, len(words)), gram)
        return self.fold(words)

    def m_glued_grams(self, lines):
        """Runs that are equal without their spaces and differ with them."""
        run = "".join(self.rng.choices("ab1", k=14))
        pieces = []
        for _ in range(self.rng.randint(2, 8)):
            cuts = sorted(self.rng.sample(range(1, len(run)), self.rng.randint(4, 9)))
            pieces.append(" ".join(run[a:b] for a, b in zip([0, *cuts], [*cuts, len(run)])))
        return self.scatter(lines, pieces)

    def fold(self, words):
        lines = []
        while words:
            n = self.rng.randint(8, 25)
            lines.append(" ".join(words[:n]))
            words = words[n:]
        return [x if x.endswith(".") else x + "." for x in lines]

    # ---- Gopher ----

    def m_few_words(self, lines):
        words = " ".join(lines).split()[:self.rng.randint(46, 54)]
        return self.fold(words)

    def m_short_words(self, lines):
        return [" ".join(w[:self.rng.choice([1, 2, 3, 3, 4])] for w in x.split()) + "." for x in lines]

    def m_long_words(self, lines):
        extra = self.rng.choice(["xy", "xyz", "Ωx", "wxyz"])
        return [" ".join(w + extra * self.rng.randint(1, 3) for w in x.split()) + "." for x in lines]

    def m_hashes(self, lines):
        return self.symbols(lines, "#")

    def m_ellipses(self, lines):
        return self.symbols(lines, self.rng.choice(["...", "…", "....", "......", ". . ."]))

    def symbols(self, lines, what):
        n = len(" ".join(lines).split())
        k = round(n * self.share(0.1, 0.03))
        words = " ".join(lines).split(" ")
        for _ in range(k):
            i = self.rng.randrange(len(words))
            words[i] = self.rng.choice([what + words[i], words[i] + what, words[i] + " " + what])
        return self.fold(words)

    def m_bullets(self, lines):
        mark = self.rng.choice(["• ", "- ", "•", "-", " • ", "\t- ", "* ", "– "])
        return self.some(lines, self.share(0.92), lambda x: mark + x)

    def m_end_ellipses(self, lines):
        end = self.rng.choice(["...", "…", "... ", "…\t", "....", "..", ". . ."])
        return self.some(lines, self.share(0.3, 0.15), lambda x: x + end)

    def m_numbers(self, lines):
        words = " ".join(lines).split(" ")
        for i in self.rng.sample(range(len(words)), round(len(words) * self.share(0.2, 0.05))):
            words[i] = self.rng.choice(["12", "3.5", "—", "१२", "½", "²", "1a", "ª", "Ⅷ", "１２"])
        return self.fold(words)

    def m_stop_words(self, lines):
        keep = self.rng.sample(self.stop, min(len(self.stop), self.rng.randint(0, 2)))
        lines = [" ".join(w for w in x.split() if w.strip(".?!").lower() not in self.stop) for x in lines]
        return self.scatter([x for x in lines if x], [" ".join([k, self.word(), self.word(), self.word()]) for k in keep])

    # ---- C4 ----

    def m_c4_lines(self, lines):
        pieces = ["JavaScript must be on here.", "Our Terms of Use apply.", "The privacy policy, please.", "We use cookies here.",
                  "This site USES coo\u212aies now.", "java[1]script is glued here", "lorem[2] ipsum is not", "two words",
                  "x" * 1000 + " is one word", "x" * 1001 + " is too long", "[1] [2] [3]", "[edit] [citation needed] [٣]",
                  "Text with a mark[12] and[edit] more.", "a [ b ] [x] [", "use of cookies", "cookies are good food",
                  "PRİVACY POLİCY is not it", "terms\u00a0of use of words"]
        return self.scatter(lines, self.rng.sample(pieces, self.rng.randint(1, 4)))

    def m_c4_documents(self, lines):
        pieces = ["lorem ipsum", "Lorem Ipsum dolor sit", "a { b } c d", "{", "JavaScript function() { return; } here",
                  "lorem ipsum { and javascript"]
        return self.scatter(lines, self.rng.sample(pieces, 1))

    def m_few_sentences(self, lines):
        n = self.rng.randint(1, 3)
        lines = lines[:n] + [" ".join(self.word(3, 8) for _ in range(self.rng.randint(2, 30))) for _ in range(self.rng.randint(1, 4))]
        return [x.replace(". ", " ") for x in lines]

    def m_abbreviations(self, lines):
        return self.scatter(lines[:3], ["A. B. Smith met C.", "Dr. X. said \"yes.\" and left", "U.S.A. is far", "A. B. C.", "...", "!?!"])

    def m_citations_only(self, lines):
        return ["[1] [2] [3]", "[4] [5] [6]", "[7] [8] [9]"] * self.rng.randint(1, 3)

    # ---- FineWeb ----

    def m_no_ends(self, lines):
        end = self.rng.choice(["", " ", "\r", ":", "”", "\"", "'", ";", "。", "؟"])
        return self.some(lines, self.share(0.88, 0.1), lambda x: x.rstrip(".?!") + end)

    def m_short_lines(self, lines):
        k = round(2.03 * len(lines) + self.rng.randint(-3, 3))
        short = [self.sentence(5)[:self.rng.choice([20, 29, 30, 30, 31])] for _ in range(k)]
        return self.scatter(lines, short)

    def m_char_dups(self, lines):
        n = max(1, round(sum(map(len, lines)) * self.share(self.rng.choice([0.01, 0.1]), 0.006)))
        line = ("".join(self.rng.choices(string.ascii_lowercase + "  ", k=n - 1)) + ".")[-n:]
        return self.scatter(lines, [line, line])

    def m_many_lines(self, lines):
        """C4 leaves no line of less than three words, and two thirds of the lines at most may have 30 characters or less."""
        n, per = self.rng.randint(17, 40), self.rng.uniform(3, 3.6)
        long = self.rng.uniform(0.3, 0.5)
        return [self.three(self.rng.random() < long, 4 if self.rng.random() < per - 3 else 3) for _ in range(n)]

    def three(self, long, n):
        if long:
            return " ".join(self.word(10, 10) for _ in range(n - 1)) + " " + self.word(9, 9) + "."
        return " ".join(self.rng.choice([self.rng.choice(self.stop), self.word(2, 6)]) for _ in range(n)) + "."

    def m_blank_lines(self, lines):
        return self.scatter(lines, self.rng.choices(["", "", " ", "\t", "\u00a0", "\u200b", "\x1c"], k=self.rng.randint(1, len(lines) * 2)))

    # ---- characters ----

    def m_odd(self, lines):
        words = " ".join(lines).split(" ")
        for _ in range(self.rng.randint(1, 12)):
            words.insert(self.rng.randint(0, len(words)), self.rng.choice(ODD))
        return self.fold(words)

    def m_spaces(self, lines):
        text = list("\n".join(lines))
        for i in [i for i, c in enumerate(text) if c == " " and self.rng.random() < 0.1]:
            text[i] = self.rng.choice(SPACES)
        return "".join(text).split("\n")


def every_code_point(known):
    """Each character alone, before a full stop, and where a line, a word or a bullet might end by it; 32 of them a page."""
    good = "The cat and the dog have to be with that man of the house for once, said nobody in here today. " * 3
    uniform = [(0x3400, 0x9fff), (0xac00, 0xd7a3), (0x17000, 0x18aff), (0x20000, 0x323af)]  # ideographs, Hangul, Tangut: every 16th
    points = [chr(c) for c in range(0x110000) if known(chr(c)) and (c % 16 == 0 or not any(a <= c <= b for a, b in uniform))]
    texts = []
    for i in range(0, len(points), 32):
        block = points[i:i + 32]
        texts.append(good + "\n" + " ".join(block) + "\n" + "\n".join(f"- q{c}- q{c}... {c}\n{c}• x y z{c}\nmore words[{c}] here {c}." for c in block))
    return texts


def hand_made():
    """Small texts of which each stands on an edge."""
    good = "The cat and the dog have to be with that man of the house. "
    texts = ["", " ", "\n", "\n\n\n", "a", ".", "\x00", "\u200b", "{", "a b", "a b c", "a\n\na", "a\n\n\n\na\n\nb", "\na\n", "a\n", "\n\na\n\n"]
    texts += [good * n for n in (1, 3, 4, 5, 8)] + [(good.strip() + "\n") * n for n in (1, 3, 4, 5, 8)]
    texts += ["a b " * n for n in (1, 24, 25, 26, 49, 50, 51)] + ["ab\n" * n for n in (1, 2, 3, 50)] + ["."] * 2 + [". " * 60, "... " * 60]
    texts += ["w" * n for n in (1, 1000, 1001)] + [" ".join(["w" * 1000] * 60), " ".join(["w" * 1001] * 60)]
    return texts
