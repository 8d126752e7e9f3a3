/* columns - columns of a run that follow its journal: a tile is read once, when it has come. What a
 * page asks for again and again while a run goes costs what is new. */
#ifndef COORDINATOR_COLUMNS_H
#define COORDINATOR_COLUMNS_H
#include "coordinator/results.h"
#include "coordinator/run.h"
#include "proto/err.h"
#include <stdint.h>

#define COLUMNS_POINTS_MAX (1ull << 24)  /* of a grid: 9 bytes a point and column */
#define COLUMNS_BYTES_MAX (256ull << 20) /* of all columns kept, or two if those are larger */

struct columns;
struct columns_key {
    uint32_t scenario, period, metric;
};
/* The run is borrowed for the life of *out. ERR_RANGE: more than COLUMNS_POINTS_MAX points. */
enum err columns_new(struct columns **out, const struct run_dir *run, struct err_note *note);
void columns_free(struct columns **columns_p);
/* As of now. *values and *status, [n_points], stay good until the call after the next one. */
enum err columns_get(struct columns *columns, struct columns_key key, const double **values,
                     const uint8_t **status, struct err_note *note);
#endif
