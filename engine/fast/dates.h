/* dates - one schedule (engine.md section 7) as the daily loop reads it: indexed by recorded date.
 */
#ifndef ENGINE_FAST_DATES_H
#define ENGINE_FAST_DATES_H
#include "engine/fast/fast.h"

/* Makes *run, which starts zeroed, that of (scenario, period, seed); what fits already is kept.
 * ERR_NOMEM leaves it empty. */
enum err fast_dates_set(struct fast_run *run, struct fast_state *state,
                        const struct plateau_scenario *scenario,
                        const struct plateau_period *period, uint64_t seed);
void fast_dates_free(struct fast_run *run);
#endif
