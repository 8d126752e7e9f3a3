#include "coordinator/benchmark_curve.h"
#include "coordinator/export.h"
#include "coordinator/export_fill.h"
#include "coordinator/export_holdout.h"
#include "coordinator/export_pack.h"
#include "coordinator/export_plan.h"
#include "coordinator/export_review.h"
#include "coordinator/export_views.h"
#include "coordinator/h5.h"
#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Datasets of cells: the metrics, then these. */
enum {
    DATASET_FLAGS = N_METRICS,
    DATASET_STATUS,
    DATASET_SUM,
    DATASET_SUMSQ,
    DATASET_FOLD_SUM,
    DATASET_FOLD_SUMSQ,
    N_DATASETS
};

/* One file being written. */
struct writer {
    struct h5 h5;
    const struct export_about *about;
    struct export_plan plan;
    struct export_columns columns;
    struct h5_scale scenario, period, block, segment, dim[EXPORT_AXES_MAX];
    hid_t dataset[N_DATASETS];
    char coordinates[4096]; /* names of axes that are variables, not dimensions; "" if none */
    double nan_value;
};

/* ---- axes ---- */

static const char *spacing_name(enum sweep_spacing spacing)
{
    return spacing == SWEEP_LOG ? "log" : spacing == SWEEP_CATEGORICAL ? "categorical" : "linear";
}

static void axis_attributes(struct writer *w, hid_t dataset, const struct sweep_axis *axis)
{
    h5_attr_text(&w->h5, dataset, "long_name", axis->path);
    h5_attr_units(&w->h5, dataset, axis->unit && *axis->unit ? axis->unit : "1");
    h5_attr_text(&w->h5, dataset, "spacing", spacing_name(axis->spacing));
}

static void add_coordinate(struct writer *w, const char *label)
{
    size_t used = strlen(w->coordinates);
    snprintf(w->coordinates + used, sizeof w->coordinates - used, "%s%s", used ? " " : "", label);
}

/* An axis along a dimension that has its scale from elsewhere: values[n] or texts[n]; exact: the
 * n_levels texts of the values, or NULL. */
static void write_coordinate(struct writer *w, const struct h5_scale *along,
                             const struct sweep_axis *axis, const double *values,
                             const char *const *texts, const char *const *exact)
{
    struct h5_shape shape = {0};
    h5_shape_add(&shape, along, 0);
    hid_t type = texts ? w->h5.text : H5T_NATIVE_DOUBLE;
    hid_t dataset = h5_dataset(&w->h5, w->h5.file, axis->label, type, &shape, NULL, false);
    h5_write(&w->h5, dataset, type, texts ? (const void *)texts : (const void *)values);
    axis_attributes(w, dataset, axis);
    if (exact)
        h5_attr_texts(&w->h5, dataset, "text", exact, axis->n_levels);
    h5_done(dataset);
    add_coordinate(w, axis->label);
}

/* Viewers draw a log axis as if it were linear: they are pointed to its logarithm instead. */
static void write_log10(struct writer *w, const struct h5_scale *along,
                        const struct sweep_axis *axis)
{
    char name[256];
    snprintf(name, sizeof name, "%s_log10", axis->label);
    double *logs = malloc(axis->n_levels * sizeof *logs);
    h5_check(&w->h5, logs != NULL, "allocate", name);
    for (uint32_t l = 0; logs && l < axis->n_levels; l++)
        logs[l] = log10(axis->values[l]);
    struct h5_shape shape = {0};
    h5_shape_add(&shape, along, 0);
    hid_t dataset = h5_dataset(&w->h5, w->h5.file, name, H5T_NATIVE_DOUBLE, &shape, NULL, false);
    h5_write(&w->h5, dataset, H5T_NATIVE_DOUBLE, logs);
    char text[300];
    snprintf(text, sizeof text, "log10 of %s", axis->path);
    h5_attr_text(&w->h5, dataset, "long_name", text);
    h5_attr_units(&w->h5, dataset, "1");
    h5_done(dataset);
    free(logs);
}

/* A sweep dimension: its first axis is the scale, the other members of a zip group lie along it. */
static void write_dimension(struct writer *w, uint32_t d)
{
    const struct sweep *sweep = w->about->job->sweep;
    bool first = true;
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(sweep, a);
        if (axis->dimension != d)
            continue;
        const char *const *texts = (const char *const *)axis->texts;
        bool categorical = axis->spacing == SWEEP_CATEGORICAL;
        if (!first) {
            write_coordinate(w, &w->dim[d], axis, axis->values, categorical ? texts : NULL,
                             categorical ? NULL : texts);
            continue;
        }
        first = false;
        w->dim[d] =
            categorical
                ? h5_scale_texts(&w->h5, w->h5.file, axis->label, texts, axis->n_levels)
                : h5_scale_numbers(&w->h5, w->h5.file, axis->label, axis->values, axis->n_levels);
        axis_attributes(w, w->dim[d].id, axis);
        if (!categorical)
            h5_attr_texts(&w->h5, w->dim[d].id, "text", texts, axis->n_levels);
        if (export_axis_is_log(axis))
            write_log10(w, &w->dim[d], axis);
    }
}

static void write_point_axis(struct writer *w, uint32_t a)
{
    const struct sweep *sweep = w->about->job->sweep;
    const struct sweep_axis *axis = sweep_axis(sweep, a);
    uint64_t n = w->plan.n_points;
    bool categorical = axis->spacing == SWEEP_CATEGORICAL;
    void *column = malloc(n * (categorical ? sizeof(char *) : sizeof(double)));
    h5_check(&w->h5, column != NULL, "allocate", axis->label);
    uint32_t levels[SWEEP_AXES_MAX];
    for (uint64_t i = 0; column && i < n; i++) {
        sweep_levels(sweep, export_plan_point(&w->plan, i), levels);
        if (categorical)
            ((const char **)column)[i] = axis->texts[levels[a]];
        else
            ((double *)column)[i] = axis->values[levels[a]];
    }
    if (column)
        write_coordinate(w, &w->dim[0], axis, column, categorical ? column : NULL, NULL);
    free(column);
}

/* No axis stands for a dimension: the points' numbers do. */
static void write_points(struct writer *w)
{
    double *numbers = malloc(w->plan.n_points * sizeof *numbers);
    h5_check(&w->h5, numbers != NULL, "allocate", "point");
    if (!numbers)
        return;
    for (uint64_t i = 0; i < w->plan.n_points; i++)
        numbers[i] = (double)export_plan_point(&w->plan, i);
    w->dim[0] = h5_scale_numbers(&w->h5, w->h5.file, "point", numbers, w->plan.n_points);
    h5_attr_text(&w->h5, w->dim[0].id, "long_name", "grid point");
    free(numbers);
    for (uint32_t a = 0; a < sweep_n_axes(w->about->job->sweep); a++)
        write_point_axis(w, a);
}

static void write_axes(struct writer *w)
{
    const struct job *job = w->about->job;
    const char *scenarios[JOB_SCENARIOS_MAX], *periods[JOB_PERIODS_MAX];
    uint32_t n_periods = 0;
    for (uint32_t s = 0; s < job->n_scenarios; s++)
        scenarios[s] = job->scenarios[s].name;
    for (uint32_t p = 0; p < job->n_periods; p++)
        if (!job->periods[p].locked)
            periods[n_periods++] = job->periods[p].name;
    w->scenario = h5_scale_texts(&w->h5, w->h5.file, "scenario", scenarios, job->n_scenarios);
    w->period = h5_scale_texts(&w->h5, w->h5.file, "period", periods, n_periods);
    bool has_axes = sweep_n_axes(job->sweep) > 0;
    for (uint32_t d = 0; w->plan.dense && has_axes && d < w->plan.n_dims; d++)
        write_dimension(w, d);
    if (!w->plan.dense || !has_axes)
        write_points(w);
    uint32_t n_blocks = w->plan.width[EXPORT_BLOCKS], n_segments = w->plan.width[EXPORT_FOLDS];
    if (n_blocks) {
        double numbers[JOB_BLOCKS_MAX];
        for (uint32_t b = 0; b < n_blocks; b++)
            numbers[b] = b;
        w->block = h5_scale_numbers(&w->h5, w->h5.file, "block", numbers, n_blocks);
        h5_attr_text(&w->h5, w->block.id, "long_name", "block of the selection series");
    }
    if (n_segments) {
        uint32_t cuts[FOLDS_SEGMENTS_MAX + 1];
        double begins[FOLDS_SEGMENTS_MAX];
        folds_cuts(&job->folds, cuts);
        for (uint32_t k = 0; k < n_segments; k++)
            begins[k] = cuts[k];
        w->segment = h5_scale_numbers(&w->h5, w->h5.file, "fold_begin", begins, n_segments);
        h5_attr_text(&w->h5, w->segment.id, "long_name",
                     "first day of a piece of the selection series between bounds of folds");
        h5_attr_units(&w->h5, w->segment.id, "days");
        double n_days = job->folds.n_days;
        h5_attr(&w->h5, w->segment.id, "n_days", H5T_NATIVE_DOUBLE, &n_days, 0);
    }
}

/* ---- datasets of cells ---- */

static struct h5_shape cell_shape(const struct writer *w, bool scenario, bool period,
                                  enum export_chunking chunking)
{
    struct h5_shape shape = {0};
    if (scenario)
        h5_shape_add(&shape, &w->scenario, 1);
    if (period)
        h5_shape_add(&shape, &w->period, 1);
    for (uint32_t d = 0; d < w->plan.n_dims; d++)
        h5_shape_add(&shape, &w->dim[d], w->plan.chunks[chunking].extent[d]);
    if (chunking == EXPORT_BLOCKS)
        h5_shape_add(&shape, &w->block, w->plan.width[EXPORT_BLOCKS]);
    if (chunking == EXPORT_FOLDS)
        h5_shape_add(&shape, &w->segment, w->plan.width[EXPORT_FOLDS]);
    return shape;
}

static void describe(struct writer *w, hid_t dataset, const char *long_name, const char *unit)
{
    h5_attr_text(&w->h5, dataset, "long_name", long_name);
    if (unit)
        h5_attr_units(&w->h5, dataset, unit);
    if (*w->coordinates)
        h5_attr_text(&w->h5, dataset, "coordinates", w->coordinates);
}

/* sum and sumsq of one chunking. */
static void create_sums(struct writer *w, enum export_chunking chunking, int first,
                        const char *const names[2], const char *const texts[2])
{
    if (w->plan.width[chunking] == 0)
        return;
    struct h5_shape shape = cell_shape(w, false, false, chunking);
    for (int i = 0; i < 2; i++) {
        w->dataset[first + i] = h5_dataset(&w->h5, w->h5.file, names[i], H5T_NATIVE_DOUBLE, &shape,
                                           &w->nan_value, true);
        describe(w, w->dataset[first + i], texts[i], "1");
    }
}

static void create_datasets(struct writer *w)
{
    struct h5 *h5 = &w->h5;
    struct h5_shape shape = cell_shape(w, true, true, EXPORT_CELLS);
    for (uint32_t m = 0; m < N_METRICS; m++) {
        w->dataset[m] = h5_dataset(h5, h5->file, METRIC_INFO[m].name, H5T_NATIVE_DOUBLE, &shape,
                                   &w->nan_value, true);
        describe(w, w->dataset[m], METRIC_INFO[m].text, METRIC_INFO[m].unit);
    }
    const uint16_t no_flags = 0;
    w->dataset[DATASET_FLAGS] =
        h5_dataset(h5, h5->file, "flags", H5T_NATIVE_UINT16, &shape, &no_flags, false);
    describe(w, w->dataset[DATASET_FLAGS], "what was special about the returns", NULL);
    const uint16_t masks[] = {FLAG_EMPTY,    FLAG_FAILED, FLAG_RUIN,
                              FLAG_ZERO_VAR, FLAG_SHORT,  FLAG_FEW_TAIL};
    h5_attr(h5, w->dataset[DATASET_FLAGS], "flag_masks", H5T_NATIVE_UINT16, masks,
            sizeof masks / sizeof masks[0]);
    h5_attr_text(h5, w->dataset[DATASET_FLAGS], "flag_meanings",
                 "EMPTY FAILED RUIN ZERO_VAR SHORT FEW_TAIL");
    const uint8_t missing = STATUS_MISSING;
    shape = cell_shape(w, true, false, EXPORT_CELLS);
    w->dataset[DATASET_STATUS] =
        h5_dataset(h5, h5->file, "status", H5T_NATIVE_UINT8, &shape, &missing, false);
    describe(w, w->dataset[DATASET_STATUS], "what became of the cell", NULL);
    uint8_t values[N_STATUSES];
    char meanings[256] = "";
    for (int s = 0; s < N_STATUSES; s++) {
        values[s] = (uint8_t)s;
        strcat(strcat(meanings, s ? " " : ""), STATUS_NAME[s]);
    }
    h5_attr(h5, w->dataset[DATASET_STATUS], "flag_values", H5T_NATIVE_UINT8, values, N_STATUSES);
    h5_attr_text(h5, w->dataset[DATASET_STATUS], "flag_meanings", meanings);
    create_sums(w, EXPORT_BLOCKS, DATASET_SUM, (const char *const[]){"block_sum", "block_sumsq"},
                (const char *const[]){"sum of the selection series' returns in a block, baseline",
                                      "sum of their squares, baseline"});
    create_sums(w, EXPORT_FOLDS, DATASET_FOLD_SUM, (const char *const[]){"fold_sum", "fold_sumsq"},
                (const char *const[]){
                    "sum of the selection series' returns between two bounds of folds, baseline",
                    "sum of their squares, baseline"});
}

/* Where chunk i of a pass is and goes: dataset after dataset, scenario, period, chunk of the box.
 */
struct chunk_address {
    uint32_t dataset;
    uint64_t row, chunk; /* row: scenario * n_periods + period, or scenario */
};

static uint64_t rows_of(const struct export_plan *plan, uint32_t dataset)
{
    if (dataset <= DATASET_FLAGS)
        return (uint64_t)plan->n_scenarios * plan->n_periods;
    return dataset == DATASET_STATUS ? plan->n_scenarios : 1;
}

static enum export_chunking chunking_of(uint32_t dataset)
{
    return dataset >= DATASET_FOLD_SUM ? EXPORT_FOLDS
           : dataset >= DATASET_SUM    ? EXPORT_BLOCKS
                                       : EXPORT_CELLS;
}

static uint64_t chunks_of(const struct export_plan *plan, uint32_t dataset)
{
    if (plan->width[chunking_of(dataset)] == 0)
        return 0;
    return rows_of(plan, dataset) * plan->chunks[chunking_of(dataset)].n_chunks;
}

static struct chunk_address find_chunk(const struct export_plan *plan, uint64_t i)
{
    struct chunk_address at = {0};
    for (; i >= chunks_of(plan, at.dataset); at.dataset++)
        i -= chunks_of(plan, at.dataset);
    uint64_t n = plan->chunks[chunking_of(at.dataset)].n_chunks;
    at.row = i / n;
    at.chunk = i % n;
    return at;
}

static void give_chunk(void *ctx, uint64_t i, struct pack_chunk *out)
{
    static const uint16_t no_flags = 0;
    static const uint8_t missing = STATUS_MISSING;
    const struct writer *w = ctx;
    const struct export_columns *columns = &w->columns;
    struct chunk_address at = find_chunk(&w->plan, i);
    enum export_chunking chunking = chunking_of(at.dataset);
    uint64_t points = w->plan.chunks[chunking].chunk_points, places = columns->n_places[chunking];
    uint64_t place = at.chunk * points;
    *out = (struct pack_chunk){.n = points, .element_bytes = sizeof(double), .fill = &w->nan_value};
    if (at.dataset < N_METRICS) {
        out->bytes =
            columns->value + (at.dataset * rows_of(&w->plan, at.dataset) + at.row) * places + place;
    } else if (at.dataset == DATASET_FLAGS) {
        *out = (struct pack_chunk){columns->flags + at.row * places + place, points,
                                   sizeof no_flags, &no_flags};
    } else if (at.dataset == DATASET_STATUS) {
        *out = (struct pack_chunk){columns->status + at.row * places + place, points,
                                   sizeof missing, &missing};
    } else {
        bool squares = at.dataset == DATASET_SUMSQ || at.dataset == DATASET_FOLD_SUMSQ;
        const double *sums = squares ? columns->sumsq[chunking] : columns->sum[chunking];
        out->bytes = sums + place * w->plan.width[chunking];
        out->n = points * w->plan.width[chunking];
    }
}

static enum err take_chunk(void *ctx, uint64_t i, const void *bytes, size_t length)
{
    struct writer *w = ctx;
    if (length == 0)
        return OK;
    struct chunk_address at = find_chunk(&w->plan, i);
    hsize_t offset[EXPORT_AXES_MAX + 3] = {0};
    uint64_t box[EXPORT_AXES_MAX];
    export_plan_chunk_offset(&w->plan, chunking_of(at.dataset), at.chunk, box);
    uint32_t n = 0;
    if (at.dataset <= DATASET_FLAGS) {
        offset[n++] = at.row / w->plan.n_periods;
        offset[n++] = at.row % w->plan.n_periods;
    } else if (at.dataset == DATASET_STATUS) {
        offset[n++] = at.row;
    }
    for (uint32_t d = 0; d < w->plan.n_dims; d++)
        offset[n++] = box[d];
    h5_check(&w->h5,
             H5Dwrite_chunk(w->dataset[at.dataset], H5P_DEFAULT, 0, offset, length, bytes) >= 0,
             "write", at.dataset < N_METRICS ? METRIC_INFO[at.dataset].name : "a chunk");
    return w->h5.failed ? ERR_IO : OK;
}

static enum err write_cells(struct writer *w, const struct export_source *source,
                            struct err_note *note)
{
    enum err err;
    while (!(err = export_plan_next(&w->plan))) {
        err = export_fill(&w->plan, source, &w->columns, note);
        if (err)
            return err;
        struct pack_job pack = {
            .n_threads = w->about->n_threads, .ctx = w, .chunk = give_chunk, .packed = take_chunk};
        for (uint32_t d = 0; d < N_DATASETS; d++)
            pack.n_chunks += chunks_of(&w->plan, d);
        for (int c = 0; c < EXPORT_N_CHUNKINGS; c++) {
            size_t bytes = w->plan.chunks[c].chunk_points * w->plan.width[c] * sizeof(double);
            if (bytes > pack.chunk_bytes_max)
                pack.chunk_bytes_max = bytes;
        }
        err = export_pack(&pack);
        if (err == ERR_NOMEM)
            return err_set(note, err, "out of memory for the compression of results");
        if (err)
            return OK; /* the file says at its close what it could not write */
    }
    return err == ERR_EMPTY ? OK : err_set(note, err, "out of memory");
}

/* ---- the whole file ---- */

static void write_root(struct writer *w)
{
    const struct export_about *about = w->about;
    hid_t root = w->h5.file;
    char hex[65] = "";
    h5_attr_text(&w->h5, root, "Conventions", "CF-1.8");
    h5_attr_text(&w->h5, root, "NX_class", "NXroot");
    h5_attr_text(&w->h5, root, "default", "entry");
    h5_attr_text(&w->h5, root, "plateau_version", PLATEAU_VERSION);
    h5_attr_text(&w->h5, root, "run_id", about->run_id);
    sodium_bin2hex(hex, sizeof hex, about->job->spec_sha256, JOB_HASH_BYTES);
    h5_attr_text(&w->h5, root, "spec_sha256", hex);
    if (about->image) {
        uint8_t hash[crypto_hash_sha256_BYTES];
        crypto_hash_sha256(hash, about->image->bytes, about->image->length);
        sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
        h5_attr_text(&w->h5, root, "data_sha256", hex);
    }
    sodium_bin2hex(hex, sizeof hex, about->job->image_hash, JOB_HASH_BYTES);
    h5_attr_text(&w->h5, root, "data_blake2b", hex);
    h5_attr_text(&w->h5, root, "engine_id", about->job->engine_id);
    h5_attr_text(&w->h5, root, "engine_build", about->build);
    export_base_attributes(&w->h5, root, about->job);
    h5_attr_text(&w->h5, root, "created", about->created);
}

static enum err write_file(struct writer *w, const struct export_source *source,
                           struct err_note *note)
{
    const struct job *job = w->about->job;
    write_root(w);
    write_axes(w);
    create_datasets(w);
    enum err err = write_cells(w, source, note);
    for (int d = 0; d < N_DATASETS; d++)
        h5_done(w->dataset[d]);
    if (err)
        return err;
    struct export_views views = {.h5 = &w->h5,
                                 .job = job,
                                 .plan = &w->plan,
                                 .columns = &w->columns,
                                 .dim = w->dim,
                                 .block = &w->block,
                                 .image = w->about->image,
                                 .robust_point = w->about->review ? w->about->review->review->robust
                                                                  : UINT64_MAX,
                                 .spec_text = w->about->spec_text};
    err = export_views_write(&views, note);
    if (!err && w->about->holdout)
        export_holdout_write(&w->h5, job, w->about->holdout);
    if (!err && w->about->review)
        export_review_write(&w->h5, &w->plan, w->dim, &w->scenario, job, w->about->review);
    return err;
}

static enum err write_to(struct writer *w, const struct export_source *source, const char *path,
                         struct err_note *note)
{
    h5_create(&w->h5, path);
    enum err err = w->h5.failed ? OK : write_file(w, source, note);
    h5_scale_close(&w->scenario);
    h5_scale_close(&w->period);
    h5_scale_close(&w->block);
    h5_scale_close(&w->segment);
    for (uint32_t d = 0; d < EXPORT_AXES_MAX; d++)
        h5_scale_close(&w->dim[d]);
    enum err closed = h5_close(&w->h5, path, err ? NULL : note);
    return err ? err : closed;
}

static void init_writer(struct writer *w, const struct export_about *about)
{
    const uint64_t bits = 0x7ff8000000000000u; /* the NaN of stored results */
    memset(w, 0, sizeof *w);
    memcpy(&w->nan_value, &bits, sizeof w->nan_value);
    w->about = about;
    w->scenario.id = w->period.id = w->block.id = w->segment.id = -1;
    for (uint32_t d = 0; d < EXPORT_AXES_MAX; d++)
        w->dim[d].id = -1;
    for (int d = 0; d < N_DATASETS; d++)
        w->dataset[d] = -1;
}

enum err export_h5_from(const struct export_about *about, const struct export_source *source,
                        const char *path, struct err_note *note)
{
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.tmp", path) >= (int)sizeof temporary)
        return err_set(note, ERR_RANGE, "%s: the path is too long", path);
    struct writer *w = malloc(sizeof *w);
    if (!w)
        return err_set(note, ERR_NOMEM, "out of memory");
    init_writer(w, about);
    enum err err =
        export_plan_init(&w->plan, about->job, source->have,
                         about->pass_bytes ? about->pass_bytes : EXPORT_PASS_BYTES, note);
    if (!err)
        err = export_want_objective(&w->columns, &w->plan, note);
    if (!err) {
        err = write_to(w, source, temporary, note);
        if (!err)
            err = export_rename(temporary, path, note);
        if (err)
            unlink(temporary);
    }
    export_plan_free(&w->plan);
    export_columns_free(&w->columns);
    free(w);
    return err;
}
