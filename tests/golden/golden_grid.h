/* golden_grid - the functions of statistics.md section 6 as the cases call them: inputs to answer,
 * or NULL when the function refuses. */
#ifndef TESTS_GOLDEN_GOLDEN_GRID_H
#define TESTS_GOLDEN_GOLDEN_GRID_H
#include <jansson.h>

json_t *golden_point_stability(const json_t *inputs);
json_t *golden_grid_summary(const json_t *inputs);
json_t *golden_sobol_grid(const json_t *inputs);
json_t *golden_scenario_robust(const json_t *inputs);
json_t *golden_train_val(const json_t *inputs);
json_t *golden_verdict(const json_t *inputs);
#endif
