#include "review/statistics/walk_forward.h"
#include "review/statistics/cscv.h"
#include "review/statistics/sample.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t step_of(const struct walk_forward_plan *plan)
{
    return plan->step ? plan->step : plan->oos_len;
}

size_t walk_forward_n_windows(const struct walk_forward_plan *plan, size_t n_days)
{
    size_t first = plan->is_len + plan->gap + plan->oos_len;
    return first > n_days ? 0 : (n_days - first) / step_of(plan) + 1;
}

/* Best key on rows begin .. end - 1; lowest index on ties. */
static size_t best_on(const double *series, size_t n, size_t n_days, size_t begin, size_t end)
{
    size_t best = 0;
    double best_key = -INFINITY;
    for (size_t k = 0; k < n; k++) {
        double s = 0.0, q = 0.0;
        for (size_t t = begin; t < end; t++) {
            double r = series[k * n_days + t];
            s += r;
            q += r * r;
        }
        double key = cscv_key(s, q);
        if (key > best_key) {
            best_key = key;
            best = k;
        }
    }
    return best;
}

static double drift(const struct surface *grid, const struct walk_forward_window *w, size_t n)
{
    double sum = 0.0;
    for (size_t i = 1; i < n; i++)
        for (uint32_t a = 0; a < grid->n_axes; a++) {
            uint32_t from = surface_level(grid, w[i - 1].pick, a);
            uint32_t to = surface_level(grid, w[i].pick, a);
            double steps = from > to ? from - to : to - from;
            if (from == to)
                continue;
            sum += grid->kind[a] == SURFACE_CAT ? 1.0 : steps / (double)(grid->n_levels[a] - 1);
        }
    return sum / ((double)(n - 1) * grid->n_axes);
}

double walk_forward_mdd(const double *r, size_t n)
{
    double equity = 1.0, peak = 1.0, mdd = 0.0;
    for (size_t t = 0; t < n; t++) {
        equity = 1.0 + r[t] > 0.0 ? equity * (1.0 + r[t]) : 0.0;
        peak = equity > peak ? equity : peak;
        mdd = fmax(mdd, 1.0 - equity / peak);
    }
    return mdd;
}

struct walk_forward_window walk_forward_window(const struct walk_forward_plan *plan, size_t i)
{
    size_t start = i * step_of(plan), is_end = start + plan->is_len;
    return (struct walk_forward_window){.is_begin = plan->anchored ? 0 : start,
                                        .is_end = is_end,
                                        .oos_begin = is_end + plan->gap,
                                        .oos_end = is_end + plan->gap + plan->oos_len};
}

void walk_forward_summarise(struct walk_forward *out, struct walk_forward_window *w, size_t n,
                            const struct walk_forward_plan *plan, const struct surface *grid)
{
    struct walk_forward r = {.n_windows = n,
                             .overlapping = step_of(plan) < plan->oos_len,
                             .wfe = NAN,
                             .consistency = NAN,
                             .max_share = NAN,
                             .stitched_sharpe = NAN,
                             .stitched_mean_ann = NAN,
                             .stitched_mdd = NAN,
                             .param_drift = NAN};
    double year = plan->periods_per_year, days = (double)(n * plan->oos_len);
    double is = 0.0, oos = 0.0, earned = 0.0, total = 0.0, squares = 0.0, largest = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        w[i].is_ann = w[i].is_sum / (double)(w[i].is_end - w[i].is_begin) * year;
        w[i].oos_ann = w[i].oos_sum / (double)plan->oos_len * year;
        is += w[i].is_ann;
        oos += w[i].oos_ann;
        earned += w[i].oos_ann > 0.0 ? 1.0 : 0.0;
        total += w[i].oos_sum;
        squares += w[i].oos_sumsq;
        largest = fmax(largest, w[i].oos_sum);
    }
    if (n) {
        r.wfe = is > 0.0 ? oos / is : NAN;
        r.consistency = earned / (double)n;
        r.max_share = total > 0.0 ? largest / total : NAN;
        r.stitched_sharpe = sample_sharpe_of_sums(days, total, squares) * sqrt(year);
        r.stitched_mean_ann = total / days * year;
    }
    if (grid && n > 1)
        r.param_drift = drift(grid, w, n);
    *out = r;
}

static void add_up(struct walk_forward_window *w, const double *pick)
{
    for (size_t t = w->is_begin; t < w->is_end; t++)
        w->is_sum += pick[t];
    for (size_t t = w->oos_begin; t < w->oos_end; t++) {
        w->oos_sum += pick[t];
        w->oos_sumsq += pick[t] * pick[t];
    }
}

enum err walk_forward_run(struct walk_forward *out, struct walk_forward_window *windows,
                          const struct walk_forward_plan *plan, const double *series, size_t n,
                          size_t n_days, const struct surface *grid)
{
    if (plan->is_len == 0 || plan->oos_len == 0 || n == 0 || (grid && grid->n_points != n))
        return ERR_RANGE;
    size_t n_windows = walk_forward_n_windows(plan, n_days), h = plan->oos_len;
    struct walk_forward_window *w = malloc((n_windows + 1) * sizeof *w);
    double *stitched = malloc((n_windows * h + 1) * sizeof *stitched);
    enum err rc = w && stitched ? OK : ERR_NOMEM;
    for (size_t i = 0; i < n_windows && rc == OK; i++) {
        w[i] = walk_forward_window(plan, i);
        w[i].pick = best_on(series, n, n_days, w[i].is_begin, w[i].is_end);
        const double *pick = series + w[i].pick * n_days;
        add_up(&w[i], pick);
        memcpy(stitched + i * h, pick + w[i].oos_begin, h * sizeof *stitched);
    }
    if (rc == OK) {
        walk_forward_summarise(out, w, n_windows, plan, grid);
        if (n_windows)
            out->stitched_mdd = walk_forward_mdd(stitched, n_windows * h);
        if (windows)
            memcpy(windows, w, n_windows * sizeof *w);
    }
    free(w);
    free(stitched);
    return rc;
}
