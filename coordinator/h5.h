/* h5 - the few shapes of HDF5 that results.h5 is made of, written so that h5py, xarray (h5netcdf
 * and netCDF4), ncdump, h5dump and NeXus viewers all read them. Traps avoided here: strings are
 * variable-length UTF-8 (fixed ones crash netCDF4), creation order is tracked (netCDF-4 demands
 * it), no object times (same cells, same bytes), every dimension has a scale.
 *
 * The first failure sticks: every later call does nothing and h5_close() reports it. */
#ifndef COORDINATOR_H5_H
#define COORDINATOR_H5_H
#include "proto/err.h"
#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

#define H5_DIMS_MAX 32

struct h5 {
    hid_t file, text; /* text: variable-length UTF-8 */
    int n_scales;
    bool failed;
    char what[160]; /* of the first failure */
};
struct h5_shape { /* of a dataset with a scale on every dimension */
    int n;
    hid_t scale[H5_DIMS_MAX];
    int dimension[H5_DIMS_MAX];                    /* _Netcdf4Dimid of the scale */
    hsize_t size[H5_DIMS_MAX], chunk[H5_DIMS_MAX]; /* chunk[0] 0: stored whole, not compressed */
};
struct h5_scale {
    hid_t id;
    int dimension;
    hsize_t size;
};

void h5_create(struct h5 *h5, const char *path);
/* Closes and fsyncs. ERR_IO with what failed first. Whatever was opened through h5_* must have been
 * closed. */
enum err h5_close(struct h5 *h5, const char *path, struct err_note *note);
void h5_check(struct h5 *h5, bool ok, const char *what, const char *name);

hid_t h5_group(struct h5 *h5, hid_t where, const char *name, const char *nx_class);
void h5_link(struct h5 *h5, hid_t where, const char *name, const char *target); /* soft */

void h5_attr_text(struct h5 *h5, hid_t object, const char *name, const char *value);
/* The CF attribute "units". xarray makes durations of whatever is in "days", "hours", "seconds":
 * those go in the singular. */
void h5_attr_units(struct h5 *h5, hid_t object, const char *unit);
void h5_attr_texts(struct h5 *h5, hid_t object, const char *name, const char *const *values,
                   size_t n);
/* n 0: a scalar. type: native, also of the file (little-endian machines only). */
void h5_attr(struct h5 *h5, hid_t object, const char *name, hid_t type, const void *values,
             size_t n);

/* 1-D datasets that are dimension scales. */
struct h5_scale h5_scale_texts(struct h5 *h5, hid_t where, const char *name,
                               const char *const *texts, size_t n);
struct h5_scale h5_scale_numbers(struct h5 *h5, hid_t where, const char *name, const double *values,
                                 size_t n);
void h5_scale_close(struct h5_scale *scale);
void h5_shape_add(struct h5_shape *shape, const struct h5_scale *scale, hsize_t chunk);

/* A dataset; fill (may be NULL) is one element, fill_attribute also announces it as _FillValue. */
hid_t h5_dataset(struct h5 *h5, hid_t where, const char *name, hid_t type,
                 const struct h5_shape *shape, const void *fill, bool fill_attribute);
void h5_write(struct h5 *h5, hid_t dataset, hid_t type, const void *values);
/* One row of its first dimension. */
void h5_write_row(struct h5 *h5, hid_t dataset, hid_t type, hsize_t row, const void *values);
/* A scalar text dataset. */
void h5_text(struct h5 *h5, hid_t where, const char *name, const char *value);
void h5_done(hid_t dataset); /* H5Dclose of what may have failed to open */
#endif
