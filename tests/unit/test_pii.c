/* test_pii.c - personal data in running text: what is taken, what is left, and that it stays so. */
#include "tests/unit/test.h"

#include "core/alloc.h"
#include "core/utf8.h"
#include "filters/pii.h"

/* The text with tags, by the kinds of `list`. */
static void scrub(const char *list, struct span text, struct buf *out)
{
    struct pii_options o;
    struct pii_list found = { 0 };
    struct error e;
    struct pii_scratch *x = pii_scratch_new();
    assert_int_equal(pii_select_list(&o, list, &e), 0);
    pii_find(&o, x, text, &found);
    for (size_t i = 0; i < found.n; i++) {
        assert_true(found.v[i].start < found.v[i].end && found.v[i].end <= text.n);
        assert_true(i == 0 || found.v[i - 1].end <= found.v[i].start);
        assert_true(utf8_valid(span_of(text.p + found.v[i].start, found.v[i].end - found.v[i].start)));
    }
    buf_reset(out);
    pii_rewrite(text, found.v, found.n, out);
    pii_find(&o, x, buf_view(out), &found);
    assert_int_equal(found.n, 0);
    free(found.v);
    pii_scratch_free(x);
}

struct row {
    const char *text, *want; /* want NULL: nothing is found */
};

static void check(const char *list, const struct row *rows, size_t n)
{
    struct buf b = { 0 };
    for (size_t i = 0; i < n; i++) {
        const char *want = rows[i].want ? rows[i].want : rows[i].text;
        scrub(list, span_cstr(rows[i].text), &b);
        if (!span_is(buf_view(&b), want))
            fail_msg("row %zu: got \"%.*s\", want \"%s\"", i, (int)b.n, b.p, want);
    }
    buf_release(&b);
}

static void test_mail_addresses_in_any_script_are_found(void **state)
{
    static const struct row rows[] = {
        { "user@example.com", "<email-pii>" },
        { "Write to a.b+c@x-y.co.uk.", "Write to <email-pii>." },
        { "<mailto:o'brien@example.org>", "<mailto:<email-pii>>" },
        { "'q@example.org', (r@example.org); [s@example.org]", "'<email-pii>', (<email-pii>); [<email-pii>]" },
        { "m\xC3\xBCller@stra\xC3\x9F" "e.de", "<email-pii>" },
        { "user@例え.jp", "<email-pii>" },
        { "请联系user@example.com谢谢", "请联系<email-pii>谢谢" },
        { "メールはuser@example.co.jpまで。", "メールは<email-pii>まで。" },
        { "ติดต่อuser@example.comได้", "ติดต่อ<email-pii>ได้" },
        { "메일은 user@example.com으로", "메일은 <email-pii>으로" },
        { "用户@例子.广告", "<email-pii>" },
        { "用户@例子.中国请回复", "<email-pii>请回复" },
        { "коля@пример.рф", "<email-pii>" },
        { "θσερ@εχαμπλε.ψομ", "<email-pii>" },
        { "user@xn--e1afmkfd.xn--p1ai", "<email-pii>" },
        { "user@[8.8.4.4] x", "<email-pii> x" },
        { "\"john doe\"@example.com", "<email-pii>" },
        { "email=a@example.net&b=1", "email=<email-pii>&b=1" },
        { "https://example.org/u?m=a@example.net", "https://example.org/u?m=<email-pii>" },
        { "a@example.com.Then", "<email-pii>.Then" },
        { "a@example.com.au", "<email-pii>" },
        { "_a@example.com_ *b@example.com*", "_<email-pii>_ *<email-pii>*" },
        { "a@b.com@c.com", "<email-pii>@c.com" },
        { "logo@2x.png vue@2.6.11.js x@y @home a@b a@b.c1 @ user@localhost", NULL },
        { "see...a@example.com", "see...<email-pii>" },
    };
    check("email", rows, COUNT(rows));
}

static void test_public_addresses_are_found_and_versions_are_not(void **state)
{
    static const struct row rows[] = {
        { "8.8.8.8", "<ip-pii>" }, { "(8.8.8.8:80), 8.8.4.4/24.", "(<ip-pii>:80), <ip-pii>/24." },
        { "http://8.8.8.8/x 8.8.8.8", "http://<ip-pii>/x <ip-pii>" }, { "在8.8.8.8上", "在<ip-pii>上" },
        { "8.8.8.8-8.8.8.9", "<ip-pii>-<ip-pii>" },
        { "v1.2.3.4 1.2.3.4.5 300.1.1.1 1.2.3 01.2.3.4 10.0.0.12345 version 8.8.4.4 openssl-1.0.2.1 1.2.3.4-beta x1.2.3.4", NULL },
        { "127.0.0.1 10.1.2.3 192.168.0.1 169.254.1.1 100.64.0.1 192.0.2.7 198.51.100.7 203.0.113.7 0.0.0.0 255.255.255.255", NULL },
        { "2001:4860:4860::8888 [2a00:1450:4001:81b::200e]:443", "<ip-pii> [<ip-pii>]:443" },
        { "IPv6:2001:4860:4860:0:0:0:0:8888, 2001:4860:4860:0000:0000:0000:0000:8844.",
          "IPv6:<ip-pii>, <ip-pii>." },
        { "::ffff:8.8.8.8 64:ff9b::8.8.4.4 x", "<ip-pii> <ip-pii> x" },
        { "std::vector a::b foo::1 12:30:45 fe80::1 ::1 2001:db8::1 fd00::1 00:11:22:33:44:55 ::: 1:2:3:4:5:6:7:8:9", NULL },
    };
    static const struct row all[] = {
        { "127.0.0.1 fe80::1%eth0 ::1 2001:db8::1 fd00::1",
          "<ip-pii> <ip-pii>%eth0 <ip-pii> <ip-pii> <ip-pii>" },
        { "std::vector foo::1 300.1.1.1", NULL },
    };
    check("ip", rows, COUNT(rows));
    check("ip=all", all, COUNT(all));
}

/* Check digits by what the table of lengths says, so that each country has its number. */
static void make_iban(const char *country, int n, unsigned seed, char *out)
{
    static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    unsigned r = 0;
    memcpy(out, country, 2);
    for (int i = 4; i < n; i++)
        out[i] = set[(seed = seed * 1103515245 + 12345) >> 16 & 1 ? (seed >> 8) % 10 : (seed >> 8) % 36];
    out[n] = 0;
    for (int i = 4; i < n + 4; i++) {
        char c = i < n ? out[i] : i < n + 2 ? country[i - n] : '0';
        r = c <= '9' ? (r * 10 + (unsigned)(c - '0')) % 97 : (r * 100 + (unsigned)(c - 'A') + 10) % 97;
    }
    r = 98 - r;
    out[2] = (char)('0' + r / 10);
    out[3] = (char)('0' + r % 10);
}

static void test_every_countrys_iban_is_found_in_every_writing(void **state)
{
    size_t countries = 0;
    struct buf b = { 0 }, text = { 0 };
    for (int i = 0; i < 26 * 26; i++) {
        char country[3] = { (char)('A' + i / 26), (char)('A' + i % 26), 0 }, iban[40];
        int n = pii_iban_length(country);
        if (!n)
            continue;
        countries++;
        for (unsigned seed = 0; seed < 5; seed++) {
            make_iban(country, n, seed * 7919 + (unsigned)i, iban);
            buf_reset(&text);
            buf_printf(&text, "IBAN: %s, ", iban);
            for (int k = 0; k < n; k++)
                buf_printf(&text, "%s%c", k && k % 4 == 0 ? " " : "", iban[k]);
            buf_puts(&text, " Ende; ");
            for (int k = 0; k < n; k++)
                buf_putc(&text, ascii_lower(iban[k]));
            scrub("iban", buf_view(&text), &b);
            expect_span(buf_view(&b), "IBAN: <iban-pii>, <iban-pii> Ende; <iban-pii>");
            iban[3] = (char)('0' + (iban[3] - '0' + 1) % 10);
            buf_reset(&text);
            buf_puts(&text, iban);
            scrub("iban", buf_view(&text), &b);
            expect_span(buf_view(&b), iban);
        }
    }
    assert_int_equal(countries, 89);
    buf_release(&b);
    buf_release(&text);
}

static void test_what_is_almost_an_iban_is_left(void **state)
{
    static const struct row rows[] = {
        { "DE89370400440532013000", "<iban-pii>" },
        { "XDE89370400440532013000 DE893704004405320130001 DE8937040044053201300 ZZ89370400440532013000 De89370400440532013000", NULL },
        { "DE89 37 04 0044 0532 0130 00", NULL },
        { "IBAN DE 89 37040044 0532013000", "IBAN <iban-pii>" },
        { "IBANDE89370400440532013000", "IBAN<iban-pii>" },
        { "DE89\xC2\xA0" "3704\xC2\xA0" "0044\xC2\xA0" "0532\xC2\xA0" "0130\xC2\xA0" "00", "<iban-pii>" },
        { "账号DE89370400440532013000。", "账号<iban-pii>。" },
    };
    check("iban", rows, COUNT(rows));
}

static void test_numbers_are_found_by_check_digit_and_word(void **state)
{
    static const struct row rows[] = {
        { "4111 1111 1111 1111, 4111-1111-1111-1111 4111111111111111", "<card-pii>, <card-pii> <card-pii>" },
        { "4111 1111 1111 1112 and 41111111111111111 and 1.4111111111111111", NULL },
        { "AHV 756.9217.0769.85", "AHV <ch-ahv-pii>" },
        { "756.9217.0769.86", NULL },
        { "DNI 12345678Z; 12345678A", "DNI <es-dni-pii>; 12345678A" },
        { "NIE X1234567L", "NIE <es-nie-pii>" },
        { "hetu 131052-308T", "hetu <fi-hetu-pii>" },
        { "CPF 111.444.777-35", "CPF <br-cpf-pii>" },
        { "CF RSSMRA85T10A562S", "CF <it-cf-pii>" },
        { "身份证11010519491231002X。", "身份证<cn-ric-pii>。" },
        { "SSN 219-09-9999", "SSN <us-ssn-pii>" },
        { "000-12-3456 666-12-3456 123-00-1234", NULL },
        { "BSN 111222333", "BSN <nl-bsn-pii>" },
        { "111222333 items", NULL },
        { "NHS 943 476 5919", "NHS <uk-nhs-pii>" },
        { "NINO AB 12 34 56 C", "NINO <uk-nino-pii>" },
        { "PESEL 44051401359", "PESEL <pl-pesel-pii>" },
        { "aadhaar 2341 2341 2346", "aadhaar <in-aadhaar-pii>" },
        { "SIN 130 692 544", "SIN <ca-sin-pii>" },
        { "MAC 00:1A:2B:3C:4D:5E 00-1a-2b-3c-4d-5e 001a.2b3c.4d5e", "MAC <mac-pii> <mac-pii> <mac-pii>" },
        { "ff:ff:ff:ff:ff:ff 00:00:00:00:00:00 12:30:45:10:20:30:40", NULL },
        { "+49 30 901820, (555) 234-5678, Tel: 030 90 18 20", "<phone-pii>, <phone-pii>, Tel: <phone-pii>" },
        { "in 2024, 1 234 567 people, 555-123 and 12-34-56", NULL },
        { "CVV: 123 and 456", "CVV: <cvv-pii> and 456" },
        { "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
          "<wallet-pii> 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3" },
        { "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp",
          "<wallet-pii> bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp" },
        { "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
          "<wallet-pii> 0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed" },
        { "key=AKIAIOSFODNN7EXAMPLE", "key=<secret-pii>" },
        { "52.5200, 13.4050", NULL },
    };
    static const struct row geo[] = { { "at 52.5200, 13.4050.", "at <geo-pii>." }, { "90.00001, 10.0000",
            NULL }, { "52.5, 13.4", NULL } };
    check("default", rows, COUNT(rows));
    check("geo", geo, COUNT(geo));
}

static void test_lists_of_kinds_are_read(void **state)
{
    struct pii_options o;
    struct error e;
    size_t n = 0, on = 0;
    for (; pii_kinds[n].name; n++)
        assert_int_equal(pii_select_list(&o, pii_kinds[n].name, &e), 0);
    assert_int_equal(n, 34);
    assert_int_equal(pii_select_list(&o, "all", &e), 0);
    for (size_t i = 0; i < n; i++)
        on += o.on[i];
    assert_int_equal(on, 34);
    assert_int_equal(pii_select_list(&o, "default", &e), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(o.on[i], strcmp(pii_kinds[i].name, "geo") != 0);
    assert_false(o.ip_all);
    assert_int_equal(pii_select_list(&o, "none", &e), 0);
    assert_false(o.any);
    assert_int_equal(pii_select_list(&o, "email,ip=all", &e), 0);
    assert_true(o.any && o.ip_all);
    assert_int_equal(pii_select_list(&o, "email,shoe-size", &e), -ERR_USAGE);
    assert_non_null(strstr(e.msg, "jp-mynumber"));
    assert_int_equal(pii_select_list(&o, "", &e), -ERR_USAGE);
}

/* A megabyte each; what goes wrong here takes hours. */
static void test_hostile_text_takes_linear_time_and_stays_scrubbed(void **state)
{
    static const char *const units[] = { "a.", "1", "1.1.", "a:", "a@b.", "1 ", "4111 ", "+1(",
                                         "-----BEGIN PRIVATE KEY-----", "sk-a", "%20",
                                         "\"@", "x@y.com ", "tel 123456 ", "123 ", "1.12345 ", "DE89 ", "ab:",
                                             "eyJa.", "bc1q", "::", "@",
                                         "例", "1.1.1.1", "(((", "a\xCC\x81" };
    for (size_t i = 0; i < COUNT(units); i++) {
        struct buf text = { 0 }, out = { 0 };
        while (text.n < 200000)
            buf_puts(&text, units[i]);
        buf_puts(&text, "@example.com");
        scrub("all", buf_view(&text), &out);
        buf_release(&text);
        buf_release(&out);
    }
}

static void test_a_value_laid_bare_by_another_is_found_too(void **state)
{
    struct buf text = { 0 }, out = { 0 };
    buf_puts(&text, "8.8.8.8");
    for (int i = 0; i < 64; i++)
        buf_putc(&text, 'a');
    buf_puts(&text, "@example.com");
    scrub("email,ip", buf_view(&text), &out);
    expect_span(buf_view(&out), "<ip-pii><email-pii>");
    buf_release(&text);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mail_addresses_in_any_script_are_found),
        cmocka_unit_test(test_public_addresses_are_found_and_versions_are_not),
        cmocka_unit_test(test_every_countrys_iban_is_found_in_every_writing),
        cmocka_unit_test(test_what_is_almost_an_iban_is_left),
        cmocka_unit_test(test_numbers_are_found_by_check_digit_and_word),
        cmocka_unit_test(test_lists_of_kinds_are_read),
        cmocka_unit_test(test_hostile_text_takes_linear_time_and_stays_scrubbed),
        cmocka_unit_test(test_a_value_laid_bare_by_another_is_found_too),
    };
    return cmocka_run_group_tests_name("pii", tests, NULL, NULL);
}
