/* h5_grid - a finished results.h5 read back as a grid (docs/results.md): its axes, and columns of
 * metrics, one scenario and period at a time. Dense files only: of a sampled or sparse one, the run
 * itself tells where its points lie.
 *
 * HDF5 here is not for several threads: the caller takes care of that. */
#ifndef COORDINATOR_H5_GRID_H
#define COORDINATOR_H5_GRID_H
#include "coordinator/h5_text.h"
#include "proto/err.h"
#include "proto/sweep.h"
#include <stdint.h>

enum { H5_GRID_TEXT = 256 };
#define H5_GRID_POINTS_MAX (1ull << 24)

struct h5_grid_axis {
    char label[H5_GRID_TEXT], path[H5_GRID_TEXT], unit[H5_GRID_TEXT], spacing[16];
    struct h5_texts texts;
    double *values;     /* [texts.n]; of a categorical axis: its indices */
    uint32_t dimension; /* index among axes */
};
struct h5_grid {
    int64_t file; /* hid_t */
    char run_id[H5_GRID_TEXT], created[H5_GRID_TEXT], build[H5_GRID_TEXT];
    char engine_id[H5_GRID_TEXT], spec_sha256[H5_GRID_TEXT], objective[H5_GRID_TEXT];
    struct h5_texts scenarios, periods;
    struct h5_grid_axis axes[SWEEP_AXES_MAX]; /* of a zip group the first */
    uint32_t n_axes;
    struct h5_grid_axis zipped[SWEEP_AXES_MAX]; /* the others, along the dimension they name */
    uint32_t n_zipped;
    uint64_t n_points; /* row-major, the last axis fastest */
};
/* ERR_NOT_FOUND, ERR_FORMAT: no results file, or not a dense one; ERR_RANGE: more than
 * H5_GRID_POINTS_MAX points. The caller ends it with h5_grid_close(). */
enum err h5_grid_open(struct h5_grid *out, const char *path, struct err_note *note);
void h5_grid_close(struct h5_grid *grid);
/* All n_points. A metric that the file does not have is NaN. ERR_FORMAT: its
 * dataset has another shape; ERR_IO. */
enum err h5_grid_metric(const struct h5_grid *grid, const char *metric, uint32_t scenario,
                        uint32_t period, double *values, struct err_note *note);
/* One number of it. */
enum err h5_grid_value(const struct h5_grid *grid, const char *metric, uint32_t scenario,
                       uint32_t period, uint64_t point, double *value, struct err_note *note);
enum err h5_grid_status(const struct h5_grid *grid, uint32_t scenario, uint8_t *status,
                        struct err_note *note);
#endif
