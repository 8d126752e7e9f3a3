/* Indicators of whole sleeves, returns windows and draws: made once, kept in the cache. */
#include "engine/canonical.h"
#include "engine/fast/kernels.h"
#include "engine/fast/shared.h"
#include "engine/fast/state.h"
#include <stdlib.h>
#include <string.h>

enum key_kind { KEY_PLANE = 1, KEY_DRAWS, KEY_WINDOWS };

struct plane_key { /* no padding: compared bytewise */
    uint32_t what, sleeve, kind, n;
    uint64_t seed;
};

struct filled { /* of one symbol */
    struct fast_state *state;
    uint32_t sleeve, first;
    struct bars bars;
};

static void fill_adv(const struct filled *f, uint32_t n, double *out)
{
    double *traded = f->state->products;
    for (uint32_t i = 0; i < f->bars.n; i++)
        traded[i] = f->bars.close[i] * f->bars.volume[i];
    f->state->kernel->window_mean(traded, f->bars.n, n, out);
}

static void fill_hc(const struct filled *f, uint32_t n, double *out)
{
    out[0] = nan_canonical();
    f->state->kernel->window_max(f->bars.close, f->bars.n - 1, n, out + 1);
}

/* As indicators/vol_mult.c, the means of all bars side by side; they start behind the undefined
 * ranges. */
static void fill_vol_mult(const struct filled *f, const double *atr, uint32_t n, double *out)
{
    uint32_t skip = n - 1 < f->bars.n ? n - 1 : f->bars.n;
    double *mean = f->state->products;
    f->state->kernel->window_mean(atr + skip, f->bars.n - skip, INDICATOR_VOL_MULT_BARS, mean);
    for (uint32_t i = 0; i < f->bars.n; i++)
        out[i] = i < skip ? 1 : indicator_vol_mult_of(atr[i], mean[i - skip]);
}

static void fill_plane(const struct filled *f, enum indicator_kind kind, uint32_t n,
                       const double *atr, double *out)
{
    switch (kind) {
    case INDICATOR_MA:
        f->state->kernel->window_mean(f->bars.close, f->bars.n, n, out);
        break;
    case INDICATOR_ADV:
        fill_adv(f, n, out);
        break;
    case INDICATOR_HC:
        fill_hc(f, n, out);
        break;
    case INDICATOR_VOL_MULT:
        fill_vol_mult(f, atr + f->first, n, out);
        break;
    default:
        indicator_compute(&(struct indicator_need){.kind = kind, .n = n}, &f->bars, out);
    }
}

enum err fast_plane(struct fast_state *state, uint32_t sleeve, enum indicator_kind kind, uint32_t n,
                    const double **out)
{
    const struct plane_key key = {KEY_PLANE, sleeve, kind, n, 0};
    const struct fast_sleeve *sl = &state->sleeve[sleeve];
    const struct image_view *v = sl->view;
    const double *atr = NULL;
    *out = fast_shared_plane(state->engine, sleeve, kind, n);
    if (!*out)
        *out = cache_find(state->cache, &key, sizeof key);
    if (*out)
        return OK;
    if (kind == INDICATOR_VOL_MULT) {
        enum err e = fast_plane(state, sleeve, INDICATOR_ATR, n, &atr);
        if (e)
            return e;
    }
    size_t bytes = (v->n_bars + PLANE_PAD) * sizeof(double);
    cache_make_room(state->cache, bytes);
    double *plane = malloc(bytes);
    if (!plane)
        return ERR_NOMEM;
    for (uint32_t s = 0; s < v->n_symbols;
         s++) { /* in order: one may write a little into the next one's place */
        uint32_t first = v->bar_start[s], n_bars = v->bar_start[s + 1] - first;
        const struct filled f = {state,
                                 sleeve,
                                 first,
                                 {n_bars, v->open + first, v->high + first, v->low + first,
                                  sl->close + first, v->volume + first}};
        if (n_bars)
            fill_plane(&f, kind, n, atr, plane + first);
    }
    for (size_t i = 0; i < PLANE_PAD; i++)
        plane[v->n_bars + i] = nan_canonical();
    *out = plane;
    return cache_add(state->cache, &key, sizeof key, plane, bytes, free);
}

enum err fast_draws(struct fast_state *state, uint32_t sleeve, uint64_t seed, double *draws[2])
{
    const struct plane_key key = {KEY_DRAWS, sleeve, 0, 0, seed};
    size_t n = (size_t)state->sleeve[sleeve].view->n_symbols * state->n_run;
    double *slots = cache_find(state->cache, &key, sizeof key);
    enum err e = OK;
    if (!slots) {
        cache_make_room(state->cache, 2 * n * sizeof *slots);
        slots = calloc(2 * n + 1, sizeof *slots);
        e = slots ? cache_add(state->cache, &key, sizeof key, slots, 2 * n * sizeof *slots, free)
                  : ERR_NOMEM;
    }
    if (e)
        return e;
    draws[0] = slots;
    draws[1] = slots + n;
    return OK;
}

static void windows_destroy(void *object)
{
    struct fast_windows *w = object;
    free(w->ret);
    free(w->moments);
    free(w);
}

/* First session with a bar of any symbol, and sessions from there to the last. */
static void span_of_bars(const struct image_view *v, uint32_t *first, uint32_t *n)
{
    int32_t low = INT32_MAX, high = -1;
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        if (v->bar_start[s] == v->bar_start[s + 1])
            continue;
        int32_t begin = v->bar_session[v->bar_start[s]],
                end = v->bar_session[v->bar_start[s + 1] - 1];
        low = begin < low ? begin : low;
        high = end > high ? end : high;
    }
    *first = high < 0 ? 0 : (uint32_t)low;
    *n = high < 0 ? 0 : (uint32_t)(high - low + 1);
}

/* A row begins with length - 1 undefined returns, so that every session has a whole window. mean,
 * inv_norm: scratch of a row. */
static void fill_windows(const struct fast_state *state, uint32_t sleeve, struct fast_windows *w,
                         double *mean, double *inv_norm)
{
    const struct fast_sleeve *sl = &state->sleeve[sleeve];
    const struct image_view *v = sl->view;
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        size_t row = (size_t)s * w->stride;
        for (uint32_t i = 0; i < w->stride; i++)
            w->ret[row + i] = nan_canonical();
        double *ret = w->ret + row + (w->length - 1);
        for (uint32_t i = v->bar_start[s] + 1; i < v->bar_start[s + 1]; i++)
            ret[(uint32_t)v->bar_session[i] - w->first] = sl->close[i] / sl->close[i - 1] - 1;
        state->kernel->window_moments(w->ret + row, w->n, w->length, mean, inv_norm);
        for (uint32_t i = 0; i < w->n; i++)
            w->moments[row + i] = (struct fast_moments){mean[i], inv_norm[i]};
    }
}

enum err fast_windows(struct fast_state *state, uint32_t sleeve, uint32_t length,
                      const struct fast_windows **out)
{
    const struct plane_key key = {KEY_WINDOWS, sleeve, 0, length, 0};
    const struct image_view *v = state->sleeve[sleeve].view;
    *out = cache_find(state->cache, &key, sizeof key);
    if (*out)
        return OK;
    uint32_t first, n_kept;
    span_of_bars(v, &first, &n_kept);
    n_kept += length; /* until the last return has left the window */
    uint32_t stride = n_kept + length + FAST_PAD;
    size_t row = n_kept + (size_t)FAST_PAD, n = (size_t)v->n_symbols * stride + SUM_PAD;
    cache_make_room(state->cache, 3 * n * sizeof(double));
    struct fast_windows *w = calloc(1, sizeof *w);
    double *scratch = malloc(2 * row * sizeof *scratch);
    if (w)
        *w = (struct fast_windows){.length = length,
                                   .stride = stride,
                                   .first = first,
                                   .n = n_kept,
                                   .ret = malloc(n * sizeof *w->ret),
                                   .moments = malloc(n * sizeof *w->moments)};
    if (!w || !scratch || !w->ret || !w->moments) {
        free(scratch);
        if (w)
            windows_destroy(w);
        return ERR_NOMEM;
    }
    fill_windows(state, sleeve, w, scratch, scratch + row);
    free(scratch);
    *out = w;
    return cache_add(state->cache, &key, sizeof key, w, 3 * n * sizeof(double), windows_destroy);
}
