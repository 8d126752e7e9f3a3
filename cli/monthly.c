/* monthly - the returns of one cell month by month, a row a year. */
#include "cli/days.h"
#include "cli/view.h"
#include "engine/civil.h"
#include <math.h>
#include <stdlib.h>

enum { MONTHS = 12, YEARS_MAX = 300, LABEL_BYTES = 32 };
static const char *const MONTH_NAMES[MONTHS] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct months {
    uint32_t n_years;
    double percent[YEARS_MAX * MONTHS]; /* NaN: no recorded day */
    char label[YEARS_MAX][LABEL_BYTES]; /* "2014  +12.3 %" */
    const char *labels[YEARS_MAX];
};

/* Compounded within months and years; a month that two periods share counts both. */
static enum err add_up(struct months *out, const struct days *days, struct err_note *note)
{
    int32_t first = civil_from_day(days->day[0]).year, last = first;
    double year_growth[YEARS_MAX];
    for (size_t t = 0; t < days->n; t++) {
        int32_t year = civil_from_day(days->day[t]).year;
        first = year < first ? year : first;
        last = year > last ? year : last;
    }
    if (last - first >= YEARS_MAX)
        return err_set(note, ERR_RANGE, "%d years do not fit a table of months",
                       (int)(last - first + 1));
    out->n_years = (uint32_t)(last - first + 1);
    for (uint32_t y = 0; y < YEARS_MAX; y++) {
        year_growth[y] = 1;
        for (uint32_t m = 0; m < MONTHS; m++)
            out->percent[y * MONTHS + m] = NAN;
    }
    for (size_t t = 0; t < days->n; t++) {
        struct civil at = civil_from_day(days->day[t]);
        double *month = &out->percent[(at.year - first) * MONTHS + at.month - 1];
        double growth = isnan(*month) ? 1 : 1 + *month / 100;
        *month = 100 * (growth * (1 + days->value[t]) - 1);
        year_growth[at.year - first] *= 1 + days->value[t];
    }
    for (uint32_t y = 0; y < out->n_years; y++) {
        snprintf(out->label[y], LABEL_BYTES, "%d  %+.1f %%", (int)first + (int)y,
                 100 * (year_growth[y] - 1));
        out->labels[y] = out->label[y];
    }
    return OK;
}

static enum err draw(const struct months *months, const struct view *v, struct err_note *note)
{
    char title[128], subtitle[512];
    snprintf(title, sizeof title, "Monthly returns of point %llu (%s)",
             (unsigned long long)v->pick.point, v->pick.how);
    snprintf(subtitle, sizeof subtitle,
             "%s, all open periods, compounded; the year's return beside it, run %s",
             v->run.job.scenarios[v->scenario].name, v->run.id);
    const struct heatmap_panel panel = {
        .title = "", .value = months->percent, .best = HEATMAP_NO_CELL, .chosen = HEATMAP_NO_CELL};
    const struct heatmap map = {
        .title = title,
        .subtitle = subtitle,
        .value_title = "return (%)",
        .x = {.title = "month", .labels = MONTH_NAMES, .n = MONTHS, .categorical = true},
        .y = {.title = "year", .labels = months->labels, .n = months->n_years, .categorical = true},
        .panels = &panel,
        .n_panels = 1,
        .decimals = 1};
    const struct drawing drawing = {.heatmap = &map};
    return view_draw(v, &drawing, note);
}

static enum err show(const struct view *v, struct err_note *note)
{
    struct days days = {0};
    struct months *months = malloc(sizeof *months); /* too large for a stack */
    enum err err =
        months ? days_of_cell(&days, &v->run, v->pick.point, v->scenario, note) : ERR_NOMEM;
    if (!err)
        err = add_up(months, &days, note);
    if (!err)
        err = draw(months, v, note);
    days_free(&days);
    free(months);
    return err;
}

int cli_monthly(int argc, char **argv)
{
    struct view view = VIEW_DEFAULTS;
    struct err_note note = {""};
    struct cli_args args;
    const struct cli_option options[] = {
        VIEW_SCENARIO(view),
        VIEW_OPTIONS(view),
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    enum err err = view_open(&view, args.at[0], &note);
    if (!err) {
        err = show(&view, &note);
        view_close(&view);
    }
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}
