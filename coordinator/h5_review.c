#include "coordinator/h5_review.h"
#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <string.h>

static uint64_t point_of(hid_t group, const char *name)
{
    uint64_t point = H5_REVIEW_NONE;
    if (H5Aexists(group, name) > 0) {
        hid_t attribute = H5Aopen(group, name, H5P_DEFAULT);
        if (H5Aread(attribute, H5T_NATIVE_UINT64, &point) < 0)
            point = H5_REVIEW_NONE;
        H5Aclose(attribute);
    }
    return point;
}

static double figure_of(hid_t group, const char *path)
{
    double value;
    return H5LTpath_valid(group, path, true) > 0 &&
                   H5LTread_dataset_double(group, path, &value) >= 0
               ? value
               : NAN;
}

static enum err read_reasons(hid_t group, struct h5_texts *out)
{
    if (H5Aexists(group, "reasons") <= 0) /* every condition is met */
        return OK;
    hid_t attribute = H5Aopen(group, "reasons", H5P_DEFAULT);
    enum err err = h5_text_list(attribute, out);
    H5Aclose(attribute);
    return err;
}

static enum err read_group(struct h5_review *out, hid_t group)
{
    h5_text_attribute(group, "verdict", out->verdict, sizeof out->verdict);
    h5_text_attribute(group, "objective", out->objective, sizeof out->objective);
    out->chosen = point_of(group, "chosen_point");
    out->robust = point_of(group, "robust_point");
    out->peak = point_of(group, "peak_point");
    out->plateau_ratio = figure_of(group, "plateau/plateau_ratio");
    out->worst_ratio = figure_of(group, "plateau/worst_ratio");
    out->basin_frac = figure_of(group, "plateau/basin_frac");
    out->stress_retention = figure_of(group, "stress/stress_retention");
    out->dsr = figure_of(group, "luck/dsr");
    out->pbo = figure_of(group, "overfitting/pbo");
    return read_reasons(group, &out->reasons);
}

enum err h5_review_read(struct h5_review *out, const char *path, struct err_note *note)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    memset(out, 0, sizeof *out);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0)
        return err_set(note, ERR_NOT_FOUND, "%s: no HDF5 file that can be read", path);
    hid_t group =
        H5Lexists(file, "review", H5P_DEFAULT) > 0 ? H5Gopen2(file, "review", H5P_DEFAULT) : -1;
    enum err err = group < 0 ? err_set(note, ERR_NOT_FOUND, "%s: it was never reviewed", path)
                             : read_group(out, group);
    if (group >= 0)
        H5Gclose(group);
    H5Fclose(file);
    if (err)
        h5_review_free(out);
    return err;
}

void h5_review_free(struct h5_review *review)
{
    h5_texts_free(&review->reasons);
}
