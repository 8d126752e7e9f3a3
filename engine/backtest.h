/* backtest - the traced path: one grid point, engine.md section 3 in the order it is written, everything recorded.
 *
 * The reference the fast path is judged by, and what replay and explanation show. Its memory is allocated before the
 * first date and kept for the next run. */
#ifndef ENGINE_BACKTEST_H
#define ENGINE_BACKTEST_H
#include "engine/engine.h"

void backtest_free(struct backtest **backtest_p);
#endif
