/* journal_inside - what the files of journal share: the connection, and how rows get in and out.
 * Not for others. */
#ifndef COORDINATOR_JOURNAL_INSIDE_H
#define COORDINATOR_JOURNAL_INSIDE_H
#include "coordinator/journal.h"
#include <sqlite3.h>

#define JOURNAL_COLUMNS "tile, epoch, compute_us, n_failed, n_excluded, worker, sum, bytes"
enum { JOURNAL_SUM_BYTES = 16 };

struct journal {
    sqlite3 *db;
    sqlite3_stmt *insert, *get, *each, *second;
    struct journal_stats stats;
    char path[4096 + sizeof "/" JOURNAL_FILE];
};

enum err journal_failed(const struct journal *journal, const char *what, struct err_note *note);
enum err journal_execute(struct journal *journal, const char *sql, const char *what,
                         struct err_note *note);
/* Kept in *out until the journal is closed, or finalized by the caller; a statement that is there
 * is left alone. */
enum err journal_prepare(struct journal *journal, const char *sql, sqlite3_stmt **out,
                         struct err_note *note);
enum err journal_prepare_insert(struct journal *journal, struct err_note *note);
enum err journal_insert_row(struct journal *journal, const struct journal_row *row,
                            struct err_note *note);
/* JOURNAL_COLUMNS of a statement's row, checksum verified; pointers stay with the statement. */
enum err journal_read_row(struct journal *journal, sqlite3_stmt *s, struct journal_row *row,
                          struct err_note *note);
/* The first columns of a query's one row; b may be NULL. */
enum err journal_query_numbers(struct journal *journal, const char *sql, uint64_t *a, uint64_t *b,
                               struct err_note *note);
void journal_checksum(uint8_t out[JOURNAL_SUM_BYTES], uint64_t tile, const uint8_t *bytes,
                      size_t length);
#endif
