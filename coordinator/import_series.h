/* import_series - the daily returns of an imported run: what a run with an engine computes again is
 * kept for one without, in RUN/series.db (SQLite, a checksum per point), made beside and renamed.
 *
 * Baseline scenario; the selection series of a point, as in daily.h: the days of all open periods
 * in order. Locked days are not in it. */
#ifndef COORDINATOR_IMPORT_SERIES_H
#define COORDINATOR_IMPORT_SERIES_H
#include "coordinator/daily.h"
#include "coordinator/run.h"

#define IMPORT_SERIES_FILE "series.db"

struct import_series; /* being written */
/* period_days[n_open], whose sum is n_days; day[n_days]: dates. The caller owns *out. ERR_IO. */
enum err import_series_begin(struct import_series **out, const char *run_dir,
                             const struct daily *calendar, struct err_note *note);
/* value[n_days] of the calendar. */
enum err import_series_put(struct import_series *series, uint64_t point, const double *value,
                           struct err_note *note);
/* Durable and in its place, or not there. */
enum err import_series_commit(struct import_series *series, struct err_note *note);
void import_series_free(struct import_series **series_p); /* without a commit: leaves nothing */

/* Rows of points without a series are not ok. ERR_NOT_FOUND: the run has none at all; ERR_CORRUPT
 * names the point. The caller ends *out with daily_free(). */
enum err import_series_read(struct daily *out, const struct run_dir *run, const uint64_t *points,
                            size_t n, struct err_note *note);
bool import_series_are_kept(const struct run_dir *run);
#endif
