#include "worker/ladder.h"
#include "worker/cell.h"
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CACHE_BYTES (128u << 20) /* of one thread's engine */
enum { BATCH = 64, THREADS_MAX = 64 };

const double LADDER_MULTIPLE[LADDER_STEPS] = {0, 1, 2, 3, 4, 6, 8, 12};

struct part { /* what one thread does: points begin .. end - 1 */
    pthread_t thread;
    const struct job *job;
    const void *image;
    size_t length, begin, end;
    const uint64_t *points;
    uint32_t metric, open_period;
    double *out;
    enum err err;
    struct err_note note;
};

/* Configs of up to BATCH points; slot[]: the places of those that fit together. */
static enum err take_batch(const struct part *part, struct cell_engine *cells, size_t first,
                           size_t n, struct plateau_config **configs, size_t *slot, size_t *n_run)
{
    *n_run = 0;
    for (size_t i = 0; i < n; i++) {
        const struct plateau_config *config;
        struct err_note why = {""};
        bool failed = false;
        if (sweep_excluded(part->job->sweep, part->points[first + i]))
            continue;
        enum err err = cell_config(cells, part->points[first + i], &config, &failed, &why);
        if (!err && failed)
            continue;
        if (!err)
            err = plateau_config_copy(&configs[*n_run], config);
        if (err)
            return err;
        slot[(*n_run)++] = first + i;
    }
    return OK;
}

static enum err run_batch(const struct part *part, struct cell_engine *cells, size_t first,
                          size_t n)
{
    struct plateau_config *configs[BATCH] = {NULL};
    const struct plateau_config *borrowed[BATCH];
    struct plateau_result results[BATCH];
    size_t slot[BATCH], n_run;
    const struct plateau_period period = cell_period(part->job, part->open_period);
    enum err err = take_batch(part, cells, first, n, configs, slot, &n_run);
    for (size_t i = 0; i < n_run; i++)
        borrowed[i] = configs[i];
    for (unsigned k = 0; !err && n_run && k < LADDER_STEPS; k++) {
        struct plateau_scenario scenario = PLATEAU_BASELINE;
        scenario.slippage_multiplier = LADDER_MULTIPLE[k];
        err = plateau_run(cell_plateau_engine(cells), borrowed, n_run, &scenario, &period, results);
        for (size_t i = 0; !err && i < n_run; i++)
            part->out[slot[i] * LADDER_STEPS + k] = results[i].metrics.v[part->metric];
    }
    for (size_t i = 0; i < BATCH; i++)
        plateau_config_free(&configs[i]);
    return err;
}

static void *run_part(void *context)
{
    struct part *part = context;
    struct cell_engine *cells = NULL;
    part->err =
        cell_engine_new(&cells, part->job, part->image, part->length, CACHE_BYTES, &part->note);
    for (size_t first = part->begin; !part->err && first < part->end; first += BATCH) {
        size_t left = part->end - first;
        part->err = run_batch(part, cells, first, left < BATCH ? left : BATCH);
    }
    cell_engine_free(&cells);
    return NULL;
}

static size_t n_parts(unsigned wanted, size_t n)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t parts = wanted ? wanted : cores > 0 ? (size_t)cores : 1;
    parts = parts > THREADS_MAX ? THREADS_MAX : parts;
    return parts > n ? n : parts;
}

enum err ladder_compute(const struct job *job, const void *image, size_t length,
                        const uint64_t *points, size_t n, uint32_t metric, uint32_t open_period,
                        unsigned n_threads, double *out, struct err_note *note)
{
    struct part parts[THREADS_MAX];
    const size_t n_all = n_parts(n_threads, n);
    size_t n_started = 0;
    enum err err = OK;
    for (size_t i = 0; i < n * LADDER_STEPS; i++)
        out[i] = NAN;
    for (; n_started < n_all; n_started++) {
        struct part *part = &parts[n_started];
        *part = (struct part){.job = job,
                              .image = image,
                              .length = length,
                              .begin = n * n_started / n_all,
                              .end = n * (n_started + 1) / n_all,
                              .points = points,
                              .metric = metric,
                              .open_period = open_period,
                              .out = out};
        if (pthread_create(&part->thread, NULL, run_part, part) != 0) {
            err = err_set(note, ERR_NOMEM, "the system refuses another thread");
            break;
        }
    }
    for (size_t i = 0; i < n_started; i++) {
        pthread_join(parts[i].thread, NULL);
        if (!err && parts[i].err)
            err = err_set(note, parts[i].err, "%s",
                          parts[i].note.text[0] ? parts[i].note.text : err_text(parts[i].err));
    }
    return err;
}

struct ladder_break_even ladder_break_even(const double *value)
{
    struct ladder_break_even out = {.multiple = INFINITY};
    bool traded = false;
    for (unsigned k = 0; k < LADDER_STEPS; k++) {
        traded |= value[k] != 0;
        out.non_monotone |= k > 0 && value[k] > value[k - 1];
    }
    if (!traded)
        out.multiple = NAN;
    for (unsigned k = 0; traded && k < LADDER_STEPS; k++) {
        if (isnan(value[k])) {
            out.multiple = NAN;
            return out;
        }
        if (value[k] > 0)
            continue;
        out.multiple =
            k == 0 ? 0
                   : LADDER_MULTIPLE[k - 1] + (LADDER_MULTIPLE[k] - LADDER_MULTIPLE[k - 1]) *
                                                  value[k - 1] / (value[k - 1] - value[k]);
        return out;
    }
    return out;
}
