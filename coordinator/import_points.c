#include "coordinator/import_points.h"
#include "engine/canonical.h"
#include "market/number.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_bytes(const void *bytes, size_t n)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a, then a mix: its low bits alone are poor */
    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
    h ^= h >> 29;
    h *= 0xbf58476d1ce4e5b9u;
    return h ^ h >> 32;
}

/* Slots of a hash table over n things: at least half of them stay free. */
static uint32_t *slots_new(uint64_t n, uint64_t *mask)
{
    uint64_t size = 16;
    while (size < 2 * n)
        size *= 2;
    *mask = size - 1;
    return calloc(size, sizeof(uint32_t));
}

/* ---- columns ---- */

static enum err apply_map(struct import_points *p, const char *assignment, struct err_note *note)
{
    const char *equals = strrchr(assignment, '=');
    if (!equals || equals == assignment)
        return err_set(note, ERR_FORMAT, "--map: '%s', expected COLUMN=METRIC", assignment);
    size_t length = (size_t)(equals - assignment);
    uint32_t n_found = 0;
    for (uint32_t c = 0; c < p->table.n_columns; c++) {
        const char *name = p->table.header[c];
        if (strlen(name) != length || strncmp(name, assignment, length) != 0)
            continue;
        enum err err = import_meaning_named(equals + 1, &p->meaning[c], note);
        if (err)
            return err;
        n_found++;
    }
    if (n_found)
        return OK;
    char wanted[IMPORT_NAME_MAX + 1];
    snprintf(wanted, sizeof wanted, "%.*s", (int)(length < 200 ? length : 200), assignment);
    const char *near =
        err_nearest(wanted, (const char *const *)p->table.header, (unsigned)p->table.n_columns);
    return err_set(note, ERR_NOT_FOUND, "--map: %s has no column '%s'%s%s%s", p->table.path, wanted,
                   near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static enum err twice(const struct import_points *p, const char *what, uint32_t a, uint32_t b,
                      struct err_note *note)
{
    return err_set(note, ERR_FORMAT,
                   "%s:1: columns '%s' and '%s' are both %s; keep one with --map '%s=ignore'",
                   p->table.path, p->table.header[a], p->table.header[b], what, p->table.header[b]);
}

static enum err check_columns(struct import_points *p, bool has_returns, struct err_note *note)
{
    uint32_t n_metrics = 0;
    p->id_column = -1;
    for (uint32_t c = 0; c < p->table.n_columns; c++) {
        const struct import_meaning *m = &p->meaning[c];
        for (uint32_t d = 0; d < c; d++) {
            if (m->role == IMPORT_METRIC && p->meaning[d].role == IMPORT_METRIC &&
                m->metric == p->meaning[d].metric)
                return twice(p, METRIC_INFO[m->metric].name, d, c, note);
            if ((m->role == IMPORT_SCENARIO || m->role == IMPORT_PERIOD || m->role == IMPORT_ID) &&
                m->role == p->meaning[d].role)
                return twice(p, "names of the same thing", d, c, note);
            if (strcmp(p->table.header[c], p->table.header[d]) == 0 && m->role == IMPORT_AXIS)
                return err_set(note, ERR_FORMAT, "%s:1: column '%s' appears twice", p->table.path,
                               p->table.header[c]);
        }
        n_metrics += m->role == IMPORT_METRIC;
        if (m->role == IMPORT_ID)
            p->id_column = (int)c;
        if (m->role != IMPORT_AXIS)
            continue;
        if (p->n_axes == SWEEP_AXES_MAX)
            return err_set(note, ERR_OVERFLOW,
                           "%s:1: more than %d parameter columns; name what is none of them with "
                           "--map COLUMN=ignore",
                           p->table.path, SWEEP_AXES_MAX);
        p->axes[p->n_axes++].column = c;
    }
    if (p->n_axes == 0)
        return err_set(note, ERR_FORMAT,
                       "%s:1: no parameter column: every column is a metric or a name; --map "
                       "COLUMN=axis makes one a parameter",
                       p->table.path);
    if (n_metrics == 0 && !has_returns)
        return err_set(note, ERR_FORMAT,
                       "%s:1: no metric column: expected one such as sharpe_ratio or max_drawdown, "
                       "or --map COLUMN=METRIC, or --returns",
                       p->table.path);
    return OK;
}

/* ---- levels ---- */

static int by_value(const void *a, const void *b)
{
    double x = **(double *const *)a, y = **(double *const *)b;
    return (x > y) - (x < y);
}

static enum err check_fields(const struct import_points *p, const struct import_axis *axis,
                             struct err_note *note)
{
    for (uint64_t r = 0; r < p->table.n_rows; r++) {
        const char *text = import_table_field(&p->table, r, axis->column);
        if (*text == '\0' || strlen(text) > SWEEP_TEXT_MAX)
            return err_set(note, ERR_FORMAT,
                           "%s:%u: parameter '%s' is %s; expected 1 to %d characters",
                           p->table.path, p->table.line[r], p->table.header[axis->column],
                           *text ? "too long" : "empty", SWEEP_TEXT_MAX);
    }
    return OK;
}

/* Levels by value: equal numbers written differently are one level, under its first spelling. */
static enum err numeric_levels(struct import_points *p, uint32_t a, double *numbers)
{
    struct import_axis *axis = &p->axes[a];
    uint64_t n = p->table.n_rows;
    double **order = malloc(n * sizeof *order);
    axis->values = malloc(n * sizeof *axis->values);
    axis->texts = malloc(n * sizeof *axis->texts);
    if (!order || !axis->values || !axis->texts) {
        free(order);
        return ERR_NOMEM;
    }
    for (uint64_t r = 0; r < n; r++)
        order[r] = &numbers[r];
    qsort(order, n, sizeof *order, by_value);
    uint64_t spelling = 0; /* row of the level's text */
    for (uint64_t i = 0; i < n; i++) {
        uint64_t row = (uint64_t)(order[i] - numbers);
        if (i == 0 || *order[i] != *order[i - 1]) {
            axis->values[axis->n_levels++] = *order[i] == 0 ? 0 : *order[i];
            spelling = row;
        }
        spelling = row < spelling ? row : spelling;
        axis->texts[axis->n_levels - 1] = import_table_field(&p->table, spelling, axis->column);
        p->level[row * p->n_axes + a] = axis->n_levels - 1;
    }
    free(order);
    return OK;
}

static enum err categorical_levels(struct import_points *p, uint32_t a)
{
    struct import_axis *axis = &p->axes[a];
    uint64_t n = p->table.n_rows, mask;
    uint32_t *slots = slots_new(n, &mask);
    axis->categorical = true;
    axis->values = malloc(n * sizeof *axis->values);
    axis->texts = malloc(n * sizeof *axis->texts);
    if (!slots || !axis->values || !axis->texts) {
        free(slots);
        return ERR_NOMEM;
    }
    for (uint64_t r = 0; r < n; r++) {
        char *text = import_table_field(&p->table, r, axis->column);
        uint64_t s = hash_bytes(text, strlen(text)) & mask;
        while (slots[s] && strcmp(axis->texts[slots[s] - 1], text) != 0)
            s = (s + 1) & mask;
        if (!slots[s]) {
            axis->values[axis->n_levels] = axis->n_levels;
            axis->texts[axis->n_levels++] = text;
            slots[s] = axis->n_levels;
        }
        p->level[r * p->n_axes + a] = slots[s] - 1;
    }
    free(slots);
    return OK;
}

/* A decimal, or per cent as spreadsheets write it: "2.5%" is 0.025. */
static bool level_parse(const char *text, double *value)
{
    size_t length = strlen(text);
    bool percent = length > 1 && text[length - 1] == '%';
    if (!number_parse(text, percent ? length - 1 : length, value) || !isfinite(*value))
        return false;
    *value /= percent ? 100.0 : 1.0;
    return true;
}

static enum err find_levels(struct import_points *p, uint32_t a, struct err_note *note)
{
    struct import_axis *axis = &p->axes[a];
    uint64_t n = p->table.n_rows;
    enum err err = check_fields(p, axis, note);
    if (err)
        return err;
    double *numbers = malloc(n * sizeof *numbers);
    bool numeric = numbers != NULL;
    for (uint64_t r = 0; r < n && numeric; r++) {
        const char *text = import_table_field(&p->table, r, axis->column);
        numeric = level_parse(text, &numbers[r]);
    }
    if (!numbers)
        err = ERR_NOMEM;
    else
        err = numeric ? numeric_levels(p, a, numbers) : categorical_levels(p, a);
    free(numbers);
    if (!err && axis->n_levels > SWEEP_LEVELS_MAX)
        err =
            err_set(note, ERR_OVERFLOW, "%s: parameter '%s' has %u values, at most %u fit",
                    p->table.path, p->table.header[axis->column], axis->n_levels, SWEEP_LEVELS_MAX);
    return err;
}

/* ---- scenarios and periods ---- */

int import_name_find(const struct import_names *names, const char *name)
{
    for (uint32_t i = 0; i < names->n; i++)
        if (strcmp(names->at[i], name) == 0)
            return (int)i;
    return -1;
}

static int column_of(const struct import_points *p, enum import_role role)
{
    for (uint32_t c = 0; c < p->table.n_columns; c++)
        if (p->meaning[c].role == role)
            return (int)c;
    return -1;
}

static enum err add_name(struct import_names *names, const struct import_points *p, uint64_t row,
                         uint32_t column, uint32_t max, struct err_note *note)
{
    const char *text = import_table_field(&p->table, row, column);
    if (import_name_find(names, text) >= 0)
        return OK;
    if (*text == '\0' || strlen(text) > JOB_NAME_MAX)
        return err_set(note, ERR_FORMAT, "%s:%u: %s is %s; expected 1 to %d characters",
                       p->table.path, p->table.line[row], p->table.header[column],
                       *text ? "too long" : "empty", JOB_NAME_MAX);
    if (names->n == max)
        return err_set(note, ERR_OVERFLOW,
                       "%s:%u: more than %u names in column '%s'; if it is something else: --map "
                       "'%s=ignore'",
                       p->table.path, p->table.line[row], max, p->table.header[column],
                       p->table.header[column]);
    snprintf(names->at[names->n++], JOB_NAME_MAX + 1, "%s", text);
    return OK;
}

static void move_to(struct import_names *names, const char *name, uint32_t place)
{
    int at = import_name_find(names, name);
    if (at < 0 || (uint32_t)at <= place)
        return;
    char moved[JOB_NAME_MAX + 1];
    memcpy(moved, names->at[at], sizeof moved);
    memmove(names->at[place + 1], names->at[place], ((size_t)at - place) * sizeof names->at[0]);
    memcpy(names->at[place], moved, sizeof moved);
}

static enum err find_names(struct import_points *p, struct err_note *note)
{
    int scenario = column_of(p, IMPORT_SCENARIO), period = column_of(p, IMPORT_PERIOD);
    enum err err = OK;
    for (uint64_t r = 0; r < p->table.n_rows && !err; r++) {
        if (scenario >= 0)
            err = add_name(&p->scenarios, p, r, (uint32_t)scenario, JOB_SCENARIOS_MAX, note);
        if (!err && period >= 0)
            err = add_name(&p->periods, p, r, (uint32_t)period, JOB_PERIODS_MAX, note);
    }
    if (err)
        return err;
    if (scenario < 0)
        strcpy(p->scenarios.at[p->scenarios.n++], "baseline");
    if (period < 0)
        strcpy(p->periods.at[p->periods.n++], "train");
    if (import_name_find(&p->scenarios, "baseline") < 0)
        return err_set(note, ERR_FORMAT,
                       "%s: no row of scenario 'baseline': call the one without stress so (first "
                       "found: '%s')",
                       p->table.path, p->scenarios.at[0]);
    move_to(&p->scenarios, "baseline", 0);
    move_to(&p->periods, "train", 0);
    move_to(&p->periods, "validation", import_name_find(&p->periods, "train") == 0);
    return OK;
}

/* ---- combinations and cells ---- */

/* The slot of a combination, or the free one where it belongs. */
static uint32_t *slot_of(const struct import_points *p, const uint32_t *levels)
{
    size_t bytes = p->n_axes * sizeof *levels;
    uint64_t s = hash_bytes(levels, bytes) & p->slot_mask;
    while (p->slots[s] &&
           memcmp(p->level + p->first_row[p->slots[s] - 1] * p->n_axes, levels, bytes) != 0)
        s = (s + 1) & p->slot_mask;
    return &p->slots[s];
}

static enum err find_combinations(struct import_points *p)
{
    uint64_t n = p->table.n_rows;
    p->slots = slots_new(n, &p->slot_mask);
    p->combination = malloc(n * sizeof *p->combination);
    p->first_row = malloc(n * sizeof *p->first_row);
    if (!p->slots || !p->combination || !p->first_row)
        return ERR_NOMEM;
    for (uint64_t r = 0; r < n; r++) {
        uint32_t *slot = slot_of(p, p->level + r * p->n_axes);
        if (!*slot) {
            p->first_row[p->n_combinations++] = r;
            *slot = p->n_combinations;
        }
        p->combination[r] = *slot - 1;
    }
    return OK;
}

int64_t import_points_find(const struct import_points *points, const uint32_t *levels)
{
    return (int64_t)*slot_of(points, levels) - 1;
}

int64_t import_points_level(const struct import_points *points, uint32_t axis, const char *text)
{
    const struct import_axis *a = &points->axes[axis];
    double value;
    for (uint32_t l = 0; a->categorical && l < a->n_levels; l++)
        if (strcmp(a->texts[l], text) == 0)
            return l;
    if (a->categorical || !level_parse(text, &value))
        return -1;
    uint32_t low = 0, high = a->n_levels; /* the first level that is not below it */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (a->values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < a->n_levels && a->values[low] == value ? (int64_t)low : -1;
}

static uint64_t cell_index(const struct import_points *p, uint32_t combination, uint32_t scenario,
                           uint32_t period)
{
    return ((uint64_t)combination * p->scenarios.n + scenario) * p->periods.n + period;
}

static enum err place_rows(struct import_points *p, struct err_note *note)
{
    int scenario = column_of(p, IMPORT_SCENARIO), period = column_of(p, IMPORT_PERIOD);
    uint64_t n_cells = cell_index(p, p->n_combinations, 0, 0);
    if (n_cells > IMPORT_CELLS_MAX)
        return err_set(note, ERR_OVERFLOW, "%s: %llu cells, at most %llu are taken", p->table.path,
                       (unsigned long long)n_cells, (unsigned long long)IMPORT_CELLS_MAX);
    p->row_of = calloc(n_cells, sizeof *p->row_of);
    if (!p->row_of)
        return ERR_NOMEM;
    for (uint64_t r = 0; r < p->table.n_rows; r++) {
        int s = 0, q = 0;
        if (scenario >= 0)
            s = import_name_find(&p->scenarios,
                                 import_table_field(&p->table, r, (uint32_t)scenario));
        if (period >= 0)
            q = import_name_find(&p->periods, import_table_field(&p->table, r, (uint32_t)period));
        assert(s >= 0 && q >= 0); /* find_names() saw them */
        uint32_t *row = &p->row_of[cell_index(p, p->combination[r], (uint32_t)s, (uint32_t)q)];
        if (*row)
            return err_set(note, ERR_FORMAT,
                           "%s:%u: the same point%s as line %u; remove one of them", p->table.path,
                           p->table.line[r],
                           scenario >= 0 || period >= 0 ? ", scenario and period" : "",
                           p->table.line[*row - 1]);
        *row = (uint32_t)r + 1;
    }
    return OK;
}

static enum err check_metrics(const struct import_points *p, struct err_note *note)
{
    double value;
    for (uint32_t c = 0; c < p->table.n_columns; c++) {
        if (p->meaning[c].role != IMPORT_METRIC)
            continue;
        for (uint64_t r = 0; r < p->table.n_rows; r++) {
            const char *text = import_table_field(&p->table, r, c);
            if (!import_metric_parse(&p->meaning[c], text, &value))
                return err_set(note, ERR_FORMAT,
                               "%s:%u: %s: '%.40s' is no number (read as %s; --map '%s=axis' makes "
                               "it a parameter)",
                               p->table.path, p->table.line[r], p->table.header[c], text,
                               METRIC_INFO[p->meaning[c].metric].name, p->table.header[c]);
        }
    }
    return OK;
}

static enum err understand(struct import_points *p, const char *const *map, bool has_returns,
                           struct err_note *note)
{
    p->meaning = malloc(p->table.n_columns * sizeof *p->meaning);
    if (!p->meaning)
        return ERR_NOMEM;
    for (uint32_t c = 0; c < p->table.n_columns; c++) {
        p->meaning[c] = import_meaning_of(p->table.header[c]);
        if (p->meaning[c].role == IMPORT_RETURN || p->meaning[c].role == IMPORT_DATE)
            p->meaning[c].role = IMPORT_IGNORE; /* of a returns file, not of a point */
        for (uint64_t r = 0; r < p->table.n_rows; r++)
            if (import_means_other(p->table.header[c], import_table_field(&p->table, r, c)))
                p->meaning[c].role = IMPORT_IGNORE;
    }
    enum err err = OK;
    for (size_t i = 0; map && map[i] && !err; i++)
        err = apply_map(p, map[i], note);
    if (!err)
        err = check_columns(p, has_returns, note);
    if (err)
        return err;
    assert(p->n_axes > 0 && p->table.n_rows > 0);
    p->level = malloc(p->table.n_rows * p->n_axes * sizeof *p->level);
    if (!p->level)
        return ERR_NOMEM;
    for (uint32_t a = 0; a < p->n_axes && !err; a++)
        err = find_levels(p, a, note);
    if (!err)
        err = check_metrics(p, note);
    if (!err)
        err = find_names(p, note);
    if (!err)
        err = find_combinations(p);
    return err ? err : place_rows(p, note);
}

enum err import_points_read(struct import_points *out, const char *path, const char *const *map,
                            bool has_returns, struct err_note *note)
{
    struct import_points p = {.id_column = -1};
    enum err err = import_table_read(&p.table, path, note);
    if (!err)
        err = understand(&p, map, has_returns, note);
    if (err) {
        import_points_free(&p);
        return err;
    }
    *out = p;
    return OK;
}

void import_points_free(struct import_points *points)
{
    import_table_free(&points->table);
    for (uint32_t a = 0; a < points->n_axes; a++) {
        free(points->axes[a].values);
        free(points->axes[a].texts);
    }
    free(points->meaning);
    free(points->level);
    free(points->combination);
    free(points->first_row);
    free(points->slots);
    free(points->row_of);
    *points = (struct import_points){.id_column = -1};
}

int64_t import_points_row(const struct import_points *points, uint32_t combination,
                          uint32_t scenario, uint32_t period)
{
    return (int64_t)points->row_of[cell_index(points, combination, scenario, period)] - 1;
}

uint32_t import_points_metrics(const struct import_points *points, uint64_t row, double *values)
{
    uint32_t n = 0;
    for (uint32_t m = 0; m < N_METRICS; m++)
        values[m] = nan_canonical();
    for (uint32_t c = 0; c < points->table.n_columns; c++) {
        const struct import_meaning *m = &points->meaning[c];
        if (m->role != IMPORT_METRIC)
            continue;
        bool is_number =
            import_metric_parse(m, import_table_field(&points->table, row, c), &values[m->metric]);
        assert(is_number); /* check_metrics() saw it */
        n += isnan(values[m->metric]) ? 0 : 1;
    }
    return n;
}
