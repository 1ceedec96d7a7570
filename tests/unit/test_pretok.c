/* test_pretok.c - pieces of text, as a backtracking matcher cuts them. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "tokenizer/pretok.h"
#include "tokenizer/unicode_tables.h"

/* Expected pieces by PyPI regex, its Unicode 16.0, over the patterns' own text (tekken_240911.json, tiktoken 0.14.0). */
static const struct {
    const char *pattern, *text, *pieces;
} rows[] = {
    { "tekken", "Hello, World! it's DON'T we'LL x'\305\277y",
      "Hello|,| World|!| it|'s| DON|'T| we|'LL| x|'\305\277y" },
    { "tekken", "ABCdef ABCDEF aBC", "ABCdef| ABCDEF| a|BC" },
    { "tekken", "a1234 567", "a|1|2|3|4| |5|6|7" },
    { "tekken", "  two  spaces   \012\012 \011 end  ", " | two| | spaces|   \012\012| \011| end|  " },
    { "tekken", "x\012  ", "x|\012|  " },
    { "tekken", "\015\012/path//\012 a/\015\012/b", "\015\012|/path|//\012| a|/\015\012/|b" },
    { "tekken", "\314\201a \314\201\314\201B A\314\201B\314\201 c",
      "\314\201a| \314\201\314\201|B| A\314\201B\314\201| c" },
    { "tekken", "\307\205ungla \312\260X\344\270\255\346\226\207 A\312\260",
      "\307\205ungla| \312\260X\344\270\255\346\226\207| A\312\260" },
    { "tekken", "42\302\275\331\243", "4|2|\302\275|\331\243" },
    { "tekken", "\343\200\200\302\240wide \342\200\213zero", "\343\200\200|\302\240wide| \342\200\213|zero" },
    { "tekken", "\302\253Gr\303\266\303\237e\302\273 \342\200\223 \341\272\236!?\012\012",
      "\302\253Gr\303\266\303\237e|\302\273| \342\200\223| \341\272\236|!?\012\012" },
    { "tekken", "\360\237\230\200\360\237\221\250\342\200\215\360\237\221\251 ok",
      "\360\237\230\200\360\237\221\250\342\200\215\360\237\221\251| ok" },
    { "r50k", "Hello, World! it's DON'T we'LL x'\305\277y",
      "Hello|,| World|!| it|'s| DON|'|T| we|'|LL| x|'|\305\277y" },
    { "r50k", "ABCdef ABCDEF aBC", "ABCdef| ABCDEF| aBC" },
    { "r50k", "a1234 567", "a|1234| 567" },
    { "r50k", "  two  spaces   \012\012 \011 end  ", " | two| | spaces|   \012\012 \011| end|  " },
    { "r50k", "x\012  ", "x|\012  " },
    { "r50k", "\015\012/path//\012 a/\015\012/b", "\015|\012|/|path|//|\012| a|/|\015|\012|/|b" },
    { "r50k", "\314\201a \314\201\314\201B A\314\201B\314\201 c",
      "\314\201|a| \314\201\314\201|B| A|\314\201|B|\314\201| c" },
    { "r50k", "\307\205ungla \312\260X\344\270\255\346\226\207 A\312\260",
      "\307\205ungla| \312\260X\344\270\255\346\226\207| A\312\260" },
    { "r50k", "42\302\275\331\243", "42\302\275\331\243" },
    { "r50k", "\343\200\200\302\240wide \342\200\213zero", "\343\200\200|\302\240|wide| \342\200\213|zero" },
    { "r50k", "\302\253Gr\303\266\303\237e\302\273 \342\200\223 \341\272\236!?\012\012",
      "\302\253|Gr\303\266\303\237e|\302\273| \342\200\223| \341\272\236|!?|\012\012" },
    { "r50k", "\360\237\230\200\360\237\221\250\342\200\215\360\237\221\251 ok",
      "\360\237\230\200\360\237\221\250\342\200\215\360\237\221\251| ok" },
    { "cl100k", "Hello, World! it's DON'T we'LL x'\305\277y",
      "Hello|,| World|!| it|'s| DON|'T| we|'LL| x|'\305\277|y" },
    { "cl100k", "ABCdef ABCDEF aBC", "ABCdef| ABCDEF| aBC" },
    { "cl100k", "a1234 567", "a|123|4| |567" },
    { "cl100k", "  two  spaces   \012\012 \011 end  ", " | two| | spaces|   \012\012| \011| end|  " },
    { "cl100k", "x\012  ", "x|\012  " },
    { "cl100k", "\015\012/path//\012 a/\015\012/b", "\015\012|/path|//\012| a|/\015\012|/b" },
    { "cl100k", "\314\201a \314\201\314\201B A\314\201B\314\201 c",
      "\314\201a| \314\201\314\201|B| A|\314\201B|\314\201| c" },
    { "cl100k", "\307\205ungla \312\260X\344\270\255\346\226\207 A\312\260",
      "\307\205ungla| \312\260X\344\270\255\346\226\207| A\312\260" },
    { "cl100k", "42\302\275\331\243", "42\302\275|\331\243" },
    { "cl100k", "\343\200\200\302\240wide \342\200\213zero", "\343\200\200|\302\240wide| \342\200\213|zero" },
    { "cl100k", "\302\253Gr\303\266\303\237e\302\273 \342\200\223 \341\272\236!?\012\012",
      "\302\253Gr\303\266\303\237e|\302\273| \342\200\223| \341\272\236|!?\012\012" },
    { "cl100k", "\360\237\230\200\360\237\221\250\342\200\215\360\237\221\251 ok",
      "\360\237\230\200\360\237\221\250\342\200\215\360\237\221\251| ok" },
    { "o200k", "Hello, World! it's DON'T we'LL x'\305\277y",
      "Hello|,| World|!| it's| DON'T| we'LL| x'\305\277|y" },
    { "o200k", "ABCdef ABCDEF aBC", "ABCdef| ABCDEF| a|BC" },
    { "o200k", "a1234 567", "a|123|4| |567" },
    { "o200k", "  two  spaces   \012\012 \011 end  ", " | two| | spaces|   \012\012| \011| end|  " },
    { "o200k", "x\012  ", "x|\012|  " },
    { "o200k", "\015\012/path//\012 a/\015\012/b", "\015\012|/path|//\012| a|/\015\012/|b" },
    { "o200k", "\314\201a \314\201\314\201B A\314\201B\314\201 c",
      "\314\201a| \314\201\314\201|B| A\314\201B\314\201| c" },
    { "o200k", "\307\205ungla \312\260X\344\270\255\346\226\207 A\312\260",
      "\307\205ungla| \312\260X\344\270\255\346\226\207| A\312\260" },
    { "o200k", "42\302\275\331\243", "42\302\275|\331\243" },
    { "o200k", "\343\200\200\302\240wide \342\200\213zero", "\343\200\200|\302\240wide| \342\200\213|zero" },
    { "o200k", "\302\253Gr\303\266\303\237e\302\273 \342\200\223 \341\272\236!?\012\012",
      "\302\253Gr\303\266\303\237e|\302\273| \342\200\223| \341\272\236|!?\012\012" },
    { "o200k", "\360\237\230\200\360\237\221\250\342\200\215\360\237\221\251 ok",
      "\360\237\230\200\360\237\221\250\342\200\215\360\237\221\251| ok" },
};

static void test_pieces_are_those_of_the_pattern(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        pretok_fn *next = pretok_of(pretok_by_name(span_cstr(rows[i].pattern)));
        const char *p = rows[i].text, *end = p + strlen(p);
        struct buf got = { 0 };
        while (p < end) {
            const char *q = next(p, end);
            if (got.n)
                buf_putc(&got, '|');
            buf_put(&got, p, (size_t)(q - p));
            p = q;
        }
        expect_span(buf_view(&got), rows[i].pieces);
        buf_release(&got);
    }
}

static void test_names_and_texts_find_their_pattern(void **state)
{
    assert_int_equal(pretok_by_name(SPAN("p50k")), PATTERN_R50K);
    assert_int_equal(pretok_by_name(SPAN("o200k")), PATTERN_O200K);
    assert_int_equal(pretok_by_name(SPAN("gpt5")), PATTERN_NONE);
    assert_int_equal(pretok_by_name(SPAN("")), PATTERN_NONE);
    assert_int_equal(pretok_by_text(SPAN("\\s+")), PATTERN_NONE);
    assert_null(pretok_of(PATTERN_NONE));
    assert_null(pretok_of(PATTERNS));
    assert_null(pretok_of((enum pattern)-1));
}

/* One code point of each kind, and what Unicode 15.1 and 16.0 added: a table of another version fails here. */
static void test_classes_are_those_of_unicode_16(void **state)
{
    static const struct {
        uint32_t c;
        enum char_class class;
    } points[] = {
        { 'A', CLASS_UPPER }, { 'z', CLASS_LOWER }, { '7', CLASS_NUMBER }, { ' ', CLASS_SPACE }, { '\n', CLASS_NEWLINE },
        { '_', CLASS_OTHER }, { 0x01C5, CLASS_UPPER }, { 0x02B0, CLASS_CASELESS }, { 0x0301, CLASS_MARK }, { 0x00BD, CLASS_NUMBER },
        { 0x2028, CLASS_SPACE }, { 0x200B, CLASS_OTHER }, { 0x0085, CLASS_SPACE }, { 0x180E, CLASS_OTHER }, { 0x4E00, CLASS_CASELESS },
        { 0x2EBF0, CLASS_CASELESS }, /* 15.1 */
        { 0xA7CB, CLASS_UPPER }, { 0xA7CD, CLASS_LOWER }, { 0x1C89, CLASS_UPPER }, { 0x10D40, CLASS_NUMBER }, { 0x0897, CLASS_MARK },
        { 0x11BC0, CLASS_CASELESS }, { 0x16D40, CLASS_CASELESS }, /* 16.0 */
        { 0xE0100, CLASS_MARK }, { 0x10FFFF, CLASS_OTHER }, { 0x3134A, CLASS_CASELESS }, { 0xE000, CLASS_OTHER },
    };
    for (size_t i = 0; i < COUNT(points); i++)
        if (char_class_of(points[i].c) != points[i].class)
            fail_msg("U+%04X has class %u", points[i].c, char_class_of(points[i].c));
}

static void test_any_bytes_are_cut_forward_and_within_bounds(void **state)
{
    static const char *const names[] = { "tekken", "r50k", "cl100k", "o200k" };
    uint64_t seed = 1;
    for (size_t round = 0; round < 4000; round++) {
        size_t n = 1 + round % 37;
        char *text = malloc(n); /* exactly as long, so that a sanitizer sees a step too far */
        for (size_t i = 0; i < n; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[i] = (char)(seed >> 56);
        }
        pretok_fn *next = pretok_of(pretok_by_name(span_cstr(names[round % COUNT(names)])));
        for (const char *p = text, *q; p < text + n; p = q) {
            q = next(p, text + n);
            assert_true(q > p && q <= text + n);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_those_of_the_pattern),
        cmocka_unit_test(test_names_and_texts_find_their_pattern),
        cmocka_unit_test(test_classes_are_those_of_unicode_16),
        cmocka_unit_test(test_any_bytes_are_cut_forward_and_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
