/* test_url.c - hosts as they are compared. */
#include "tests/unit/test.h"

#include "core/text/url.h"

static void test_hosts_are_compared_in_one_form(void **state)
{
    static const struct {
        const char *host, *want;
    } t[] = {
        { "example.org", "example.org" },
        { "EXAMPLE.Org", "example.org" },
        { "example.org.", "example.org" },
        { "example.org...", "example.org" },
        { ".", "." },
        { "", "" },
        { "192.0.2.7", "192.0.2.7" },
        { "[2001:DB8::1]", "[2001:db8::1]" },
        { "b\xC3\xBC" "cher.example", "xn--bcher-kva.example" },
        { "B\xC3\x9C" "CHER.Example.", "xn--bcher-kva.example" },
        { "b%C3%BCcher.example", "xn--bcher-kva.example" },
        { "xn--bcher-kva.example", "xn--bcher-kva.example" },
        { "stra\xC3\x9F" "e.example", "xn--strae-oqa.example" },    /* UTS #46, non-transitional */
        { "\xE4\xBE\x8B\xE3\x81\x88\xE3\x80\x82\xE3\x83\x86\xE3\x82\xB9\xE3\x83\x88", "xn--r8jz45g.xn--zckzah" }, /* ideographic full stop */
        { "\xEF\xBC\xA1.example", "a.example" },                    /* a wide letter */
        { "\xE2\x80\x8E.example", "\xE2\x80\x8E.example" },         /* no such name: as it is */
        { "%zz.Example", "%zz.example" },
        { "%", "%" },
        { "\"><svg onload=1>.example", "\"><svg onload=1>.example" },
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct buf out = { 0 };
        url_put_host(span_cstr(t[i].host), &out);
        buf_putc(&out, 0);
        assert_string_equal(out.p, t[i].want);
        buf_release(&out);
    }
}

static void test_a_long_host_is_not_mapped_and_not_cut(void **state)
{
    struct buf host = { 0 }, out = { 0 };
    for (int i = 0; i < 3000; i++)
        buf_puts(&host, "\xC3\xBC");
    url_put_host(buf_view(&host), &out);
    assert_true(span_eq(buf_view(&out), buf_view(&host)));
    buf_release(&host);
    buf_release(&out);
}

static void test_authorities_of_one_host_have_one_key(void **state)
{
    static const char *const urls[] = { "http://b\xC3\xBC" "cher.example/a", "HTTP://xn--bcher-kva.EXAMPLE:80/b", "http://u@B%C3%9Ccher.example./" };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct buf key = { 0 };
        assert_true(url_authority_key(span_cstr(urls[i]), &key));
        assert_true(span_is(buf_view(&key), "http://xn--bcher-kva.example"));
        buf_release(&key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts_are_compared_in_one_form),
        cmocka_unit_test(test_a_long_host_is_not_mapped_and_not_cut),
        cmocka_unit_test(test_authorities_of_one_host_have_one_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
