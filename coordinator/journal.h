/* journal - what survives a crash: one SQLite file (WAL, synchronous=FULL), one row per finished tile with a checksum.
 * journal_commit returns only when its rows are durable; an ack may follow it, never precede it.
 *
 * On a network file system the journal uses an exclusive rollback journal, or refuses. */
#ifndef COORDINATOR_JOURNAL_H
#define COORDINATOR_JOURNAL_H
#include "proto/err.h"
#include "proto/job.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal;
struct journal_row {
    uint64_t tile;
    uint32_t epoch, compute_us;
    char worker[64];
    const uint8_t *bytes; /* result.h encoding */
    size_t length;
};
/* Creates or opens RUN/journal.db. A journal of another spec or engine id is ERR_MISMATCH with both named. */
enum err journal_open(struct journal **out, const char *run_dir, const struct job *job, bool read_only,
                      struct err_note *note);
void journal_close(struct journal **journal_p);
/* One durable transaction. A tile that is already there is left alone (promise 1). */
enum err journal_commit(struct journal *journal, const struct journal_row *rows, size_t n, struct err_note *note);
/* Sets the bit of every tile present; done has (n_tiles + 7) / 8 bytes. */
enum err journal_done(struct journal *journal, uint8_t *done, uint64_t n_tiles, uint64_t *n_done, struct err_note *note);
/* Visits rows in tile order, checksum verified (ERR_CORRUPT names the tile). Stops at the first error of visit. */
enum err journal_each(struct journal *journal, enum err (*visit)(void *ctx, const struct journal_row *row),
                      void *ctx, struct err_note *note);
enum err journal_get(struct journal *journal, uint64_t tile, struct journal_row *row, struct err_note *note); /* until the next call */
#endif
