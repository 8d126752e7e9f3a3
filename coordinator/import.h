/* import - somebody else's backtests as a run: a points file (one row a point) and perhaps daily
 * returns become an ordinary run folder, on which every verb works that needs no engine.
 *
 *   points.csv --> parameters, metrics --> sweep, job ------------.
 *   returns.csv --> series --> return metrics and block sums -----+--> RUNS/NAME-xxxxxxxx
 *
 * The engine id of such a run is IMPORT_ENGINE_ID, its spec.yaml says what was read and what is
 * missing, its spec_sha256 is of the two files: the same files are the same run. What the data were
 * is not known: the data hash is that of the run's name, so that imports of one name count as
 * trials on the same data.
 *
 * At least half of all combinations of the levels there: a grid, the others being cells of status
 * missing; fewer: samples (one dimension of zipped axes visited as a Latin hypercube, point i being
 * the i-th point of the file). Period `holdout` is locked, as in any run: its rows are left out. */
#ifndef COORDINATOR_IMPORT_H
#define COORDINATOR_IMPORT_H
#include "coordinator/run.h"
#include "proto/err.h"
#include <stdbool.h>

#define IMPORT_ENGINE_ID "imported"
#define IMPORT_BLOCKS 16 /* of the selection series, where there are returns */

enum import_layout { IMPORT_AUTO, IMPORT_GRID, IMPORT_SAMPLES };
struct import_options {
    const char *points, *returns; /* returns: NULL if there are none */
    const char *name;             /* NULL: the points file's, without its ending */
    const char *runs_dir;
    const char *const *map;     /* "column=meaning", NULL-terminated, or NULL */
    const char *const *periods; /* "name=FROM..TO", likewise */
    double periods_per_year;    /* > 0 */
    enum import_layout layout;
};
/* *report: lines for a human, what was read as what and what is missing; the caller frees it.
 * ERR_FORMAT, ERR_NOT_FOUND, ERR_OVERFLOW, ERR_IO with one line; no run appears then, unless the
 * disk fails under the journal: importing again completes it. The caller ends *out with
 * run_dir_free(). */
enum err import_run(struct run_dir *out, const struct import_options *options, char **report,
                    bool *existed, struct err_note *note);
/* Whether a run was imported, and the refusal of a verb that needs the engine (ERR_EMPTY). */
bool import_is(const struct job *job);
enum err import_refuse(const struct run_dir *run, const char *verb, struct err_note *note);
#endif
