#include "coordinator/import_returns.h"
#include "engine/canonical.h"
#include "market/market.h"
#include "market/number.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct name { /* of a point */
    const char *text;
    uint32_t combination;
};
struct reader {
    const struct import_points *points;
    struct import_table table;
    struct import_returns *out;
    int date_column, return_column, id_column, scenario_column; /* -1: not there */
    int axis_column[SWEEP_AXES_MAX];
    bool by_parameters;
    struct name *names; /* by text; NULL: points go by their number */
    uint64_t n_names;
    uint32_t *day_of_row;
    struct err_note *note;
};

static const char *field(const struct reader *r, uint64_t row, int column)
{
    return import_table_field(&r->table, row, (uint32_t)column);
}

/* ---- names of points ---- */

static int by_text(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->combination > y->combination) - (x->combination < y->combination);
}

static enum err collect_names(struct reader *r)
{
    const struct import_points *p = r->points;
    if (p->id_column < 0)
        return OK;
    r->names = malloc(p->table.n_rows * sizeof *r->names);
    if (!r->names)
        return ERR_NOMEM;
    for (uint64_t i = 0; i < p->table.n_rows; i++)
        r->names[i] = (struct name){import_table_field(&p->table, i, (uint32_t)p->id_column),
                                    p->combination[i]};
    qsort(r->names, p->table.n_rows, sizeof *r->names, by_text);
    for (uint64_t i = 0; i < p->table.n_rows; i++) {
        if (i == 0 || by_text(&r->names[i], &r->names[r->n_names - 1]) != 0)
            r->names[r->n_names++] = r->names[i];
        if (r->n_names > 1 &&
            strcmp(r->names[r->n_names - 2].text, r->names[r->n_names - 1].text) == 0)
            return err_set(r->note, ERR_FORMAT,
                           "%s: two points are called '%.60s' in column '%s': returns of it would "
                           "be of either",
                           p->table.path, r->names[r->n_names - 1].text,
                           p->table.header[p->id_column]);
    }
    return OK;
}

static int64_t find_named(const struct reader *r, const char *text)
{
    if (r->names) {
        uint64_t low = 0, high = r->n_names;
        while (low < high) {
            uint64_t middle = low + (high - low) / 2;
            if (strcmp(r->names[middle].text, text) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low < r->n_names && strcmp(r->names[low].text, text) == 0
                   ? (int64_t)r->names[low].combination
                   : -1;
    }
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && number < r->points->n_combinations
               ? (int64_t)number
               : -1;
}

static enum err unknown_scenario(const struct reader *r, uint32_t line, const char *name)
{
    const struct import_names *known = &r->points->scenarios;
    const char *names[JOB_SCENARIOS_MAX];
    for (uint32_t s = 0; s < known->n; s++)
        names[s] = known->at[s];
    const char *near = err_nearest(name, names, known->n);
    return err_set(r->note, ERR_FORMAT, "%s:%u: scenario '%.60s' is not in %s%s%s%s", r->table.path,
                   line, name, r->points->table.path, near ? " (did you mean '" : "",
                   near ? near : "", near ? "'?)" : "");
}

static enum err unknown_point(const struct reader *r, uint32_t line, const char *name)
{
    return err_set(r->note, ERR_FORMAT, "%s:%u: point '%.60s' is not in %s; expected %s",
                   r->table.path, line, name, r->points->table.path,
                   r->names ? "a name of its point column"
                            : "a number of its points, counted from 0");
}

/* ---- what the columns are ---- */

static bool is_return_column(const char *name)
{
    static const char *const names[] = {"return", "returns", "ret", "daily_return",
                                        "daily_returns"};
    char plain[IMPORT_NAME_MAX + 1];
    import_plain_name(name, plain);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], plain) == 0)
            return true;
    return false;
}

static enum err find_columns(struct reader *r)
{
    const struct import_points *p = r->points;
    uint32_t n_axes_found = 0;
    r->date_column = r->return_column = r->id_column = r->scenario_column = -1;
    for (uint32_t c = 0; c < r->table.n_columns; c++) {
        const char *name = r->table.header[c];
        enum import_role role = import_meaning_of(name).role;
        bool is_axis = false;
        for (uint32_t a = 0; a < p->n_axes; a++)
            if (strcmp(name, p->table.header[p->axes[a].column]) == 0) {
                r->axis_column[a] = (int)c;
                is_axis = true;
                n_axes_found++;
            }
        int *place = is_axis                   ? NULL
                     : is_return_column(name)  ? &r->return_column
                     : role == IMPORT_DATE     ? &r->date_column
                     : role == IMPORT_SCENARIO ? &r->scenario_column
                     : role == IMPORT_ID       ? &r->id_column
                                               : NULL;
        if (place && *place < 0)
            *place = (int)c;
    }
    if (r->date_column < 0 && r->return_column < 0 && r->id_column == 0)
        r->date_column = 0; /* wide, with an index column that has no name */
    if (r->date_column < 0)
        return err_set(r->note, ERR_FORMAT, "%s:1: no date column: expected one called date",
                       r->table.path);
    r->by_parameters = n_axes_found == p->n_axes;
    if (r->return_column >= 0 && !r->by_parameters && r->id_column < 0)
        return err_set(r->note, ERR_FORMAT,
                       "%s:1: rows name no point: expected a column point, or every parameter "
                       "column of %s",
                       r->table.path, p->table.path);
    return OK;
}

/* ---- days ---- */

static int by_day(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static enum err read_day(const struct reader *r, uint64_t row, int32_t *day)
{
    const char *text = field(r, row, r->date_column);
    char date[11] = "";
    if (strlen(text) >= 10 && (text[10] == '\0' || text[10] == ' ' || text[10] == 'T'))
        memcpy(date, text, 10);
    if (!date[0] || market_parse_day(date, day))
        return err_set(r->note, ERR_FORMAT, "%s:%u: date '%.40s', expected YYYY-MM-DD",
                       r->table.path, r->table.line[row], text);
    return OK;
}

/* The calendar: every day that any row has. */
static enum err find_days(struct reader *r)
{
    uint64_t n = r->table.n_rows;
    int32_t *rows = calloc(n, sizeof *rows);
    r->out->day = malloc(n * sizeof *r->out->day);
    r->day_of_row = malloc(n * sizeof *r->day_of_row);
    enum err err = rows && r->out->day && r->day_of_row ? OK : ERR_NOMEM;
    for (uint64_t i = 0; i < n && !err; i++)
        err = read_day(r, i, &rows[i]);
    if (!err) {
        int32_t *day = r->out->day;
        memcpy(day, rows, n * sizeof *rows);
        qsort(day, n, sizeof *day, by_day);
        for (uint64_t i = 0; i < n; i++)
            if (r->out->n_days == 0 || day[i] != day[r->out->n_days - 1])
                day[r->out->n_days++] = day[i];
        for (uint64_t i = 0; i < n; i++) {
            const int32_t *at = bsearch(&rows[i], day, r->out->n_days, sizeof *day, by_day);
            r->day_of_row[i] = (uint32_t)(at - day);
        }
    }
    free(rows);
    return err;
}

/* ---- returns ---- */

static enum err store(struct reader *r, uint64_t slot, uint64_t row, int column)
{
    const char *text = field(r, row, column);
    double value;
    if (!number_parse(text, strlen(text), &value) || !isfinite(value))
        return err_set(r->note, ERR_FORMAT, "%s:%u: return '%.40s' of column '%.60s' is no number",
                       r->table.path, r->table.line[row], text, r->table.header[column]);
    double **series = &r->out->series[slot];
    if (!*series) {
        *series = malloc(r->out->n_days * sizeof **series);
        if (!*series)
            return ERR_NOMEM;
        r->out->n_series++;
        for (uint32_t d = 0; d < r->out->n_days; d++)
            (*series)[d] = nan_canonical();
    }
    double *place = &(*series)[r->day_of_row[row]];
    if (!isnan(*place))
        return err_set(r->note, ERR_FORMAT, "%s:%u: a second return of the same point on %.10s",
                       r->table.path, r->table.line[row], field(r, row, r->date_column));
    *place = value;
    return OK;
}

static enum err find_by_parameters(const struct reader *r, uint64_t row, int64_t *combination)
{
    uint32_t levels[SWEEP_AXES_MAX];
    *combination = -1;
    for (uint32_t a = 0; a < r->points->n_axes; a++) {
        const char *text = field(r, row, r->axis_column[a]);
        int64_t level = import_points_level(r->points, a, text);
        if (level < 0)
            return err_set(r->note, ERR_FORMAT, "%s:%u: no point of %s has %s = %.60s",
                           r->table.path, r->table.line[row], r->points->table.path,
                           r->table.header[r->axis_column[a]], text);
        levels[a] = (uint32_t)level;
    }
    *combination = import_points_find(r->points, levels);
    return *combination >= 0
               ? OK
               : err_set(r->note, ERR_FORMAT, "%s:%u: no point of %s has these parameters",
                         r->table.path, r->table.line[row], r->points->table.path);
}

static enum err read_long(struct reader *r)
{
    const struct import_points *p = r->points;
    for (uint64_t row = 0; row < r->table.n_rows; row++) {
        int64_t combination;
        int scenario = 0;
        enum err err = OK;
        if (r->by_parameters)
            err = find_by_parameters(r, row, &combination);
        else if ((combination = find_named(r, field(r, row, r->id_column))) < 0)
            err = unknown_point(r, r->table.line[row], field(r, row, r->id_column));
        if (!err && r->scenario_column >= 0) {
            const char *name = field(r, row, r->scenario_column);
            scenario = import_name_find(&p->scenarios, name);
            if (scenario < 0)
                err = unknown_scenario(r, r->table.line[row], name);
        }
        if (!err)
            err = store(r, (uint64_t)combination * p->scenarios.n + (uint32_t)scenario, row,
                        r->return_column);
        if (err)
            return err;
    }
    return OK;
}

static enum err read_wide(struct reader *r)
{
    const struct import_points *p = r->points;
    for (uint32_t c = 0; c < r->table.n_columns; c++) {
        char *name = r->table.header[c], *colon = strrchr(name, ':');
        int64_t combination;
        int scenario = 0;
        if ((int)c == r->date_column)
            continue;
        combination = find_named(r, name);
        if (combination < 0 && colon) {
            *colon = '\0';
            combination = find_named(r, name);
            if (combination >= 0 && (scenario = import_name_find(&p->scenarios, colon + 1)) < 0)
                return unknown_scenario(r, 1, colon + 1);
        }
        if (combination < 0)
            return unknown_point(r, 1, name);
        for (uint64_t row = 0; row < r->table.n_rows; row++) {
            enum err err =
                store(r, (uint64_t)combination * p->scenarios.n + (uint32_t)scenario, row, (int)c);
            if (err)
                return err;
        }
    }
    return OK;
}

static enum err check_whole(const struct reader *r)
{
    const struct import_points *p = r->points;
    uint32_t n = p->scenarios.n;
    for (uint64_t slot = 0; slot < r->out->n_slots; slot++)
        for (uint32_t d = 0; r->out->series[slot] && d < r->out->n_days; d++) {
            char day[11];
            if (!isnan(r->out->series[slot][d]))
                continue;
            market_format_day(r->out->day[d], day);
            return err_set(r->note, ERR_FORMAT,
                           "%s: the point of %s:%u, scenario %s, has no return on %s, which others "
                           "have; a day without trading is a return of 0",
                           r->table.path, p->table.path, p->table.line[p->first_row[slot / n]],
                           p->scenarios.at[slot % n], day);
        }
    return OK;
}

void import_returns_free(struct import_returns *returns)
{
    for (uint64_t i = 0; returns->series && i < returns->n_slots; i++)
        free(returns->series[i]);
    free(returns->series);
    free(returns->day);
    *returns = (struct import_returns){0};
}

enum err import_returns_read(struct import_returns *out, const char *path,
                             const struct import_points *points, struct err_note *note)
{
    struct import_returns returns = {0};
    struct reader r = {.points = points, .out = &returns, .note = note};
    enum err err = import_table_read(&r.table, path, note);
    if (!err)
        err = find_columns(&r);
    if (!err)
        err = collect_names(&r);
    if (!err)
        err = find_days(&r);
    returns.n_slots = (uint64_t)points->n_combinations * points->scenarios.n;
    returns.series = calloc(returns.n_slots, sizeof *returns.series);
    if (!err && !returns.series)
        err = ERR_NOMEM;
    if (!err)
        err = r.return_column >= 0 ? read_long(&r) : read_wide(&r);
    if (!err)
        err = check_whole(&r);
    import_table_free(&r.table);
    free(r.names);
    free(r.day_of_row);
    if (err) {
        import_returns_free(&returns);
        return err;
    }
    *out = returns;
    return OK;
}
