/* prune.c - see prune.h. */
#include "pipeline/extract/prune.h"

void tree_sum(struct tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct node *n = &t->v[i];
        bool text = n->tag == TAG_TEXT && !n->pruned;
        n->chars = text ? n->own_chars : 0;
        n->commas = text ? n->own_commas : 0;
        n->link_chars = n->paras = 0;
    }
    for (size_t i = t->n; i-- > 1;) {
        struct node *n = &t->v[i], *up = &t->v[n->parent];
        if (n->pruned)
            continue;
        if (n->tag == TAG_A)
            n->link_chars = n->chars;
        if (n->tag == TAG_P && n->chars > 40)
            n->paras++;
        up->chars += n->chars;
        up->link_chars += n->link_chars;
        up->commas += n->commas;
        up->paras += n->paras;
    }
}

static uint32_t prose(const struct node *n)
{
    return n->chars - n->link_chars;
}

static bool mostly_links(const struct node *n)
{
    return n->link_chars * 2 > n->chars;
}

static bool inside(const struct tree *t, const struct node *n, enum tag tag)
{
    for (uint32_t up = n->parent; up; up = t->v[up].parent)
        if (t->v[up].tag == tag)
            return true;
    return false;
}

/* Named like something else, but it holds the page's text all the same? */
static bool holds_the_text(const struct node *n, uint32_t total, unsigned percent)
{
    return (uint64_t)prose(n) * 100 > (uint64_t)total * percent && !mostly_links(n);
}

static bool discard(const struct tree *t, const struct node *n, uint32_t total, enum extract_mode mode)
{
    unsigned flags = tag_flags(n->tag);
    if (n->hidden)
        return !holds_the_text(n, total, 60);
    if (n->tag == TAG_BODY || n->tag == TAG_HTML)
        return false;
    if (n->tag == TAG_HEAD)
        return true;
    if (flags & TAG_DISCARD)
        return n->tag == TAG_LABEL || n->tag == TAG_ASIDE || n->tag == TAG_BUTTON ? !holds_the_text(n, total, 50) : true;
    if (n->tag == TAG_FORM || n->tag == TAG_FIELDSET)
        return !holds_the_text(n, total, 30);
    if (n->tag == TAG_HEADER && !inside(t, n, TAG_ARTICLE) && !inside(t, n, TAG_MAIN))
        return n->paras == 0 && !holds_the_text(n, total, 30);
    if (n->hints & (HINT_STRONG | HINT_FORUM) && !(n->hints & HINT_COMMENTS) && prose(n) > 200)
        return false;
    if (n->hints & HINT_COMMENTS && mode != EXTRACT_RECALL)
        return !holds_the_text(n, total, 70);
    if (n->hints & HINT_DISCARD)
        return !holds_the_text(n, total, 50);
    if (n->hints & HINT_TEASER)
        return !holds_the_text(n, total, 40);
    return false;
}

/* Lists that are all links are menus wherever they stand. */
static bool is_menu(const struct node *n)
{
    if (n->tag != TAG_UL && n->tag != TAG_OL && n->tag != TAG_DL)
        return false;
    return n->chars > 0 && (uint64_t)n->link_chars * 10 > (uint64_t)n->chars * 7;
}

void tree_prune(struct tree *t, enum extract_mode mode)
{
    if (!t->n)
        return;
    tree_sum(t);
    uint32_t total = prose(&t->v[0]);
    for (size_t i = 1; i < t->n; i++)
        if (t->v[i].tag == TAG_BODY)
            total = prose(&t->v[i]);
    for (size_t i = 1; i < t->n;) {
        struct node *n = &t->v[i];
        if (n->tag != TAG_TEXT && (discard(t, n, total, mode) || is_menu(n))) {
            for (size_t j = i; j < n->end; j++)
                t->v[j].pruned = true;
            i = n->end;
        } else {
            i++;
        }
    }
    tree_sum(t);
}
