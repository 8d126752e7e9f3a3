/* synthetic_market - market images made in memory for tests: trending random walks with everything
 * that real files do to a backtest - missing days, long gaps, late listings and delistings, jumps,
 * flat stretches, zero volume, and pairs of symbols with equal bars, so that ranks tie. Equal specs
 * give equal bytes. */
#ifndef TESTS_LIB_SYNTHETIC_MARKET_H
#define TESTS_LIB_SYNTHETIC_MARKET_H
#include "engine/image.h"
#include "engine/plateau_engine.h"

enum synthetic_kind {
    SYNTHETIC_DIRTY,
    SYNTHETIC_CLEAN,       /* every symbol has every session */
    SYNTHETIC_FLAT,        /* one price for ever */
    SYNTHETIC_SPIKE,       /* flat but for one session */
    SYNTHETIC_ONE_BAR,     /* each symbol has a single bar */
    SYNTHETIC_ALL_MISSING, /* symbols without any bar */
    SYNTHETIC_NO_SYMBOLS,
};

struct synthetic_sleeve {
    const char *name;
    enum image_asset_class asset_class; /* crypto has sessions every day, equity on weekdays */
    uint32_t n_symbols, n_sessions;
    int32_t first_day; /* days since 1970-01-01 */
};

struct synthetic_bar {
    bool here; /* false: the session is missing */
    double open, high, low, close, volume;
};

struct synthetic_spec {
    uint64_t seed;
    enum synthetic_kind kind;
    uint32_t n_sleeves;
    struct synthetic_sleeve sleeve[PLATEAU_SLEEVES_MAX];
    int32_t last_day; /* bars and sessions after it are left out, the earlier ones stay as they are;
                         INT32_MAX: none */
    /* The last word on every bar, NULL for none; symbol n_symbols is the benchmark, t the session.
     */
    void (*edit)(struct synthetic_bar *bar, uint32_t sleeve, uint32_t symbol, uint32_t t);
};

struct synthetic_market {
    void *bytes;
    size_t length;
};

enum err synthetic_market_new(struct synthetic_market *out, const struct synthetic_spec *spec);
void synthetic_market_free(struct synthetic_market *market);
#endif
