/*
 * plan_inputs.h - what the INPUT arguments of a run name, and under which names.
 *
 * Names (INTERFACE, "Names, keys, rows"): a file of a list has its path in the list; one of a folder its path below that
 * folder; one that is given by itself its base name.  No local path gets in: where a list has absolute paths, their names begin
 * below the deepest folder that holds them all.  Bytes that are not UTF-8 are percent-encoded.
 */
#ifndef SLUICE_PLAN_INPUTS_H
#define SLUICE_PLAN_INPUTS_H

#include "pipeline/run/plan.h"

/*
 * plan_inputs() - the inputs in the order of their names; the array and what it holds are malloc'd, on errors too.
 * Errors: -ERR_USAGE (none, too many, two of one name, standard input, a URL), -ERR_INPUT (a list or folder cannot be read).
 */
int plan_inputs(char **arguments, size_t n_arguments, const char *base, struct plan_input **inputs, size_t *n, struct error *e) MUST_USE;

/* The same arguments as files to fetch: all must be remote, none is asked for.  Freed by plan_remotes_free(). */
struct plan_remote {
    char *name, *url; /* name: a path, of plain names alone */
};
int plan_remotes(char **arguments, size_t n_arguments, const char *base, struct plan_remote **out, size_t *n, struct error *e) MUST_USE;
void plan_remotes_free(struct plan_remote *v, size_t n);

/* A task may start in another folder than the plan did: malloc'd. */
char *path_absolute(const char *path);
/* The version of a regular file, malloc'd: its mtime in ns, "" where there is none.  *bytes (may be NULL): its size. */
char *path_version(const char *path, uint64_t *bytes);

#endif
