/* backtest - the traced path: one grid point, engine.md section 3 in the order it is written,
 * everything recorded.
 *
 * The reference the fast path is judged by, and what replay and explanation show. Memory is
 * allocated before the first date; the daily loop allocates nothing.
 *
 *    open     backtest_open.c    pending exits, then pending entries
 *    session                     flash crash
 *    close    backtest_close.c   stops and exits, regime end, mark
 *             backtest_select.c  candidates, scores, selection, entry orders */
#ifndef ENGINE_BACKTEST_H
#define ENGINE_BACKTEST_H
#include "engine/correlation.h"
#include "engine/engine.h"
#include "engine/fills.h"
#include "engine/risk.h"
#include "engine/score.h"
#include "engine/series.h"

struct position {
    uint32_t sleeve, symbol, rank; /* rank: place among all symbols of the image */
    double quantity;
    struct position_stop stop;
    double planned_risk; /* currency */
    uint32_t opened;     /* date of the period it was filled on */
    bool leaving;        /* an exit is pending ... */
    enum plateau_reason reason;
    uint32_t exit_session; /* ... since this session's close */
    struct plateau_trade trade;
};

struct order { /* a pending entry */
    uint32_t sleeve, symbol;
    double lots, quantity, close, stop; /* close: of the session it was made at */
    uint32_t session;
    const char *trigger;
};

struct candidate {
    uint32_t symbol;
    double close, lots, quantity;
    struct entry_signal signal;
    double correlation; /* mean, with the open positions of its calendar; NaN: undefined */
};

enum symbol_state { SYMBOL_FREE, SYMBOL_PENDING, SYMBOL_HELD };

struct sleeve_run {
    const struct image_view *data;
    const struct strategy *strategy;
    const double *params;
    const struct sleeve_params *common;
    const struct session_calendar *calendar;
    uint32_t calendar_index;
    double lots_per_unit;
    uint32_t n_needs;
    struct indicator_need needs[STRATEGY_INDICATORS_MAX];
    const double *indicator[STRATEGY_INDICATORS_MAX];
    const double *adv, *vol_mult; /* by bar: what slippage needs */
    const int32_t *bench_latest;  /* by session */
    bool open_today;              /* today is one of its sessions */
    int32_t session;              /* latest at or before today; -1 before the first */
    int64_t
        *bar; /* [n_symbols]: latest accepted bar (row of the image) at or before today; -1: none */
    uint8_t *state;        /* [n_symbols] enum symbol_state */
    uint64_t *symbol_hash; /* [n_symbols] */
    uint32_t n_positions, n_pending;
};

/* The windows of a calendar's open positions at its latest session; valid during step 6. */
struct calendar_run {
    uint32_t lookback;
    struct correlation_sum positions;
};

struct backtest {
    const struct plateau_config *config;
    const struct portfolio_params *portfolio;
    const struct calendars *calendars;
    struct schedule *schedule;
    double scenario_multiplier; /* k */
    uint32_t n_sleeves;
    struct sleeve_run sleeve[PLATEAU_SLEEVES_MAX];
    struct calendar_run calendar[PLATEAU_SLEEVES_MAX];

    uint32_t date;  /* of the period, 0 .. schedule->n - 1 */
    uint32_t index; /* of the recorded dates */
    int32_t today;  /* days since 1970-01-01 */
    bool crash;
    double cash, value,
        notional; /* value: of all positions at the last mark; notional: traded so far */
    uint32_t n_positions, n_orders, n_trades, max_positions, max_trades;
    struct position *positions; /* [max_positions] by rank */
    struct order *orders;       /* [max_positions] as created */
    struct plateau_trade *trades, *open;
    double *equity, *cash_at, *returns, *multiplier; /* [n_recorded] */
    struct risk risk;
    uint64_t rejections[PLATEAU_N_REJECTIONS];

    int64_t weights[N_SCORE_COMPONENTS]; /* scratch of one sleeve's selection */
    uint32_t n_candidates;
    struct candidate *candidates;
    double *strength[N_SCORE_COMPONENTS];
    int64_t *score;
    uint32_t *order;
    double *window; /* [largest corr_lookback] */

    uint32_t *const *symbol_rank; /* [sleeve][symbol] */
    struct series_cache *series;
    char *arena; /* all arrays above but the series and the schedule */
};

void backtest_free(struct backtest **backtest_p);

/* ---- between the files of the traced path ---- */
/* Accepted bar of a symbol today (row of the image), or -1. */
int64_t backtest_bar_today(const struct sleeve_run *sleeve, uint32_t symbol);
/* Everything a strategy may see of one bar at its close. */
void backtest_strategy_bar(const struct sleeve_run *sleeve, uint32_t row, struct strategy_bar *out);
/* Slippage of a fill today, bps: ordered at the close of `session`, quantity as ordered. */
double backtest_slippage(const struct backtest *b, uint32_t sleeve, uint32_t symbol,
                         uint32_t session, double quantity, int side);
/* Makes engine->backtest ready for the first date of a run. ERR_NOMEM. */
enum err backtest_prepare(struct plateau_engine *engine, const struct plateau_config *config,
                          const struct plateau_scenario *scenario,
                          const struct plateau_period *period);
/* Step 1 to 3, step 4 and 5, step 6. */
void backtest_open(struct backtest *b);
void backtest_close(struct backtest *b);
void backtest_select(struct backtest *b);
/* Sells a whole position at a reference price, ordered at the close of `session`; it leaves the
 * portfolio. */
void backtest_sell(struct backtest *b, uint32_t position, double reference, uint32_t session,
                   enum plateau_reason reason);
/* Latest session of a sleeve strictly before today: when a forced fill counts as created. */
uint32_t backtest_session_before(const struct sleeve_run *sleeve);
#endif
