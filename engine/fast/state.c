#include "engine/fast/state.h"
#include "engine/canonical.h"
#include "engine/civil.h"
#include "engine/fast/batch.h"
#include "engine/fast/kernels.h"
#include "engine/philox.h"
#include <stdlib.h>
#include <string.h>

enum { MISSING_END = 2, WEEK_EQUITY = 5, WEEK_CRYPTO = 7 };

/* Marks by run-calendar date: the last accepted close, carried over dates without one. Before a
 * symbol's first bar nothing is ever held, read or written: those pages cost no memory. */
static void fill_marks(const struct fast_sleeve *sl)
{
    const struct image_view *v = sl->view;
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        double *row = sl->mark + (size_t)s * sl->mark_stride;
        uint32_t begin = v->bar_start[s], end = v->bar_start[s + 1];
        for (uint32_t i = begin; i < end; i++) {
            uint32_t d = sl->calendar->run[v->bar_session[i]];
            uint32_t next =
                i + 1 < end ? sl->calendar->run[v->bar_session[i + 1]] : sl->mark_stride;
            while (d < next)
                row[d++] = v->close[i];
        }
    }
}

static void fill_run_ends(const struct fast_sleeve *sl)
{
    const struct image_view *v = sl->view;
    for (uint32_t s = 0; s < v->n_symbols; s++)
        for (uint32_t i = v->bar_start[s + 1]; i-- > v->bar_start[s];) {
            bool ends = i + 1 == v->bar_start[s + 1] ||
                        v->bar_session[i + 1] > v->bar_session[i] + MISSING_END;
            sl->run_end[i] = ends ? i : sl->run_end[i + 1];
        }
}

/* The benchmark's close over that a week of its bars earlier, less 1; 0 if undefined. */
static void fill_weekly(const struct fast_sleeve *sl, const int32_t *bench_latest)
{
    int32_t week = sl->view->asset_class == IMAGE_CRYPTO ? WEEK_CRYPTO : WEEK_EQUITY;
    for (uint32_t s = 0; s < sl->view->n_sessions; s++) {
        int32_t i = bench_latest[s];
        sl->weekly[s] =
            i < week ? 0 : sl->view->bench_close[i] / sl->view->bench_close[i - week] - 1;
    }
}

static uint32_t most_bars(const struct image_view *v)
{
    uint32_t most = 0;
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        uint32_t n = v->bar_start[s + 1] - v->bar_start[s];
        most = n > most ? n : most;
    }
    return most;
}

static enum err sleeve_new(struct fast_state *state, uint32_t q)
{
    const struct plateau_engine *engine = state->engine;
    struct fast_sleeve *sl = &state->sleeve[q];
    const struct image_view *v = &engine->views[q];
    const struct calendars *c = engine->calendars;
    sl->view = v;
    sl->calendar_index = c->of_sleeve[q];
    sl->calendar = &c->calendar[sl->calendar_index];
    sl->lots_per_unit = engine_lots_per_unit(engine, q);
    sl->weekend_costs = v->asset_class == IMAGE_CRYPTO;
    sl->rank = engine->symbol_rank[q];
    sl->mark_stride = state->n_run + FAST_PAD;
    size_t n_bars = (size_t)v->n_bars;
    double *copy = malloc((n_bars + PLANE_PAD) * sizeof *copy);
    sl->close = sl->close_copy = copy;
    sl->mark = malloc(((size_t)v->n_symbols * sl->mark_stride + 1) * sizeof *sl->mark);
    sl->run_end = malloc((n_bars + 1) * sizeof *sl->run_end);
    sl->weekly = malloc((v->n_sessions + 1u) * sizeof *sl->weekly);
    sl->symbol_hash = malloc((v->n_symbols + 1u) * sizeof *sl->symbol_hash);
    if (!copy || !sl->mark || !sl->run_end || !sl->weekly || !sl->symbol_hash)
        return ERR_NOMEM;
    memcpy(copy, v->close, n_bars * sizeof *copy);
    for (size_t i = 0; i < PLANE_PAD; i++)
        copy[n_bars + i] = 0;
    fill_marks(sl);
    fill_run_ends(sl);
    fill_weekly(sl, c->bench_latest[q]);
    for (uint32_t s = 0; s < v->n_symbols; s++)
        sl->symbol_hash[s] = fnv1a64(v->symbol_name[s], strlen(v->symbol_name[s]));
    return OK;
}

enum err fast_state_new(struct fast_state **out, const struct plateau_engine *engine)
{
    struct fast_state *state = calloc(1, sizeof *state);
    if (!state)
        return ERR_NOMEM;
    state->engine = engine;
    state->n_sleeves = engine->n_sleeves;
    state->n_run = engine->calendars->n_run;
    state->kernel = kernel_find(engine->vector);
    size_t bars = 0, longest = 0;
    for (uint32_t q = 0; q < engine->n_sleeves; q++) {
        uint32_t most = most_bars(&engine->views[q]);
        bars = engine->views[q].n_bars > bars ? engine->views[q].n_bars : bars;
        longest = most > longest ? most : longest;
    }
    state->hits = malloc((bars + FAST_PAD) * sizeof *state->hits);
    state->products = malloc((longest + PLANE_PAD) * sizeof *state->products);
    state->weekend = malloc(state->n_run + 1u);
    enum err e = state->hits && state->products && state->weekend ? OK : ERR_NOMEM;
    if (!e)
        e = cache_new(&state->cache, engine->cache_bytes);
    for (uint32_t q = 0; q < engine->n_sleeves && !e; q++)
        e = sleeve_new(state, q);
    if (e) {
        fast_state_free(&state);
        return e;
    }
    for (uint32_t d = 0; d < state->n_run; d++)
        state->weekend[d] = civil_is_weekend(engine->calendars->run_day[d]);
    *out = state;
    return OK;
}

void fast_state_free(struct fast_state **state_p)
{
    struct fast_state *state = *state_p;
    if (!state)
        return;
    for (uint32_t q = 0; q < state->n_sleeves; q++) {
        free(state->sleeve[q].close_copy);
        free(state->sleeve[q].mark);
        free(state->sleeve[q].run_end);
        free(state->sleeve[q].weekly);
        free(state->sleeve[q].symbol_hash);
    }
    fast_buffers_free(&state->buffers);
    cache_free(&state->cache);
    free(state->hits);
    free(state->products);
    free(state->weekend);
    free(state);
    *state_p = NULL;
}
