/* fuzz_vocab.c - any bytes as a vocabulary file: refused, or usable on any text and back. */
#include "tests/fuzz/fuzz.h"

#include "core/utf8.h"
#include "tokenizer/tokenizer.h"

static void use(const struct vocab *v, struct span text, bool every_byte_is_a_token)
{
    struct buf ids = { 0 }, back = { 0 };
    struct encoder *x = encoder_new(v);
    struct error e;
    if (encode(x, text, &ids, &e) == 0 && every_byte_is_a_token)
        expect(decode(v, (const void *)ids.p, ids.n / sizeof(uint32_t), &back, &e) == 0 && span_eq(buf_view(&back), text));
    encoder_free(x);
    buf_release(&ids);
    buf_release(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct span text = SPAN("the Fuzz said: 'aaaaaaaa' 123\xC3\xA9\xE4\xB8\xAD\n\n  end \xF0\x9F\x98\x80");
    struct fuzz_path path;
    struct vocab *v;
    struct error e;
    int fd = fuzz_file(span_of((const char *)data, size), &path);
    bool ranks = size && data[0] != '{' && data[0] != 's';
    if (vocab_open(&v, path.s, ranks ? "o200k" : NULL, &e) == 0) {
        /* A compiled file is believed in what its tokens are, not in where they lie. */
        use(v, text, size && data[0] != 's');
        size_t n = utf8_valid_prefix(span_of((const char *)data, size));
        use(v, span_of((const char *)data, n), size && data[0] != 's');
        vocab_close(v);
    }
    close(fd);
    return 0;
}
