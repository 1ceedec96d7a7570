/* fuzz_config.c - any bytes as a configuration: what is taken has a canonical text that reads back to itself. */
#include <stdlib.h>

#include "core/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct conf_key keys[] = {
    { "a.flag", CONF_BOOL, "true", 0, 0, NULL, "" },    { "a.count", CONF_INT, "5", 1, 10, NULL, "" },
    { "a.bytes", CONF_SIZE, "64M", 0, 0, NULL, "" },    { "b.ratio", CONF_NUM, "0.65", 0, 1, NULL, "" },
    { "b.name", CONF_STR, "", 0, 0, NULL, "" },         { "b.mode", CONF_CHOICE, "x", 0, 0, "x|y", "" },
    { "b.list", CONF_LIST, "p,q", 0, 0, NULL, "" },     { 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct conf_key *const tables[] = { keys, NULL };
    struct config *c = config_new(tables), *d = config_new(tables);
    struct buf one = { 0 }, two = { 0 };
    struct error e;
    if (size < 1u << 16 && config_parse(c, span_of((const char *)data, size), "fuzz", &e) == 0) {
        config_canonical(c, &one);
        if (config_parse(d, buf_view(&one), "canonical", &e))
            abort();
        config_canonical(d, &two);
        if (!span_eq(buf_view(&one), buf_view(&two)))
            abort();
    }
    buf_release(&one);
    buf_release(&two);
    config_free(c);
    config_free(d);
    return 0;
}
