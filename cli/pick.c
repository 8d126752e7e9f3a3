#include "cli/pick.h"
#include "coordinator/results.h"
#include "review/grid.h"
#include "review/statistics/robust_pick.h"
#include <math.h>
#include <stdlib.h>

enum err pick_objective(const struct run_dir *run, uint32_t metric, uint32_t scenario,
                        uint32_t period, double *f, uint8_t *status, struct err_note *note)
{
    const uint64_t n = sweep_n_points(run->job.sweep);
    const uint32_t metrics[] = {metric, METRIC_exposure};
    double *exposure = malloc((n + 1) * sizeof *exposure);
    if (!exposure)
        return ERR_NOMEM;
    double *values[] = {f, exposure};
    struct results_query query = {scenario, period, metrics, 2};
    enum err err = results_columns(run, &query, values, status, note);
    for (uint64_t p = 0; !err && p < n; p++) {
        if (!isfinite(f[p]))
            f[p] = exposure[p] == 0 ? 0 : NAN;
        else if (METRIC_INFO[metric].better < 0)
            f[p] = -f[p];
    }
    free(exposure);
    return err;
}

enum err pick_eligible(const struct run_dir *run, bool **eligible, struct err_note *note)
{
    const uint64_t n = sweep_n_points(run->job.sweep);
    bool *ok = calloc(n + 1, sizeof *ok);
    uint8_t *status = malloc(n + 1);
    enum err err = ok && status ? OK : ERR_NOMEM;
    for (uint64_t p = 0; !err && p < n; p++)
        ok[p] = true;
    for (uint32_t s = 0; !err && s < run->job.n_scenarios; s++) {
        struct results_query query = {.scenario = s};
        err = results_columns(run, &query, NULL, status, note);
        for (uint64_t p = 0; !err && p < n; p++)
            ok[p] = ok[p] && status[p] == STATUS_OK;
    }
    free(status);
    if (err)
        free(ok);
    else
        *eligible = ok;
    return err;
}

/* The robust pick of a surface of points, or its peak. ERR_EMPTY, ERR_NOMEM. */
static enum err pick_robust(struct pick *out, const struct run_dir *run, const double *f,
                            const bool *eligible, struct err_note *note)
{
    const struct sweep *sweep = run->job.sweep;
    const uint64_t n = sweep_n_points(sweep);
    struct surface surface;
    struct robust_pick robust = {.point = n};
    enum err err = OK;
    if (!grid_refusal(sweep)) {
        err = grid_surface(sweep, f, &surface);
        if (!err)
            err = robust_pick_find(&surface, eligible, &robust);
    }
    if (err)
        return err;
    if (robust.point < n) {
        *out = (struct pick){robust.point, "robust pick"};
        return OK;
    }
    uint64_t peak = n;
    for (uint64_t p = 0; p < n; p++)
        if (eligible[p] && !isnan(f[p]) && (peak == n || f[p] > f[peak]))
            peak = p;
    if (peak == n)
        return err_set(note, ERR_EMPTY, "no point of run %s has a number in every scenario",
                       run->id);
    *out = (struct pick){peak, "peak"};
    return OK;
}

enum err pick_point(struct pick *out, const struct run_dir *run, const char *at,
                    struct err_note *note)
{
    uint32_t scenario;
    if (at) {
        out->how = "named";
        return results_parse_cell(run, at, &out->point, &scenario, note);
    }
    double *f = malloc((sweep_n_points(run->job.sweep) + 1) * sizeof *f);
    bool *eligible = NULL;
    enum err err =
        f ? pick_objective(run, results_objective(&run->job), 0, 0, f, NULL, note) : ERR_NOMEM;
    if (!err)
        err = pick_eligible(run, &eligible, note);
    if (!err)
        err = pick_robust(out, run, f, eligible, note);
    free(f);
    free(eligible);
    return err;
}
