/* batch - from parameter sets to metric rows on the fast path: points are laid out in batches,
 * those with equal entry fields side by side, run together, and measured. */
#ifndef ENGINE_FAST_BATCH_H
#define ENGINE_FAST_BATCH_H
#include "engine/fast/fast.h"

void fast_buffers_free(struct fast_buffers **buffers_p);
/* As plateau_run; every sleeve's strategy has the fast capability. */
enum err fast_run_points(struct fast_state *state, const struct plateau_config *const *configs,
                         size_t n_points, const struct plateau_scenario *scenario,
                         const struct plateau_period *period, struct plateau_result *results);
#endif
