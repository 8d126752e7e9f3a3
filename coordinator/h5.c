#include "coordinator/h5.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <hdf5_hl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TRACKED (H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)

void h5_check(struct h5 *h5, bool ok, const char *what, const char *name)
{
    if (ok || h5->failed)
        return;
    h5->failed = true;
    snprintf(h5->what, sizeof h5->what, "%s %s%s%s", what, name, errno ? ": " : "",
             errno ? strerror(errno) : "");
}

void h5_create(struct h5 *h5, const char *path)
{
    *h5 = (struct h5){.file = -1};
    /* After a full disk HDF5 cannot close its file, tries again when the process exits, and crashes
     * there. */
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* one clear line of ours instead of its stack */
    errno = 0;
    h5->text = H5Tcopy(H5T_C_S1);
    H5Tset_size(h5->text, H5T_VARIABLE);
    H5Tset_cset(h5->text, H5T_CSET_UTF8);
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_link_creation_order(creation, TRACKED);
    H5Pset_attr_creation_order(creation, TRACKED);
    H5Pset_obj_track_times(creation, false);
    h5->file = H5Fcreate(path, H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    H5Pclose(creation);
    h5_check(h5, h5->file >= 0, "create", path);
}

static bool sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    return close(fd) == 0 && ok;
}

enum err h5_close(struct h5 *h5, const char *path, struct err_note *note)
{
    bool open = h5->file >= 0;
    if (open)
        h5_check(h5, H5Fclose(h5->file) >= 0, "close", path);
    H5Tclose(h5->text);
    if (open && !h5->failed)
        h5_check(h5, sync_file(path), "fsync", path);
    h5->file = -1;
    return h5->failed
               ? err_set(note, ERR_IO, "%s: HDF5 could not %s: is the disk full or read-only?",
                         path, h5->what)
               : OK;
}

hid_t h5_group(struct h5 *h5, hid_t where, const char *name, const char *nx_class)
{
    if (h5->failed)
        return -1;
    hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_link_creation_order(creation, TRACKED);
    H5Pset_attr_creation_order(creation, TRACKED);
    H5Pset_obj_track_times(creation, false);
    hid_t group = H5Gcreate2(where, name, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Pclose(creation);
    h5_check(h5, group >= 0, "make group", name);
    if (nx_class)
        h5_attr_text(h5, group, "NX_class", nx_class);
    return group;
}

void h5_link(struct h5 *h5, hid_t where, const char *name, const char *target)
{
    if (!h5->failed)
        h5_check(h5, H5Lcreate_soft(target, where, name, H5P_DEFAULT, H5P_DEFAULT) >= 0, "link",
                 name);
}

void h5_attr(struct h5 *h5, hid_t object, const char *name, hid_t type, const void *values,
             size_t n)
{
    if (h5->failed)
        return;
    hsize_t size = n;
    hid_t space = n ? H5Screate_simple(1, &size, NULL) : H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    h5_check(h5, attribute >= 0 && H5Awrite(attribute, type, values) >= 0, "write attribute", name);
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
}

void h5_attr_text(struct h5 *h5, hid_t object, const char *name, const char *value)
{
    h5_attr(h5, object, name, h5->text, &value, 0);
}

void h5_attr_units(struct h5 *h5, hid_t object, const char *unit)
{
    static const char *const durations[] = {"days", "hours", "minutes", "seconds"};
    char singular[16];
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++)
        if (strcmp(unit, durations[i]) == 0) {
            snprintf(singular, sizeof singular, "%.*s", (int)strlen(unit) - 1, unit);
            unit = singular;
            break;
        }
    h5_attr_text(h5, object, "units", unit);
}

void h5_attr_texts(struct h5 *h5, hid_t object, const char *name, const char *const *values,
                   size_t n)
{
    if (n)
        h5_attr(h5, object, name, h5->text, values, n);
}

static hid_t dataset_creation(void)
{
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_attr_creation_order(creation, TRACKED);
    H5Pset_obj_track_times(creation, false);
    return creation;
}

static struct h5_scale make_scale(struct h5 *h5, hid_t where, const char *name, hid_t type,
                                  const void *values, size_t n)
{
    struct h5_scale scale = {.id = -1, .dimension = h5->n_scales, .size = n};
    if (h5->failed)
        return scale;
    hid_t space = H5Screate_simple(1, &scale.size, NULL), creation = dataset_creation();
    scale.id = H5Dcreate2(where, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    h5_check(h5,
             scale.id >= 0 && H5Dwrite(scale.id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
             "write axis", name);
    h5_check(h5, scale.id >= 0 && H5DSset_scale(scale.id, name) >= 0, "make a scale of", name);
    h5_attr(h5, scale.id, "_Netcdf4Dimid", H5T_NATIVE_INT, &h5->n_scales, 0);
    h5->n_scales++;
    H5Pclose(creation);
    H5Sclose(space);
    return scale;
}

struct h5_scale h5_scale_texts(struct h5 *h5, hid_t where, const char *name,
                               const char *const *texts, size_t n)
{
    return make_scale(h5, where, name, h5->text, texts, n);
}

struct h5_scale h5_scale_numbers(struct h5 *h5, hid_t where, const char *name, const double *values,
                                 size_t n)
{
    return make_scale(h5, where, name, H5T_NATIVE_DOUBLE, values, n);
}

void h5_scale_close(struct h5_scale *scale)
{
    if (scale->id >= 0)
        H5Dclose(scale->id);
    scale->id = -1;
}

void h5_shape_add(struct h5_shape *shape, const struct h5_scale *scale, hsize_t chunk)
{
    assert(shape->n < H5_DIMS_MAX);
    shape->scale[shape->n] = scale->id;
    shape->dimension[shape->n] = scale->dimension;
    shape->size[shape->n] = scale->size;
    shape->chunk[shape->n++] = chunk;
}

/* Shuffle and deflate are set here, but export_pack does their work and hands chunks over as they
 * are stored. */
static void set_chunks(hid_t creation, const struct h5_shape *shape)
{
    H5Pset_chunk(creation, shape->n, shape->chunk);
    H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 1);
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_INCR);
}

hid_t h5_dataset(struct h5 *h5, hid_t where, const char *name, hid_t type,
                 const struct h5_shape *shape, const void *fill, bool fill_attribute)
{
    if (h5->failed)
        return -1;
    hid_t space = H5Screate_simple(shape->n, shape->size, NULL), creation = dataset_creation();
    if (shape->chunk[0])
        set_chunks(creation, shape);
    if (fill)
        H5Pset_fill_value(creation, type, fill);
    hid_t dataset = H5Dcreate2(where, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    h5_check(h5, dataset >= 0, "create dataset", name);
    if (fill_attribute)
        h5_attr(h5, dataset, "_FillValue", type, fill, 1);
    for (int d = 0; d < shape->n && !h5->failed; d++)
        h5_check(h5, H5DSattach_scale(dataset, shape->scale[d], (unsigned)d) >= 0,
                 "attach an axis to", name);
    h5_attr(h5, dataset, "_Netcdf4Coordinates", H5T_NATIVE_INT, shape->dimension, (size_t)shape->n);
    H5Pclose(creation);
    H5Sclose(space);
    return dataset;
}

void h5_write(struct h5 *h5, hid_t dataset, hid_t type, const void *values)
{
    if (!h5->failed)
        h5_check(h5, H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0, "write",
                 "a dataset");
}

void h5_write_row(struct h5 *h5, hid_t dataset, hid_t type, hsize_t row, const void *values)
{
    if (h5->failed)
        return;
    hsize_t start[H5_DIMS_MAX] = {row}, count[H5_DIMS_MAX];
    hid_t file = H5Dget_space(dataset);
    int n = H5Sget_simple_extent_dims(file, count, NULL);
    hid_t memory = n > 1 ? H5Screate_simple(n - 1, count + 1, NULL) : H5Screate(H5S_SCALAR);
    count[0] = 1;
    h5_check(h5,
             n > 0 && H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                 H5Dwrite(dataset, type, memory, file, H5P_DEFAULT, values) >= 0,
             "write", "a row");
    H5Sclose(memory);
    H5Sclose(file);
}

void h5_text(struct h5 *h5, hid_t where, const char *name, const char *value)
{
    if (h5->failed)
        return;
    hid_t space = H5Screate(H5S_SCALAR), creation = dataset_creation();
    hid_t dataset = H5Dcreate2(where, name, h5->text, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    h5_check(
        h5, dataset >= 0 && H5Dwrite(dataset, h5->text, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) >= 0,
        "write", name);
    h5_done(dataset);
    H5Pclose(creation);
    H5Sclose(space);
}

void h5_done(hid_t dataset)
{
    if (dataset >= 0)
        H5Dclose(dataset);
}
