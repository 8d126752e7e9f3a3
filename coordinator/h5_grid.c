#include "coordinator/h5_grid.h"
#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIMS_MAX = SWEEP_AXES_MAX + 2 };

static enum err no_results(struct err_note *note, const char *what)
{
    return err_set(note, ERR_FORMAT, "not a results.h5 that can be shown: %s", what);
}

/* ---- axes ---- */

static herr_t take_name(hid_t dataset, unsigned dimension, hid_t scale, void *name)
{
    (void)dataset, (void)dimension;
    H5Iget_name(scale, name, H5_GRID_TEXT);
    return 1; /* the first scale is enough */
}

/* A numeric axis has its exact texts beside its values; a categorical one is its texts. */
static enum err read_levels(struct h5_grid_axis *axis, hid_t scale, hsize_t n)
{
    axis->values = calloc((size_t)n, sizeof *axis->values);
    if (!axis->values)
        return ERR_NOMEM;
    for (hsize_t l = 0; l < n; l++)
        axis->values[l] = (double)l;
    if (H5Aexists(scale, "text") <= 0)
        return h5_text_dataset(scale, &axis->texts);
    hid_t text = H5Aopen(scale, "text", H5P_DEFAULT);
    enum err err = h5_text_list(text, &axis->texts);
    H5Aclose(text);
    if (!err && axis->texts.n == n &&
        H5Dread(scale, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, axis->values) < 0)
        err = ERR_IO;
    return err;
}

/* The dataset of an axis, by its name. */
static enum err read_named(struct h5_grid_axis *axis, hid_t dataset, const char *name, hsize_t n)
{
    snprintf(axis->label, sizeof axis->label, "%s", name + (name[0] == '/'));
    h5_text_attribute(dataset, "long_name", axis->path, sizeof axis->path);
    h5_text_attribute(dataset, "units", axis->unit, sizeof axis->unit);
    h5_text_attribute(dataset, "spacing", axis->spacing, sizeof axis->spacing);
    enum err err = axis->spacing[0] ? read_levels(axis, dataset, n) : ERR_FORMAT;
    return err ? err : axis->texts.n == n ? OK : ERR_FORMAT;
}

static enum err read_axis(struct h5_grid *grid, hid_t status, uint32_t a, hsize_t n)
{
    struct h5_grid_axis *axis = &grid->axes[a];
    char name[H5_GRID_TEXT] = "";
    axis->dimension = a;
    if (H5DSiterate_scales(status, a + 1, NULL, take_name, name) < 0 || !name[0])
        return ERR_FORMAT;
    hid_t scale = H5Dopen2(grid->file, name, H5P_DEFAULT);
    if (scale < 0)
        return ERR_FORMAT;
    enum err err = read_named(axis, scale, name, n);
    H5Dclose(scale);
    grid->n_axes = a + 1;
    return err;
}

static void free_axis(struct h5_grid_axis *axis)
{
    h5_texts_free(&axis->texts);
    free(axis->values);
    memset(axis, 0, sizeof *axis);
}

static uint32_t dimension_named(const struct h5_grid *grid, const char *scale)
{
    uint32_t d = 0;
    while (d < grid->n_axes && strcmp(grid->axes[d].label, scale + (scale[0] == '/')) != 0)
        d++;
    return d;
}

/* Another axis of a zip group lies along the first one's scale. One that cannot be read (files of
 * before kept no texts of it) is left out: the first one tells the levels apart. */
static void read_zipped(struct h5_grid *grid, const char *name)
{
    struct h5_grid_axis *axis = &grid->zipped[grid->n_zipped];
    char scale[H5_GRID_TEXT] = "";
    hid_t dataset =
        H5Lexists(grid->file, name, H5P_DEFAULT) > 0 ? H5Dopen2(grid->file, name, H5P_DEFAULT) : -1;
    if (dataset >= 0 && H5DSiterate_scales(dataset, 0, NULL, take_name, scale) >= 0 && scale[0])
        axis->dimension = dimension_named(grid, scale);
    else
        axis->dimension = grid->n_axes;
    if (axis->dimension < grid->n_axes &&
        read_named(axis, dataset, name, grid->axes[axis->dimension].texts.n) == OK)
        grid->n_zipped++;
    else
        free_axis(axis);
    H5Dclose(dataset);
}

/* CF: a dataset names the coordinates that are no dimensions. */
static void read_zip_groups(struct h5_grid *grid, hid_t status)
{
    char names[4096], *rest = NULL;
    h5_text_attribute(status, "coordinates", names, sizeof names);
    for (char *name = strtok_r(names, " ", &rest); name && grid->n_zipped < SWEEP_AXES_MAX;
         name = strtok_r(NULL, " ", &rest))
        read_zipped(grid, name);
}

static int shape_of(hid_t dataset, hsize_t dims[DIMS_MAX])
{
    hid_t space = H5Dget_space(dataset);
    int n = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    if (n >= 0 && n <= DIMS_MAX)
        H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    return n <= DIMS_MAX ? n : -1;
}

static enum err read_axes(struct h5_grid *grid, hid_t status, struct err_note *note)
{
    hsize_t dims[DIMS_MAX] = {0};
    int n = shape_of(status, dims);
    if (n < 2 || n > SWEEP_AXES_MAX || dims[0] != grid->scenarios.n)
        return no_results(note, "its status has no axes");
    grid->n_points = 1;
    for (int d = 1; d < n; d++) {
        if (dims[d] == 0 || dims[d] > H5_GRID_POINTS_MAX / grid->n_points)
            return err_set(note, ERR_RANGE, "the grid has more than the %llu points shown live",
                           H5_GRID_POINTS_MAX);
        grid->n_points *= dims[d];
        if (read_axis(grid, status, (uint32_t)d - 1, dims[d]))
            return no_results(note, "its points lie on no axes (a sample, or a sparse grid: serve "
                                    "the run's folder)");
    }
    read_zip_groups(grid, status);
    return OK;
}

/* ---- the file ---- */

static enum err read_dataset_names(const struct h5_grid *grid, const char *name,
                                   struct h5_texts *out, struct err_note *note)
{
    hid_t dataset =
        H5Lexists(grid->file, name, H5P_DEFAULT) > 0 ? H5Dopen2(grid->file, name, H5P_DEFAULT) : -1;
    enum err err = dataset >= 0 ? h5_text_dataset(dataset, out) : ERR_FORMAT;
    H5Dclose(dataset);
    return err ? no_results(note, "it names no scenarios and periods") : OK;
}

static void read_facts(struct h5_grid *grid)
{
    h5_text_attribute(grid->file, "run_id", grid->run_id, sizeof grid->run_id);
    h5_text_attribute(grid->file, "created", grid->created, sizeof grid->created);
    h5_text_attribute(grid->file, "engine_build", grid->build, sizeof grid->build);
    h5_text_attribute(grid->file, "engine_id", grid->engine_id, sizeof grid->engine_id);
    h5_text_attribute(grid->file, "spec_sha256", grid->spec_sha256, sizeof grid->spec_sha256);
    hid_t entry = H5Lexists(grid->file, "entry", H5P_DEFAULT) > 0
                      ? H5Gopen2(grid->file, "entry", H5P_DEFAULT)
                      : -1;
    if (entry >= 0)
        h5_text_attribute(entry, "default", grid->objective, sizeof grid->objective);
    H5Gclose(entry);
}

enum err h5_grid_open(struct h5_grid *out, const char *path, struct err_note *note)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    memset(out, 0, sizeof *out);
    out->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (out->file < 0) {
        out->file = 0;
        return err_set(note, ERR_NOT_FOUND, "%s: no HDF5 file that can be read", path);
    }
    enum err err = read_dataset_names(out, "scenario", &out->scenarios, note);
    if (!err)
        err = read_dataset_names(out, "period", &out->periods, note);
    if (!err) {
        hid_t status = H5Lexists(out->file, "status", H5P_DEFAULT) > 0
                           ? H5Dopen2(out->file, "status", H5P_DEFAULT)
                           : -1;
        err = status >= 0 ? read_axes(out, status, note) : no_results(note, "it has no status");
        H5Dclose(status);
    }
    read_facts(out);
    if (err)
        h5_grid_close(out);
    return err;
}

void h5_grid_close(struct h5_grid *grid)
{
    for (uint32_t a = 0; a < SWEEP_AXES_MAX; a++) {
        free_axis(&grid->axes[a]);
        free_axis(&grid->zipped[a]);
    }
    h5_texts_free(&grid->scenarios);
    h5_texts_free(&grid->periods);
    if (grid->file > 0)
        H5Fclose(grid->file);
    memset(grid, 0, sizeof *grid);
}

/* ---- columns ---- */

/* head: leading indices, [n_head]; point UINT64_MAX: all of them. */
static enum err read_slab(const struct h5_grid *grid, const char *name, const hsize_t *head,
                          int n_head, uint64_t point, hid_t type, void *out, struct err_note *note)
{
    hsize_t dims[DIMS_MAX] = {0}, start[DIMS_MAX] = {0}, size[DIMS_MAX];
    hsize_t n = point == UINT64_MAX ? grid->n_points : 1;
    hid_t dataset = H5Dopen2(grid->file, name, H5P_DEFAULT);
    bool fits = dataset >= 0 && shape_of(dataset, dims) == n_head + (int)grid->n_axes;
    for (int d = n_head + (int)grid->n_axes - 1; d >= 0; d--) {
        bool is_head = d < n_head;
        hsize_t levels = is_head ? dims[d] : grid->axes[d - n_head].texts.n;
        fits = fits && dims[d] == levels && (!is_head || head[d] < dims[d]);
        start[d] = is_head ? head[d] : point == UINT64_MAX ? 0 : point % levels;
        size[d] = is_head || point != UINT64_MAX ? 1 : levels;
        point = is_head || point == UINT64_MAX ? point : point / levels;
    }
    hid_t file = fits ? H5Dget_space(dataset) : -1, memory = H5Screate_simple(1, &n, NULL);
    bool good = fits && H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, size, NULL) >= 0 &&
                H5Dread(dataset, type, memory, file, H5P_DEFAULT, out) >= 0;
    H5Sclose(file);
    H5Sclose(memory);
    H5Dclose(dataset);
    if (!fits)
        return err_set(note, ERR_FORMAT, "dataset %s is not [scenario, period, axes]", name);
    return good ? OK : err_set(note, ERR_IO, "dataset %s cannot be read", name);
}

static enum err read_numbers(const struct h5_grid *grid, const char *metric, uint32_t scenario,
                             uint32_t period, uint64_t point, double *out, struct err_note *note)
{
    const hsize_t head[] = {scenario, period};
    if (H5Lexists(grid->file, metric, H5P_DEFAULT) > 0)
        return read_slab(grid, metric, head, 2, point, H5T_NATIVE_DOUBLE, out, note);
    for (uint64_t p = 0; p < (point == UINT64_MAX ? grid->n_points : 1); p++)
        out[p] = NAN;
    return OK;
}

enum err h5_grid_metric(const struct h5_grid *grid, const char *metric, uint32_t scenario,
                        uint32_t period, double *values, struct err_note *note)
{
    return read_numbers(grid, metric, scenario, period, UINT64_MAX, values, note);
}

enum err h5_grid_value(const struct h5_grid *grid, const char *metric, uint32_t scenario,
                       uint32_t period, uint64_t point, double *value, struct err_note *note)
{
    return read_numbers(grid, metric, scenario, period, point, value, note);
}

enum err h5_grid_status(const struct h5_grid *grid, uint32_t scenario, uint8_t *status,
                        struct err_note *note)
{
    const hsize_t head[] = {scenario};
    return read_slab(grid, "status", head, 1, UINT64_MAX, H5T_NATIVE_UINT8, status, note);
}
