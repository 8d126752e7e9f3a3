/* ledger - what was tried on which data, over all runs: the honest count of trials behind a chosen
 * point, and who opened which holdout when. One SQLite file of the user; deleting a run takes
 * nothing out of it.
 *
 * A book is (strategy key, data hash): see review/point_identity.h for both and for the hash of a
 * point. It holds a set of points (a point counts once however often it was run) and a list of
 * openings of locked dates.
 *
 * Any number of processes may write at once: each call that writes is one transaction, which waits
 * for the others. Where the file may be read but not written, it opens and every question is
 * answered; what would write is ERR_IO. */
#ifndef REVIEW_LEDGER_H
#define REVIEW_LEDGER_H
#include "proto/err.h"
#include <stddef.h>
#include <stdint.h>

#define LEDGER_PATH_MAX 4096

struct ledger;
/* The file that is used for `path`: itself; or for NULL $PLATEAU_LEDGER, or
 * $XDG_DATA_HOME/plateau/ledger.db, or ~/.local/share/plateau/ledger.db. ERR_NOT_FOUND: no HOME. */
enum err ledger_path(char out[LEDGER_PATH_MAX], const char *path, struct err_note *note);
/* Makes file and folders if they are not there. ERR_IO, ERR_BUSY, ERR_CORRUPT (not a ledger),
 * ERR_VERSION (of a newer plateau), each with the file and what to do. */
enum err ledger_open(struct ledger **out, const char *path, struct err_note *note);
void ledger_close(struct ledger **ledger_p); /* NULL is fine; leaves NULL */

/* Adds the points to the book's set, all or none; duplicates within hashes[n] are fine. Sorts
 * hashes. */
enum err ledger_record_points(struct ledger *ledger, const char *strategy_key,
                              const char *data_hash, uint64_t *hashes, size_t n,
                              struct err_note *note);
/* Distinct points ever recorded in the book; 0 if it is not there. */
enum err ledger_distinct(struct ledger *ledger, const char *strategy_key, const char *data_hash,
                         uint64_t *n, struct err_note *note);

/* That a point's numbers on locked dates (days since 1970-01-01, inclusive) were seen. The same
 * point on the same dates again is no new opening. run_id is kept for the reader. */
struct ledger_opening {
    int32_t start_day, end_day;
    uint64_t point_hash;
    const char *run_id;
};
enum err ledger_record_opening(struct ledger *ledger, const char *strategy_key,
                               const char *data_hash, const struct ledger_opening *opening,
                               struct err_note *note);
/* Openings of dates that share a day with start .. end: a holdout moved by a week is the same one,
 * and a point looked at on both was looked at twice. */
enum err ledger_openings(struct ledger *ledger, const char *strategy_key, const char *data_hash,
                         int32_t start_day, int32_t end_day, uint64_t *n, struct err_note *note);
#endif
