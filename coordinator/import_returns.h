/* import_returns - daily returns of the points of a points file.
 *
 * Long: columns date, return, and either every parameter (under the points file's names) or
 * `point`, with an optional scenario. Wide: a date column, then one column a point, named POINT or
 * POINT:SCENARIO. POINT is the points file's own name of it (column point, id, or one without a
 * name), or its number in order of first appearance, from 0. Dates are YYYY-MM-DD, what follows a
 * blank or a T is passed over; a return is a fraction (0.01 is 1 %).
 *
 * Every series that is there covers every day that is there: a day is never filled in or dropped.
 */
#ifndef COORDINATOR_IMPORT_RETURNS_H
#define COORDINATOR_IMPORT_RETURNS_H
#include "coordinator/import_points.h"

struct import_returns {
    uint32_t n_days;
    int32_t *day;               /* [n_days], since 1970-01-01, ascending */
    uint64_t n_slots, n_series; /* n_combinations * scenarios.n; how many are not NULL */
    double **series; /* [n_slots], scenarios of a combination side by side; each [n_days] or NULL */
};
/* ERR_FORMAT with "path:line: ...": an unknown point or scenario, a date or return that is none, a
 * day twice or missing. The caller ends it with import_returns_free(). */
enum err import_returns_read(struct import_returns *out, const char *path,
                             const struct import_points *points, struct err_note *note);
void import_returns_free(struct import_returns *returns);
#endif
