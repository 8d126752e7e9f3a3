#include "coordinator/export_review.h"
#include "review/figures.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct group {
    struct h5 *h5;
    hid_t id;
};

static struct group open_group(struct h5 *h5, hid_t where, const char *name)
{
    return (struct group){h5, h5_group(h5, where, name, NULL)};
}

static void close_group(struct group *group)
{
    if (group->id >= 0)
        H5Gclose(group->id);
}

static void scalar(const struct group *group, const char *name, double value, const char *unit,
                   const char *long_name)
{
    if (group->h5->failed)
        return;
    hid_t space = H5Screate(H5S_SCALAR), creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(creation, false);
    H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    hid_t dataset =
        H5Dcreate2(group->id, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    h5_check(group->h5, dataset >= 0, "create dataset", name);
    h5_write(group->h5, dataset, H5T_NATIVE_DOUBLE, &value);
    h5_attr_text(group->h5, dataset, "long_name", long_name);
    h5_attr_units(group->h5, dataset, unit);
    h5_done(dataset);
    H5Pclose(creation);
    H5Sclose(space);
}

static void along(const struct group *group, const struct h5_scale *scale, const char *name,
                  const double *values, const char *unit, const char *long_name)
{
    struct h5_shape shape = {0};
    h5_shape_add(&shape, scale, 0);
    hid_t dataset = h5_dataset(group->h5, group->id, name, H5T_NATIVE_DOUBLE, &shape, NULL, false);
    h5_write(group->h5, dataset, H5T_NATIVE_DOUBLE, values);
    h5_attr_text(group->h5, dataset, "long_name", long_name);
    h5_attr_units(group->h5, dataset, unit);
    h5_done(dataset);
}

/* ---- maps ---- */

static void write_maps(const struct group *group, const struct export_plan *plan,
                       const struct h5_scale *dim, const struct export_review *review)
{
    struct h5 *h5 = group->h5;
    const struct stability_map *map = review->map;
    export_map_write(h5, group->id, plan, dim, "worst_of_scenarios", review->worst, review->unit,
                     "the objective in the worst of baseline, cost and shock scenarios, train");
    if (!map)
        return;
    export_map_write(h5, group->id, plan, dim, "plateau_ratio", map->plateau_ratio, "1",
                     "median neighbour over the point, train");
    export_map_write(h5, group->id, plan, dim, "worst_ratio", map->worst_ratio, "1",
                     "worst neighbour over the point, train");
    export_map_write(
        h5, group->id, plan, dim, "basin_frac", map->basin_frac, "1",
        "share of the grid connected to the point at 80 % of its value or more, train");
}

/* ---- tables ---- */

static void write_splits(const struct group *group, const struct review *r)
{
    double *row = malloc((r->cscv.n_splits + 1) * sizeof *row), tenth[REVIEW_DECILES];
    h5_check(group->h5, row != NULL, "allocate", "splits");
    if (!r->splits || !row) {
        free(row);
        return;
    }
    for (uint32_t i = 0; i < r->cscv.n_splits; i++)
        row[i] = i;
    struct h5_scale split = h5_scale_numbers(group->h5, group->id, "split", row, r->cscv.n_splits);
    for (uint32_t i = 0; i < r->cscv.n_splits; i++)
        row[i] = r->splits[i].logit;
    along(group, &split, "logit", row, "1", "log-odds of the pick's rank out of sample");
    for (uint32_t i = 0; i < r->cscv.n_splits; i++)
        row[i] = r->splits[i].r_is;
    along(group, &split, "sharpe_in_sample", row, "1/sqrt(year)",
          "annualised Sharpe ratio of the pick in sample");
    for (uint32_t i = 0; i < r->cscv.n_splits; i++)
        row[i] = r->splits[i].r_oos;
    along(group, &split, "sharpe_out_of_sample", row, "1/sqrt(year)", "and out of sample");
    h5_scale_close(&split);
    for (int i = 0; i < REVIEW_DECILES; i++)
        tenth[i] = (i + 0.5) / REVIEW_DECILES;
    struct h5_scale rank =
        h5_scale_numbers(group->h5, group->id, "relative_rank", tenth, REVIEW_DECILES);
    along(group, &rank, "rank_share", r->rank_share, "1",
          "share of splits by the pick's relative rank out of sample, tenths");
    h5_scale_close(&rank);
    free(row);
}

/* ---- folds ---- */

struct window_column {
    const char *name, *unit, *text;
    double (*of)(const struct walk_forward_window *window);
};
static double is_begin(const struct walk_forward_window *w)
{
    return (double)w->is_begin;
}
static double is_end(const struct walk_forward_window *w)
{
    return (double)w->is_end;
}
static double oos_begin(const struct walk_forward_window *w)
{
    return (double)w->oos_begin;
}
static double oos_end(const struct walk_forward_window *w)
{
    return (double)w->oos_end;
}
static double pick(const struct walk_forward_window *w)
{
    return (double)w->pick;
}
static double is_ann(const struct walk_forward_window *w)
{
    return w->is_ann;
}
static double oos_ann(const struct walk_forward_window *w)
{
    return w->oos_ann;
}

/* 0 .. n - 1 */
static struct h5_scale counted(const struct group *group, const char *name, size_t n, double *room)
{
    for (size_t i = 0; i < n; i++)
        room[i] = (double)i;
    return h5_scale_numbers(group->h5, group->id, name, room, n);
}

static void write_windows(const struct group *group, const struct fold_review *folds)
{
    static const struct window_column columns[] = {
        {"is_begin", "days", "first day in sample", is_begin},
        {"is_end", "days", "day after the last in sample", is_end},
        {"oos_begin", "days", "first day out of sample", oos_begin},
        {"oos_end", "days", "day after the last out of sample", oos_end},
        {"pick", "point", "point chosen in sample", pick},
        {"is_return", "1/year", "its mean return in sample, annualised", is_ann},
        {"oos_return", "1/year", "its mean return out of sample, annualised", oos_ann}};
    size_t n = folds->walk.n_windows, n_days = n * folds->folds.walk.test;
    double *room = n ? malloc((n > n_days ? n : n_days) * sizeof *room) : NULL;
    if (!room)
        return;
    struct h5_scale window = counted(group, "window", n, room);
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        for (size_t i = 0; i < n; i++)
            room[i] = columns[c].of(&folds->windows[i]);
        along(group, &window, columns[c].name, room, columns[c].unit, columns[c].text);
    }
    h5_scale_close(&window);
    if (folds->stitched) {
        struct h5_scale day = counted(group, "day", n_days, room);
        along(group, &day, "stitched_return", folds->stitched, "1",
              "daily return of the picks out of sample, one window after the other");
        h5_scale_close(&day);
    }
    free(room);
}

static void write_paths(const struct group *group, const struct fold_review *folds)
{
    uint32_t n_splits = folds->cpcv.n_splits, n_paths = folds->cpcv.n_paths;
    double *room = n_splits ? malloc((n_splits + (size_t)n_paths) * sizeof *room) : NULL;
    if (!room)
        return;
    struct h5_scale path = counted(group, "path", n_paths, room);
    along(group, &path, "path_sharpe", folds->path_sharpe, "1/sqrt(year)",
          "annualised Sharpe ratio of the path");
    h5_scale_close(&path);
    struct h5_scale split = counted(group, "split", n_splits, room);
    for (uint32_t s = 0; s < n_splits; s++)
        room[s] = (double)folds->split_pick[s];
    along(group, &split, "pick", room, "point", "point chosen outside the split's test groups");
    h5_scale_close(&split);
    free(room);
}

static void write_tables(const struct group *group, const char *name, const struct review *r)
{
    if (strcmp(name, "overfitting") == 0)
        write_splits(group, r);
    else if (strcmp(name, "walk_forward") == 0)
        write_windows(group, &r->folds);
    else if (strcmp(name, "cpcv") == 0)
        write_paths(group, &r->folds);
}

static void write_figures(const struct group *parent, const struct export_review *review)
{
    double values[N_FIGURES];
    struct group group = {parent->h5, -1};
    const char *name = "";
    figures_of(review->review, values);
    for (int i = 0; i < N_FIGURES; i++) {
        const struct figure *f = &FIGURES[i];
        if (strcmp(name, f->group) != 0) {
            close_group(&group);
            name = f->group;
            group = open_group(parent->h5, parent->id, name);
            write_tables(&group, name, review->review);
        }
        scalar(&group, f->name, values[i],
               *f->unit == '\0'               ? review->unit
               : strcmp(f->unit, "flag") == 0 ? "1"
                                              : f->unit,
               f->text);
    }
    close_group(&group);
}

static void write_axes(const struct group *parent, const struct job *job, const struct review *r)
{
    char names[SURFACE_AXES_MAX][256];
    const char *texts[SURFACE_AXES_MAX];
    uint32_t n = sweep_n_dimensions(job->sweep);
    if (r->not_grid || n == 0)
        return;
    for (uint32_t d = 0; d < n; d++) {
        grid_dimension_name(job->sweep, d, names[d], sizeof names[d]);
        texts[d] = names[d];
    }
    struct group group = open_group(parent->h5, parent->id, "axes");
    struct h5_scale axis = h5_scale_texts(group.h5, group.id, "axis", texts, n);
    along(&group, &axis, "sobol_first", r->sobol.first, "1",
          "share of the variance the axis explains alone");
    along(&group, &axis, "sobol_total", r->sobol.total, "1", "and together with others");
    along(&group, &axis, "gradient", r->at_chosen.grad, "1", "slope at the chosen point, per step");
    along(&group, &axis, "curvature", r->at_chosen.curv, "1", "curvature there, per step squared");
    h5_scale_close(&axis);
    close_group(&group);
}

static void write_limits(const struct group *parent, const struct review *r)
{
    struct group group = open_group(parent->h5, parent->id, "limits");
#define X(name, value, text) scalar(&group, #name, r->limits.name, "1", text);
    VERDICT_LIMIT_TABLE(X)
#undef X
    close_group(&group);
}

static void write_verdict(const struct group *group, const struct export_review *review)
{
    const struct review *r = review->review;
    static char words[VERDICT_N_REASONS + 1][600];
    const char *texts[VERDICT_N_REASONS + 1], *notes[REVIEW_NOTES_MAX];
    uint32_t n = review_n_reasons(r);
    const uint64_t points[] = {r->chosen, r->peak};
    for (uint32_t i = 0; i < n; i++) {
        char why[512];
        const char *name = review_reason(r, i, why, sizeof why);
        snprintf(words[i], sizeof words[i], "%s: %s", name, why);
        texts[i] = words[i];
    }
    for (uint32_t i = 0; i < r->n_notes; i++)
        notes[i] = r->note[i];
    h5_attr_text(group->h5, group->id, "verdict", VERDICT_NAME[r->verdict.class]);
    h5_attr_texts(group->h5, group->id, "reasons", texts, n);
    h5_attr_texts(group->h5, group->id, "notes", notes, r->n_notes);
    h5_attr_text(group->h5, group->id, "objective", review->objective);
    h5_attr(group->h5, group->id, "chosen_point", H5T_NATIVE_UINT64, &points[0], 0);
    h5_attr(group->h5, group->id, "peak_point", H5T_NATIVE_UINT64, &points[1], 0);
    if (r->robust != REVIEW_NONE)
        h5_attr(group->h5, group->id, "robust_point", H5T_NATIVE_UINT64, &r->robust, 0);
    const uint8_t flat_good = r->verdict.flat_good, ledger_used = review->ledger_used;
    h5_attr(group->h5, group->id, "flat_good", H5T_NATIVE_UINT8, &flat_good, 0);
    h5_attr(group->h5, group->id, "ledger_used", H5T_NATIVE_UINT8, &ledger_used, 0);
    h5_attr(group->h5, group->id, "ledger_points", H5T_NATIVE_UINT64, &review->ledger_points, 0);
    h5_attr(group->h5, group->id, "holdout_openings", H5T_NATIVE_UINT64, &review->holdout_openings,
            0);
}

void export_review_write(struct h5 *h5, const struct export_plan *plan, const struct h5_scale *dim,
                         const struct h5_scale *scenario, const struct job *job,
                         const struct export_review *review)
{
    struct group group = open_group(h5, h5->file, "review");
    write_verdict(&group, review);
    write_maps(&group, plan, dim, review);
    if (review->stress)
        export_stress_write(h5, group.id, plan, dim, scenario, review->stress, review->unit);
    write_figures(&group, review);
    write_axes(&group, job, review->review);
    write_limits(&group, review->review);
    close_group(&group);
}
