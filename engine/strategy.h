/* strategy - what a sleeve trades on, behind one small table of functions.
 *
 * The portfolio (cash, sizing, limits, scores, selection, costs, fills) is the same for every
 * strategy; a strategy says which fields it has, which indicators it reads, when a bar is an entry,
 * how a stop moves and when a position leaves. A new strategy is one file in engine/strategies/ and
 * one row in STRATEGY_TABLE.
 *
 * Its functions are pure: what they need is in the bar they are handed, nothing of the future among
 * it. */
#ifndef ENGINE_STRATEGY_H
#define ENGINE_STRATEGY_H
#include "engine/indicator.h"
#include "engine/parameters.h"
#include "engine/plateau_engine.h"

#define STRATEGY_INDICATORS_MAX 16
#define STRATEGY_STAY (-1) /* exit(): no reason to leave */

/* One accepted bar of one symbol, at its close. */
struct strategy_bar {
    double open, high, low, close, volume; /* prices per unit; units */
    /* The indicators asked for, in that order; NaN where undefined. Those of the benchmark are
     * taken at its latest accepted bar at or before this session. */
    double indicator[STRATEGY_INDICATORS_MAX];
};

/* What entry() says of a candidate. */
struct entry_signal {
    const char *trigger; /* static text: "slow", "fast" */
    double stop;         /* price; the portfolio drops the candidate unless 0 < stop < close */
    double breakout, momentum; /* strengths to rank by; never NaN */
};

/* What a strategy may know and change of an open position. */
struct position_stop {
    double entry_price, stop; /* prices per unit; a stop never moves down */
    bool tightened;
};

struct strategy_fast; /* what the fast path needs of a strategy: engine/fast/ */

struct strategy {
    const char *name;
    const struct plateau_field *fields; /* the first are those of SLEEVE_TABLE */
    size_t n_fields;
    /* Fills needs[] with at most STRATEGY_INDICATORS_MAX indicators and returns how many. */
    uint32_t (*indicators)(const double *params, struct indicator_need *needs);
    bool (*entry)(const double *params, const struct strategy_bar *bar, struct entry_signal *out);
    void (*update_stop)(const double *params, const struct strategy_bar *bar,
                        struct position_stop *position);
    /* enum plateau_reason, or STRATEGY_STAY. After update_stop() of the same bar. */
    int (*exit)(const double *params, const struct strategy_bar *bar,
                const struct position_stop *position);
    const struct strategy_fast *fast; /* NULL: runs on the general path only */
};

/* All strategies: a row each. */
#define STRATEGY_TABLE(X) X(STRATEGY_MOMENTUM)
#define X(id) extern const struct strategy id;
STRATEGY_TABLE(X)
#undef X

/* NULL if there is none of that name. */
const struct strategy *strategy_find(const char *name);
#endif
