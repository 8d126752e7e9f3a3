#include "coordinator/h5_compare.h"
#include "proto/result.h"
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIMS_MAX = 32 };

struct compare {
    hid_t expected, found; /* files */
    const char *path;      /* of the second */
    struct h5_comparison *out;
    struct err_note *note;
    enum err err;
};
struct pair { /* one dataset in both files */
    const char *name;
    hid_t a, b, type;
    size_t size; /* of a value */
    int n;
    hsize_t dims[DIMS_MAX];
};

static enum err damaged(const struct compare *c, const char *name, const char *what)
{
    return err_set(c->note, ERR_CORRUPT, "%s: dataset %s %s", c->path, name, what);
}

/* How many leading dimensions are walked one index at a time, so that what is left fits a pass. */
static int n_walked(const struct pair *pair)
{
    hsize_t left = pair->size;
    int k = pair->n;
    while (k > 0 && left * pair->dims[k - 1] <= H5_COMPARE_PASS_BYTES)
        left *= pair->dims[--k];
    return k;
}

static enum err read_slab(hid_t dataset, const struct pair *pair, const hsize_t *start,
                          const hsize_t *count, void *out)
{
    hid_t file = H5Dget_space(dataset), memory = H5Screate_simple(pair->n, count, NULL);
    bool good = file >= 0 && memory >= 0;
    if (good && pair->n > 0)
        good = H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, count, NULL) >= 0;
    good = good && H5Dread(dataset, pair->type, memory, file, H5P_DEFAULT, out) >= 0;
    H5Sclose(file);
    H5Sclose(memory);
    return good ? OK : ERR_IO;
}

static void count(struct compare *c, const struct pair *pair, const uint8_t *a, const uint8_t *b,
                  hsize_t n)
{
    bool is_status = strcmp(pair->name, "status") == 0;
    uint64_t before = c->out->n_different;
    if (memcmp(a, b, n * pair->size) == 0)
        return;
    for (hsize_t i = 0; i < n; i++)
        if (memcmp(a + i * pair->size, b + i * pair->size, pair->size) != 0) {
            c->out->n_different++;
            c->out->n_missing += is_status && b[i] == STATUS_MISSING;
            c->out->n_extra += is_status && a[i] == STATUS_MISSING;
        }
    if (before == 0)
        snprintf(c->out->first, sizeof c->out->first, "%s", pair->name);
}

static enum err compare_values(struct compare *c, const struct pair *pair)
{
    hsize_t start[DIMS_MAX] = {0}, slab[DIMS_MAX], n = 1, n_slabs = 1;
    int walked = n_walked(pair);
    for (int d = 0; d < pair->n; d++) {
        slab[d] = d < walked ? 1 : pair->dims[d];
        n *= slab[d];
        n_slabs *= d < walked ? pair->dims[d] : 1;
    }
    uint8_t *a = calloc(n + 1, pair->size), *b = calloc(n + 1, pair->size);
    enum err err = a && b ? OK : ERR_NOMEM;
    for (hsize_t s = 0; !err && n > 0 && s < n_slabs; s++) {
        hsize_t rest = s;
        for (int d = walked - 1; d >= 0; d--) {
            start[d] = rest % pair->dims[d];
            rest /= pair->dims[d];
        }
        err = read_slab(pair->a, pair, start, slab, a);
        if (!err && read_slab(pair->b, pair, start, slab, b))
            err = damaged(c, pair->name, "cannot be read");
        if (!err)
            count(c, pair, a, b, n);
    }
    free(a);
    free(b);
    return err;
}

static bool same_shape(struct pair *pair)
{
    hsize_t dims[DIMS_MAX];
    hid_t a = H5Dget_space(pair->a), b = H5Dget_space(pair->b), type = H5Dget_type(pair->b);
    hid_t native = type >= 0 ? H5Tget_native_type(type, H5T_DIR_ASCEND) : -1;
    pair->n = H5Sget_simple_extent_ndims(a);
    bool same = pair->n >= 0 && pair->n <= DIMS_MAX && H5Sget_simple_extent_ndims(b) == pair->n &&
                native >= 0 && H5Tequal(native, pair->type) > 0 &&
                H5Sget_simple_extent_dims(a, pair->dims, NULL) == pair->n &&
                H5Sget_simple_extent_dims(b, dims, NULL) == pair->n &&
                memcmp(dims, pair->dims, (size_t)pair->n * sizeof *dims) == 0;
    H5Sclose(a);
    H5Sclose(b);
    H5Tclose(type);
    H5Tclose(native);
    return same;
}

static enum err compare_dataset(struct compare *c, const char *name)
{
    struct pair pair = {.name = name, .a = H5Dopen2(c->expected, name, H5P_DEFAULT)};
    hid_t type = H5Dget_type(pair.a);
    H5T_class_t class = H5Tget_class(type);
    enum err err = OK;
    if (class == H5T_INTEGER || class == H5T_FLOAT) {
        pair.type = H5Tget_native_type(type, H5T_DIR_ASCEND);
        pair.size = H5Tget_size(pair.type);
        pair.b = H5Dopen2(c->found, name, H5P_DEFAULT);
        if (pair.b < 0)
            err = damaged(c, name, "is not there");
        else if (!same_shape(&pair))
            err = damaged(c, name, "has another shape than the run");
        else
            err = compare_values(c, &pair);
        c->out->n_datasets++;
        H5Tclose(pair.type);
        H5Dclose(pair.b);
    }
    H5Tclose(type);
    H5Dclose(pair.a);
    return err;
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *info, void *ctx)
{
    struct compare *c = ctx;
    H5O_info_t about;
    if (info->type != H5L_TYPE_HARD ||
        H5Oget_info_by_name2(group, name, &about, H5O_INFO_BASIC, H5P_DEFAULT) < 0 ||
        about.type != H5O_TYPE_DATASET)
        return 0;
    c->err = compare_dataset(c, name);
    return c->err ? -1 : 0;
}

enum err h5_compare(const char *expected, const char *found, struct h5_comparison *out,
                    struct err_note *note)
{
    struct compare c = {.path = found, .out = out, .note = note};
    *out = (struct h5_comparison){0};
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    c.expected = H5Fopen(expected, H5F_ACC_RDONLY, H5P_DEFAULT);
    c.found = H5Fopen(found, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (c.expected < 0)
        c.err = err_set(note, ERR_IO, "%s: cannot be read", expected);
    else if (c.found < 0)
        c.err = err_set(note, ERR_CORRUPT, "%s: is no whole HDF5 file", found);
    else if (H5Literate(c.expected, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, &c) < 0 && !c.err)
        c.err = err_set(note, ERR_IO, "%s: its datasets cannot be listed", expected);
    H5Fclose(c.expected);
    H5Fclose(c.found);
    return c.err;
}
