/* site_file - a results.h5 shown like a run that is finished: what its pages need, read from the
 * file alone. */
#ifndef CLI_SITE_FILE_H
#define CLI_SITE_FILE_H
#include "coordinator/h5_grid.h"
#include "coordinator/results.h"
#include "review/grid_view.h"
#include <jansson.h>

void site_file_shape(const struct h5_grid *grid, struct grid_view_shape *shape);
/* The metric its /entry names, or else the first. */
uint32_t site_file_objective(const struct h5_grid *grid);
uint32_t site_file_base_scenario(const struct h5_grid *grid);
/* As report_model_run() makes it of a run. The caller owns it. */
json_t *site_file_model(const struct h5_grid *grid);
/* As site_state(); key: the file's name. */
enum err site_file_state(const struct h5_grid *grid, const char *key, json_t **out,
                         struct err_note *note);
enum err site_file_cell(const struct h5_grid *grid, uint64_t point, uint32_t scenario,
                        struct results_cell *out, struct err_note *note);
#endif
