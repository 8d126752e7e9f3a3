#include "cli/stress_report.h"
#include "cli/table.h"
#include "coordinator/results.h"
#include <math.h>

static double at(const struct stress_report *r, uint32_t scenario, uint64_t point)
{
    return r->f[scenario * r->n_points + point];
}

/* ---- text ---- */

static const char *number(double value, char out[32])
{
    if (isnan(value))
        snprintf(out, 32, "-");
    else
        snprintf(out, 32, "%.4g", value);
    return out;
}

static enum err text_scenarios(const struct stress_report *r, FILE *out)
{
    static const char *const columns[] = {"scenario",    "value",        "delta", "left",
                                          "grid_median", "median_delta", NULL};
    struct table *table = NULL;
    enum err err = table_new(&table, columns);
    if (err)
        return err;
    for (uint32_t s = 0; s < r->run->job.n_scenarios; s++) {
        double base = at(r, 0, r->pick.point), value = at(r, s, r->pick.point);
        table_text(table, r->run->job.scenarios[s].name);
        table_number(table, value, 4);
        table_number(table, value - base, 4);
        bool kept = r->run->job.scenarios[s].regime == 0; /* the days of a regime are others' */
        table_number(table, kept && base > 0 ? value / base : NAN, 4);
        table_number(table, r->median[s], 4);
        table_number(table, r->paired_median[s], 4);
    }
    err = table_print(table, CLI_TABLE, out);
    table_free(&table);
    return err;
}

static enum err text_limits(const struct stress_report *r, FILE *out)
{
    static const char *const columns[] = {"scenario", "limit", "value", "outcome", "grid", NULL};
    struct table *table = NULL;
    char share[64];
    enum err err = table_new(&table, columns);
    if (err)
        return err;
    for (uint32_t i = 0; i < r->n_judged; i++) {
        const struct stress_judged *j = &r->judged[i];
        table_text(table, r->run->job.scenarios[j->scenario].name);
        table_text(table, STRESS_LIMIT[j->limit].words);
        table_number(table, j->value, 4);
        table_text(table, STRESS_OUTCOME_NAME[j->outcome]);
        snprintf(share, sizeof share, "%llu of %llu points pass", (unsigned long long)j->n_pass,
                 (unsigned long long)j->n_known);
        table_text(table, share);
    }
    err = table_print(table, CLI_TABLE, out);
    table_free(&table);
    return err;
}

static void text_break_even(const struct stress_report *r, FILE *out)
{
    const double *row = ladder_sample_row(&r->ladder, r->pick.point);
    if (!row) {
        fprintf(out, "break-even slippage: unknown: %s\n", r->missing);
        return;
    }
    struct ladder_break_even b = ladder_break_even(row);
    const char *note =
        b.non_monotone ? " (non-monotone: total return rises somewhere on the way)" : "";
    if (isnan(b.multiple))
        fprintf(out, "break-even slippage: undefined: the point never traded, or has no number\n");
    else if (isinf(b.multiple))
        fprintf(out, "break-even slippage: beyond %g times the model's%s\n",
                LADDER_MULTIPLE[LADDER_STEPS - 1], note);
    else
        fprintf(out, "break-even slippage: %.3g times the model's%s\n", b.multiple, note);
    unsigned long n = 0, n_low = 0, n_beyond = 0, n_bumpy = 0;
    for (size_t i = 0; i < r->ladder.n; i++) {
        b = ladder_break_even(r->ladder.value + i * LADDER_STEPS);
        n += isnan(b.multiple) ? 0 : 1;
        n_low += b.multiple < 2;
        n_beyond += isinf(b.multiple) ? 1 : 0;
        n_bumpy += !isnan(b.multiple) && b.non_monotone;
    }
    fprintf(out, "  over %lu points%s: %lu break even below 2, %lu beyond %g, %lu non-monotone\n",
            n, r->ladder.sampled ? " (sampled)" : "", n_low, n_beyond,
            LADDER_MULTIPLE[LADDER_STEPS - 1], n_bumpy);
}

static void text_correlation(const struct stress_report *r, FILE *out)
{
    char deep[32], normal[32];
    const struct stress_correlation *c = &r->correlation;
    if (!r->traced) {
        fprintf(out, "correlation of held positions: unknown: %s\n", r->missing);
        return;
    }
    fprintf(out,
            "correlation of held positions: %s on %u days more than %g %% below the peak, %s on %u "
            "others%s\n",
            number(c->deep, deep), c->n_deep, STRESS_DEEP * 100, number(c->normal, normal),
            c->n_normal,
            c->warn ? "\n  warning: above 0.70: the positions are one position when it hurts" : "");
}

enum err stress_report_text(const struct stress_report *r, FILE *out)
{
    const struct sweep *sweep = r->run->job.sweep;
    uint32_t levels[SWEEP_AXES_MAX];
    char worst[32], regret[32], left[32];
    sweep_levels(sweep, r->pick.point, levels);
    fprintf(out, "%s, %s in %s\npoint %llu (%s):", r->run->id, METRIC_INFO[r->metric].name,
            results_period_name(&r->run->job, r->period), (unsigned long long)r->pick.point,
            r->pick.how);
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++)
        fprintf(out, " %s=%s", sweep_axis(sweep, a)->label, sweep_axis(sweep, a)->texts[levels[a]]);
    if (METRIC_INFO[r->metric].better < 0)
        fputs("\n(lower is better: values are shown with their sign turned)", out);
    fputs("\n\n", out);
    enum err err = text_scenarios(r, out);
    if (err)
        return err;
    fprintf(out,
            "\nover all scenarios: worst %s, largest regret %s; left under the worst cost or shock "
            "%s\n",
            number(r->surfaces.worst[r->pick.point], worst),
            number(r->surfaces.regret[r->pick.point], regret),
            number(r->surfaces.retention[r->pick.point], left));
    if (r->robust.n_eligible)
        fprintf(out, "best worst case of the grid: point %zu (%s); least regret: point %zu (%s)\n",
                r->robust.maximin_point, number(r->robust.maximin_value, worst),
                r->robust.minimax_regret_point, number(r->robust.minimax_regret_value, regret));
    fputs("\n", out);
    if (r->n_judged)
        err = text_limits(r, out);
    else
        fputs("no scenario of this run has a limit\n", out);
    if (err)
        return err;
    fputs("\n", out);
    text_break_even(r, out);
    text_correlation(r, out);
    return ferror(out) ? ERR_IO : OK;
}

/* ---- JSON ---- */

static void json_number(FILE *out, const char *name, double value)
{
    if (isfinite(value))
        fprintf(out, "\"%s\": %.17g", name, value);
    else
        fprintf(out, "\"%s\": null", name);
}

static void json_break_even(const struct stress_report *r, uint64_t point, FILE *out)
{
    const double *row = ladder_sample_row(&r->ladder, point);
    if (!row) {
        fputs("\"break_even_slippage\": null", out);
        return;
    }
    struct ladder_break_even b = ladder_break_even(row);
    json_number(out, "break_even_slippage", b.multiple);
    fprintf(out, ", \"beyond_ladder\": %s, \"non_monotone\": %s",
            isinf(b.multiple) ? "true" : "false", b.non_monotone ? "true" : "false");
}

static void json_cell(const struct stress_report *r, uint64_t point, FILE *out)
{
    fprintf(out, "{\"point\": %llu, \"value\": [", (unsigned long long)point);
    for (uint32_t s = 0; s < r->run->job.n_scenarios; s++) {
        double v = at(r, s, point);
        fputs(s ? ", " : "", out);
        if (isfinite(v))
            fprintf(out, "%.17g", v);
        else
            fputs("null", out);
    }
    fputs("], ", out);
    json_number(out, "worst", r->surfaces.worst[point]);
    fputs(", ", out);
    json_number(out, "regret", r->surfaces.regret[point]);
    fputs(", ", out);
    json_number(out, "retention", r->surfaces.retention[point]);
    fputs(", ", out);
    json_break_even(r, point, out);
    fputs("}", out);
}

static void json_limits(const struct stress_report *r, FILE *out)
{
    fputs("\"limits\": [", out);
    for (uint32_t i = 0; i < r->n_judged; i++) {
        const struct stress_judged *j = &r->judged[i];
        fputs(i ? ",\n  {\"scenario\": " : "\n  {\"scenario\": ", out);
        table_json_string(out, r->run->job.scenarios[j->scenario].name);
        fputs(", \"limit\": ", out);
        table_json_string(out, STRESS_LIMIT[j->limit].words);
        fputs(", ", out);
        json_number(out, "value", j->value);
        fprintf(out, ", \"outcome\": \"%s\", \"points_pass\": %llu, \"points\": %llu}",
                STRESS_OUTCOME_NAME[j->outcome], (unsigned long long)j->n_pass,
                (unsigned long long)j->n_known);
    }
    fputs("],\n ", out);
}

enum err stress_report_json(const struct stress_report *r, FILE *out)
{
    fputs("{\"run\": ", out);
    table_json_string(out, r->run->id);
    fprintf(out, ", \"objective\": \"%s\", \"higher_is_better\": %s, \"period\": ",
            METRIC_INFO[r->metric].name, METRIC_INFO[r->metric].better < 0 ? "false" : "true");
    table_json_string(out, results_period_name(&r->run->job, r->period));
    fprintf(out, ",\n \"chosen_as\": \"%s\", \"scenarios\": [", r->pick.how);
    for (uint32_t s = 0; s < r->run->job.n_scenarios; s++) {
        fputs(s ? ", " : "", out);
        table_json_string(out, r->run->job.scenarios[s].name);
    }
    fputs("],\n \"chosen\": ", out);
    json_cell(r, r->pick.point, out);
    fprintf(out, ",\n \"maximin_point\": %lld, \"minimax_regret_point\": %lld,\n ",
            r->robust.n_eligible ? (long long)r->robust.maximin_point : -1LL,
            r->robust.n_eligible ? (long long)r->robust.minimax_regret_point : -1LL);
    json_limits(r, out);
    fputs("\"correlation\": {", out);
    json_number(out, "deep", r->traced ? r->correlation.deep : NAN);
    fputs(", ", out);
    json_number(out, "normal", r->traced ? r->correlation.normal : NAN);
    fprintf(out, ", \"deep_days\": %u, \"normal_days\": %u, \"warning\": %s},\n \"missing\": ",
            r->correlation.n_deep, r->correlation.n_normal, r->correlation.warn ? "true" : "false");
    table_json_string(out, r->missing);
    fprintf(out, ", \"ladder_sampled\": %s,\n \"cells\": [", r->ladder.sampled ? "true" : "false");
    for (uint64_t p = 0; p < r->n_points; p++) {
        fputs(p ? ",\n  " : "\n  ", out);
        json_cell(r, p, out);
    }
    fputs("]}\n", out);
    return ferror(out) ? ERR_IO : OK;
}

/* ---- CSV ---- */

static void csv_number(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, ",%.17g", value);
    else
        fputc(',', out);
}

enum err stress_report_csv(const struct stress_report *r, FILE *out)
{
    const struct job *job = &r->run->job;
    fputs("point", out);
    for (uint32_t s = 0; s < job->n_scenarios; s++)
        fprintf(out, ",%s", job->scenarios[s].name);
    for (uint32_t s = 1; s < job->n_scenarios; s++)
        fprintf(out, ",delta_%s", job->scenarios[s].name);
    fputs(",worst,regret,retention,break_even_slippage,beyond_ladder,non_monotone\n", out);
    for (uint64_t p = 0; p < r->n_points; p++) {
        const double *row = ladder_sample_row(&r->ladder, p);
        fprintf(out, "%llu", (unsigned long long)p);
        for (uint32_t s = 0; s < job->n_scenarios; s++)
            csv_number(out, at(r, s, p));
        for (uint32_t s = 1; s < job->n_scenarios; s++)
            csv_number(out, at(r, s, p) - at(r, 0, p));
        csv_number(out, r->surfaces.worst[p]);
        csv_number(out, r->surfaces.regret[p]);
        csv_number(out, r->surfaces.retention[p]);
        if (row) {
            struct ladder_break_even b = ladder_break_even(row);
            csv_number(out, b.multiple);
            fprintf(out, ",%d,%d\n", isinf(b.multiple) != 0, b.non_monotone);
        } else {
            fputs(",,,\n", out);
        }
    }
    return ferror(out) ? ERR_IO : OK;
}
