/* A review for eyes: the verdict first, then what it rests on. */
#include "cli/review_report.h"
#include "engine/metrics.h"
#include "review/figures.h"
#include <math.h>
#include <string.h>

enum { NAME_WIDTH = 24, VALUE_WIDTH = 10 };

static const char *number(double value, char text[32])
{
    if (isnan(value))
        return "-";
    if (fabs(value) >= 1000.0 && fabs(value) < 1e15 && value == floor(value))
        snprintf(text, 32, "%.0f", value);
    else
        snprintf(text, 32, "%.4g", value);
    return text;
}

static const char *figure_value(const struct figure *figure, double value, char text[32])
{
    if (strcmp(figure->unit, "flag") == 0 && !isnan(value))
        return value != 0.0 ? "yes" : "no";
    return number(value, text);
}

static void print_levels(const struct review_report *report, uint64_t point, const char *between,
                         const char *is, FILE *out)
{
    const struct sweep *sweep = report->run->job.sweep;
    uint32_t levels[SWEEP_AXES_MAX];
    sweep_levels(sweep, point, levels);
    for (uint32_t i = 0; i < sweep_n_axes(sweep); i++)
        fprintf(out, "%s%s%s%s", i ? between : "", sweep_axis(sweep, i)->label, is,
                sweep_axis(sweep, i)->texts[levels[i]]);
    fputc('\n', out);
}

static void print_holdout(const struct review_report *report, FILE *out)
{
    char value[32];
    if (!report->holdout)
        return;
    fprintf(out, "%-10s ", report->holdout);
    if (report->review->holdout_opened)
        fprintf(out, "%s %s, opened %s; no part of the verdict\n",
                METRIC_INFO[report->objective].name, number(report->review->val_holdout, value),
                report->opened);
    else
        fputs("locked, not opened for this point\n", out);
}

void review_report_verdict(const struct review_report *report, FILE *out)
{
    const struct review *r = report->review;
    char words[512];
    fprintf(out, "point      %llu, %s\n           ", (unsigned long long)r->chosen, r->how);
    print_levels(report, r->chosen, ", ", " = ", out);
    fprintf(out, "verdict    %s\n", VERDICT_NAME[r->verdict.class]);
    for (uint32_t i = 0; i < review_n_reasons(r); i++) {
        const char *name = review_reason(r, i, words, sizeof words);
        fprintf(out, "  - %s: %s\n", name, words);
    }
    if (r->verdict.flat_good)
        fputs("  flat good: nearly all of the grid earns in validation and the picks seldom lose, "
              "so PBO and rank correlation are not asked for\n",
              out);
    print_holdout(report, out);
    if (report->holdout_openings > 1)
        fprintf(out,
                "  ! the locked dates were opened %llu times: they are no longer an untouched "
                "judge\n",
                (unsigned long long)report->holdout_openings);
}

static void print_pick(const struct review_report *report, const char *name, uint64_t point,
                       const struct surface_point *at, double validation, FILE *out)
{
    char a[32], b[32], c[32], d[32];
    if (point == REVIEW_NONE)
        return;
    fprintf(out, "%-8s %9llu %10s %10s %10s %10s  ", name, (unsigned long long)point,
            number(report->data->f[point], a), number(at->nb_median, b), number(at->nb_min, c),
            number(validation, d));
    print_levels(report, point, " ", "=", out);
}

/* Why the default is not the best cell. */
static void explain_picks(const struct review *r, FILE *out)
{
    char a[32], b[32], c[32];
    if (r->robust == REVIEW_NONE)
        return;
    if (r->robust == r->peak) {
        fputs("The best point is also the one with the best worst neighbour.\n", out);
        return;
    }
    fprintf(out,
            "The robust pick has the best neighbourhood: nothing within one step of it is below "
            "%s.\n",
            number(r->robust_worst, a));
    fprintf(out, "The peak is %s better in train, but a step away from it is a point at %s",
            number(r->at_peak.f - r->at_robust.f, a), number(r->at_peak.nb_min, b));
    double gain = r->val_peak - r->val_robust;
    if (isnan(gain))
        fputs(".\nValidation does not compare them: one of them has no value there.\n", out);
    else
        fprintf(out, "; in validation it is\n%s %s. Validation had no part in either choice.\n",
                number(fabs(gain), c), gain < 0.0 ? "worse" : "better");
}

static void print_picks(const struct review_report *report, FILE *out)
{
    const struct review *r = report->review;
    fprintf(out, "\n%-8s %9s %10s %10s %10s %10s  %s\n", "pick", "point", "train", "neighbours",
            "worst one", "validation", "parameters");
    if (r->chosen != r->robust && r->chosen != r->peak)
        print_pick(report, "chosen", r->chosen, &r->at_chosen, r->val_chosen, out);
    print_pick(report, "robust", r->robust, &r->at_robust, r->val_robust, out);
    print_pick(report, "peak", r->peak, &r->at_peak, r->val_peak, out);
    explain_picks(r, out);
}

/* ---- the eight numbers ---- */

static void canonical(FILE *out, int place, const char *name, double value, const char *wanted,
                      double limit, const char *says)
{
    char text[32], bound[48] = "";
    if (*wanted)
        snprintf(bound, sizeof bound, "%s %g", wanted, limit);
    fprintf(out, place ? " %d  %-20s %10s  %-14s %s\n" : "%.0d    %-20s %10s  %-14s %s\n", place,
            name, number(value, text), bound, says);
}

static void print_canonical(const struct review *r, FILE *out)
{
    const struct verdict_limits *l = &r->limits;
    const struct verdict_evidence *e = &r->evidence;
    fprintf(out, "\nThe eight numbers%29s\n", "wanted");
    canonical(out, 1, "plateau ratio", e->plateau_ratio, ">=", l->plateau_ratio_min,
              "median neighbour over the point");
    canonical(out, 2, "worst ratio", e->worst_ratio, ">=", l->worst_ratio_min,
              "worst neighbour over the point");
    canonical(out, 3, "basin share", e->basin_frac, ">=", l->basin_frac_min,
              "of the grid is connected to it at 80 % of its value");
    canonical(out, 4, "top concentration", r->grid.top_concentration, "", 0.0,
              "of the best tenth lies in one patch");
    canonical(out, 5, "rank correlation", e->spearman, ">=", l->spearman_min,
              "of train and validation over the grid");
    canonical(out, 0, "beaten in validation", r->agreement.pick_val_pct, "", 0.0,
              "share of the grid");
    canonical(out, 6, "PBO", e->pbo, "<=", l->pbo_robust,
              "the best of one half is below median in the other; 0.5 is a coin");
    canonical(out, 0, "probability of loss", e->prob_loss, "", 0.0,
              "it earns less than nothing there");
    canonical(out, 7, "deflated Sharpe", e->dsr, ">=", l->dsr_robust,
              "sure that it is more than the best of so many trials by luck");
    canonical(out, 8, "stress retention", e->stress_retention, ">=", l->stress_min,
              "left under the worst cost or shock scenario");
}

/* Both factors of the count behind the deflated Sharpe ratio, or whose word it is. */
static void print_trials(const struct review_report *report, FILE *out)
{
    const struct review *r = report->review;
    const struct review_trial *t = &r->trial[REVIEW_BY_ENTROPY];
    char n[32], effective[32], factor[32];
    if (r->trial[REVIEW_RAW].effective == 0.0)
        fputs("trials: none, as no point has a Sharpe ratio\n", out);
    else if (isnan(t->n))
        fprintf(out,
                "trials: not known, as there are no daily returns to tell alike ones by; %s points "
                "have a Sharpe ratio\n",
                number(r->trial[REVIEW_RAW].effective, n));
    else if (!isnan(r->trials_given))
        fprintf(out, "trials: %s, as --trials says; this run alone makes %s by entropy\n",
                number(t->n, n), number(t->effective, effective));
    else
        fprintf(out, "trials: %s = %s of this run by entropy x %s for trials elsewhere\n",
                number(t->n, n), number(t->effective, effective), number(r->ledger_factor, factor));
    if (report->ledger_used)
        fprintf(out, "ledger: %llu distinct points of this strategy on this data over all runs\n",
                (unsigned long long)report->ledger_points);
    else
        fputs("ledger: not asked, so trials of other runs do not count\n", out);
}

/* ---- the rest ---- */

static void print_figures(const struct review *r, FILE *out)
{
    double values[N_FIGURES];
    char text[32];
    const char *group = "";
    figures_of(r, values);
    for (int i = 0; i < N_FIGURES; i++) {
        if (strcmp(group, FIGURES[i].group) != 0)
            fprintf(out, "\n%s\n", FIGURES[i].group);
        group = FIGURES[i].group;
        fprintf(out, "  %-*s %*s  %s\n", NAME_WIDTH, FIGURES[i].name, VALUE_WIDTH,
                figure_value(&FIGURES[i], values[i], text), FIGURES[i].text);
    }
}

static void print_axes(const struct review_report *report, FILE *out)
{
    const struct sweep *sweep = report->run->job.sweep;
    const struct review *r = report->review;
    char name[512], a[32], b[32], c[32], d[32];
    int width = 32;
    if (r->not_grid || sweep_n_dimensions(sweep) == 0)
        return;
    for (uint32_t i = 0; i < sweep_n_dimensions(sweep); i++) {
        grid_dimension_name(sweep, i, name, sizeof name);
        width = (int)strlen(name) > width ? (int)strlen(name) : width;
    }
    fprintf(out, "\n%-*s %10s %10s %10s %10s\n", width, "axis", "explains", "in all", "gradient",
            "curvature");
    for (uint32_t i = 0; i < sweep_n_dimensions(sweep); i++) {
        grid_dimension_name(sweep, i, name, sizeof name);
        fprintf(out, "%-*s %10s %10s %10s %10s\n", width, name, number(r->sobol.first[i], a),
                number(r->sobol.total[i], b), number(r->at_chosen.grad[i], c),
                number(r->at_chosen.curv[i], d));
    }
    fputs("explains: share of the grid's variance by the axis alone (Sobol); in all: with what it "
          "does together with others\n",
          out);
}

static void print_scenarios(const struct review_report *report, FILE *out)
{
    const struct review_data *data = report->data;
    double base = data->f[report->review->chosen];
    char a[32], b[32];
    if (data->n_stress == 0)
        return;
    fprintf(out, "\n%-32s %10s %10s\n", "scenario", "train", "retained");
    for (uint32_t s = 0; s <= data->n_stress; s++) {
        double value = data->f[s * data->n_points + report->review->chosen];
        fprintf(out, "%-32s %10s %10s\n", report->run->job.scenarios[data->scenario[s]].name,
                number(value, a), number(base > 0.0 ? value / base : (double)NAN, b));
    }
}

static void print_ranks(const struct review *r, FILE *out)
{
    if (!r->splits)
        return;
    fputs("\nrank of the pick in the other half, share of splits by tenths (left: worst)\n ", out);
    for (int i = 0; i < REVIEW_DECILES; i++)
        fprintf(out, " %5.3f", r->rank_share[i]);
    fputc('\n', out);
}

enum err review_report_text(const struct review_report *report, FILE *out)
{
    const struct review *r = report->review;
    fprintf(out, "run        %s, objective %s in %s\n", report->run->id,
            METRIC_INFO[report->objective].name,
            report->run->job.n_periods ? report->run->job.periods[0].name : "train");
    review_report_verdict(report, out);
    print_picks(report, out);
    print_canonical(r, out);
    print_trials(report, out);
    print_axes(report, out);
    print_scenarios(report, out);
    print_ranks(r, out);
    print_figures(r, out);
    if (r->n_notes)
        fputs("\nnot known, and why\n", out);
    for (uint32_t i = 0; i < r->n_notes; i++)
        fprintf(out, "  %s\n", r->note[i]);
    return ferror(out) ? ERR_IO : OK;
}
