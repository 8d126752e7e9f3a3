/* plateau_engine - the engine's public interface: a backtest is a pure function of
 * (market image, parameters, scenario, period). No socket, clock, file or log behind it; same
 * input, same bits, on any x86-64 or arm64 machine. What a backtest means: docs/engine.md; what a
 * number means: docs/statistics.md.
 *
 *   plateau_engine_new(&engine, image, length, cache_bytes, &note);
 *   plateau_config_new(&config, &note); plateau_config_add_sleeve(config, "equity", "momentum",
 * &note); plateau_config_set(config, "sleeves.equity.exit.exit_ma", "50", &note); ...
 *   plateau_run(engine, &config, 1, &scenario, &period, &result);
 *
 * An engine belongs to one thread; any number of engines may share one image. */
#ifndef ENGINE_PLATEAU_ENGINE_H
#define ENGINE_PLATEAU_ENGINE_H
#include "engine/metrics.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLATEAU_SLEEVES_MAX 16
#define PLATEAU_BLOCKS_MAX 64

/* SHA-256 (hex) of the engine's sources and numeric flags: equal ids give equal bits. */
const char *plateau_engine_id(void);

/* ---- parameters: fields of engine.md by dotted path ---- */

enum plateau_field_type { PLATEAU_NUMBER, PLATEAU_INTEGER, PLATEAU_BOOLEAN, PLATEAU_ENUM };

/* One field of the portfolio or of a sleeve's strategy. Every value is a double: an integer is a
 * whole number, a boolean 0 or 1, an enumeration the index into names. */
struct plateau_field {
    const char *path;         /* within its owner: "exit.exit_ma", "volatility_scaling.mode" */
    double min, max;          /* inclusive */
    double default_value;     /* NaN: required */
    const char *unit;         /* "bars", "1", "bps", "currency"; "" for enumerations and booleans */
    const char *const *names; /* enumerations: NULL-terminated */
    const char *text;         /* one line for --help, docs and the JSON Schema */
    enum plateau_field_type type;
    bool entry_side; /* changes the candidate lists: the tile order keeps such axes outermost */
};

/* The table of a strategy ("momentum") or, with NULL, of the portfolio. ERR_NOT_FOUND. */
enum err plateau_fields(const char *strategy, const struct plateau_field **fields,
                        size_t *n_fields);
/* Names of all strategies, NULL-terminated. */
const char *const *plateau_strategies(void);

struct plateau_config; /* a parameter set: portfolio + sleeves in config order */
enum err plateau_config_new(struct plateau_config **out);
enum err plateau_config_copy(struct plateau_config **out, const struct plateau_config *from);
void plateau_config_free(struct plateau_config **config_p);
/* Adds the next sleeve; its name must be the image's sleeve of that index. Fields start at their
 * defaults. */
enum err plateau_config_add_sleeve(struct plateau_config *config, const char *name,
                                   const char *strategy, struct err_note *note);
/* Resolve "sleeves.NAME.PATH" or "portfolio.PATH" once ... ERR_NOT_FOUND names the nearest path. */
enum err plateau_config_find(const struct plateau_config *config, const char *path, uint32_t *index,
                             const struct plateau_field **field, struct err_note *note);
/* ... then set by index: the grid's way. The value is not checked here: see plateau_field_check. */
void plateau_config_set_index(struct plateau_config *config, uint32_t index, double value);
double plateau_config_get_index(const struct plateau_config *config, uint32_t index);
/* Number of fields; index runs 0 .. n-1 over portfolio then sleeves; path of one
 * ("sleeves.equity.exit.exit_ma"). */
uint32_t plateau_config_n_fields(const struct plateau_config *config);
const char *plateau_config_path(const struct plateau_config *config, uint32_t index);
/* Text to value (numbers, true/false, enumeration names), range checked; then both in one. */
enum err plateau_field_parse(const struct plateau_field *field, const char *text, double *value,
                             struct err_note *note);
enum err plateau_field_check(const struct plateau_field *field, double value,
                             struct err_note *note);
enum err plateau_config_set(struct plateau_config *config, const char *path, const char *text,
                            struct err_note *note);
/* What only the whole can tell: required fields set, sleeves that share a calendar agree on
 * corr_lookback, sleeves match the image. Call once per grid point's config; cheap. */
struct plateau_engine;
enum err plateau_config_check(const struct plateau_engine *engine,
                              const struct plateau_config *config, struct err_note *note);

/* ---- running ---- */

enum plateau_regime { PLATEAU_REGIME_NONE, PLATEAU_REGIME_BEAR, PLATEAU_REGIME_RANGE };
struct plateau_scenario {
    double slippage_multiplier; /* k of engine.md section 7; 1 = baseline */
    bool flash_crash;
    enum plateau_regime regime;
};
#define PLATEAU_BASELINE ((struct plateau_scenario){1.0, false, PLATEAU_REGIME_NONE})
struct plateau_period {
    int32_t start_day, end_day; /* days since 1970-01-01, both inclusive */
};

enum plateau_vector {
    PLATEAU_VECTOR_AUTO,
    PLATEAU_VECTOR_BASE,
    PLATEAU_VECTOR_AVX2,
    PLATEAU_VECTOR_AVX512
};

/* Keeps a pointer to the image, which must outlive the engine. cache_bytes limits indicator planes,
 * candidate lists and draws kept between runs. ERR_CORRUPT, ERR_VERSION, ERR_NOMEM. */
enum err plateau_engine_new(struct plateau_engine **out, const void *image, size_t length,
                            size_t cache_bytes, struct err_note *note);
void plateau_engine_free(struct plateau_engine **engine_p);
/* Force a vector level (tests, benchmarks). ERR_RANGE: this CPU or build has it not. */
enum err plateau_engine_force_vector(struct plateau_engine *engine, enum plateau_vector level);
const char *plateau_engine_vector_name(const struct plateau_engine *engine);

/* ---- indicators that engines of one image share ---- */

/* A plane is one indicator of all bars of a sleeve, which depends on nothing but the image and a
 * length. An engine computes those it needs for itself, unless it is handed them: made once, kept
 * in a mapped file by the caller, read by engines in many processes. The bits are the same either
 * way. */
struct plateau_plane { /* no padding: may be compared and hashed bytewise */
    uint32_t sleeve, kind, n, reserved;
};
/* Appends what the fast path needs of a config, each plane once; *planes grows by realloc(), the
 * caller frees. */
enum err plateau_planes_add(const struct plateau_config *config, struct plateau_plane **planes,
                            size_t *n, size_t *room);
size_t plateau_planes_bytes(const struct plateau_engine *engine, const struct plateau_plane *planes,
                            size_t n);
/* Fills plateau_planes_bytes() bytes, aligned to 64; the engine keeps none of it. ERR_NOMEM. */
enum err plateau_planes_make(struct plateau_engine *engine, const struct plateau_plane *planes,
                             size_t n, void *out);
/* From the next run on; bytes (aligned to 64) must stay as they are and outlive the engine, or
 * until the next call; NULL: none. ERR_CORRUPT: not what plateau_planes_make() lays out for this
 * image's shape. */
enum err plateau_planes_use(struct plateau_engine *engine, const void *bytes, size_t length);

struct plateau_result {
    struct metric_row metrics;
    uint32_t n_days;       /* recorded dates; 0: status empty */
    const double *returns; /* n_days daily returns; valid until the next call on this engine */
};
/* n_points backtests of one scenario and period; points that share entry fields run fastest side by
 * side. results[n_points]. Every config must have passed plateau_config_check. ERR_NOMEM only. */
enum err plateau_run(struct plateau_engine *engine, const struct plateau_config *const *configs,
                     size_t n_points, const struct plateau_scenario *scenario,
                     const struct plateau_period *period, struct plateau_result *results);

/* Recorded dates of a scenario and period, for a whole grid the same: n and days (valid until the
 * next call), benchmark returns and the crash dates. */
struct plateau_dates {
    uint32_t n, n_crash;
    const int32_t *day;         /* [n] */
    const double *bench_return; /* [n], statistics.md section 1.2; NaN where undefined */
    const int32_t *crash_day;   /* [n_crash] */
};
enum err plateau_dates(struct plateau_engine *engine, const struct plateau_config *config,
                       const struct plateau_scenario *scenario, const struct plateau_period *period,
                       struct plateau_dates *out);

/* ---- a traced run: everything that happened, for replay, explanation and the golden cases ---- */

// clang-format off
#define PLATEAU_REASON_TABLE(X)                                                                    \
    X(HARD_STOP, "hard_stop") X(TIGHTENED_STOP, "tightened_stop")                                  \
    X(TRAILING_MA_CROSS, "trailing_ma_cross") X(DATA_MISSING, "data_missing")                      \
    X(FLASH_CRASH, "flash_crash") X(REGIME_END, "regime_end")
#define PLATEAU_REJECTION_TABLE(X)                                                                 \
    X(CAPACITY, "capacity") X(MAX_POSITIONS, "max_positions") X(MAX_EXPOSURE, "max_exposure")      \
    X(CORRELATION_GUARD, "correlation_guard") X(INSUFFICIENT_CASH, "insufficient_cash")            \
    X(MISSING_DATA, "missing_data") X(GAP_THROUGH_STOP, "gap_through_stop")
// clang-format on
enum plateau_reason {
#define X(id, name) PLATEAU_##id,
    PLATEAU_REASON_TABLE(X) PLATEAU_N_REASONS
};
enum plateau_rejection {
    PLATEAU_REJECTION_TABLE(X) PLATEAU_N_REJECTIONS
#undef X
};
extern const char *const PLATEAU_REASON_NAME[];    /* [PLATEAU_N_REASONS] */
extern const char *const PLATEAU_REJECTION_NAME[]; /* [PLATEAU_N_REJECTIONS] */

struct plateau_trade { /* closed (exit_day >= 0) or open at the end (exit_day -1, reason and pnl
                          undefined) */
    const char *symbol, *sleeve, *trigger; /* trigger: "slow" or "fast" */
    int32_t signal_day, entry_day, exit_day;
    int32_t entry_index, exit_index; /* statistics.md section 1.2: half-open day indices */
    double entry_price, exit_price, quantity, initial_stop, stop;
    double entry_fee, exit_fee, entry_slippage_bps, exit_slippage_bps;
    double pnl, r_multiple;
    enum plateau_reason reason;
    bool tightened;
};
struct plateau_trace {
    struct metric_row metrics;
    uint32_t n_days, n_trades, n_open, n_crash;
    const int32_t *day;                                      /* [n_days] */
    const double *equity, *cash, *returns, *risk_multiplier; /* [n_days] */
    const double *bench_return;                              /* [n_days] */
    const struct plateau_trade *trades;                      /* [n_trades], order of exit */
    const struct plateau_trade *open; /* [n_open], by entry order of the portfolio's symbols */
    const int32_t *crash_day;
    uint64_t rejections[PLATEAU_N_REJECTIONS];
    bool empty; /* no processed date */
};
/* Everything in *out belongs to the engine and lives until the next call on it. */
enum err plateau_run_traced(struct plateau_engine *engine, const struct plateau_config *config,
                            const struct plateau_scenario *scenario,
                            const struct plateau_period *period, struct plateau_trace *out);
#endif
