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

/* ---- texts ---- */

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/* An attribute that is not there, or no text, is "". */
static void read_attribute(hid_t object, const char *name, char *out, size_t size)
{
    char *text = NULL;
    out[0] = '\0';
    if (H5Aexists(object, name) <= 0)
        return;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = text_type();
    hid_t stored = attribute >= 0 ? H5Aget_type(attribute) : -1;
    if (stored >= 0 && H5Tis_variable_str(stored) > 0 && H5Aread(attribute, type, &text) >= 0 &&
        text)
        snprintf(out, size, "%s", text);
    H5free_memory(text);
    H5Tclose(stored);
    H5Tclose(type);
    H5Aclose(attribute);
}

/* A 1-D dataset, or attribute of one, of variable-length texts. */
static enum err read_names(hid_t object, bool attribute, struct h5_grid_names *out)
{
    hid_t space = attribute ? H5Aget_space(object) : H5Dget_space(object), type = text_type();
    hid_t stored = attribute ? H5Aget_type(object) : H5Dget_type(object);
    hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : 0;
    bool good = n > 0 && n <= H5_GRID_NAMES_MAX && H5Tis_variable_str(stored) > 0;
    char **texts = good ? calloc((size_t)n, sizeof *texts) : NULL;
    good = texts && (attribute ? H5Aread(object, type, texts)
                               : H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts)) >= 0;
    out->at = good ? calloc((size_t)n, sizeof *out->at) : NULL;
    for (hssize_t i = 0; out->at && i < n; i++) {
        out->at[i] = strdup(texts[i] ? texts[i] : "");
        good = good && out->at[i];
    }
    out->n = out->at ? (uint32_t)n : 0;
    if (texts && good)
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    free(texts);
    H5Tclose(stored);
    H5Tclose(type);
    H5Sclose(space);
    return good && out->at ? OK : ERR_FORMAT;
}

static void free_names(struct h5_grid_names *names)
{
    for (uint32_t i = 0; i < names->n; i++)
        free(names->at[i]);
    free(names->at);
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
        return read_names(scale, false, &axis->texts);
    hid_t text = H5Aopen(scale, "text", H5P_DEFAULT);
    enum err err = read_names(text, true, &axis->texts);
    H5Aclose(text);
    if (!err && axis->texts.n == n &&
        H5Dread(scale, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, axis->values) < 0)
        err = ERR_IO;
    return err;
}

static enum err read_axis(struct h5_grid *grid, hid_t status, uint32_t a, hsize_t n)
{
    struct h5_grid_axis *axis = &grid->axes[a];
    char name[H5_GRID_TEXT] = "";
    if (H5DSiterate_scales(status, a + 1, NULL, take_name, name) < 0 || !name[0])
        return ERR_FORMAT;
    hid_t scale = H5Dopen2(grid->file, name, H5P_DEFAULT);
    if (scale < 0)
        return ERR_FORMAT;
    snprintf(axis->label, sizeof axis->label, "%s", name + (name[0] == '/'));
    read_attribute(scale, "long_name", axis->path, sizeof axis->path);
    read_attribute(scale, "units", axis->unit, sizeof axis->unit);
    read_attribute(scale, "spacing", axis->spacing, sizeof axis->spacing);
    enum err err = axis->spacing[0] ? read_levels(axis, scale, n) : ERR_FORMAT;
    H5Dclose(scale);
    grid->n_axes = a + 1;
    return err ? err : axis->texts.n == n ? OK : ERR_FORMAT;
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
    return OK;
}

/* ---- the file ---- */

static enum err read_dataset_names(const struct h5_grid *grid, const char *name,
                                   struct h5_grid_names *out, struct err_note *note)
{
    hid_t dataset =
        H5Lexists(grid->file, name, H5P_DEFAULT) > 0 ? H5Dopen2(grid->file, name, H5P_DEFAULT) : -1;
    enum err err = dataset >= 0 ? read_names(dataset, false, out) : ERR_FORMAT;
    H5Dclose(dataset);
    return err ? no_results(note, "it names no scenarios and periods") : OK;
}

static void read_facts(struct h5_grid *grid)
{
    read_attribute(grid->file, "run_id", grid->run_id, sizeof grid->run_id);
    read_attribute(grid->file, "created", grid->created, sizeof grid->created);
    read_attribute(grid->file, "engine_build", grid->build, sizeof grid->build);
    read_attribute(grid->file, "engine_id", grid->engine_id, sizeof grid->engine_id);
    read_attribute(grid->file, "spec_sha256", grid->spec_sha256, sizeof grid->spec_sha256);
    hid_t entry = H5Lexists(grid->file, "entry", H5P_DEFAULT) > 0
                      ? H5Gopen2(grid->file, "entry", H5P_DEFAULT)
                      : -1;
    if (entry >= 0)
        read_attribute(entry, "default", grid->objective, sizeof grid->objective);
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
    for (uint32_t a = 0; a < grid->n_axes; a++) {
        free_names(&grid->axes[a].texts);
        free(grid->axes[a].values);
    }
    free_names(&grid->scenarios);
    free_names(&grid->periods);
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
