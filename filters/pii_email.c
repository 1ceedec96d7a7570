/*
 * pii_email.c - mail addresses, internationalised ones included (RFC 5321, 6531), as they stand in
 * running text: from each '@' at most 64 characters to the left and 255 bytes to the right.
 *
 * Text without spaces between words touches addresses: "写信到user@example.com谢谢" has one, whose
 * ends are where ASCII ends; "用户@例子.广告" is one as a whole.
 */
#include <stdlib.h>

#include "core/utf8.h"
#include "filters/pii.h"

#define MAX_LOCAL 64   /* characters; RFC 5321 4.5.3.1.1 has octets */
#define MAX_DOMAIN 255 /* bytes; RFC 5321 4.5.3.1.2 */
#define MAX_LABEL 63   /* RFC 1035 2.3.4; in characters where they are not ASCII */
#define MAX_LABELS 127

struct label {
    size_t from, to;
    bool ascii;
};

/* Top-level domains in dense scripts, so that the words behind one are not taken for a part of it (IANA root zone). */
static const char *const dense_tlds[] = {
    "中国", "中國", "香港", "台灣", "台湾", "澳門", "新加坡", "公司", "网络", "網絡", "网址", "网站", "在线", "中文网",
    "商城", "商店", "商标", "广东", "佛山", "集团", "公益", "政务", "机构", "组织机构", "移动", "我爱你", "手机", "招聘",
    "时尚", "慈善", "游戏", "娱乐", "企业", "信息", "健康", "购物", "餐厅", "广告", "世界", "大拿", "食品", "新闻", "网店",
    "八卦", "点看", "珠宝", "谷歌", "微博", "嘉里", "大众汽车", "한국", "삼성", "닷컴", "닷넷", "ไทย", "คอม", "ລາວ", "みんな", "コム",
    "セール", "ファッション", "ストア", "クラウド", "グーグル", "ポイント", "アマゾン", "家電", "通販", "书籍", "テスト", NULL,
};

static bool listed_tld(struct span s, size_t *n)
{
    for (size_t i = 0; dense_tlds[i]; i++) {
        if (span_starts(s, dense_tlds[i])) {
            *n = strlen(dense_tlds[i]);
            return true;
        }
    }
    return false;
}

/* Endings of file names that are no top-level domains: "logo@2x.png". */
static bool file_ending(struct span s)
{
    static const char *const names[] = { "png", "jpg", "jpeg", "gif", "webp", "svg", "bmp", "ico", "css",
                                         "js", "html",
                                         "htm", "php", "pdf", "tgz", "gz", "min", "json", "xml", "txt" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_isi(s, names[i]))
            return true;
    return false;
}

static bool generic(struct span s)
{
    return span_isi(s, "com") || span_isi(s, "net") || span_isi(s, "org") || span_isi(s, "edu") || span_isi(s,
            "info");
}

/* The labels behind '@', dots between; a label with a hyphen at its beginning ends them. */
static size_t read_labels(struct span t, size_t at, struct label *l)
{
    size_t n = 0, i = at, end;
    while (n < MAX_LABELS && i < t.n) {
        l[n] = (struct label){ i, i, true };
        for (size_t chars = 0; l[n].to < t.n && chars < MAX_LABEL && l[n].to - at < MAX_DOMAIN; chars++) {
            uint32_t cp = pii_after(t, l[n].to, &end);
            if (cp != '-' && pii_class_of(cp) == PII_OTHER)
                break;
            l[n].ascii &= cp < 0x80;
            l[n].to = end;
        }
        if (l[n].to == i || t.p[i] == '-')
            break;
        i = l[n].to;
        n++;
        if (i >= t.n || t.p[i] != '.' || i - at >= MAX_DOMAIN)
            break;
        i++;
    }
    return n;
}

/* Where a top-level domain that begins as this label does ends; 0: it is none. */
static size_t ascii_tld(struct span t, struct label l)
{
    size_t i = l.from, end;
    if (span_starts_i(span_of(t.p + l.from, l.to - l.from), "xn--")) {
        while (i < l.to && (t.p[i] == '-' || pii_class_of((unsigned char)t.p[i]) == PII_ASCII))
            i++;
        return i - l.from > 4 ? i : 0;
    }
    while (i < l.to && ascii_alpha(t.p[i]))
        i++;
    if (i < l.to && ascii_digit(t.p[i]))
        return 0;
    if (i < l.to && pii_class_of(pii_after(t, i, &end)) == PII_SPACED && pii_after(t, i, &end) < 0x250)
        return l.to; /* Latin goes on: "example.münchen" */
    return i - l.from >= 2 && !file_ending(span_of(t.p + l.from, i - l.from)) ? i : 0;
}

static size_t other_tld(struct span t, struct label l, bool idn)
{
    struct span s = span_of(t.p + l.from, l.to - l.from);
    size_t i = l.from, end, n, chars = 0;
    if (listed_tld(s, &n))
        return l.from + n;
    enum pii_class first = pii_class_of(pii_after(t, i, &end));
    if (first == PII_DENSE && !idn)
        return 0;
    for (; i < l.to && pii_after(t, i, &end) >= 0x80; i = end, chars++)
        if (first == PII_SPACED && pii_class_of(pii_after(t, i, &end)) == PII_DENSE)
            break;
    return chars >= 2 ? i : 0;
}

static bool all_digits(struct span t, struct label l)
{
    for (size_t i = l.from; i < l.to; i++)
        if (!ascii_digit(t.p[i]))
            return false;
    return true;
}

/* The domain as far as labels [0, last] go; 0: they are none. */
static size_t domain_upto(struct span t, const struct label *l, size_t last)
{
    bool idn = false;
    size_t numbers = 0;
    for (size_t i = 0; i < last; i++) {
        if (t.p[l[i].to - 1] == '-')
            return 0;
        idn |= !l[i].ascii;
        numbers += all_digits(t, l[i]);
    }
    if (last >= 2 && numbers == last) /* "vue@2.6.11.tar" */
        return 0;
    return (unsigned char)t.p[l[last].from] < 0x80 ? ascii_tld(t, l[last]) : other_tld(t, l[last], idn);
}

static size_t literal_end(struct span t, size_t at)
{
    struct span s = span_head(span_from(t, at + 1), 64);
    uint8_t a[16];
    size_t n = span_chr(s, ']', 0);
    if (n == s.n)
        return 0;
    s = span_head(s, n);
    bool good = span_starts_i(s, "IPv6:") ? pii_parse_ipv6(span_from(s, 5), a) : pii_parse_ipv4(s, a);
    return good ? at + n + 2 : 0;
}

/* End of the domain that begins at `at`, or 0. */
static size_t domain_end(struct span t, size_t at)
{
    struct label l[MAX_LABELS];
    if (at < t.n && t.p[at] == '[')
        return literal_end(t, at);
    size_t n = read_labels(t, at, l);
    for (size_t last = n; last-- > 1;) {
        struct span own = span_of(t.p + l[last].from, l[last].to - l[last].from);
        struct span before = span_of(t.p + l[last - 1].from, l[last - 1].to - l[last - 1].from);
        if (last >= 2 && generic(before) && own.n != 2) /* "a@example.com.Then" */
            continue;
        size_t end = domain_upto(t, l, last);
        if (end)
            return end;
        if (l[last].ascii && file_ending(own))
            return 0;
    }
    return 0;
}

/* What a mailbox is made of in running text; '=', '/', '?', '&' and the like divide. */
static bool atom(uint32_t cp)
{
    return cp < 0x80 && cp && (pii_class_of(cp) == PII_ASCII || strchr("._%+-'", (int)cp));
}

/* "john doe"@: the quotes belong to it. */
static size_t quoted_start(struct span t, size_t at, size_t floor)
{
    size_t end = at - 1;
    for (size_t i = end; i > floor && end - i < MAX_LOCAL; i--) {
        unsigned char c = (unsigned char)t.p[i - 1];
        if (c < ' ' || c == '<' || c == '>') /* no tag of ours inside */
            break;
        if (c == '"')
            return i - 1 < end - 1 && pii_edge_before(t, i - 1) ? i - 1 : at;
    }
    return at;
}

/* Leading characters that are no part of a value: dots, quotes, bullets, and what a "%20" leaves. */
static size_t trim_local(struct span t, size_t from, size_t at)
{
    static const char hex[] = "0123456789abcdefABCDEF";
    size_t dots = 0;
    for (size_t i = from; i < at; i++) {
        dots = t.p[i] == '.' ? dots + 1 : 0;
        if (dots >= 3)
            from = i + 1;
    }
    while (from < at) {
        if (t.p[from] == '%' && at - from > 2 && memchr(hex, t.p[from + 1], 22) && memchr(hex, t.p[from + 2],
                22))
            from += 3;
        else if (strchr(".'-+%", t.p[from]))
            from++;
        else
            break;
    }
    return from;
}

/* Start of the mailbox that ends before the '@' at `at`; `at` itself if there is none. */
static size_t local_start(struct span t, size_t at, size_t floor, bool dense_domain)
{
    size_t i = at, begin;
    if (at > floor + 1 && t.p[at - 1] == '"')
        return quoted_start(t, at, floor);
    if (at == floor)
        return at;
    bool take_dense = dense_domain || pii_class_of(pii_before(t, at, &begin)) == PII_DENSE;
    for (size_t n = 0; i > floor && n < MAX_LOCAL; n++, i = begin) {
        uint32_t cp = pii_before(t, i, &begin);
        enum pii_class c = pii_class_of(cp);
        if (begin < floor || !(atom(cp) || c == PII_SPACED || (c == PII_DENSE && take_dense)))
            break;
    }
    return trim_local(t, i, at);
}

static bool has_word(struct span t, size_t from, size_t to)
{
    for (size_t end; from < to; from = end)
        if (pii_class_of(pii_after(t, from, &end)) != PII_OTHER)
            return true;
    return false;
}

PII_SCANNER(pii_scan_email)
{
    size_t floor = 0, end;
    for (size_t at = span_chr(text, '@', 0); at < text.n; at = span_chr(text, '@', at + 1)) {
        if (at == floor || at + 1 >= text.n)
            continue;
        size_t stop = domain_end(text, at + 1);
        if (!stop)
            continue;
        bool dense = pii_class_of(pii_after(text, at + 1, &end)) == PII_DENSE;
        size_t start = local_start(text, at, floor, dense);
        if (start == at || !has_word(text, start, at))
            continue;
        /* Emphasis around it: _user@example.com_ */
        if (text.p[start] == '_' && stop < text.n && text.p[stop] == '_')
            start++;
        pii_add(out, k->name, start, stop);
        floor = stop;
        at = stop - 1;
    }
}
