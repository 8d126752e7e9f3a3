/* fast - the fast path's data: what one image's backtests share, what one run shares, and what one
 * grid point is.
 *
 * Three layers, each computed from the one above and from nothing else:
 *
 *   struct fast_state   of an engine: marks, planes, return windows, candidate lists, draws (cached
 * under a byte limit) struct fast_run     of a (scenario, period, seed): recorded dates, due dates
 * of orders, crash dates struct fast_point   of a grid point: cash, positions, orders, equity
 *
 * The daily loop (engine/fast/loop.h) visits a point only on dates when something can happen to it:
 * an exit that is due (an exit's date and price are known the moment a position is opened, for they
 * depend on nothing but the position), an entry order that is due, or a candidate that could be
 * bought. It allocates nothing.
 *
 * Index names: t recorded date, d run-calendar date, s session of a sleeve's calendar, i accepted
 * bar of a sleeve. */
#ifndef ENGINE_FAST_FAST_H
#define ENGINE_FAST_FAST_H
#include "engine/engine.h"
#include "engine/fast/cache.h"
#include "engine/score.h"

#define FAST_PAD 8u   /* doubles behind an array that a vector may read or write past its end */
#define PLANE_PAD 16u /* of planes, which are read and written past a symbol's end */
#define FAST_NEVER INT32_MAX
/* Doubles behind a returns window that summing windows may touch. */
#define SUM_PAD 40u /* a multiple of FAST_PAD */

/* Entry fields of a momentum sleeve: those its candidate list depends on, and the correlation
 * window kept beside it. Only doubles, compared bytewise. */
struct fast_entry_key {
    double atr_period, adv_lookback, corr_lookback, roc_period, breakout_fast, breakout_slow;
    double trend_ma, ma_slope_lookback, ma_slope_min, require_trend, require_ma200;
    double relative_strength, relative_strength_min, fast_clearance, slow_clearance, trigger;
};

/* The rules of a sleeve, as the fast path wants them. */
struct fast_rules {
    struct fast_entry_key entry;
    double stop_atr_mult;
    bool staged;
    double tightened_atr_mult; /* staged */
    uint32_t exit_ma;
};
/* The capability a strategy's row may carry: candidates by breakout, first stop at close - mult *
 * ATR, exits by that stop and a moving average. */
struct strategy_fast {
    void (*rules)(const double *params, struct fast_rules *out);
};
extern const struct strategy_fast MOMENTUM_FAST;

struct fast_moments { /* of a window: m and 1/sqrt(M2); NaN where z is undefined */
    double mean, inv_norm;
};

/* Returns of a sleeve's symbols and their windows' moments (engine.md section 2, z), over the
 * sessions that have any: a benchmark may be decades longer than the prices beside it. */
struct fast_windows {
    uint32_t length, stride; /* L; doubles from one symbol's row to the next */
    uint32_t first, n; /* session of the first bar; sessions kept, in the last no return is left */
    double *ret; /* row[i .. i+L-1] is the window ending at session first+i; NaN where undefined */
    struct fast_moments *moments; /* [symbol * stride + i] */
};
/* Where a symbol's window that ends at a session, which is not before `first`, stands in both. */
static inline size_t fast_window_at(const struct fast_windows *w, uint32_t symbol, uint32_t session)
{
    uint32_t i = session - w->first;
    return (size_t)symbol * w->stride + (i < w->n ? i : w->n - 1);
}

/* Candidates of a sleeve by run-calendar date, before stop, size and capacity. Row d is start[d] ..
 * start[d]+n[d]-1, by symbol; start is a multiple of FAST_PAD and the gap is filled with candidates
 * that can never be bought. */
struct fast_candidates {
    struct fast_entry_key key;
    uint32_t n_run, n_slots; /* n_slots: padded rows together */
    uint32_t row_max;        /* longest padded row */
    uint32_t member_words;
    uint64_t *member;          /* [n_run][member_words]: bit s of row d: symbol s is a candidate */
    uint32_t *start, *n;       /* [n_run] */
    double *close, *atr, *adv; /* [n_slots] */
    int32_t *symbol;           /* [n_slots]; -1 in gaps */
    uint32_t *bar;
    double *breakout_rank2, *momentum_rank2;   /* twice the mean rank within the row */
    double *least_close_per_atr, *largest_lot; /* [n_run + FAST_PAD]: bounds on any candidate of the
                                                  row; +inf, -inf if none */
    const struct fast_windows *windows;
    uint32_t length; /* L */
    uint8_t *has_z;  /* [n_run] */
    double *z; /* row d: z[start[d] * L + i * padded n + candidate]; NaN where undefined; filled on
                  first use */
};

/* What the entry rules read, by bar. */
struct fast_screen {
    const double *close, *ma20, *ma50, *ma200, *trend, *hc_fast,
        *hc_slow; /* ma200: only if required */
};

struct fast_sleeve { /* of an engine */
    const struct image_view *view;
    const struct session_calendar *calendar;
    uint32_t calendar_index;
    double lots_per_unit;
    bool weekend_costs;   /* crypto */
    const uint32_t *rank; /* by symbol across sleeves */
    const double *close;  /* the image's, or a padded copy */
    double *close_copy;   /* NULL if the image's is followed by enough bytes */
    uint32_t
        *run_end; /* [n_bars]: last bar before two or more missing sessions, or the symbol's last */
    double *mark; /* [symbol * mark_stride + d]: last accepted close; unset before the first */
    uint32_t mark_stride;
    double *weekly; /* [n_sessions]: the benchmark's return over a week */
    uint64_t *symbol_hash;
};

struct fast_kernel;
struct fast_buffers; /* engine/fast/batch.c */
struct fast_state {
    const struct plateau_engine *engine;
    const struct fast_kernel *kernel;
    struct cache *cache;
    struct fast_sleeve sleeve[PLATEAU_SLEEVES_MAX];
    uint32_t n_sleeves, n_run;
    bool *weekend;    /* [n_run]: Saturday or Sunday */
    uint32_t *hits;   /* [most bars of a sleeve + FAST_PAD] scratch of the screen */
    double *products; /* [most bars of a symbol + FAST_PAD] */
    struct fast_buffers *buffers;
    uint64_t n_scored; /* rows some candidate of which was sized, since the start: the unit of work
                          benchmarks count in */
};

struct fast_run {
    struct fast_state *state;
    struct schedule *schedule;
    struct plateau_scenario scenario;
    struct plateau_period period;
    uint64_t seed;
    int32_t n_recorded;
    int32_t *t_of_run;                 /* [n_run]: -1 where not recorded */
    int32_t *run_of_t;                 /* [n_recorded] */
    int32_t *stretch_end;              /* [n_recorded]: t of the last date of the stretch */
    int32_t *next_crash;               /* [n_recorded]: first crash date after t; FAST_NEVER */
    uint8_t *crash;                    /* [n_recorded] */
    int32_t *due[PLATEAU_SLEEVES_MAX]; /* [n_run]: t of the sleeve's next session, -1 where no order
                                          may be made */
};

enum fast_phase { PHASE_OPEN, PHASE_CRASH, PHASE_STRETCH_END };

struct fast_position {  /* a cache line */
    const double *mark; /* [d] */
    double quantity;
    uint32_t symbol;
    int32_t entry_t, exit_t; /* FAST_NEVER: open at the end */
    uint8_t phase, sleeve;
    double notional, proceeds; /* of the exit: quantity * price, less the fee */
    double pnl, r_multiple;
};

struct fast_order {
    uint32_t sleeve, symbol, bar;
    int32_t due_t;
    double lots, quantity, stop, notional, reserve; /* quantity*close; that * 1.01 */
};

struct fast_point_sleeve { /* parameters of a point's sleeve */
    const struct sleeve_params *p;
    struct fast_rules rules;
    struct fast_candidates *candidates;
    const double *exit_ma, *ma20, *atr, *adv,
        *vol_mult;    /* planes by bar; ma20 and atr: staged only */
    double *draws[2]; /* [side][symbol * n_run + d]; 0: not drawn yet */
    const struct fast_windows *windows;
    double risk_floor; /* a lower bound of risk_per_trade * multiplier / stop_atr_mult */
    uint32_t n_open, n_pending;
};

/* A value near the median of a window of volatilities, and its place among them. */
struct fast_pivot {
    double value;
    int32_t from, end; /* the window; end 0: none yet */
    uint32_t n_below, n_equal;
};

struct fast_point {
    const struct portfolio_params *portfolio;
    struct fast_point_sleeve *sleeve;  /* [n_sleeves] */
    double weight[N_SCORE_COMPONENTS]; /* whole numbers */
    double cash;
    int32_t next_exit;
    uint32_t n_positions, n_orders;
    struct fast_position *positions; /* by symbol */
    struct fast_order *orders;       /* as created */
    double *equity;                  /* [-1 .. n_recorded + FAST_PAD): [-1] is the start */
    double *returns, *vols;          /* [n_recorded + FAST_PAD] */
    int32_t n_returns, n_vols;       /* final so far */
    struct fast_pivot pivot;
    double traded_notional;
    uint32_t n_trades;
    uint32_t trades_max;
    double *pnl, *r_multiple; /* [trades_max] in order of exit */
    int32_t *entry, *exit;
};

struct fast_window { /* of one position at one session */
    const double *ret;
    struct fast_moments moments;
};

struct fast_scratch { /* of the daily loop */
    /* [row_max] of the longest padded row. score: a whole number, negative for what is not to be
     * bought */
    double *n_est, *notional, *corr, *strength, *rank2[3], *score;
    uint8_t *exact;                     /* [row_max] */
    double *sum_z[PLATEAU_SLEEVES_MAX]; /* by calendar: [length + SUM_PAD] */
    struct fast_window *windows;        /* of all positions of a point */
};

struct fast_batch {
    const struct fast_run *run;
    struct fast_point *points;
    int32_t *next_t; /* [n_points]: the date a point is looked at next */
    uint32_t n_points, n_sleeves;
    struct fast_scratch scratch;
};

/* One vector level of everything that is vectorised. */
struct fast_kernel {
    const char *name;
    /* out[i] = mean (highest) of x[i-n+1 .. i], NaN for i < n-1; writes up to FAST_PAD doubles past
     * out[n_x - 1] and reads as many past x[n_x - 1]. */
    void (*window_mean)(const double *x, uint32_t n_x, uint32_t n, double *out);
    void (*window_max)(const double *x, uint32_t n_x, uint32_t n, double *out);
    void (*window_moments)(const double *ret, uint32_t n_sessions, uint32_t length, double *mean,
                           double *inv_norm);
    uint32_t (*screen)(const struct fast_entry_key *key, const struct fast_screen *screen,
                       uint32_t first, uint32_t end, uint32_t *out);
    void (*rank2)(const double *x, uint32_t n, double *out);
    void (*run)(struct fast_batch *batch);
};
#endif
