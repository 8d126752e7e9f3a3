#include "engine/metrics.h"
#include "tests/golden/golden.h"
#include "tests/golden/golden_json.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_A_YEAR 252.0
#define TAIL 0.01

static json_t *row_json(const struct metric_row *row, int from, int to)
{
    json_t *got = json_object();
    for (int m = from; m <= to; m++)
        json_object_set_new(got, METRIC_INFO[m].name, golden_number(row->v[m]));
    return got;
}

static json_t *perf_metrics(const json_t *inputs)
{
    const json_t *returns = json_object_get(inputs, "returns"),
                 *bench = json_object_get(inputs, "bench");
    size_t n = json_array_size(returns);
    double *r = golden_doubles(returns), *b = json_is_array(bench) ? golden_doubles(bench) : NULL;
    double *scratch = golden_allocate(n, sizeof *scratch);
    struct metric_row row;
    metrics_from_returns(&row, r, n, b, golden_field(inputs, "rf", 0.0),
                         golden_field(inputs, "mar", 0.0), golden_field(inputs, "A", DAYS_A_YEAR),
                         golden_field(inputs, "tail", TAIL), scratch);
    json_t *got = row_json(&row, METRIC_total_return, METRIC_n), *flags = json_array();
    for (int i = 0; i < N_METRIC_FLAGS; i++)
        if (row.flags & (1u << i))
            json_array_append_new(flags, json_string(METRIC_FLAG_NAME[i]));
    json_object_set_new(got, "flags", flags);
    free(r);
    free(b);
    free(scratch);
    return got;
}

static json_t *trade_metrics(const json_t *inputs)
{
    const json_t *pnl = json_object_get(inputs, "pnl"),
                 *notional = json_object_get(inputs, "traded_notional");
    size_t n = json_array_size(pnl), n_days = (size_t)golden_field(inputs, "T", 0.0);
    double *p = golden_doubles(pnl), *r = golden_doubles(json_object_get(inputs, "r_mult"));
    int32_t *e = golden_integers(json_object_get(inputs, "entry"));
    int32_t *x = golden_integers(json_object_get(inputs, "exit_"));
    double traded = json_is_array(notional) ? 0.0 : golden_field(inputs, "traded_notional", NAN);
    for (size_t i = 0; i < json_array_size(notional); i++)
        traded += golden_double(json_array_get(notional, i));
    double *scratch = golden_allocate(2 * n + n_days, sizeof *scratch);
    struct metric_row row;
    struct metric_trades trades = {.n = n,
                                   .pnl = p,
                                   .r_multiple = r,
                                   .entry = e,
                                   .exit = x,
                                   .traded_notional = traded,
                                   .mean_equity = golden_field(inputs, "mean_equity", NAN)};
    metrics_from_trades(&row, &trades, n_days, golden_field(inputs, "A", DAYS_A_YEAR), scratch);
    free(p);
    free(r);
    free(e);
    free(x);
    free(scratch);
    return row_json(&row, METRIC_n_trades, N_METRICS - 1);
}

/* returns[t][k]: a row a day, a column a configuration. */
static json_t *block_stats(const json_t *inputs)
{
    const json_t *returns = json_object_get(inputs, "returns");
    size_t n = json_array_size(returns), width = json_array_size(json_array_get(returns, 0));
    uint32_t n_blocks = (uint32_t)golden_field(inputs, "S", 16.0);
    double rf = golden_field(inputs, "rf", 0.0);
    uint32_t *bounds = golden_allocate(n_blocks + 1, sizeof *bounds);
    double *r = golden_allocate(n, sizeof *r), *s = golden_allocate(n_blocks, sizeof *s),
           *q = golden_allocate(n_blocks, sizeof *q);
    json_t *got = json_pack("{s:[], s:[], s:[], s:[]}", "bounds", "n", "sum", "sumsq");
    json_t *sums = json_object_get(got, "sum"), *squares = json_object_get(got, "sumsq");
    metrics_block_bounds(n, n_blocks, bounds);
    for (uint32_t b = 0; b <= n_blocks; b++)
        json_array_append_new(json_object_get(got, "bounds"), json_integer(bounds[b]));
    for (uint32_t b = 0; b < n_blocks; b++) {
        json_array_append_new(json_object_get(got, "n"), json_real(bounds[b + 1] - bounds[b]));
        json_array_append_new(sums, json_array());
        json_array_append_new(squares, json_array());
    }
    for (size_t k = 0; k < width; k++) {
        for (size_t t = 0; t < n; t++)
            r[t] = golden_double(json_array_get(json_array_get(returns, t), k)) - rf;
        metrics_block_sums(r, bounds, n_blocks, s, q);
        for (uint32_t b = 0; b < n_blocks; b++) {
            json_array_append_new(json_array_get(sums, b), golden_number(s[b]));
            json_array_append_new(json_array_get(squares, b), golden_number(q[b]));
        }
    }
    free(bounds);
    free(r);
    free(s);
    free(q);
    return got;
}

static json_t *answer(const char *function, const json_t *inputs)
{
    if (strcmp(function, "perf_metrics") == 0)
        return perf_metrics(inputs);
    if (strcmp(function, "trade_metrics") == 0)
        return trade_metrics(inputs);
    if (strcmp(function, "block_stats") == 0)
        return block_stats(inputs);
    return golden_review(function, inputs);
}

static bool statistics_case(const json_t *one, const char *dir, void *context,
                            struct golden_difference *why)
{
    (void)dir, (void)context;
    const char *function = json_string_value(json_object_get(one, "function"));
    const json_t *inputs = json_object_get(one, "inputs"), *want = json_object_get(one, "expected");
    if (!function || !inputs || !want)
        return golden_differs(why, "case", "needs function, inputs and expected");
    json_t *got = answer(function, inputs);
    if (!got)
        return golden_differs(why, "function", "no function \"%s\"", function);
    bool ok = golden_equal(want, got, golden_field(one, "rtol", 1e-9),
                           golden_field(one, "atol", 1e-12), "expected", why);
    json_decref(got);
    return ok;
}

int golden_statistics(const char *dir)
{
    return golden_run(dir, statistics_case, NULL);
}
