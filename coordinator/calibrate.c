#include "coordinator/calibrate.h"
#include "proto/result.h"
#include "proto/sweep.h"
#include "proto/visit.h"
#include "worker/cell.h"
#include <stdlib.h>
#include <time.h>

#define TILE_S 0.15   /* at most, so that half of it is the least */
#define BUDGET_S 0.25 /* of warm measuring */
enum { TILES_MIN = 16, MEASURED_MAX = 256, NEEDLESS_POINTS = 8, TRIES_MAX = 1000 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One tile of n neighbouring points, the k-th of the spread-out ones; *n_included of them are not
 * excluded. *first: its first ordinal; w: its cells. */
static enum err measure(struct cell_engine *cells, struct job *job, uint32_t n, uint64_t k,
                        double *seconds, uint32_t *n_included, uint64_t *first_p,
                        struct codec_writer *w)
{
    job->tile_points = n;
    struct visit visit = visit_new(job_n_tiles(job), 0);
    uint64_t tile = visit_tile(&visit, k % job_n_tiles(job)), first;
    uint32_t count;
    job_tile_span(job, tile, &first, &count);
    *n_included = 0;
    for (uint32_t i = 0; i < count; i++)
        *n_included += !sweep_excluded(job->sweep, sweep_point_of_ordinal(job->sweep, first + i));
    double start = now_s();
    enum err err = cell_compute_tile(cells, tile, w);
    *seconds = now_s() - start;
    *first_p = first;
    return err;
}

/* A point that runs, so that the engine has built what all points share: its cells are the known
 * ones. */
static enum err warm_up(struct cell_engine *cells, struct job *job, struct calibration *c)
{
    enum err err = OK;
    uint32_t n_included = 0;
    for (uint64_t k = 0; !err && n_included == 0 && k < TRIES_MAX; k++) {
        struct codec_writer w = {0};
        err = measure(cells, job, 1, k, &c->seconds_a_point, &n_included, &c->known_ordinal, &w);
        if (!err && n_included > 0 && w.bytes[0] == STATUS_OK) {
            c->known = w.bytes;
            c->known_length = w.length;
        } else {
            free(w.bytes);
        }
    }
    c->n_measured = n_included;
    return err;
}

/* Ever larger tiles in ever other places, until the time is used: the last one is the most like
 * those of the run. */
static enum err measure_within(struct calibration *out, const struct job *job, const void *image,
                               size_t length, size_t cache_bytes, double budget_s,
                               struct err_note *note)
{
    struct job copy = *job; /* shares everything it points to */
    struct cell_engine *cells = NULL;
    struct calibration c = {0};
    uint64_t n_points = sweep_n_points(job->sweep);
    copy.tile_points = MEASURED_MAX;
    double start = now_s(), used = 0, seconds = 0;
    enum err err = cell_engine_new(&cells, &copy, image, length, cache_bytes, note);
    if (!err)
        err = warm_up(cells, &copy, &c);
    c.warm_up_s = now_s() - start;
    for (uint32_t n = 1, k = 1; !err && n <= MEASURED_MAX && n <= n_points && used < budget_s;
         n *= 2, k++) {
        struct codec_writer w = {0};
        uint32_t n_included;
        uint64_t first;
        err = measure(cells, &copy, n, k, &seconds, &n_included, &first, &w);
        free(w.bytes);
        used += seconds;
        c.n_measured += n_included;
        if (n_included)
            c.seconds_a_point = seconds / n_included;
    }
    cell_engine_free(&cells);
    if (err)
        calibration_free(&c);
    else
        *out = c;
    return err;
}

enum err calibrate(struct calibration *out, const struct job *job, const void *image, size_t length,
                   size_t cache_bytes, struct err_note *note)
{
    return measure_within(out, job, image, length, cache_bytes, BUDGET_S, note);
}

enum err calibrate_known(struct calibration *out, const struct job *job, const void *image,
                         size_t length, size_t cache_bytes, struct err_note *note)
{
    return measure_within(out, job, image, length, cache_bytes, 0, note);
}

void calibration_free(struct calibration *calibration)
{
    free(calibration->known);
    *calibration = (struct calibration){0};
}

uint32_t calibrate_tile_points(const struct job *job, double seconds_a_point)
{
    uint64_t n_points = sweep_n_points(job->sweep);
    uint32_t points = 1;
    for (;;) {
        uint64_t next = 2 * (uint64_t)points;
        if (next * job->n_scenarios > CALIBRATE_CELLS_MAX || next > n_points / TILES_MIN ||
            result_tile_bound(job, N_METRICS, (uint32_t)next) > CALIBRATE_BYTES_MAX ||
            (double)next * seconds_a_point > TILE_S)
            return points;
        points *= 2;
    }
}

bool calibrate_is_needless(const struct job *job)
{
    return job->null_row_bytes > 0 || calibrate_tile_points(job, 0) <= NEEDLESS_POINTS;
}
