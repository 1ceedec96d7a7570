/*
 * config.h - the configuration: YAML in, checked against tables, one canonical text out.
 *
 * A key is "section.name".  Each module that has settings exports a table of struct conf_key;
 * pipeline/run/registry.c gathers them.  A key that no table has, a value of the wrong type or out
 * of range is an error with file and line.  What the file leaves out has its default.
 */
#ifndef SLUICE_CONFIG_H
#define SLUICE_CONFIG_H

#include "core/buf.h"

enum conf_type {
    CONF_BOOL,   /* true | false */
    CONF_INT,    /* whole number, min..max */
    CONF_SIZE,   /* bytes; K, M, G */
    CONF_NUM,    /* IEEE double, min..max */
    CONF_STR,    /* any text; "" is allowed where def is "" */
    CONF_FILE,   /* a path, or a name that data_find() knows; "" as CONF_STR.  The canonical text has its base name alone */
    CONF_CHOICE, /* one of `choices`, "a|b|c" */
    CONF_LIST,   /* YAML sequence of texts; def is "a,b,c" or "" */
    CONF_DATE,   /* "" or YYYY-MM-DD */
};

struct conf_key {
    const char *key; /* "section.name"; NULL ends a table */
    enum conf_type type;
    const char *def;
    double min, max; /* CONF_INT, CONF_NUM, CONF_SIZE; both 0: no bound */
    const char *choices;
    const char *help; /* what, unit, and the source of the default */
};

struct config;

/*
 * config_new() - every key of the tables at its default.
 * tables: NULL-terminated, borrowed for the life of the config.
 */
struct config *config_new(const struct conf_key *const *tables);
void config_free(struct config *c);

/* Read a YAML file over what is there.  Errors: -ERR_USAGE with file and line; -ERR_MISSING. */
int config_load(struct config *c, const char *path, struct error *e) MUST_USE;
/* The same from memory; `name` stands in messages. */
int config_parse(struct config *c, struct span yaml, const char *name, struct error *e) MUST_USE;
/* One "section.name=value" (lists: a,b,c), as --set gives it.  Errors: -ERR_USAGE. */
int config_set(struct config *c, const char *assignment, struct error *e) MUST_USE;

/* The canonical text: every key in byte order, as YAML that config_parse() reads back to the same. */
void config_canonical(const struct config *c, struct buf *out);
/* The same with paths as they were given: for people, and to be read again on this machine. */
void config_show(const struct config *c, struct buf *out);

/* Asking for a key that no table has, or by another type, is a bug and aborts. */
bool config_bool(const struct config *c, const char *key);
int64_t config_int(const struct config *c, const char *key);
uint64_t config_size(const struct config *c, const char *key);
double config_num(const struct config *c, const char *key);
const char *config_str(const struct config *c, const char *key); /* STR, FILE, CHOICE, DATE */
/* Number of elements; *v borrowed. */
size_t config_list(const struct config *c, const char *key, const char *const **v);
/* Whether a table has the key at all (a filter may run with a part of the tables). */
bool config_has(const struct config *c, const char *key);
/* The i-th key of type CONF_FILE in byte order; NULL past the last. */
const char *config_file_key(const struct config *c, size_t i);

#endif
