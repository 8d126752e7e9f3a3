#include "coordinator/export_holdout.h"
#include <stdlib.h>
#include <string.h>

struct holdout_group {
    struct h5 *h5;
    hid_t id;
    const struct holdout *holdout;
    struct h5_shape shape; /* of a cell's number */
    size_t n_cells;        /* of all openings */
};

/* Cell i in the datasets' order. */
static const struct holdout_cell *cell_at(const struct holdout_group *group, size_t i)
{
    size_t each = group->n_cells / group->holdout->n;
    return &group->holdout->openings[i / each].cells[i % each];
}

static void write_metric(const struct holdout_group *group, uint32_t metric, double *values)
{
    const uint64_t bits = 0x7ff8000000000000u; /* the NaN of stored results */
    double fill;
    memcpy(&fill, &bits, sizeof fill);
    for (size_t i = 0; i < group->n_cells; i++) {
        double v = cell_at(group, i)->metrics[metric];
        values[i] = v == v ? v : fill;
    }
    hid_t dataset = h5_dataset(group->h5, group->id, METRIC_INFO[metric].name, H5T_NATIVE_DOUBLE,
                               &group->shape, &fill, true);
    h5_write(group->h5, dataset, H5T_NATIVE_DOUBLE, values);
    h5_attr_text(group->h5, dataset, "long_name", METRIC_INFO[metric].text);
    h5_attr_units(group->h5, dataset, METRIC_INFO[metric].unit);
    h5_done(dataset);
}

static void write_flags(const struct holdout_group *group, uint16_t *flags)
{
    static const uint16_t masks[] = {FLAG_EMPTY,    FLAG_FAILED, FLAG_RUIN,
                                     FLAG_ZERO_VAR, FLAG_SHORT,  FLAG_FEW_TAIL};
    for (size_t i = 0; i < group->n_cells; i++)
        flags[i] = cell_at(group, i)->flags;
    hid_t dataset =
        h5_dataset(group->h5, group->id, "flags", H5T_NATIVE_UINT16, &group->shape, NULL, false);
    h5_write(group->h5, dataset, H5T_NATIVE_UINT16, flags);
    h5_attr(group->h5, dataset, "flag_masks", H5T_NATIVE_UINT16, masks, N_METRIC_FLAGS);
    h5_attr_text(group->h5, dataset, "flag_meanings", "EMPTY FAILED RUIN ZERO_VAR SHORT FEW_TAIL");
    h5_done(dataset);
}

static void write_status(const struct holdout_group *group, uint8_t *status)
{
    uint8_t values[N_STATUSES];
    char meanings[256] = "";
    for (int s = 0; s < N_STATUSES; s++) {
        values[s] = (uint8_t)s;
        strcat(strcat(meanings, s ? " " : ""), STATUS_NAME[s]);
    }
    for (size_t i = 0; i < group->n_cells; i++)
        status[i] = (uint8_t)cell_at(group, i)->status;
    hid_t dataset =
        h5_dataset(group->h5, group->id, "status", H5T_NATIVE_UINT8, &group->shape, NULL, false);
    h5_write(group->h5, dataset, H5T_NATIVE_UINT8, status);
    h5_attr(group->h5, dataset, "flag_values", H5T_NATIVE_UINT8, values, N_STATUSES);
    h5_attr_text(group->h5, dataset, "flag_meanings", meanings);
    h5_done(dataset);
}

static void write_opened(const struct holdout_group *group, const struct h5_scale *point)
{
    struct h5_shape shape = {0};
    const char **texts = calloc(group->holdout->n, sizeof *texts);
    h5_check(group->h5, texts != NULL, "allocate", "opened");
    if (!texts)
        return;
    for (uint32_t i = 0; i < group->holdout->n; i++)
        texts[i] = group->holdout->openings[i].opened;
    h5_shape_add(&shape, point, 0);
    hid_t dataset =
        h5_dataset(group->h5, group->id, "opened", group->h5->text, &shape, NULL, false);
    h5_write(group->h5, dataset, group->h5->text, texts);
    h5_attr_text(group->h5, dataset, "long_name", "when the holdout was opened for the point, UTC");
    h5_done(dataset);
    free(texts);
}

static struct h5_scale points_scale(struct holdout_group *group)
{
    double *numbers = calloc(group->holdout->n, sizeof *numbers);
    struct h5_scale scale = {.id = -1};
    h5_check(group->h5, numbers != NULL, "allocate", "point");
    for (uint32_t i = 0; numbers && i < group->holdout->n; i++)
        numbers[i] = (double)group->holdout->openings[i].point;
    if (numbers)
        scale = h5_scale_numbers(group->h5, group->id, "point", numbers, group->holdout->n);
    free(numbers);
    return scale;
}

void export_holdout_write(struct h5 *h5, const struct job *job, const struct holdout *holdout)
{
    const char *scenarios[JOB_SCENARIOS_MAX], *periods[JOB_PERIODS_MAX];
    if (!holdout || holdout->n == 0 || h5->failed)
        return;
    struct holdout_group group = {.h5 = h5, .holdout = holdout};
    group.id = h5_group(h5, h5->file, "holdout", NULL);
    group.n_cells = (size_t)holdout->n * holdout->n_scenarios * holdout->n_periods;
    for (uint32_t s = 0; s < holdout->n_scenarios; s++)
        scenarios[s] = job->scenarios[s].name;
    for (uint32_t p = 0; p < holdout->n_periods; p++)
        periods[p] = job->periods[holdout_period(job, p)].name;
    struct h5_scale scale[] = {
        points_scale(&group),
        h5_scale_texts(h5, group.id, "scenario", scenarios, holdout->n_scenarios),
        h5_scale_texts(h5, group.id, "period", periods, holdout->n_periods)};
    for (int i = 0; i < 3; i++)
        h5_shape_add(&group.shape, &scale[i], 0);
    double *values = calloc(group.n_cells, sizeof *values); /* room for the narrower ones too */
    h5_check(h5, values != NULL, "allocate", "holdout");
    write_opened(&group, &scale[0]);
    for (uint32_t m = 0; values && m < N_METRICS; m++)
        write_metric(&group, m, values);
    if (values) {
        write_flags(&group, (uint16_t *)(void *)values);
        write_status(&group, (uint8_t *)(void *)values);
    }
    free(values);
    for (int i = 0; i < 3; i++)
        h5_scale_close(&scale[i]);
    if (group.id >= 0)
        H5Gclose(group.id);
}
