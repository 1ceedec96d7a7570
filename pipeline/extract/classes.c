/* classes.c - see classes.h. */
#include "pipeline/extract/classes.h"

#include <pthread.h>

#include "core/span.h"
#include "pipeline/extract/tree.h"

/* How a word must stand in a name: anywhere, as a token's beginning, or as a whole token (split at blanks, - and _). */
enum how { ANY, TOKEN, WHOLE, EXACT };

struct word {
    const char *text;
    enum how how;
    uint8_t hint;
};

static const struct word words[] = {
    /* the article's own container */
    { "articlebody", ANY, HINT_STRONG }, { "article-body", ANY, HINT_STRONG }, { "article_body", ANY, HINT_STRONG },
    { "article__body", ANY, HINT_STRONG }, { "entry-content", ANY, HINT_STRONG }, { "post-content", ANY, HINT_STRONG },
    { "post_content", ANY, HINT_STRONG }, { "postcontent", ANY, HINT_STRONG }, { "post-body", ANY, HINT_STRONG },
    { "post_body", ANY, HINT_STRONG }, { "post-text", ANY, HINT_STRONG }, { "post_text", ANY, HINT_STRONG },
    { "post-entry", ANY, HINT_STRONG }, { "postentry", ANY, HINT_STRONG }, { "article-text", ANY, HINT_STRONG },
    { "articletext", ANY, HINT_STRONG }, { "article-content", ANY, HINT_STRONG }, { "article_content", ANY, HINT_STRONG },
    { "article__content", ANY, HINT_STRONG }, { "articlecontent", ANY, HINT_STRONG }, { "story-body", ANY, HINT_STRONG },
    { "storybody", ANY, HINT_STRONG }, { "story-content", ANY, HINT_STRONG }, { "storycontent", ANY, HINT_STRONG },
    { "content-body", ANY, HINT_STRONG }, { "news-text", ANY, HINT_STRONG }, { "text-content", ANY, HINT_CONTENT },
    { "entry", WHOLE, HINT_CONTENT }, { "single-content", ANY, HINT_CONTENT }, { "blog-content", ANY, HINT_CONTENT },
    { "page-content", ANY, HINT_CONTENT }, { "main-content", ANY, HINT_MAIN }, { "maincontent", ANY, HINT_MAIN },
    { "content-main", ANY, HINT_MAIN }, { "content", EXACT, HINT_MAIN }, { "main", EXACT, HINT_MAIN },
    { "article", WHOLE, HINT_ARTICLE }, { "story", WHOLE, HINT_ARTICLE }, { "post", WHOLE, HINT_ARTICLE },
    { "hentry", WHOLE, HINT_ARTICLE },
    /* posts of a forum */
    { "postbody", ANY, HINT_FORUM }, { "post_message", ANY, HINT_FORUM }, { "message-body", ANY, HINT_FORUM },
    { "messagecontent", ANY, HINT_FORUM }, { "bbwrapper", ANY, HINT_FORUM }, { "postmessage", ANY, HINT_FORUM },
    { "answercell", ANY, HINT_FORUM }, { "postcell", ANY, HINT_FORUM },
    /* readers' comments */
    { "comment", TOKEN, HINT_COMMENTS }, { "disqus", ANY, HINT_COMMENTS }, { "respond", EXACT, HINT_COMMENTS },
    { "kommentar", TOKEN, HINT_COMMENTS }, { "commentaires", ANY, HINT_COMMENTS }, { "commentlist", ANY, HINT_COMMENTS },
    { "fb-comments", ANY, HINT_COMMENTS }, { "reply-", TOKEN, HINT_COMMENTS },
    /* what is around the article */
    { "footer", TOKEN, HINT_DISCARD }, { "nav", WHOLE, HINT_DISCARD }, { "navi", TOKEN, HINT_DISCARD }, { "navbar", ANY, HINT_DISCARD },
    { "subnav", ANY, HINT_DISCARD }, { "menu", TOKEN, HINT_DISCARD }, { "breadcrumb", ANY, HINT_DISCARD },
    { "sidebar", ANY, HINT_DISCARD }, { "cookie", ANY, HINT_DISCARD }, { "consent", TOKEN, HINT_DISCARD }, { "gdpr", TOKEN, HINT_DISCARD },
    { "newsletter", ANY, HINT_DISCARD }, { "subscri", TOKEN, HINT_DISCARD }, { "signup", ANY, HINT_DISCARD },
    { "social", ANY, HINT_DISCARD }, { "share", TOKEN, HINT_DISCARD }, { "sharing", ANY, HINT_DISCARD },
    { "sharedaddy", ANY, HINT_DISCARD }, { "addtoany", ANY, HINT_DISCARD }, { "jp-relatedposts", ANY, HINT_DISCARD },
    { "sponsor", ANY, HINT_DISCARD }, { "advert", ANY, HINT_DISCARD }, { "ad", WHOLE, HINT_DISCARD }, { "ads", WHOLE, HINT_DISCARD },
    { "adsense", ANY, HINT_DISCARD }, { "banner", TOKEN, HINT_DISCARD }, { "promo", TOKEN, HINT_DISCARD },
    { "outbrain", ANY, HINT_DISCARD }, { "taboola", ANY, HINT_DISCARD }, { "popup", ANY, HINT_DISCARD }, { "modal", WHOLE, HINT_DISCARD },
    { "tags", WHOLE, HINT_DISCARD }, { "taglist", ANY, HINT_DISCARD }, { "tag-list", ANY, HINT_DISCARD }, { "tagcloud", ANY, HINT_DISCARD },
    { "post-meta", ANY, HINT_DISCARD }, { "entry-meta", ANY, HINT_DISCARD }, { "postmeta", ANY, HINT_DISCARD },
    { "entry-footer", ANY, HINT_DISCARD }, { "meta", EXACT, HINT_DISCARD }, { "byline", ANY, HINT_DISCARD },
    { "author-box", ANY, HINT_DISCARD }, { "authorbox", ANY, HINT_DISCARD }, { "author-bio", ANY, HINT_DISCARD },
    { "about-author", ANY, HINT_DISCARD }, { "author", EXACT, HINT_DISCARD }, { "pagination", ANY, HINT_DISCARD },
    { "pager", WHOLE, HINT_DISCARD }, { "paging", TOKEN, HINT_DISCARD }, { "next-post", ANY, HINT_DISCARD },
    { "post-nav", ANY, HINT_DISCARD }, { "caption", TOKEN, HINT_DISCARD }, { "credit", TOKEN, HINT_DISCARD },
    { "copyright", TOKEN, HINT_DISCARD }, { "widget", TOKEN, HINT_DISCARD }, { "toolbar", ANY, HINT_DISCARD },
    { "rating", TOKEN, HINT_DISCARD }, { "print", WHOLE, HINT_DISCARD }, { "login", TOKEN, HINT_DISCARD },
    { "search", WHOLE, HINT_DISCARD }, { "skip-link", ANY, HINT_DISCARD }, { "screen-reader", ANY, HINT_DISCARD },
    { "sr-only", ANY, HINT_DISCARD }, { "visually-hidden", ANY, HINT_DISCARD }, { "noprint", ANY, HINT_DISCARD },
    { "toc", WHOLE, HINT_DISCARD }, { "infobox", WHOLE, HINT_DISCARD }, { "mw-editsection", ANY, HINT_DISCARD },
    { "timestamp", ANY, HINT_DISCARD }, { "dateline", ANY, HINT_DISCARD }, { "disclaimer", TOKEN, HINT_DISCARD },
    { "paywall", ANY, HINT_DISCARD }, { "user-info", ANY, HINT_DISCARD }, { "user-profile", ANY, HINT_DISCARD },
    { "signature", WHOLE, HINT_DISCARD }, { "buttons", WHOLE, HINT_DISCARD }, { "btn", WHOLE, HINT_DISCARD },
    { "masthead", TOKEN, HINT_DISCARD }, { "topbar", ANY, HINT_DISCARD },
    /* links to other texts: discarded unless the text is in there */
    { "related", ANY, HINT_TEASER }, { "teaser", ANY, HINT_TEASER }, { "recommend", ANY, HINT_TEASER }, { "more-", TOKEN, HINT_TEASER },
    { "most-read", ANY, HINT_TEASER }, { "mostread", ANY, HINT_TEASER }, { "popular", TOKEN, HINT_TEASER }, { "trending", ANY, HINT_TEASER },
    { "readmore", ANY, HINT_TEASER }, { "read-more", ANY, HINT_TEASER }, { "similar", TOKEN, HINT_TEASER },
    { "yarpp", ANY, HINT_TEASER }, { "latest", TOKEN, HINT_TEASER }, { "recent", TOKEN, HINT_TEASER },
};

static bool is_edge(char c)
{
    return c == 0 || c == '-' || c == '_' || ascii_space(c);
}

#define N_WORDS (sizeof words / sizeof *words)
#define N_PAIRS (26u * 26u)

/* Words by their first two letters: by_pair[p] .. by_pair[p + 1] in order[], with their lengths. */
static uint8_t order[N_WORDS], length[N_WORDS], by_pair[N_PAIRS + 1];
/* Bit b of begins[a]: a word begins with letters a and b; 26 is whatever is no letter. */
static uint32_t begins[27];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Of two lower-case letters; N_PAIRS or more where one is none. */
static unsigned pair_of(const char *p)
{
    unsigned a = (unsigned)(p[0] - 'a'), b = (unsigned)(p[1] - 'a');
    return a < 26 && b < 26 ? 26 * a + b : N_PAIRS;
}

static void build(void)
{
    size_t n = 0;
    for (unsigned p = 0; p < N_PAIRS; p++) {
        by_pair[p] = (uint8_t)n;
        for (size_t i = 0; i < N_WORDS; i++) {
            if (pair_of(words[i].text) != p)
                continue;
            begins[p / 26] |= 1u << p % 26;
            length[n] = (uint8_t)strlen(words[i].text);
            order[n++] = (uint8_t)i;
        }
    }
    by_pair[N_PAIRS] = (uint8_t)n;
}

#define MAX_NAME 300 /* longer lists of utility classes say nothing more */

struct name {
    struct span value; /* as written */
    char lower[MAX_NAME + 1];
    size_t n;
};

/* Does the k-th word of order[] stand at place i of the name as it must? */
static bool stands(const struct name *name, unsigned k, size_t i)
{
    const struct word *w = &words[order[k]];
    if (length[k] > name->n - i || memcmp(name->lower + i, w->text, length[k]) != 0)
        return false;
    const char *value = name->value.p;
    char before = i ? value[i - 1] : 0, after = i + length[k] < name->value.n ? value[i + length[k]] : 0;
    bool token = is_edge(before) || (before >= 'a' && before <= 'z' && value[i] >= 'A' && value[i] <= 'Z');
    switch (w->how) {
    case ANY: return true;
    case TOKEN: return token;
    case WHOLE: return token && is_edge(after);
    case EXACT: return (before == 0 || ascii_space(before)) && (after == 0 || ascii_space(after));
    }
    return false;
}

static uint8_t name_hints(struct span value)
{
    struct name name = { .value = value, .n = value.n < MAX_NAME ? value.n : MAX_NAME };
    uint8_t hints = 0;
    pthread_once(&once, build);
    for (size_t i = 0; i < name.n; i++)
        name.lower[i] = ascii_lower(value.p[i]);
    for (size_t i = 0, letter = 26, next; i < name.n; i++, letter = next) {
        next = (unsigned char)(name.lower[i] - 'a');
        next = next < 26 ? next : 26;
        if (!(begins[letter] >> next & 1)) /* nearly always */
            continue;
        for (unsigned p = (unsigned)(26 * letter + next), k = by_pair[p]; k < by_pair[p + 1]; k++)
            if (!(hints & words[order[k]].hint) && stands(&name, k, i - 1))
                hints |= words[order[k]].hint;
    }
    return hints;
}

uint8_t class_hints(const char *attribute, struct span value)
{
    if (strcmp(attribute, "itemprop") == 0)
        return span_isi(value, "articleBody") || span_isi(value, "text") ? HINT_STRONG : 0;
    if (strcmp(attribute, "role") == 0) {
        if (span_isi(value, "main"))
            return HINT_MAIN;
        static const char *const discard[] = { "navigation", "banner", "search", "contentinfo", "complementary", "dialog", "menu" };
        for (size_t i = 0; i < sizeof discard / sizeof *discard; i++)
            if (span_isi(value, discard[i]))
                return HINT_DISCARD;
        return 0;
    }
    return name_hints(value);
}
