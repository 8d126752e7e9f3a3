#include "coordinator/benchmark_curve.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int compare_days(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Sorted union of the sleeves' sessions inside the period. */
static enum err union_of_days(struct benchmark_curve *out, const struct image_view *views,
                              uint32_t n_views, int32_t start, int32_t end)
{
    size_t room = 1;
    for (uint32_t v = 0; v < n_views; v++)
        room += views[v].n_sessions;
    out->day = malloc(room * sizeof *out->day);
    if (!out->day)
        return ERR_NOMEM;
    size_t n = 0;
    for (uint32_t v = 0; v < n_views; v++)
        for (uint32_t s = 0; s < views[v].n_sessions; s++)
            if (views[v].session_day[s] >= start && views[v].session_day[s] <= end)
                out->day[n++] = views[v].session_day[s];
    qsort(out->day, n, sizeof *out->day, compare_days);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || out->day[i] != out->day[kept - 1])
            out->day[kept++] = out->day[i];
    out->n = (uint32_t)kept;
    return OK;
}

struct series { /* accepted closes of one symbol, oldest first */
    const int32_t *session_day, *session;
    const double *close;
    uint32_t n;
};

/* Adds close / close at the first recorded date to sum[], the last accepted close carried forward.
 * False: not bought. */
static bool add_held(const struct benchmark_curve *curve, const struct series *series,
                     bool needs_bar_on_first_day, double *sum)
{
    uint32_t bar = 0, t = 0;
    while (bar < series->n && series->session_day[series->session[bar]] <= curve->day[0])
        bar++;
    bool on_first_day = bar > 0 && series->session_day[series->session[bar - 1]] == curve->day[0];
    if (needs_bar_on_first_day && !on_first_day)
        return false;
    double bought = bar > 0 ? series->close[bar - 1] : NAN, last = bought;
    for (; t < curve->n; t++) {
        while (bar < series->n && series->session_day[series->session[bar]] <= curve->day[t]) {
            last = series->close[bar++];
            if (isnan(bought))
                bought = last;
        }
        sum[t] += last / bought;
    }
    return true;
}

enum err benchmark_curve_make(struct benchmark_curve *out, const struct market_image *image,
                              int32_t start_day, int32_t end_day, struct err_note *note)
{
    struct image_view views[IMAGE_SLEEVES_MAX];
    uint32_t n_views = 0;
    enum err err = image_check(image->bytes, image->length, views, &n_views, note);
    if (err)
        return err;
    struct benchmark_curve curve = {0};
    err = union_of_days(&curve, views, n_views, start_day, end_day);
    if (!err) {
        curve.buy_and_hold = calloc((size_t)curve.n + 1, sizeof(double));
        curve.equal_weight = calloc((size_t)curve.n + 1, sizeof(double));
        err = curve.buy_and_hold && curve.equal_weight ? OK : ERR_NOMEM;
    }
    if (err) {
        benchmark_curve_free(&curve);
        return err_set(note, err, "out of memory for the benchmark curves");
    }
    if (curve.n > 0) {
        const struct image_view *first = &views[0];
        struct series bench = {first->session_day, first->bench_session, first->bench_close,
                               first->n_bench};
        add_held(&curve, &bench, false, curve.buy_and_hold);
        for (uint32_t v = 0; v < n_views; v++)
            for (uint32_t s = 0; s < views[v].n_symbols; s++) {
                uint32_t from = views[v].bar_start[s];
                struct series symbol = {views[v].session_day, views[v].bar_session + from,
                                        views[v].close + from, views[v].bar_start[s + 1] - from};
                curve.n_symbols += add_held(&curve, &symbol, true, curve.equal_weight);
            }
        for (uint32_t t = 0; t < curve.n; t++)
            curve.equal_weight[t] = curve.n_symbols ? curve.equal_weight[t] / curve.n_symbols : NAN;
    }
    *out = curve;
    return OK;
}

void benchmark_curve_free(struct benchmark_curve *curve)
{
    free(curve->day);
    free(curve->buy_and_hold);
    free(curve->equal_weight);
    memset(curve, 0, sizeof *curve);
}
