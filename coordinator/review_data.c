#include "coordinator/review_data.h"
#include "coordinator/export.h"
#include "engine/metrics.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct review_data *data;
    const struct job *job;
    uint32_t objective, n_periods;
    uint32_t n_segments;
    double sums[2 * FOLDS_SEGMENTS_MAX]; /* of one cell */
    uint32_t row[JOB_SCENARIOS_MAX];     /* of data->f */
};

void review_data_drop_sums(struct review_data *data)
{
    free(data->sum);
    free(data->sumsq);
    data->sum = data->sumsq = NULL;
    data->n_configs = 0;
}

void review_data_free(struct review_data *data)
{
    review_data_drop_sums(data);
    free(data->f);
    free(data->validation);
    free(data->sharpe);
    free(data->total_return);
    free(data->eligible);
    free(data->computed);
    fold_choice_free(&data->folds);
    memset(data, 0, sizeof *data);
}

static void choose_scenarios(struct reading *r)
{
    struct review_data *data = r->data;
    data->has_baseline = job_has_baseline(r->job);
    for (int regimes = 0; regimes < 2; regimes++)
        for (uint32_t s = 0; s < r->job->n_scenarios; s++) {
            bool regime = s > 0 && r->job->scenarios[s].regime != 0;
            if (regime != regimes)
                continue;
            data->n_stress += s > 0 && !regime;
            r->row[s] = data->n_scenarios;
            data->scenario[data->n_scenarios++] = s;
        }
}

static double *column(uint64_t n)
{
    double *values = malloc((n + 1) * sizeof *values);
    for (uint64_t i = 0; values && i < n; i++)
        values[i] = NAN;
    return values;
}

static enum err make_room(struct reading *r)
{
    struct review_data *data = r->data;
    uint64_t n = data->n_points;
    data->f = column(data->n_scenarios * n);
    data->validation = column(n);
    data->sharpe = column(n);
    data->total_return = column(n);
    data->eligible = malloc(n + 1);
    data->computed = calloc(n + 1, sizeof *data->computed);
    if (data->has_baseline) {
        data->n_blocks = r->job->n_blocks;
        data->sum = column(n * data->n_blocks);
        data->sumsq = malloc((n * data->n_blocks + 1) * sizeof(double));
    }
    if (!data->f || !data->validation || !data->sharpe || !data->total_return || !data->eligible ||
        !data->computed || (data->has_baseline && (!data->sum || !data->sumsq)))
        return ERR_NOMEM;
    memset(data->eligible, true, n);
    if (r->n_segments && fold_choice_new(&data->folds, &r->job->folds) != OK)
        return ERR_NOMEM;
    for (uint32_t p = 0; p < JOB_PERIODS_MAX; p++)
        data->period_days[p] = NAN;
    return OK;
}

double review_data_objective(double value, double exposure)
{
    if (isnan(value) && exposure == 0.0)
        return 0.0;
    return isfinite(value) ? value : NAN;
}

static double measure(const struct result_cell *cell, uint32_t period, uint32_t metric)
{
    return review_data_objective(result_metric(cell, N_METRICS, period, metric),
                                 result_metric(cell, N_METRICS, period, METRIC_exposure));
}

static void offer_folds(struct reading *r, const struct result_cell *cell, uint64_t point)
{
    bool good = cell->segments != NULL;
    if (good)
        memcpy(r->sums, cell->segments, (size_t)2 * r->n_segments * sizeof(double));
    for (uint32_t k = 0; good && k < 2 * r->n_segments; k++)
        good = isfinite(r->sums[k]);
    if (good)
        fold_choice_offer(r->data->folds, point, r->sums);
}

static void take_base(struct reading *r, const struct result_cell *cell, uint64_t point)
{
    struct review_data *data = r->data;
    data->sharpe[point] = result_metric(cell, N_METRICS, 0, METRIC_sharpe);
    data->total_return[point] = result_metric(cell, N_METRICS, 0, METRIC_total_return);
    if (r->n_periods > 1)
        data->validation[point] = measure(cell, 1, r->objective);
    for (uint32_t p = 0; p < r->n_periods && isnan(data->period_days[p]); p++)
        data->period_days[p] = result_metric(cell, N_METRICS, p, METRIC_n);
    if (cell->blocks && data->n_blocks) {
        size_t bytes = data->n_blocks * sizeof(double);
        memcpy(data->sum + point * data->n_blocks, cell->blocks, bytes);
        memcpy(data->sumsq + point * data->n_blocks, cell->blocks + bytes, bytes);
    }
    if (data->folds)
        offer_folds(r, cell, point);
}

static void take(struct reading *r, const struct result_cell *cell, uint64_t point, uint32_t s)
{
    struct review_data *data = r->data;
    if (s == 0)
        data->n_status[cell->status]++;
    if (cell->status != STATUS_OK) {
        data->eligible[point] = false;
        return;
    }
    data->computed[point] = true;
    data->f[r->row[s] * data->n_points + point] = measure(cell, 0, r->objective);
    if (s == 0)
        take_base(r, cell, point);
}

static enum err read_tile(struct reading *r, const struct journal_row *row)
{
    uint64_t first;
    uint32_t count;
    struct result_reader reader;
    struct result_cell cell;
    job_tile_span(r->job, row->tile, &first, &count);
    result_reader_init(&reader, r->job, N_METRICS, count, row->bytes, row->length);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t point = sweep_point_of_ordinal(r->job->sweep, first + i);
        for (uint32_t s = 0; s < r->job->n_scenarios; s++) {
            if (result_next(&reader, &cell) != OK)
                return ERR_FORMAT;
            take(r, &cell, point, s);
        }
    }
    return OK;
}

static enum err read_tiles(struct reading *r, const struct run_dir *run, struct err_note *note)
{
    struct export_journal journal;
    struct journal_row row;
    uint64_t first;
    uint32_t count;
    enum err err = export_open(&journal, run, true, note);
    if (err)
        return err;
    for (uint64_t tile = 0; tile < journal.n_tiles && !err; tile++) {
        if (journal.have[tile / 8] >> tile % 8 & 1) {
            err = journal.source.get(journal.source.ctx, tile, &row, note);
            if (!err && (err = read_tile(r, &row)))
                err_set(note, err, "tile %llu of the journal is not a result of this run",
                        (unsigned long long)tile);
            continue;
        }
        job_tile_span(r->job, tile, &first, &count);
        r->data->n_status[STATUS_MISSING] += count;
        for (uint32_t i = 0; i < count; i++)
            r->data->eligible[sweep_point_of_ordinal(r->job->sweep, first + i)] = false;
    }
    export_close(&journal);
    return err;
}

/* Keeps the configurations whose sums are numbers, in point order. */
static void pack_sums(struct review_data *data)
{
    uint32_t bounds[JOB_BLOCKS_MAX + 1], n_blocks = data->n_blocks;
    double n_days = 0.0;
    for (uint32_t p = 0; p < JOB_PERIODS_MAX; p++)
        n_days += isnan(data->period_days[p]) ? 0.0 : data->period_days[p];
    for (uint64_t p = 0; p < data->n_points; p++) {
        const double *sum = data->sum + p * n_blocks, *sumsq = data->sumsq + p * n_blocks;
        bool good = true;
        for (uint32_t b = 0; b < n_blocks && good; b++)
            good = isfinite(sum[b]) && isfinite(sumsq[b]);
        if (!good)
            continue;
        memmove(data->sum + data->n_configs * n_blocks, sum, n_blocks * sizeof *sum);
        memmove(data->sumsq + data->n_configs++ * n_blocks, sumsq, n_blocks * sizeof *sum);
    }
    if (n_blocks) /* a run without a daily series has none */
        metrics_block_bounds((size_t)n_days, n_blocks, bounds);
    for (uint32_t b = 0; b < n_blocks; b++)
        data->block_days[b] = bounds[b + 1] - bounds[b];
}

enum err review_data_read(struct review_data *out, const struct run_dir *run, uint32_t objective,
                          struct err_note *note)
{
    struct review_data data = {.n_points = sweep_n_points(run->job.sweep)};
    struct reading r = {.data = &data,
                        .job = &run->job,
                        .objective = objective,
                        .n_periods = job_n_open_periods(&run->job),
                        .n_segments = job_n_segments(&run->job)};
    if (data.n_points > REVIEW_DATA_POINTS_MAX)
        return err_set(note, ERR_RANGE,
                       "the sweep has %llu points, more than the %llu a review can hold",
                       (unsigned long long)data.n_points, REVIEW_DATA_POINTS_MAX);
    if (run->job.null_row_bytes)
        return err_set(note, ERR_RANGE, "run %s is a dispatch benchmark: it has no numbers",
                       run->id);
    choose_scenarios(&r);
    enum err err = make_room(&r);
    if (err)
        err_set(note, err, "out of memory for %llu points", (unsigned long long)data.n_points);
    if (!err)
        err = read_tiles(&r, run, note);
    if (!err && data.has_baseline)
        pack_sums(&data);
    if (err)
        review_data_free(&data);
    else
        *out = data;
    return err;
}
