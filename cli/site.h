/* site - the runs that `plateau serve` shows, read from their folders: how far each is, and what of
 * its grid is asked for. It computes nothing and writes nothing; whoever holds a run is asked how
 * it goes, and when nobody does, the journal tells. Every function may be called from any thread.
 */
#ifndef CLI_SITE_H
#define CLI_SITE_H
#include "coordinator/columns.h"
#include "coordinator/h5_grid.h"
#include "coordinator/results.h"
#include "coordinator/run.h"
#include "review/grid_view.h"
#include <jansson.h>
#include <pthread.h>

#define SITE_KEY_MAX 128 /* a run's folder without the path */

struct board { /* a run that is looked at */
    char key[SITE_KEY_MAX];
    struct run_dir run;
    struct columns *columns;
    bool is_file; /* a results.h5 instead: file, and room for two columns of it */
    struct h5_grid file;
    double *values[2];
    uint8_t *status;
    struct grid_view_shape shape;
    uint32_t objective, base_scenario;
    uint64_t used;
};
enum { SITE_BOARDS_MAX = 4 };
struct site {
    char folder[4096];
    char only[SITE_KEY_MAX]; /* "": every run of the folder */
    bool is_file;            /* only is a results.h5 */
    pthread_mutex_t reading; /* boards: one reader at a time, so that pages cost one core at most */
    pthread_mutex_t telling; /* told, and asking whoever holds a run */
    struct board boards[SITE_BOARDS_MAX];
    uint64_t clock;
    json_t *told; /* {key: {"at_ms", "state"}}: many pages, one question a second */
};
/* which: a run by path, id or "last" under runs, a folder of runs, a results.h5, or NULL for runs.
 * ERR_NOT_FOUND; of a file, what h5_grid_open() says.
 * *out does not move until site_close(). */
enum err site_open(struct site *out, const char *runs, const char *which, struct err_note *note);
void site_close(struct site *site);

/* {"run", "state", "reason", "cells", "cells_done", "cells_failed", "tiles", "tiles_done",
 * "version", "workers", "failures", ..}: version changes when cells came. The caller owns it. */
enum err site_state(struct site *site, const char *key, json_t **out, struct err_note *note);
/* Without workers and failures, of every run, by name. */
enum err site_list(struct site *site, json_t **out, struct err_note *note);

/* Locks `reading`; site_done() unlocks. ERR_NOT_FOUND: no such run, or none that is shown. */
enum err site_board(struct site *site, const char *key, struct board **out, struct err_note *note);
void site_done(struct site *site);
/* Between the two: columns and cells, of a run as of now. slot 0 or 1: *values of the other slot
 * stays good. */
enum err board_column(struct board *board, struct columns_key key, int slot, const double **values,
                      const uint8_t **status, struct err_note *note);
enum err board_cell(const struct board *board, uint64_t point, uint32_t scenario,
                    struct results_cell *out, struct err_note *note);
#endif
