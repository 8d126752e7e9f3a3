#include "review/report_columns.h"
#include "review/projection.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_BYTES (512ull << 20) /* of columns in memory */
enum { N_PROJECTED_STATISTICS = 3, NAME_MAX_BYTES = 96 };

/* ---- which columns ---- */

/* What people ask for, in that order; the rest follows in the table's. */
static const uint32_t USUAL[] = {
    METRIC_sharpe,           METRIC_total_return, METRIC_cagr,     METRIC_mdd,
    METRIC_calmar,           METRIC_n_trades,     METRIC_sortino,  METRIC_profit_factor,
    METRIC_win_rate,         METRIC_expectancy_r, METRIC_exposure, METRIC_ann_vol,
    METRIC_top5_gross_share, METRIC_turnover,     METRIC_sqn,      METRIC_cvar};
enum { N_USUAL = sizeof USUAL / sizeof USUAL[0] };

static bool usual(uint32_t metric)
{
    for (uint32_t i = 0; i < N_USUAL; i++)
        if (USUAL[i] == metric)
            return true;
    return false;
}

static uint32_t ranked_metric(uint32_t objective, uint32_t rank)
{
    if (rank == 0)
        return objective;
    uint32_t at = 0;
    for (uint32_t i = 0; i < N_USUAL; i++)
        if (USUAL[i] != objective && ++at == rank)
            return USUAL[i];
    for (uint32_t m = 0; m < N_METRICS; m++)
        if (m != objective && !usual(m) && ++at == rank)
            return m;
    return objective;
}

struct report_column report_column_of(const struct report_grid *grid, uint32_t k)
{
    uint32_t pairs = grid->n_scenarios * grid->n_periods;
    return (struct report_column){ranked_metric(grid->objective, k / pairs),
                                  k % pairs / grid->n_periods, k % grid->n_periods};
}

static uint64_t in_base64(uint64_t bytes)
{
    return bytes / 3 * 4 + 80; /* and its element */
}

static bool is_grid(const struct sweep *sweep)
{
    return sweep_plan(sweep)->method == SWEEP_GRID;
}

static uint64_t cells_of_pair(const struct sweep *sweep, uint32_t d1, uint32_t d2)
{
    uint64_t n =
        (uint64_t)sweep_dimension_size(sweep, d1) * (uint64_t)sweep_dimension_size(sweep, d2);
    return n <= REPORT_PAIR_CELLS_MAX ? n : 0;
}

static uint32_t at_most(uint64_t budget, uint64_t each, uint32_t n)
{
    uint64_t fit = each ? budget / each : 0;
    return fit < n ? (uint32_t)fit : n;
}

struct report_plan report_plan_of(const struct report_grid *grid)
{
    struct report_plan plan = {.cubes = REPORT_F64};
    const struct sweep *sweep = grid->sweep;
    uint64_t n = sweep_n_points(sweep);
    uint32_t n_columns = N_METRICS * grid->n_scenarios * grid->n_periods;
    for (uint32_t d2 = 0; is_grid(sweep) && d2 < sweep_n_dimensions(sweep); d2++)
        for (uint32_t d1 = 0; d1 < d2; d1++)
            plan.pair_cells += cells_of_pair(sweep, d1, d2);
    if (n <= REPORT_WHOLE_BYTES && in_base64(n * 8) * n_columns <= REPORT_WHOLE_BYTES) {
        plan.whole = true;
        plan.n_cubes = n_columns;
        return plan;
    }
    uint32_t wanted = 4 * grid->n_scenarios * grid->n_periods;
    plan.cubes = n <= REPORT_CUBES_BYTES && in_base64(n * 4) * wanted <= REPORT_CUBES_BYTES
                     ? REPORT_F32
                     : REPORT_U16;
    if (n <= REPORT_CUBES_BYTES)
        plan.n_cubes = at_most(REPORT_CUBES_BYTES,
                               in_base64(n * (plan.cubes == REPORT_F32 ? 4 : 2)), n_columns);
    plan.n_projected = at_most(
        REPORT_PARTS_BYTES,
        in_base64(plan.pair_cells * 4 * (N_PROJECTED_STATISTICS + grid->n_picks)), n_columns);
    return plan;
}

/* ---- one column ---- */

static void write_cube(struct report_sections *out, const struct report_plan *plan,
                       struct report_column c, const double *values, uint64_t n)
{
    char name[NAME_MAX_BYTES];
    snprintf(name, sizeof name, "cube/%u/%u/%u", c.metric, c.scenario, c.period);
    if (plan->cubes == REPORT_F64)
        report_section(out, name, REPORT_F64, values, n);
    else if (plan->cubes == REPORT_F32)
        report_section_f32(out, name, values, n);
    else
        report_section_u16(out, name, values, n);
}

static uint32_t axis_of_dimension(const struct sweep *sweep, uint32_t dimension)
{
    uint32_t a = 0;
    while (sweep_axis(sweep, a)->dimension != dimension)
        a++;
    return a;
}

static enum err write_projection(struct report_sections *out, const struct report_grid *grid,
                                 struct report_column c, const double *values, uint32_t d1,
                                 uint32_t d2, struct err_note *note)
{
    static const enum projection_statistic which[N_PROJECTED_STATISTICS] = {
        PROJECTION_MEDIAN, PROJECTION_MIN, PROJECTION_MAX};
    const struct projection_request request = {.sweep = grid->sweep,
                                               .x = axis_of_dimension(grid->sweep, d2),
                                               .y = axis_of_dimension(grid->sweep, d1),
                                               .values = values,
                                               .n_points = sweep_n_points(grid->sweep)};
    struct projection projection;
    char name[NAME_MAX_BYTES];
    size_t cells = (size_t)cells_of_pair(grid->sweep, d1, d2);
    enum err err = projection_make(&projection, &request, note);
    if (err)
        return err;
    double *all = malloc((N_PROJECTED_STATISTICS * cells + 1) * sizeof *all);
    for (int i = 0; all && i < N_PROJECTED_STATISTICS; i++)
        memcpy(all + (size_t)i * cells, projection.value[which[i]], cells * sizeof *all);
    projection_free(&projection);
    if (!all)
        return ERR_NOMEM;
    snprintf(name, sizeof name, "proj/%u/%u/%u/%u/%u", c.metric, c.scenario, c.period, d1, d2);
    report_section_f32(out, name, all, N_PROJECTED_STATISTICS * cells);
    free(all);
    return OK;
}

/* Points of the pair through a pick: the pick's number with its digits of d1 and d2 exchanged. */
static enum err write_slice(struct report_sections *out, const struct report_grid *grid,
                            struct report_column c, const double *values, uint32_t pick,
                            uint32_t d1, uint32_t d2)
{
    const struct sweep *sweep = grid->sweep;
    uint32_t n1 = sweep_dimension_size(sweep, d1), n2 = sweep_dimension_size(sweep, d2);
    uint64_t stride1 = 1, stride2 = 1, point = grid->picks[pick];
    char name[NAME_MAX_BYTES];
    double *cut = malloc((size_t)n1 * n2 * sizeof *cut);
    if (!cut)
        return ERR_NOMEM;
    for (uint32_t d = sweep_n_dimensions(sweep) - 1; d > d1; d--)
        stride1 *= sweep_dimension_size(sweep, d);
    for (uint32_t d = sweep_n_dimensions(sweep) - 1; d > d2; d--)
        stride2 *= sweep_dimension_size(sweep, d);
    uint64_t base = point - point / stride1 % n1 * stride1 - point / stride2 % n2 * stride2;
    for (uint32_t i = 0; i < n1; i++)
        for (uint32_t j = 0; j < n2; j++)
            cut[(size_t)i * n2 + j] = values[base + i * stride1 + j * stride2];
    snprintf(name, sizeof name, "slice/%u/%u/%u/%u/%u/%u", pick, c.metric, c.scenario, c.period, d1,
             d2);
    report_section_f32(out, name, cut, (size_t)n1 * n2);
    free(cut);
    return OK;
}

static enum err write_pairs(struct report_sections *out, const struct report_grid *grid,
                            struct report_column c, bool has_cube, const double *values,
                            struct err_note *note)
{
    enum err err = OK;
    for (uint32_t d2 = 0; d2 < sweep_n_dimensions(grid->sweep); d2++)
        for (uint32_t d1 = 0; d1 < d2 && !err; d1++) {
            if (!cells_of_pair(grid->sweep, d1, d2))
                continue;
            err = write_projection(out, grid, c, values, d1, d2, note);
            for (uint32_t p = 0; p < grid->n_picks && !has_cube && !err; p++)
                err = write_slice(out, grid, c, values, p, d1, d2);
        }
    return err;
}

/* ---- one scenario and period ---- */

struct batch {
    uint32_t metric[N_METRICS + 1], rank[N_METRICS + 1], n;
    double *value[N_METRICS + 1];
    uint8_t *status;
};

static void write_flags(struct report_sections *out, uint32_t scenario, uint32_t period,
                        const double *values, uint64_t n)
{
    char name[NAME_MAX_BYTES];
    uint16_t *flags = malloc((n + 1) * sizeof *flags);
    if (!flags) {
        out->err = out->err ? out->err : ERR_NOMEM;
        return;
    }
    for (uint64_t i = 0; i < n; i++)
        flags[i] = isnan(values[i]) ? 0 : (uint16_t)values[i];
    snprintf(name, sizeof name, "flags/%u/%u", scenario, period);
    report_section(out, name, REPORT_U16, flags, n);
    free(flags);
}

static enum err write_batch(struct report_sections *out, const struct report_grid *grid,
                            const struct report_plan *plan, const struct batch *batch,
                            uint32_t scenario, uint32_t period, struct err_note *note)
{
    uint64_t n = sweep_n_points(grid->sweep);
    enum err err = OK;
    for (uint32_t i = 0; i < batch->n && !err; i++) {
        struct report_column c = {batch->metric[i], scenario, period};
        if (c.metric == N_METRICS) {
            write_flags(out, scenario, period, batch->value[i], n);
            continue;
        }
        bool cube = batch->rank[i] < plan->n_cubes;
        if (cube)
            write_cube(out, plan, c, batch->value[i], n);
        if (batch->rank[i] < plan->n_projected)
            err = write_pairs(out, grid, c, cube, batch->value[i], note);
    }
    if (!err && batch->status) {
        char name[NAME_MAX_BYTES];
        snprintf(name, sizeof name, "status/%u", scenario);
        report_section(out, name, REPORT_U8, batch->status, n);
    }
    return err ? err : out->err;
}

static enum err load_and_write(struct report_sections *out, const struct report_grid *grid,
                               const struct report_plan *plan, const struct report_source *source,
                               struct batch *batch, uint32_t scenario, uint32_t period,
                               struct err_note *note)
{
    uint64_t n = sweep_n_points(grid->sweep);
    enum err err = OK;
    for (uint32_t i = 0; i < batch->n; i++)
        if (!(batch->value[i] = malloc((n + 1) * sizeof(double))))
            err = ERR_NOMEM;
    if (!err)
        err = source->load(source->ctx, scenario, period, batch->metric, batch->n, batch->value,
                           batch->status, note);
    if (!err)
        err = write_batch(out, grid, plan, batch, scenario, period, note);
    for (uint32_t i = 0; i < batch->n; i++)
        free(batch->value[i]);
    batch->n = 0;
    return err;
}

/* All wanted columns of a scenario and period, in as few passes over the journal as memory allows.
 */
static enum err write_scenario(struct report_sections *out, const struct report_grid *grid,
                               const struct report_plan *plan, const struct report_source *source,
                               uint32_t scenario, uint32_t period, struct err_note *note)
{
    uint64_t n = sweep_n_points(grid->sweep), fit = BATCH_BYTES / (n * sizeof(double) + 1);
    uint32_t n_max = plan->n_cubes > plan->n_projected ? plan->n_cubes : plan->n_projected;
    uint32_t size = fit < 1 ? 1 : fit > N_METRICS ? N_METRICS : (uint32_t)fit;
    struct batch batch = {.n = 0};
    enum err err = OK;
    bool wants_status = period == 0 && n * grid->n_scenarios <= 10 * (uint64_t)REPORT_STATUS_BYTES;
    if (wants_status && !(batch.status = malloc(n + 1)))
        return ERR_NOMEM;
    if (plan->whole)
        batch.metric[batch.n++] = N_METRICS;
    for (uint32_t k = 0; k < n_max && !err; k++) {
        struct report_column c = report_column_of(grid, k);
        if (c.scenario != scenario || c.period != period)
            continue;
        batch.rank[batch.n] = k;
        batch.metric[batch.n++] = c.metric;
        if (batch.n == size + 1) {
            err = load_and_write(out, grid, plan, source, &batch, scenario, period, note);
            free(batch.status);
            batch.status = NULL;
        }
    }
    if (!err && batch.n)
        err = load_and_write(out, grid, plan, source, &batch, scenario, period, note);
    free(batch.status);
    return err;
}

static enum err write_levels(struct report_sections *out, const struct sweep *sweep)
{
    uint64_t n = sweep_n_points(sweep);
    uint32_t levels[SWEEP_AXES_MAX];
    int32_t *column = malloc((n + 1) * sizeof *column);
    char name[NAME_MAX_BYTES];
    if (!column)
        return ERR_NOMEM;
    for (uint32_t d = 0; d < sweep_n_dimensions(sweep); d++) {
        uint32_t axis = axis_of_dimension(sweep, d);
        for (uint64_t i = 0; i < n; i++) {
            sweep_levels(sweep, i, levels);
            column[i] = (int32_t)levels[axis];
        }
        snprintf(name, sizeof name, "level/%u", d);
        report_section(out, name, REPORT_I32, column, n);
    }
    free(column);
    return out->err;
}

enum err report_columns_write(struct report_sections *out, const struct report_grid *grid,
                              const struct report_plan *plan, const struct report_source *source,
                              struct err_note *note)
{
    enum err err = OK;
    if (!is_grid(grid->sweep) && plan->n_cubes)
        err = write_levels(out, grid->sweep);
    for (uint32_t s = 0; s < grid->n_scenarios && !err; s++)
        for (uint32_t p = 0; p < grid->n_periods && !err; p++)
            err = write_scenario(out, grid, plan, source, s, p, note);
    return err;
}
