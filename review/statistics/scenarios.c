#include "review/statistics/scenarios.h"
#include <math.h>
#include <stdlib.h>

struct view {
    const double *f;
    size_t n_scenarios, n_points;
};

static bool eligible(const struct view *v, size_t p)
{
    for (size_t s = 0; s < v->n_scenarios; s++)
        if (!isfinite(v->f[s * v->n_points + p]))
            return false;
    return true;
}

static double worst(const struct view *v, size_t p)
{
    double low = v->f[p];
    for (size_t s = 1; s < v->n_scenarios; s++)
        low = fmin(low, v->f[s * v->n_points + p]);
    return low;
}

static void describe_pick(const struct view *v, size_t p, struct scenarios_robust *out)
{
    size_t positive = 0;
    double base = v->f[p], retention = v->n_scenarios > 1 && base > 0.0 ? INFINITY : NAN;
    for (size_t s = 0; s < v->n_scenarios; s++) {
        double f = v->f[s * v->n_points + p];
        positive += f > 0.0;
        if (s > 0 && base > 0.0)
            retention = fmin(retention, f / base);
    }
    out->pick_worst = worst(v, p);
    out->pick_frac_pos = (double)positive / (double)v->n_scenarios;
    out->pick_retention = retention;
}

/* Largest shortfall of a point against the best eligible one, over the scenarios. */
static double largest_regret(const struct view *v, const double *best, size_t p)
{
    double regret = 0.0;
    for (size_t s = 0; s < v->n_scenarios; s++)
        regret = fmax(regret, best[s] - v->f[s * v->n_points + p]);
    return regret;
}

enum err scenarios_robust(struct scenarios_robust *out, const double *f, size_t n_scenarios,
                          size_t n_points, size_t pick)
{
    const struct view v = {f, n_scenarios, n_points};
    struct scenarios_robust r = {0, false, n_points, n_points, NAN, NAN, NAN, NAN, NAN, NAN};
    if (n_scenarios == 0 || pick >= n_points)
        return ERR_RANGE;
    double *best = malloc(n_scenarios * sizeof *best);
    if (!best)
        return ERR_NOMEM;
    for (size_t s = 0; s < n_scenarios; s++)
        best[s] = -INFINITY;
    for (size_t p = 0; p < n_points; p++) {
        if (!eligible(&v, p))
            continue;
        r.n_eligible++;
        for (size_t s = 0; s < n_scenarios; s++)
            best[s] = fmax(best[s], f[s * n_points + p]);
        if (r.maximin_point == n_points || worst(&v, p) > r.maximin_value) {
            r.maximin_point = p;
            r.maximin_value = worst(&v, p);
        }
    }
    for (size_t p = 0; p < n_points; p++) {
        if (!eligible(&v, p))
            continue;
        double regret = largest_regret(&v, best, p);
        if (r.minimax_regret_point == n_points || regret < r.minimax_regret_value) {
            r.minimax_regret_point = p;
            r.minimax_regret_value = regret;
        }
    }
    r.pick_eligible = eligible(&v, pick);
    if (r.pick_eligible) {
        describe_pick(&v, pick, &r);
        r.pick_regret = largest_regret(&v, best, pick);
    }
    *out = r;
    free(best);
    return OK;
}
