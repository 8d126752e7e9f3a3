/* score - the order in which a sleeve's candidates are tried, engine.md section 4: weighted ranks
 * of three strengths, an exact integer, so that no rounding decides between two candidates. */
#ifndef ENGINE_SCORE_H
#define ENGINE_SCORE_H
#include "engine/parameters.h"
#include <stdint.h>

enum score_component { SCORE_BREAKOUT, SCORE_MOMENTUM, SCORE_DIVERSIFICATION, N_SCORE_COMPONENTS };

/* floor(1e6 * weight + 0.5) of each component. */
void score_weights(const struct portfolio_params *portfolio, int64_t weights[N_SCORE_COMPONENTS]);
/* strength[c][i] of n candidates in bytewise order of their symbols. order[n]: best first. score is
 * scratch of n. */
void score_order(const int64_t weights[N_SCORE_COMPONENTS],
                 const double *const strength[N_SCORE_COMPONENTS], uint32_t n, int64_t *score,
                 uint32_t *order);
#endif
