/*
 * plan.h - what a run will do, decided before any input is read whole: the configuration, the
 * inputs in the order of their names, and how they are cut into parts and groups.
 */
#ifndef SLUICE_PLAN_H
#define SLUICE_PLAN_H

#include "core/config.h"

struct plan_input {
    char *name;      /* INTERFACE, "Names, keys, rows"; unique; inputs sort by its bytes */
    char *path;      /* where it lies on this machine, or its URL: in plan.json, never in rows or the manifest */
    uint64_t bytes;
    char *version;   /* mtime in ns, or ETag */
    bool unreadable; /* permanently: absent or a folder that cannot be listed; its one part does nothing */
};

/* A model, list or snapshot that the configuration names: decided by its bytes, not by where it lies. */
struct plan_file {
    const char *key;  /* of the configuration */
    char *path;       /* on this machine: in plan.json alone */
    char sha256[65];  /* "" where it could not be read: the stage that wants it says so */
    char *version;    /* as of an input; in plan.json alone */
};

/* One unit of prepare: the records of one input that begin in [begin, end). */
struct plan_part {
    size_t input;
    uint64_t begin, end; /* stored bytes; the last part of an input ends at UINT64_MAX */
};

/* One unit of tokenize: parts [first, first + n). */
struct plan_group {
    size_t first, n;
};

struct plan {
    struct config *config;
    struct buf config_text;   /* canonical */
    char config_sha256[65];
    struct plan_input *inputs;
    size_t n_inputs;
    struct plan_file *files;
    size_t n_files;
    uint64_t part_bytes, group_bytes; /* the cut: parts and groups follow from these and the inputs */
    struct plan_part *parts; /* in corpus order: (input, begin) */
    size_t n_parts;
    struct plan_group *groups;
    size_t n_groups;
    char sha256[65];         /* over configuration, files, inputs (without local paths) and cut: done files carry it */
};

/* Every conf_key table of the program (pipeline/run/registry.c); NULL-ended, static. */
const struct conf_key *const *conf_tables(void);

/*
 * A configuration by file or preset name ("strict", "configs/strict.yml") with `sets` (KEY=VALUE)
 * over it.  Errors: -ERR_USAGE, -ERR_MISSING.
 */
int config_open(struct config **out, const char *name, const char *const *sets, size_t n_sets, struct error *e) MUST_USE;

/*
 * plan_make() - inputs: files, folders, URLs, @LIST; "-" is refused.  `base` (or NULL) stands before relative lines of lists.  The plan owns config from then on.
 * Errors: -ERR_USAGE (two inputs of one name, none at all), -ERR_INPUT.
 */
int plan_make(struct plan *p, struct config *config, char **inputs, size_t n_inputs, const char *base, struct error *e) MUST_USE;
int plan_write(const struct plan *p, const char *out, struct error *e) MUST_USE;
int plan_read(struct plan *p, const char *out, struct error *e) MUST_USE;
void plan_release(struct plan *p);
/*
 * plan_files_same() - models, lists and snapshot are those of the plan: by their version, else by their digest, for
 * a snapshot may be too large to be read by every task.  Errors: -ERR_INPUT.
 */
int plan_files_same(const struct plan *p, struct error *e) MUST_USE;

#endif
