/* calibrate - what a point costs, measured in this process on a few spread-out points, and the tile
 * size that follows. The size is frozen with the run: tiles are numbered by it in the journal. */
#ifndef COORDINATOR_CALIBRATE_H
#define COORDINATOR_CALIBRATE_H
#include "proto/err.h"
#include "proto/job.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct calibration {
    double warm_up_s;       /* engine and indicators, before the first point is done */
    double seconds_a_point; /* warm, all its scenarios and periods, one core */
    uint32_t n_measured;    /* points */
    /* All scenarios of a point that is ok (proto/result.h); NULL: none was found. */
    uint64_t known_ordinal;
    uint8_t *known;
    size_t known_length;
};
void calibration_free(struct calibration *calibration);
/* job->tile_points is not looked at. Takes about half a second, or the time of two points if that
 * is more. The caller ends *out with calibration_free(). */
enum err calibrate(struct calibration *out, const struct job *job, const void *image, size_t length,
                   size_t cache_bytes, struct err_note *note);

/* The same without measuring: only a point's cells. */
enum err calibrate_known(struct calibration *out, const struct job *job, const void *image,
                         size_t length, size_t cache_bytes, struct err_note *note);

#define CALIBRATE_CELLS_MAX 4096u
#define CALIBRATE_BYTES_MAX (1u << 20)
/* The power of two for which a tile takes 75 to 150 ms, but at most 4,096 cells, 1 MiB encoded, and
 * a sixteenth of the points so that a small run has work for every core. seconds_a_point <= 0:
 * unknown, only the limits hold. */
uint32_t calibrate_tile_points(const struct job *job, double seconds_a_point);
/* A run so small that its tile size does not depend on a measurement. */
bool calibrate_is_needless(const struct job *job);
#endif
