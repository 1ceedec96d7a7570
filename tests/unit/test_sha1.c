/* test_sha1.c - SHA-1 by the processor's extensions against libcrypto's: one message, two at once, of every length. */
#include "tests/unit/test.h"

#include <openssl/sha.h>

#include "core/sha1.h"

#define MOST 700

static char bytes[2 * MOST];

static void expect(const uint8_t got[SHA1_BYTES], struct span s)
{
    uint8_t want[SHA1_BYTES];
    SHA1((const unsigned char *)s.p, s.n, want);
    assert_memory_equal(got, want, SHA1_BYTES);
}

static void test_known(void **unused)
{
    static const uint8_t abc[] = { 0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
                                   0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d };
    uint8_t got[SHA1_BYTES];
    sha1_of(SPAN("abc"), got); /* FIPS 180-4, example */
    assert_memory_equal(got, abc, SHA1_BYTES);
}

static void test_every_length(void **unused)
{
    uint8_t one[SHA1_BYTES], a[SHA1_BYTES], b[SHA1_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7 + i / 256);
    for (size_t n = 0; n < MOST; n++) {
        struct span s = span_of(bytes + n % 17, n), other = span_of(bytes + n % 5, MOST - n);
        if (sha1_is_fast()) {
            sha1_fast(s, one);
            expect(one, s);
        }
        sha1_of(s, one);
        expect(one, s);
        sha1_pair(s, other, a, b);
        expect(a, s);
        expect(b, other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_known), cmocka_unit_test(test_every_length) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
