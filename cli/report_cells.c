#include "cli/report_cells.h"
#include "coordinator/results.h"
#include "review/report_json.h"
#include "worker/cell.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_BYTES (256u << 20)
enum { REASON_OPEN = 255, SYMBOLS_MAX = 65536, NAME_BYTES = 64 };

/* ---- which ---- */

static void add_point(struct report_cells *cells, uint64_t point, uint32_t max)
{
    for (uint32_t i = 0; i < cells->n; i++)
        if (cells->point[i] == point)
            return;
    if (point != REVIEW_NONE && cells->n < max)
        cells->point[cells->n++] = point;
}

static bool is_in(const struct report_cells *cells, uint64_t point)
{
    for (uint32_t i = 0; i < cells->n; i++)
        if (cells->point[i] == point)
            return true;
    return false;
}

void report_cells_choose(struct report_cells *out, const struct reviewing *v, uint32_t max)
{
    const struct review *r = &v->review;
    const double *f = v->data.f;
    out->n = 0;
    add_point(out, r->chosen, max);
    add_point(out, r->robust, max);
    add_point(out, r->peak, max);
    while (out->n < max) {
        uint64_t best = REVIEW_NONE;
        for (uint64_t p = 0; p < v->data.n_points; p++)
            if (!isnan(f[p]) && (best == REVIEW_NONE || f[p] > f[best]) && !is_in(out, p))
                best = p;
        if (best == REVIEW_NONE)
            return;
        out->point[out->n++] = best;
    }
}

/* ---- stored numbers ---- */

static enum err write_stored(struct report_sections *out, uint32_t i, uint64_t point,
                             const struct reviewing *v, json_t *cell, struct err_note *note)
{
    const struct job *job = &v->run.job;
    uint32_t n_periods = job_n_open_periods(job);
    size_t row = (size_t)n_periods * N_METRICS;
    char name[NAME_BYTES];
    struct results_cell *stored = malloc(sizeof *stored);
    double *all = malloc((job->n_scenarios * row + 1) * sizeof *all);
    json_t *status = json_array(), *reasons = json_array(), *flags = json_array();
    enum err err = stored && all ? OK : ERR_NOMEM;
    for (uint32_t s = 0; s < job->n_scenarios && !err; s++) {
        err = results_cell(&v->run, point, s, stored, note);
        if (err)
            break;
        memcpy(all + s * row, stored->metrics, row * sizeof *all);
        json_array_append_new(status, json_integer(stored->status));
        json_array_append_new(reasons, report_json_text(stored->reason));
        json_t *of_scenario = json_array();
        for (uint32_t p = 0; p < n_periods; p++)
            json_array_append_new(of_scenario, json_integer(stored->flags[p]));
        json_array_append_new(flags, of_scenario);
    }
    if (!err) {
        snprintf(name, sizeof name, "cell/%u/metrics", i);
        report_section(out, name, REPORT_F64, all, job->n_scenarios * row);
    }
    json_object_set_new(cell, "status", status);
    json_object_set_new(cell, "reasons", reasons);
    json_object_set_new(cell, "flags", flags);
    free(stored);
    free(all);
    return err;
}

/* ---- computed again ---- */

struct symbols {
    json_t *names, *index; /* array, and name -> position */
};

static int32_t symbol_index(struct symbols *symbols, const char *symbol)
{
    json_t *known = json_object_get(symbols->index, symbol);
    if (known)
        return (int32_t)json_integer_value(known);
    size_t n = json_array_size(symbols->names);
    json_array_append_new(symbols->names, report_json_text(symbol));
    json_object_set_new(symbols->index, symbol, json_integer((json_int_t)n));
    return (int32_t)n;
}

static void section(struct report_sections *out, uint32_t cell, uint32_t period, const char *what,
                    enum report_type type, const void *values, size_t n)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "cell/%u/%u/%s", cell, period, what);
    report_section(out, name, type, values, n);
}

static void write_days(struct report_sections *out, uint32_t cell, uint32_t period,
                       const struct plateau_trace *t)
{
    section(out, cell, period, "day", REPORT_I32, t->day, t->n_days);
    section(out, cell, period, "equity", REPORT_F64, t->equity, t->n_days);
    section(out, cell, period, "cash", REPORT_F64, t->cash, t->n_days);
    section(out, cell, period, "bench", REPORT_F64, t->bench_return, t->n_days);
}

static enum err write_trades(struct report_sections *out, uint32_t cell, uint32_t period,
                             const struct plateau_trace *t, struct symbols *symbols)
{
    enum { N_DOUBLES = 5, N_INTEGERS = 3 };
    size_t n = (size_t)t->n_trades + t->n_open;
    double *d = malloc((N_DOUBLES * n + 1) * sizeof *d);
    int32_t *i32 = malloc((N_INTEGERS * n + 1) * sizeof *i32);
    uint8_t *reason = malloc(n + 1);
    enum err err = d && i32 && reason ? OK : ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        const struct plateau_trade *trade =
            i < t->n_trades ? &t->trades[i] : &t->open[i - t->n_trades];
        bool closed = trade->exit_day >= 0;
        i32[i] = trade->entry_day;
        i32[n + i] = closed ? trade->exit_day : -1;
        i32[2 * n + i] = symbol_index(symbols, trade->symbol);
        d[i] = closed ? trade->pnl : NAN;
        d[n + i] = closed ? trade->r_multiple : NAN;
        d[2 * n + 2 * i] = trade->entry_price;
        d[2 * n + 2 * i + 1] = closed ? trade->exit_price : NAN;
        d[4 * n + i] = trade->quantity;
        reason[i] = closed ? (uint8_t)trade->reason : REASON_OPEN;
    }
    if (!err) {
        section(out, cell, period, "entry", REPORT_I32, i32, n);
        section(out, cell, period, "exit", REPORT_I32, i32 + n, n);
        section(out, cell, period, "symbol", REPORT_I32, i32 + 2 * n, n);
        section(out, cell, period, "pnl", REPORT_F64, d, n);
        section(out, cell, period, "r", REPORT_F64, d + n, n);
        section(out, cell, period, "price", REPORT_F64, d + 2 * n, 2 * n);
        section(out, cell, period, "quantity", REPORT_F64, d + 4 * n, n);
        section(out, cell, period, "reason", REPORT_U8, reason, n);
    }
    free(d);
    free(i32);
    free(reason);
    return err;
}

/* Whether the trace has the bits that are stored. */
static bool same_bits(const struct results_cell *stored, uint32_t period,
                      const struct metric_row *again)
{
    return memcmp(stored->metrics[period], again->v, sizeof again->v) == 0;
}

static enum err trace_cell(struct report_sections *out, uint32_t i, uint64_t point,
                           const struct reviewing *v, struct cell_engine *cells,
                           struct symbols *symbols, json_t *cell, struct err_note *note)
{
    const struct job *job = &v->run.job;
    const struct plateau_scenario scenario = cell_scenario(job, v->data.scenario[0]);
    struct results_cell *stored = malloc(sizeof *stored);
    bool equal = true, failed = false;
    json_t *periods = json_array();
    enum err err =
        stored ? results_cell(&v->run, point, v->data.scenario[0], stored, note) : ERR_NOMEM;
    for (uint32_t p = 0; p < job_n_open_periods(job) && !err; p++) {
        const struct plateau_config *config;
        const struct plateau_period period = cell_period(job, p);
        struct plateau_trace trace;
        struct err_note why = {""};
        err = cell_config(cells, point, &config, &failed, &why);
        if (err || failed)
            break;
        err = plateau_run_traced(cell_plateau_engine(cells), config, &scenario, &period, &trace);
        if (err)
            break;
        equal = equal && same_bits(stored, p, &trace.metrics);
        write_days(out, i, p, &trace);
        err = write_trades(out, i, p, &trace, symbols);
        json_t *said = json_object();
        json_object_set_new(said, "days", json_integer(trace.n_days));
        json_object_set_new(said, "trades", json_integer(trace.n_trades));
        json_object_set_new(said, "open", json_integer(trace.n_open));
        json_array_append_new(periods, said);
    }
    json_object_set_new(cell, "periods", periods);
    json_object_set_new(cell, "equal_bits", json_boolean(equal && !failed));
    free(stored);
    return err;
}

enum err report_cells_write(struct report_sections *out, const struct report_cells *cells,
                            const struct reviewing *v, const struct market_image *image,
                            json_t **json, struct err_note *note)
{
    struct cell_engine *engine = NULL;
    struct symbols symbols = {json_array(), json_object()};
    json_t *list = json_array();
    enum err err = OK;
    if (image)
        err = cell_engine_new(&engine, &v->run.job, image->bytes, image->length, CACHE_BYTES, note);
    for (uint32_t i = 0; i < cells->n && !err; i++) {
        json_t *cell = json_object();
        json_object_set_new(cell, "point", json_integer((json_int_t)cells->point[i]));
        err = write_stored(out, i, cells->point[i], v, cell, note);
        if (!err && engine)
            err = trace_cell(out, i, cells->point[i], v, engine, &symbols, cell, note);
        json_array_append_new(list, cell);
    }
    cell_engine_free(&engine);
    json_decref(symbols.index);
    *json = json_object();
    json_object_set_new(*json, "list", list);
    json_object_set_new(*json, "symbols", symbols.names);
    return err ? err : out->err;
}
