#include "worker/held_correlation.h"
#include "engine/config.h"
#include "engine/correlation.h"
#include "engine/engine.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct held { /* a trade by its places in the image */
    uint32_t sleeve, symbol;
    int32_t entry_day, exit_day; /* held at the close of entry_day .. the day before exit_day */
};
struct sums {
    struct correlation_sum of[PLATEAU_SLEEVES_MAX]; /* by calendar */
    double *window;
};

static bool find(const struct plateau_engine *engine, const struct plateau_trade *t,
                 struct held *out)
{
    for (uint32_t s = 0; s < engine->n_sleeves; s++) {
        const struct image_view *view = &engine->views[s];
        if (strcmp(view->name, t->sleeve) != 0)
            continue;
        for (uint32_t i = 0; i < view->n_symbols; i++)
            if (strcmp(view->symbol_name[i], t->symbol) == 0) {
                *out = (struct held){s, i, t->entry_day, t->exit_day < 0 ? INT32_MAX : t->exit_day};
                return true;
            }
    }
    return false;
}

/* Latest accepted bar at or before a session; false before the first. */
static bool latest_bar(const struct image_view *view, uint32_t symbol, int32_t session,
                       uint32_t *bar)
{
    uint32_t low = view->bar_start[symbol], high = view->bar_start[symbol + 1];
    const uint32_t first = low;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (view->bar_session[middle] <= session)
            low = middle + 1;
        else
            high = middle;
    }
    *bar = low - 1;
    return low > first;
}

static double on_date(const struct plateau_engine *engine, const struct plateau_config *config,
                      struct sums *sums, const struct held *held, uint32_t n, uint32_t date)
{
    const struct calendars *c = engine->calendars;
    for (uint32_t k = 0; k < c->n_calendars; k++)
        sums->of[k].k = sums->of[k].n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (c->run_day[date] < held[i].entry_day || c->run_day[date] >= held[i].exit_day)
            continue;
        const struct image_view *view = &engine->views[held[i].sleeve];
        uint32_t calendar = c->of_sleeve[held[i].sleeve], bar, length;
        int32_t session = c->calendar[calendar].latest[date];
        uint32_t lookback = (uint32_t)config_sleeve(config, held[i].sleeve)->corr_lookback;
        if (session >= 0 && latest_bar(view, held[i].symbol, session, &bar) &&
            correlation_window(view, held[i].symbol, bar, (uint32_t)session, lookback, sums->window,
                               &length))
            correlation_add(&sums->of[calendar], sums->window, length);
    }
    double sum = 0, pairs = 0;
    for (uint32_t k = 0; k < c->n_calendars; k++)
        if (sums->of[k].k >= 2) {
            sum += correlation_pairs(&sums->of[k]);
            pairs += (double)sums->of[k].k * (sums->of[k].k - 1);
        }
    return pairs > 0 ? sum / pairs : NAN;
}

static void walk(const struct plateau_engine *engine, const struct plateau_config *config,
                 const struct plateau_trace *trace, struct sums *sums, const struct held *held,
                 uint32_t n, double *out)
{
    uint32_t date = 0;
    for (uint32_t d = 0; d < trace->n_days; d++) {
        while (date + 1 < engine->calendars->n_run &&
               engine->calendars->run_day[date] < trace->day[d])
            date++;
        out[d] = on_date(engine, config, sums, held, n, date);
    }
}

enum err held_correlation(struct plateau_engine *engine, const struct plateau_config *config,
                          const struct plateau_trace *trace, double *out)
{
    uint32_t most = 1, n = 0, n_sleeves = engine->n_sleeves;
    for (uint32_t s = 0; s < n_sleeves; s++) {
        uint32_t lookback = (uint32_t)config_sleeve(config, s)->corr_lookback;
        most = lookback > most ? lookback : most;
    }
    struct sums sums = {.window = calloc((size_t)(n_sleeves + 1) * most, sizeof *sums.window)};
    struct held *held = calloc((size_t)trace->n_trades + trace->n_open + 1, sizeof *held);
    if (sums.window && held) {
        for (uint32_t s = 0; s < n_sleeves; s++)
            sums.of[s].sum = sums.window + (size_t)(s + 1) * most;
        for (uint32_t i = 0; i < trace->n_trades; i++)
            n += find(engine, &trace->trades[i], &held[n]);
        for (uint32_t i = 0; i < trace->n_open; i++)
            n += find(engine, &trace->open[i], &held[n]);
        walk(engine, config, trace, &sums, held, n, out);
    }
    bool done = sums.window && held;
    free(sums.window);
    free(held);
    return done ? OK : ERR_NOMEM;
}
