/* engine - the inside of a struct plateau_engine: one image seen through checked views, its
 * calendars, and the scratch of the two paths. The traced path (engine/backtest.c) is the
 * reference; the fast path keeps what it caches behind `fast`. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H
#include "engine/calendar.h"
#include "engine/config.h"
#include "engine/image.h"
#include "engine/plateau_engine.h"
#include "engine/schedule.h"

struct backtest;   /* scratch and last trace of the traced path: engine/backtest.h */
struct fast_state; /* planes, candidate lists, draws: engine/fast/ */

struct plateau_engine {
    uint32_t n_sleeves, n_symbols; /* n_symbols: of all sleeves together */
    struct image_view views[PLATEAU_SLEEVES_MAX];
    struct calendars *calendars;
    /* Place of each symbol in the bytewise order of all symbols of the image: what "by symbol"
     * means across sleeves. */
    uint32_t *symbol_rank[PLATEAU_SLEEVES_MAX]; /* [sleeve][symbol] */
    size_t cache_bytes;
    struct schedule *dates; /* what plateau_dates last answered with */
    struct backtest *backtest;
    double *general_returns; /* what run_general last answered with */
    enum plateau_vector vector;
    const void *planes; /* shared: engine/fast/shared.h; NULL: none */
    uint32_t n_planes;
    struct fast_state *fast; /* made on first use, freed by fast_state_free */
    void (*fast_state_free)(struct fast_state **fast_p); /* NULL while there is none */
};

static inline double engine_lots_per_unit(const struct plateau_engine *engine, uint32_t sleeve)
{
    return engine->views[sleeve].asset_class == IMAGE_CRYPTO ? 1e4 : 1.0;
}

/* engine->fast is there. ERR_NOMEM. */
enum err engine_fast(struct plateau_engine *engine);

/* plateau_run by the traced path, one point after another: for strategies without the fast
 * capability. */
enum err run_general(struct plateau_engine *engine, const struct plateau_config *const *configs,
                     size_t n_points, const struct plateau_scenario *scenario,
                     const struct plateau_period *period, struct plateau_result *results);
#endif
