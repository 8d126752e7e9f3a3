#include "engine/series.h"
#include <stdlib.h>

struct entry {
    struct entry *next;
    uint32_t sleeve;
    struct indicator_need need;
    double values[];
};
struct series_cache {
    size_t bytes;
    struct entry *entries;
};

void series_free(struct series_cache **cache_p)
{
    if (!*cache_p)
        return;
    for (struct entry *e = (*cache_p)->entries, *next; e; e = next) {
        next = e->next;
        free(e);
    }
    free(*cache_p);
    *cache_p = NULL;
}

void series_trim(struct series_cache **cache_p, size_t bytes)
{
    if (*cache_p && (*cache_p)->bytes > bytes)
        series_free(cache_p);
}

static struct bars bars_of(const struct image_view *v, uint32_t from, uint32_t n)
{
    return (struct bars){.n = n,
                         .open = v->open + from,
                         .high = v->high + from,
                         .low = v->low + from,
                         .close = v->close + from,
                         .volume = v->volume + from};
}

static void compute(const struct image_view *v, const struct indicator_need *need, double *out)
{
    if (need->of_benchmark) {
        struct bars bench = {.n = v->n_bench,
                             .open = v->bench_open,
                             .high = v->bench_high,
                             .low = v->bench_low,
                             .close = v->bench_close,
                             .volume = v->bench_volume};
        indicator_compute(need, &bench, out);
        return;
    }
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        uint32_t from = v->bar_start[s];
        struct bars bars = bars_of(v, from, v->bar_start[s + 1] - from);
        indicator_compute(need, &bars, out + from);
    }
}

static bool same(const struct indicator_need *a, const struct indicator_need *b)
{
    return a->kind == b->kind && a->n == b->n && a->lag == b->lag &&
           a->of_benchmark == b->of_benchmark;
}

enum err series_get(struct series_cache **cache_p, const struct image_view *view, uint32_t sleeve,
                    const struct indicator_need *need, const double **values)
{
    if (!*cache_p && !(*cache_p = calloc(1, sizeof **cache_p)))
        return ERR_NOMEM;
    for (struct entry *e = (*cache_p)->entries; e; e = e->next)
        if (e->sleeve == sleeve && same(&e->need, need)) {
            *values = e->values;
            return OK;
        }
    size_t n = need->of_benchmark ? view->n_bench : view->n_bars;
    struct entry *e = malloc(sizeof *e + n * sizeof *e->values);
    if (!e)
        return ERR_NOMEM;
    e->next = (*cache_p)->entries;
    e->sleeve = sleeve;
    e->need = *need;
    compute(view, need, e->values);
    (*cache_p)->entries = e;
    (*cache_p)->bytes += sizeof *e + n * sizeof *e->values;
    *values = e->values;
    return OK;
}
