#include "cli/days.h"
#include "cli/run_image.h"
#include "coordinator/import.h"
#include "engine/plateau_engine.h"
#include "worker/cell.h"
#include <stdlib.h>
#include <string.h>

#define CACHE_BYTES (64u << 20)

static enum err grow(struct days *days, size_t more)
{
    size_t n = days->n + more + 1;
    int32_t *day = realloc(days->day, n * sizeof *day);
    days->day = day ? day : days->day;
    double *value = realloc(days->value, n * sizeof *value);
    days->value = value ? value : days->value;
    double *benchmark = realloc(days->benchmark, n * sizeof *benchmark);
    days->benchmark = benchmark ? benchmark : days->benchmark;
    return day && value && benchmark ? OK : ERR_NOMEM;
}

static enum err add_period(struct days *days, struct plateau_engine *engine,
                           const struct plateau_config *config,
                           const struct plateau_scenario *scenario,
                           const struct plateau_period *period)
{
    struct plateau_dates dates;
    struct plateau_result result;
    enum err err = plateau_dates(engine, config, scenario, period, &dates);
    if (!err)
        err = grow(days, dates.n);
    if (err)
        return err;
    memcpy(days->day + days->n, dates.day, dates.n * sizeof *days->day);
    memcpy(days->benchmark + days->n, dates.bench_return, dates.n * sizeof *days->benchmark);
    days->start[days->n_periods++] = days->n;
    err = plateau_run(engine, &config, 1, scenario, period, &result);
    if (err)
        return err;
    memcpy(days->value + days->n, result.returns, result.n_days * sizeof *days->value);
    days->n += result.n_days;
    return OK;
}

static enum err compute(struct days *days, const struct job *job, struct cell_engine *cells,
                        uint64_t point, uint32_t scenario, struct err_note *note)
{
    const struct plateau_config *config;
    bool failed;
    enum err err = cell_config(cells, point, &config, &failed, note);
    if (!err && failed)
        err = ERR_EMPTY; /* the note has the reason */
    const struct plateau_scenario under = cell_scenario(job, scenario);
    for (uint32_t p = 0; !err && p < job_n_open_periods(job); p++) {
        const struct plateau_period period = cell_period(job, p);
        err = add_period(days, cell_plateau_engine(cells), config, &under, &period);
    }
    return err;
}

enum err days_of_cell(struct days *out, const struct run_dir *run, uint64_t point,
                      uint32_t scenario, struct err_note *note)
{
    const struct job *job = &run->job;
    struct market_image image;
    struct cell_engine *cells = NULL;
    struct days days = {0};
    if (import_is(job))
        return import_refuse(run, "a curve", note);
    enum err err = run_image_open_again(&image, run, note);
    if (err)
        return err;
    err = cell_engine_new(&cells, job, image.bytes, image.length, CACHE_BYTES, note);
    if (!err)
        err = compute(&days, job, cells, point, scenario, note);
    cell_engine_free(&cells);
    market_image_free(&image);
    if (!err && days.n == 0)
        err = err_set(note, ERR_EMPTY, "run %s has no recorded day", run->id);
    if (err)
        days_free(&days);
    else
        *out = days;
    return err;
}

void days_free(struct days *days)
{
    free(days->day);
    free(days->value);
    free(days->benchmark);
    *days = (struct days){0};
}
