#include "engine/engine.h"
#include "engine/backtest.h"
#include "engine_id.h"
#include <stdlib.h>
#include <string.h>

const char *plateau_engine_id(void)
{
    return PLATEAU_ENGINE_ID;
}

/* Merges the sleeves' symbol lists, each in order, into one. */
static enum err rank_symbols(struct plateau_engine *engine, struct err_note *note)
{
    uint32_t next[PLATEAU_SLEEVES_MAX] = {0};
    for (uint32_t s = 0; s < engine->n_sleeves; s++) {
        engine->symbol_rank[s] = calloc((size_t)engine->views[s].n_symbols + 1, sizeof(uint32_t));
        if (!engine->symbol_rank[s])
            return err_set(note, ERR_NOMEM, "out of memory");
    }
    for (const char *previous = "";; engine->n_symbols++) {
        const char *least = NULL;
        uint32_t of = 0;
        for (uint32_t s = 0; s < engine->n_sleeves; s++) {
            const struct image_view *v = &engine->views[s];
            if (next[s] < v->n_symbols && (!least || strcmp(v->symbol_name[next[s]], least) < 0)) {
                least = v->symbol_name[next[s]];
                of = s;
            }
        }
        if (!least)
            return OK;
        if (strcmp(least, previous) == 0)
            return err_set(note, ERR_DATA, "symbol %s is in two sleeves, sleeve %s among them",
                           least, engine->views[of].name);
        engine->symbol_rank[of][next[of]++] = engine->n_symbols;
        previous = least;
    }
}

enum err plateau_engine_new(struct plateau_engine **out, const void *image, size_t length,
                            size_t cache_bytes, struct err_note *note)
{
    struct plateau_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return err_set(note, ERR_NOMEM, "out of memory");
    engine->cache_bytes = cache_bytes;
    enum err e = image_check(image, length, engine->views, &engine->n_sleeves, note);
    if (!e)
        e = rank_symbols(engine, note);
    if (!e && calendars_new(&engine->calendars, engine->views, engine->n_sleeves))
        e = err_set(note, ERR_NOMEM, "out of memory");
    if (e) {
        plateau_engine_free(&engine);
        return e;
    }
    *out = engine;
    return OK;
}

void plateau_engine_free(struct plateau_engine **engine_p)
{
    struct plateau_engine *engine = *engine_p;
    if (!engine)
        return;
    if (engine->fast_state_free)
        engine->fast_state_free(&engine->fast);
    backtest_free(&engine->backtest);
    free(engine->general_returns);
    schedule_free(&engine->dates);
    for (uint32_t s = 0; s < PLATEAU_SLEEVES_MAX; s++)
        free(engine->symbol_rank[s]);
    calendars_free(&engine->calendars);
    free(engine);
    *engine_p = NULL;
}

enum err plateau_config_check(const struct plateau_engine *engine,
                              const struct plateau_config *config, struct err_note *note)
{
    if (config->n_sleeves != engine->n_sleeves)
        return err_set(note, ERR_MISMATCH, "sleeves: %u in the parameters, %u in the market image",
                       config->n_sleeves, engine->n_sleeves);
    for (uint32_t s = 0; s < config->n_sleeves; s++)
        if (strcmp(config->sleeve[s].name, engine->views[s].name) != 0)
            return err_set(note, ERR_MISMATCH,
                           "sleeves.%s: the market image has sleeve %s in this place",
                           config->sleeve[s].name, engine->views[s].name);
    enum err e = config_check_values(config, note);
    for (uint32_t s = 1; s < config->n_sleeves && !e; s++) {
        uint32_t k = engine->calendars->of_sleeve[s];
        uint32_t first = engine->calendars->calendar[k].first_sleeve;
        double mine = config_sleeve(config, s)->corr_lookback;
        double theirs = config_sleeve(config, first)->corr_lookback;
        if (mine != theirs)
            e = err_set(note, ERR_SPEC,
                        "sleeves.%s.indicators.corr_lookback: found %.17g, expected %.17g as in "
                        "sleeve %s, which has the same session calendar",
                        config->sleeve[s].name, mine, theirs, config->sleeve[first].name);
    }
    return e;
}

enum err plateau_dates(struct plateau_engine *engine, const struct plateau_config *config,
                       const struct plateau_scenario *scenario, const struct plateau_period *period,
                       struct plateau_dates *out)
{
    schedule_free(&engine->dates);
    enum err e = schedule_new(&engine->dates, engine->calendars, engine->views,
                              (uint64_t)config_portfolio(config)->seed, scenario, period);
    if (e)
        return e;
    const struct schedule *s = engine->dates;
    *out = (struct plateau_dates){.n = s->n_recorded,
                                  .n_crash = s->n_crash,
                                  .day = s->day,
                                  .bench_return = s->bench_return,
                                  .crash_day = s->crash_day};
    return OK;
}
