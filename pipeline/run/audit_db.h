/*
 * audit_db.h - OUT/audit.sqlite: the ledger as tables, for questions in SQL.
 *
 *   documents(n, id, url, host, warc, "offset", "at", length, date, outcome, stage, rule, value, threshold, duplicate_of,
 *             language, language_score, text_sha256, tokens_sha256, tokens, error)   one row a ledger row
 *   evidence(document, signal, source, text, date, verdict)      document = documents.n
 *   pii(document, kind, count)
 *   meta(key, value)                                             format, sqlite's own version is not in it
 * host has its labels turned round ("org.example.www."), so that a domain with its subdomains is one
 * range: host >= 'org.example.' AND host < 'org.example/'.
 */
#ifndef SLUICE_AUDIT_DB_H
#define SLUICE_AUDIT_DB_H

#include "core/outfile.h"

/*
 * audit_db_build() - read the ledgers in that order and write the database; the same ledgers give
 * the same bytes with the same SQLite.  Built as a temporary in tmp_dir, then renamed; *done has
 * its size and digest.  Errors: -ERR_IO, -ERR_INPUT, -ERR_DAMAGE, -ERR_FORMAT (a row that is no JSON).
 */
int audit_db_build(char **ledger_paths, size_t n, const char *path, const char *tmp_dir, struct outfile_done *done,
                   struct error *e) MUST_USE;

/*
 * The host of a URL (as url_put_host() has it) turned round, with a dot behind every label: "org.example.www.";
 * an address stays as it is, with a dot behind.  Nothing is appended where the URL has none.
 */
void audit_reverse_host(struct span url, struct buf *out);
/* The same of a bare host name. */
void audit_reverse_name(struct span host, struct buf *out);

#endif
