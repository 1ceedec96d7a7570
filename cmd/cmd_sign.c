/* cmd_sign.c - sluice sign: MinHash signatures. */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/filter.h"
#include "cmd/sign_options.h"
#include "core/alloc.h"

struct scratch {
    struct signer *signer;
    uint64_t *sig;
};

static void *scratch_new(const void *ctx)
{
    const struct minhash_params *p = ctx;
    struct scratch *x = xcalloc(1, sizeof *x);
    x->signer = signer_new(p);
    x->sig = xcalloc(p->n_perm, sizeof *x->sig);
    return x;
}

static void scratch_free(void *scratch)
{
    struct scratch *x = scratch;
    signer_free(x->signer);
    free(x->sig);
    free(x);
}

/* Signature values are below 2^61: whole numbers that a reader must take as integers, not as doubles. */
static int document(const void *ctx, void *scratch, struct document *d, struct buf *out, struct error *e)
{
    const struct minhash_params *p = ctx;
    struct scratch *x = scratch;
    struct json_writer w = { out, false };
    int rc = minhash_sign(x->signer, d->text, x->sig, e);
    if (rc < 0)
        return rc;
    jw_begin(&w, '{');
    jw_key(&w, "id");
    doc_put_id(d, &w);
    jw_key(&w, "signature");
    if (rc == 0) {
        jw_null(&w);
    } else {
        jw_begin(&w, '[');
        for (unsigned i = 0; i < p->n_perm; i++)
            jw_u64(&w, x->sig[i]);
        jw_end(&w, ']');
    }
    jw_end(&w, '}');
    buf_putc(out, '\n');
    return 0;
}

int cmd_sign(int argc, char **argv)
{
    struct sign_options o = SIGN_OPTIONS_DEFAULT;
    struct minhash_params p;
    struct error e = { 0 };
    uint64_t jobs = opt_default_jobs();
    int rest;
    const struct opt options[] = { SIGN_OPTIONS(o), OPT_JOBS(&jobs), { 0 } };
    int status = cmd_options(options, "sign [options] [FILE...]",
                             "One line a document: {\"id\":..., \"signature\":[bands x rows integers]}, as datatrove computes them;\n"
                             "\"signature\":null where the text has fewer words than a shingle.\n",
                             argc, argv, &rest);
    if (status >= 0)
        return status;
    if (sign_options_params(&o, &p, &e))
        status = cmd_fail(&e);
    else
        status = filter_run(&(struct filter){ .ctx = &p, .scratch_new = scratch_new, .scratch_free = scratch_free,
                                              .document = document },
                            argv + rest, argc - rest, jobs);
    minhash_release(&p);
    return status;
}
