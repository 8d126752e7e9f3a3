#include "tests/lib/synthetic_market.h"
#include "tests/lib/rng.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct series { /* one symbol or benchmark, by session of the sleeve */
    bool *here;
    double *open, *high, *low, *close, *volume;
};

static bool series_new(struct series *s, size_t n)
{
    s->here = calloc(n, sizeof *s->here);
    s->open = calloc(5 * n, sizeof *s->open);
    if (!s->here || !s->open)
        return false;
    s->high = s->open + n;
    s->low = s->high + n;
    s->close = s->low + n;
    s->volume = s->close + n;
    return true;
}

static void series_free(struct series *s)
{
    free(s->here);
    free(s->open);
}

static void bar(struct series *s, uint32_t t, double open, double close, double range,
                double volume)
{
    s->here[t] = true;
    s->open[t] = open;
    s->close[t] = close;
    s->high[t] = fmax(open, close) * (1 + range);
    s->low[t] = fmin(open, close) / (1 + range);
    s->volume[t] = volume;
}

/* Trends of some weeks around a slow drift, so that breakouts and stops are frequent. */
static void walk(struct series *s, struct rng *r, uint32_t n, bool dirty)
{
    double price = exp(rng_between(r, 1, 6)), trend = 0, vol = rng_between(r, 0.004, 0.03);
    double volume = exp(rng_between(r, 9, 16));
    uint32_t first = dirty && rng_chance(r, 0.3) ? rng_below(r, n) : 0;
    uint32_t last = dirty && rng_chance(r, 0.2) ? first + rng_below(r, n - first) : n;
    double thin = dirty && rng_chance(r, 0.15) ? 0.45 : 0; /* so thin that windows lack returns */
    uint32_t gap = 0, still = 0;
    for (uint32_t t = 0; t < n; t++) {
        if (rng_chance(r, 0.04))
            trend = rng_between(r, -0.6, 0.9) * vol;
        double noise = rng_unit(r) + rng_unit(r) + rng_unit(r) - 1.5;
        double overnight = dirty && rng_chance(r, 0.03) ? rng_between(r, -0.12, 0.06) : 0;
        double open = price * (1 + 0.3 * vol * (rng_unit(r) - 0.5)) * (1 + overnight);
        double jump = rng_chance(r, 0.004) ? rng_between(r, -0.3, 0.3) : 0;
        if (dirty && rng_chance(r, 0.01))
            gap = 1 + rng_below(r, 6);
        if (dirty && rng_chance(r, 0.004))
            still = 5 + rng_below(r, 30);
        double busy = volume * rng_between(r, 0.3, 2);
        double range = vol * rng_unit(r);
        if (!still)
            price = open * (1 + trend + vol * noise) * (1 + (dirty ? jump : 0));
        price = fmax(price, 0.01);
        if (t >= first && t < last && gap == 0 && !rng_chance(r, thin))
            bar(s, t, still ? price : open, price, still ? 0 : range,
                dirty && rng_chance(r, 0.01) ? 0 : floor(busy));
        gap -= gap > 0;
        still -= still > 0;
    }
}

static void fill(struct series *s, struct rng *r, enum synthetic_kind kind, uint32_t n)
{
    uint32_t at = n / 2;
    switch (kind) {
    case SYNTHETIC_DIRTY:
    case SYNTHETIC_CLEAN:
        walk(s, r, n, kind == SYNTHETIC_DIRTY);
        return;
    case SYNTHETIC_FLAT:
    case SYNTHETIC_SPIKE:
        for (uint32_t t = 0; t < n; t++)
            bar(s, t, 100, kind == SYNTHETIC_SPIKE && t == at ? 149 : 100, 0, 1e6);
        return;
    case SYNTHETIC_ONE_BAR:
        bar(s, at, 100, 101, 0.01, 1e6);
        return;
    case SYNTHETIC_ALL_MISSING:
    case SYNTHETIC_NO_SYMBOLS:
        return;
    }
}

/* ---- the image ---- */

struct writer { /* measures while bytes is NULL */
    char *bytes;
    size_t used;
};

static uint64_t put(struct writer *w, const void *data, size_t n)
{
    uint64_t at = w->used;
    if (w->bytes && n)
        memcpy(w->bytes + at, data, n);
    w->used += (n + 7) / 8 * 8;
    return at;
}

struct built { /* a sleeve's arrays before they are placed */
    uint32_t n_sessions, n_symbols;
    int32_t *day;
    char (*names)[64];
    struct series *series; /* [n_symbols + 1]: the benchmark last */
};

/* One column of a range of series, bars that are there only. */
static uint64_t put_column(struct writer *w, const struct built *b, uint32_t from, uint32_t to,
                           size_t column)
{
    uint64_t at = w->used;
    size_t n = 0;
    for (uint32_t s = from; s < to; s++)
        for (uint32_t t = 0; t < b->n_sessions; t++) {
            const struct series *x = &b->series[s];
            const double *const columns[] = {x->open, x->high, x->low, x->close, x->volume};
            if (!x->here[t])
                continue;
            if (w->bytes)
                memcpy(w->bytes + at + n * sizeof(double), &columns[column][t], sizeof(double));
            n++;
        }
    w->used += n * sizeof(double);
    return at;
}

static uint64_t put_sessions(struct writer *w, const struct built *b, uint32_t from, uint32_t to,
                             uint32_t *start, uint32_t *total)
{
    uint64_t at = w->used;
    uint32_t n = 0;
    for (uint32_t s = from; s < to; s++) {
        if (start)
            start[s] = n;
        for (uint32_t t = 0; t < b->n_sessions; t++)
            if (b->series[s].here[t]) {
                int32_t session = (int32_t)t;
                if (w->bytes)
                    memcpy(w->bytes + at + n * sizeof session, &session, sizeof session);
                n++;
            }
    }
    if (start)
        start[to] = n;
    *total = n;
    w->used += (n * sizeof(int32_t) + 7) / 8 * 8;
    return at;
}

static bool put_sleeve(struct writer *w, const struct built *b, const struct synthetic_sleeve *spec,
                       struct image_sleeve *out)
{
    uint32_t n = b->n_symbols, n_bars;
    uint32_t *start = calloc((size_t)n + 1, sizeof *start);
    int32_t *first_row = calloc((size_t)n + 1, sizeof *first_row);
    if (!start || !first_row) {
        free(start);
        free(first_row);
        return false;
    }
    memset(out, 0, sizeof *out);
    snprintf(out->name, sizeof out->name, "%s", spec->name);
    out->asset_class = spec->asset_class;
    out->n_symbols = n;
    out->n_sessions = b->n_sessions;
    out->session_day = put(w, b->day, b->n_sessions * sizeof *b->day);
    out->symbol_name = put(w, b->names, n * sizeof *b->names);
    out->bar_session = put_sessions(w, b, 0, n, start, &n_bars);
    out->n_bars = n_bars;
    for (uint32_t s = 0; s < n; s++) {
        while ((uint32_t)first_row[s] < b->n_sessions && !b->series[s].here[first_row[s]])
            first_row[s]++;
    }
    out->first_row = put(w, first_row, n * sizeof *first_row);
    out->bar_start = put(w, start, ((size_t)n + 1) * sizeof *start);
    uint64_t *columns[] = {&out->open, &out->high, &out->low, &out->close, &out->volume};
    uint64_t *bench[] = {&out->bench_open, &out->bench_high, &out->bench_low, &out->bench_close,
                         &out->bench_volume};
    for (size_t c = 0; c < 5; c++)
        *columns[c] = put_column(w, b, 0, n, c);
    out->bench_session = put_sessions(w, b, n, n + 1, NULL, &out->n_bench);
    for (size_t c = 0; c < 5; c++)
        *bench[c] = put_column(w, b, n, n + 1, c);
    free(start);
    free(first_row);
    return true;
}

static void edit(struct series *s, const struct synthetic_spec *spec, uint32_t sleeve,
                 uint32_t symbol, uint32_t n)
{
    for (uint32_t t = 0; spec->edit && t < n; t++) {
        struct synthetic_bar b = {s->here[t], s->open[t],  s->high[t],
                                  s->low[t],  s->close[t], s->volume[t]};
        spec->edit(&b, sleeve, symbol, t);
        s->here[t] = b.here;
        s->open[t] = b.open;
        s->high[t] = b.high;
        s->low[t] = b.low;
        s->close[t] = b.close;
        s->volume[t] = b.volume;
    }
}

/* Symbols of several sleeves interleave in bytewise order; every fifth has the bars of the one
 * before it. */
static bool build(struct built *b, const struct synthetic_spec *spec, uint32_t sleeve)
{
    const struct synthetic_sleeve *s = &spec->sleeve[sleeve];
    struct rng rng = {spec->seed * 977 + sleeve};
    uint32_t n = s->n_sessions;
    b->n_symbols = spec->kind == SYNTHETIC_NO_SYMBOLS ? 0 : s->n_symbols;
    b->day = calloc((size_t)n + 1, sizeof *b->day);
    b->names = calloc((size_t)b->n_symbols + 1, sizeof *b->names);
    b->series = calloc((size_t)b->n_symbols + 1, sizeof *b->series);
    if (!b->day || !b->names || !b->series)
        return false;
    for (int32_t day = s->first_day, t = 0; t < (int32_t)n; day++)
        if (s->asset_class == IMAGE_CRYPTO || (day + 3) % 7 < 5)
            b->day[t++] = day;
    for (uint32_t i = 0; i <= b->n_symbols; i++) {
        struct rng own = {rng_next(&rng)};
        if (!series_new(&b->series[i], (size_t)n + 1))
            return false;
        if (i % 5 == 4 && i < b->n_symbols) {
            memcpy(b->series[i].here, b->series[i - 1].here, n * sizeof(bool));
            memcpy(b->series[i].open, b->series[i - 1].open, 5 * ((size_t)n + 1) * sizeof(double));
        } else
            fill(&b->series[i], &own, i < b->n_symbols ? spec->kind : SYNTHETIC_CLEAN, n);
        edit(&b->series[i], spec, sleeve, i, n);
        if (i < b->n_symbols)
            snprintf(b->names[i], sizeof b->names[i], "S%04u", i * spec->n_sleeves + sleeve);
    }
    b->n_sessions = n;
    while (b->n_sessions > 0 && b->day[b->n_sessions - 1] > spec->last_day)
        b->n_sessions--;
    return true;
}

static void unbuild(struct built *b)
{
    for (uint32_t i = 0; b->series && i <= b->n_symbols; i++)
        series_free(&b->series[i]);
    free(b->series);
    free(b->names);
    free(b->day);
}

enum err synthetic_market_new(struct synthetic_market *out, const struct synthetic_spec *spec)
{
    struct built built[PLATEAU_SLEEVES_MAX] = {0};
    struct image_sleeve sleeves[PLATEAU_SLEEVES_MAX] = {0};
    struct image_header header = {.magic = IMAGE_MAGIC,
                                  .version = IMAGE_VERSION,
                                  .n_sleeves = spec->n_sleeves,
                                  .max_daily_move = 0.5};
    struct writer w = {NULL, 0};
    bool ok = true;
    for (uint32_t s = 0; s < spec->n_sleeves; s++)
        ok = ok && build(&built[s], spec, s);
    for (int pass = 0; ok && pass < 2; pass++) {
        w.used = 0;
        put(&w, &header, sizeof header);
        put(&w, sleeves, spec->n_sleeves * sizeof *sleeves);
        for (uint32_t s = 0; s < spec->n_sleeves; s++)
            ok = ok && put_sleeve(&w, &built[s], &spec->sleeve[s], &sleeves[s]);
        header.length = w.used;
        if (pass == 0)
            ok = ok && (w.bytes = calloc(1, w.used)) != NULL;
    }
    for (uint32_t s = 0; s < spec->n_sleeves; s++)
        unbuild(&built[s]);
    if (!ok) {
        free(w.bytes);
        return ERR_NOMEM;
    }
    *out = (struct synthetic_market){w.bytes, w.used};
    return OK;
}

void synthetic_market_free(struct synthetic_market *market)
{
    free(market->bytes);
    *market = (struct synthetic_market){NULL, 0};
}
