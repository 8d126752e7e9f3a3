#include "proto/job.h"
#include "proto/codec.h"
#include <stdlib.h>
#include <string.h>

#define JOB_MAGIC 0x424f4a50u /* "PJOB" */
#define JOB_VERSION 2u
enum { ENGINE_ID_MAX = 64 };

static void free_value_list(struct job_value *values, uint32_t n)
{
    for (uint32_t i = 0; values && i < n; i++)
        free(values[i].path);
    free(values);
}

void job_free(struct job *job)
{
    free(job->name);
    free(job->objective);
    free_value_list(job->values, job->n_values);
    sweep_free(&job->sweep);
    *job = (struct job){0};
}

static void put_sweep(struct codec_writer *w, const struct sweep_plan *plan)
{
    codec_u8(w, (uint8_t)plan->method);
    codec_u64(w, plan->n_samples);
    codec_u64(w, plan->sample_seed);
    codec_u32(w, plan->n_axes);
    for (uint32_t a = 0; a < plan->n_axes; a++) {
        const struct sweep_axis *axis = &plan->axes[a];
        codec_string(w, axis->path);
        codec_string(w, axis->label);
        codec_string(w, axis->unit);
        codec_u8(w, (uint8_t)axis->spacing);
        codec_u8(w, axis->entry_side);
        codec_u32(w, axis->dimension);
        codec_u32(w, axis->n_levels);
        for (uint32_t l = 0; l < axis->n_levels; l++)
            codec_f64(w, axis->values[l]);
        for (uint32_t l = 0; l < axis->n_levels; l++)
            codec_string(w, axis->texts[l]);
    }
    codec_u32(w, plan->n_where);
    for (uint32_t i = 0; i < plan->n_where; i++)
        codec_string(w, plan->where[i]);
}

static void put_folds(struct codec_writer *w, const struct folds *folds)
{
    const struct folds_walk *walk = &folds->walk;
    const struct folds_cpcv *cpcv = &folds->cpcv;
    codec_u32(w, walk->train);
    codec_u32(w, walk->test);
    codec_u32(w, walk->step);
    codec_u32(w, walk->gap);
    codec_u8(w, walk->anchored);
    codec_u32(w, cpcv->groups);
    codec_u32(w, cpcv->test);
    codec_u32(w, cpcv->purge);
    codec_u32(w, cpcv->embargo);
    codec_u32(w, folds->n_days);
}

enum err job_encode(const struct job *job, uint8_t **bytes, size_t *length)
{
    struct codec_writer w = {0};
    codec_u32(&w, JOB_MAGIC);
    codec_u32(&w, JOB_VERSION);
    codec_string(&w, job->engine_id);
    codec_bytes(&w, job->image_hash, JOB_HASH_BYTES);
    codec_bytes(&w, job->spec_sha256, JOB_HASH_BYTES);
    codec_string(&w, job->name ? job->name : "");
    codec_string(&w, job->objective ? job->objective : "");
    codec_u32(&w, job->n_blocks);
    put_folds(&w, &job->folds);
    codec_u32(&w, job->tile_points);
    codec_u32(&w, job->null_row_bytes);
    codec_u32(&w, job->n_sleeves);
    for (uint32_t i = 0; i < job->n_sleeves; i++) {
        codec_string(&w, job->sleeves[i].name);
        codec_string(&w, job->sleeves[i].strategy);
    }
    codec_u32(&w, job->n_periods);
    for (uint32_t i = 0; i < job->n_periods; i++) {
        codec_string(&w, job->periods[i].name);
        codec_u32(&w, (uint32_t)job->periods[i].start_day);
        codec_u32(&w, (uint32_t)job->periods[i].end_day);
        codec_u8(&w, job->periods[i].locked);
    }
    codec_u32(&w, job->n_scenarios);
    for (uint32_t i = 0; i < job->n_scenarios; i++) {
        codec_string(&w, job->scenarios[i].name);
        codec_f64(&w, job->scenarios[i].slippage_multiplier);
        codec_u8(&w, job->scenarios[i].flash_crash);
        codec_u8(&w, job->scenarios[i].regime);
    }
    codec_u32(&w, job->n_values);
    for (uint32_t i = 0; i < job->n_values; i++) {
        codec_string(&w, job->values[i].path);
        codec_f64(&w, job->values[i].value);
    }
    put_sweep(&w, sweep_plan(job->sweep));
    if (w.failed || w.length > JOB_BYTES_MAX) {
        enum err err = w.failed ? ERR_NOMEM : ERR_OVERFLOW;
        free(w.bytes);
        return err;
    }
    *bytes = w.bytes;
    *length = w.length;
    return OK;
}

static void read_name(struct codec_reader *r, char *out, size_t max)
{
    char *text = codec_read_string(r, max);
    if (text)
        strcpy(out, text); /* out has max + 1 bytes */
    free(text);
}

static bool read_bool(struct codec_reader *r)
{
    uint8_t v = codec_read_u8(r);
    if (v > 1)
        r->failed = true;
    return v == 1;
}

static void read_folds(struct codec_reader *r, struct folds *folds)
{
    struct folds_walk *walk = &folds->walk;
    struct folds_cpcv *cpcv = &folds->cpcv;
    walk->train = codec_read_u32(r);
    walk->test = codec_read_u32(r);
    walk->step = codec_read_u32(r);
    walk->gap = codec_read_u32(r);
    walk->anchored = read_bool(r);
    cpcv->groups = codec_read_u32(r);
    cpcv->test = codec_read_u32(r);
    cpcv->purge = codec_read_u32(r);
    cpcv->embargo = codec_read_u32(r);
    folds->n_days = codec_read_u32(r);
    if (!r->failed && folds_fault(folds))
        r->failed = true;
}

static void read_axis(struct codec_reader *r, struct sweep_axis *axis)
{
    axis->path = codec_read_string(r, JOB_PATH_MAX);
    axis->label = codec_read_string(r, JOB_PATH_MAX);
    axis->unit = codec_read_string(r, JOB_NAME_MAX);
    uint8_t spacing = codec_read_u8(r);
    if (spacing > SWEEP_CATEGORICAL)
        r->failed = true;
    axis->spacing = (enum sweep_spacing)spacing;
    axis->entry_side = read_bool(r);
    axis->dimension = codec_read_u32(r);
    uint32_t n = codec_read_count(r, 12, SWEEP_LEVELS_MAX); /* a double and a text's length */
    axis->values = calloc(n ? n : 1, sizeof *axis->values);
    axis->texts = calloc(n ? n : 1, sizeof *axis->texts);
    if (!axis->values || !axis->texts) {
        r->failed = true;
        return;
    }
    axis->n_levels = n;
    for (uint32_t l = 0; l < n; l++)
        axis->values[l] = codec_read_f64(r);
    for (uint32_t l = 0; l < n && !r->failed; l++)
        axis->texts[l] = codec_read_string(r, SWEEP_TEXT_MAX);
}

static void free_axes(struct sweep_axis *axes, uint32_t n)
{
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t l = 0; axes[a].texts && l < axes[a].n_levels; l++)
            free(axes[a].texts[l]);
        free(axes[a].texts);
        free(axes[a].values);
        free(axes[a].path);
        free(axes[a].label);
        free(axes[a].unit);
    }
}

static enum err read_sweep(struct codec_reader *r, struct sweep **out, struct err_note *note)
{
    struct sweep_axis axes[SWEEP_AXES_MAX] = {0};
    char *where[SWEEP_WHERE_MAX] = {0};
    struct sweep_plan plan = {.axes = axes, .where = (const char *const *)where};
    uint8_t method = codec_read_u8(r);
    if (method > SWEEP_SOBOL)
        r->failed = true;
    plan.method = (enum sweep_method)method;
    plan.n_samples = codec_read_u64(r);
    plan.sample_seed = codec_read_u64(r);
    plan.n_axes = codec_read_count(r, 26, SWEEP_AXES_MAX); /* an axis without texts and levels */
    for (uint32_t a = 0; a < plan.n_axes && !r->failed; a++)
        read_axis(r, &axes[a]);
    plan.n_where = codec_read_count(r, 4, SWEEP_WHERE_MAX);
    for (uint32_t i = 0; i < plan.n_where && !r->failed; i++)
        where[i] = codec_read_string(r, SWEEP_WHERE_TEXT_MAX);
    enum err err = codec_reader_done(r)
                       ? sweep_new(out, &plan, note)
                       : err_set(note, ERR_FORMAT, "job: damaged sweep: cut short or over a limit");
    free_axes(axes, plan.n_axes);
    for (uint32_t i = 0; i < plan.n_where; i++)
        free(where[i]);
    return err;
}

static void read_lists(struct codec_reader *r, struct job *job)
{
    job->n_sleeves = codec_read_count(r, 8, JOB_SLEEVES_MAX);
    for (uint32_t i = 0; i < job->n_sleeves; i++) {
        read_name(r, job->sleeves[i].name, JOB_NAME_MAX);
        read_name(r, job->sleeves[i].strategy, JOB_NAME_MAX);
    }
    job->n_periods = codec_read_count(r, 13, JOB_PERIODS_MAX);
    for (uint32_t i = 0; i < job->n_periods; i++) {
        read_name(r, job->periods[i].name, JOB_NAME_MAX);
        job->periods[i].start_day = (int32_t)codec_read_u32(r);
        job->periods[i].end_day = (int32_t)codec_read_u32(r);
        job->periods[i].locked = read_bool(r);
    }
    job->n_scenarios = codec_read_count(r, 14, JOB_SCENARIOS_MAX);
    for (uint32_t i = 0; i < job->n_scenarios; i++) {
        read_name(r, job->scenarios[i].name, JOB_NAME_MAX);
        job->scenarios[i].slippage_multiplier = codec_read_f64(r);
        job->scenarios[i].flash_crash = read_bool(r);
        job->scenarios[i].regime = codec_read_u8(r);
        if (job->scenarios[i].regime > 2)
            r->failed = true;
    }
    uint32_t n_values = codec_read_count(r, 12, JOB_VALUES_MAX);
    job->values = calloc(n_values ? n_values : 1, sizeof *job->values);
    if (!job->values)
        r->failed = true;
    job->n_values = job->values ? n_values : 0;
    for (uint32_t i = 0; i < job->n_values && !r->failed; i++) {
        job->values[i].path = codec_read_string(r, JOB_PATH_MAX);
        job->values[i].value = codec_read_f64(r);
    }
}

static bool is_power_of_two(uint32_t n)
{
    return n && !(n & (n - 1));
}

enum err job_decode(struct job *out, const uint8_t *bytes, size_t length, struct err_note *note)
{
    struct codec_reader r;
    struct job job = {0};
    enum err err;
    if (length > JOB_BYTES_MAX)
        return err_set(note, ERR_FORMAT, "job of %zu bytes: at most %u are taken", length,
                       JOB_BYTES_MAX);
    codec_reader_init(&r, bytes, length);
    if (codec_read_u32(&r) != JOB_MAGIC)
        return err_set(note, ERR_FORMAT, "not a job: it does not begin with PJOB");
    uint32_t version = codec_read_u32(&r);
    if (!r.failed && version != JOB_VERSION)
        return err_set(note, ERR_VERSION, "job of version %u, expected %u", version, JOB_VERSION);
    read_name(&r, job.engine_id, ENGINE_ID_MAX);
    const uint8_t *hashes = codec_read_bytes(&r, (size_t)2 * JOB_HASH_BYTES);
    if (hashes) {
        memcpy(job.image_hash, hashes, JOB_HASH_BYTES);
        memcpy(job.spec_sha256, hashes + JOB_HASH_BYTES, JOB_HASH_BYTES);
    }
    job.name = codec_read_string(&r, JOB_PATH_MAX);
    job.objective = codec_read_string(&r, JOB_PATH_MAX);
    job.n_blocks = codec_read_u32(&r);
    read_folds(&r, &job.folds);
    job.tile_points = codec_read_u32(&r);
    job.null_row_bytes = codec_read_u32(&r);
    read_lists(&r, &job);
    if (r.failed || job.n_blocks > JOB_BLOCKS_MAX || job.n_scenarios == 0 ||
        !is_power_of_two(job.tile_points) || job.tile_points > JOB_TILE_POINTS_MAX ||
        job.null_row_bytes > JOB_NULL_ROW_MAX)
        err = err_set(note, ERR_FORMAT, "job: damaged: a field is cut short or over its limit");
    else
        err = read_sweep(&r, &job.sweep, note);
    if (err) {
        job_free(&job);
        return err;
    }
    *out = job;
    return OK;
}

uint32_t job_n_open_periods(const struct job *job)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < job->n_periods; i++)
        n += !job->periods[i].locked;
    return n;
}

bool job_has_baseline(const struct job *job)
{
    const struct job_scenario *s = &job->scenarios[0];
    return job->n_scenarios && s->slippage_multiplier == 1.0 && !s->flash_crash && s->regime == 0;
}

uint32_t job_n_segments(const struct job *job)
{
    return job_has_baseline(job) ? folds_cuts(&job->folds, NULL) : 0;
}

uint64_t job_n_tiles(const struct job *job)
{
    uint64_t n = sweep_n_points(job->sweep);
    return n / job->tile_points + (n % job->tile_points != 0);
}

void job_tile_span(const struct job *job, uint64_t tile, uint64_t *first, uint32_t *count)
{
    *first = tile * job->tile_points;
    uint64_t left = sweep_n_points(job->sweep) - *first;
    *count = left < job->tile_points ? (uint32_t)left : job->tile_points;
}
