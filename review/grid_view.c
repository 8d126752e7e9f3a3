#include "review/grid_view.h"
#include "proto/result.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is asked ---- */

enum err grid_view_number(const char *name, const char *text, uint64_t limit, uint64_t *out,
                          struct err_note *note)
{
    enum { DIGITS_MAX = 18 };
    size_t n = text ? strspn(text, "0123456789") : 0;
    uint64_t value = 0;
    if (n == 0 || n > DIGITS_MAX || text[n])
        return err_set(note, ERR_FORMAT, "%s: found \"%.40s\", expected a whole number", name,
                       text ? text : "");
    for (size_t i = 0; i < n; i++)
        value = 10 * value + (uint64_t)(text[i] - '0');
    if (value >= limit)
        return err_set(note, ERR_RANGE, "%s: found %.20s, expected less than %llu", name, text,
                       (unsigned long long)limit);
    *out = value;
    return OK;
}

static enum err parse_index(const char *name, const char *text, uint32_t limit, uint32_t *out,
                            struct err_note *note)
{
    uint64_t value = 0;
    enum err err = grid_view_number(name, text, limit, &value, note);
    if (!err)
        *out = (uint32_t)value;
    return err;
}

static enum err parse_how(const char *text, enum grid_view_how *out, struct err_note *note)
{
    static const char *const names[] = {"slice", "median", "min", "max"};
    for (uint32_t i = 0; text && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (enum grid_view_how)i;
            return OK;
        }
    return err_set(note, ERR_FORMAT, "how: found \"%.40s\", expected slice, median, min or max",
                   text ? text : "");
}

static enum err parse_held(const char *text, const struct grid_view_shape *shape, uint32_t *held,
                           struct err_note *note)
{
    enum { LEVEL_MAX = 24 };
    for (uint32_t d = 0; d < shape->n_dims; d++) {
        char level[LEVEL_MAX];
        size_t n = text ? strcspn(text, ",") : 0;
        bool last = d + 1 == shape->n_dims;
        if (n == 0 || n >= sizeof level || (text[n] == ',') == last)
            return err_set(note, ERR_FORMAT, "held: expected %u levels with commas between",
                           shape->n_dims);
        memcpy(level, text, n);
        level[n] = '\0';
        enum err err = parse_index("held", level, shape->size[d], &held[d], note);
        if (err)
            return err;
        text += n + !last;
    }
    return OK;
}

enum err grid_view_parse(struct grid_view_request *out, const struct grid_view_shape *shape,
                         const char *(*query)(void *ctx, const char *name), void *ctx,
                         struct err_note *note)
{
    struct grid_view_request r = {.minus = GRID_VIEW_NONE, .y = GRID_VIEW_NONE};
    const char *minus = query(ctx, "minus"), *y = query(ctx, "y");
    enum err err = parse_index("metric", query(ctx, "metric"), shape->n_metrics, &r.metric, note);
    if (!err)
        err =
            parse_index("scenario", query(ctx, "scenario"), shape->n_scenarios, &r.scenario, note);
    if (!err)
        err = parse_index("period", query(ctx, "period"), shape->n_periods, &r.period, note);
    if (!err && minus)
        err = parse_index("minus", minus, shape->n_scenarios, &r.minus, note);
    if (!err)
        err = parse_index("x", query(ctx, "x"), shape->n_dims, &r.x, note);
    if (!err && y)
        err = parse_index("y", y, shape->n_dims, &r.y, note);
    if (!err && r.x == r.y)
        err = err_set(note, ERR_RANGE, "y: x and y are the same dimension");
    if (!err)
        err = parse_how(query(ctx, "how"), &r.how, note);
    if (!err)
        err = parse_held(query(ctx, "held"), shape, r.held, note);
    if (!err)
        *out = r;
    return err;
}

/* ---- cells ---- */

struct frame {
    const struct grid_view_shape *shape;
    uint64_t stride[SWEEP_AXES_MAX];
    uint32_t x, y, nx, ny;
};

static uint32_t cells_along(const struct grid_view_shape *shape, uint32_t d)
{
    if (d == GRID_VIEW_NONE)
        return 1;
    return shape->sampled && shape->size[d] > GRID_VIEW_BINS_MAX ? GRID_VIEW_BINS_MAX
                                                                 : shape->size[d];
}

static struct frame frame_of(const struct grid_view_shape *shape,
                             const struct grid_view_request *request)
{
    struct frame frame = {.shape = shape,
                          .x = request->x,
                          .y = request->y,
                          .nx = cells_along(shape, request->x),
                          .ny = cells_along(shape, request->y)};
    uint64_t stride = 1;
    for (uint32_t d = shape->n_dims; d-- > 0; stride *= shape->size[d])
        frame.stride[d] = stride;
    return frame;
}

/* Of a sampled sweep: the level of the first axis of a dimension. */
static uint32_t sampled_level(const struct sweep *sweep, const uint32_t *levels, uint32_t d)
{
    uint32_t axis = 0;
    while (sweep_axis(sweep, axis)->dimension != d)
        axis++;
    return levels[axis];
}

static uint32_t cell_along(const struct frame *frame, uint64_t point, const uint32_t *levels,
                           uint32_t d, uint32_t n)
{
    if (d == GRID_VIEW_NONE)
        return 0;
    if (!levels)
        return (uint32_t)(point / frame->stride[d] % n);
    uint64_t level = sampled_level(frame->shape->sampled, levels, d);
    return (uint32_t)(level * n / frame->shape->size[d]);
}

static uint32_t cell_of(const struct frame *frame, uint64_t point)
{
    uint32_t buffer[SWEEP_AXES_MAX];
    const uint32_t *levels = NULL;
    if (frame->shape->sampled) {
        sweep_levels(frame->shape->sampled, point, buffer);
        levels = buffer;
    }
    return cell_along(frame, point, levels, frame->y, frame->ny) * frame->nx +
           cell_along(frame, point, levels, frame->x, frame->nx);
}

struct column { /* what is shown of a point */
    const double *values, *minus;
    const uint8_t *status;
};

static double value_at(const struct column *column, uint64_t point)
{
    return column->values[point] - (column->minus ? column->minus[point] : 0);
}

static uint8_t reason_at(const struct column *column, uint64_t point)
{
    return column->status[point] == STATUS_OK ? GRID_VIEW_UNDEFINED : column->status[point];
}

static void slice(struct grid_view *out, const struct frame *frame,
                  const struct grid_view_request *request, const struct column *column)
{
    uint64_t origin = 0;
    for (uint32_t d = 0; d < frame->shape->n_dims; d++)
        if (d != frame->x && d != frame->y)
            origin += request->held[d] * frame->stride[d];
    for (uint32_t y = 0; y < frame->ny; y++)
        for (uint32_t x = 0; x < frame->nx; x++) {
            uint32_t c = y * frame->nx + x;
            uint64_t point = origin + x * frame->stride[frame->x] +
                             (frame->y == GRID_VIEW_NONE ? 0 : y * frame->stride[frame->y]);
            out->value[c] = value_at(column, point);
            out->status[c] = reason_at(column, point);
            out->count[c] = 1;
            out->point[c] = (double)point;
        }
}

/* Counts, best points, and why cells are empty. */
static void survey(struct grid_view *out, const struct frame *frame, const struct column *column,
                   int better, uint32_t *cell)
{
    for (uint64_t p = 0; p < frame->shape->n_points; p++) {
        uint32_t c = cell[p] = cell_of(frame, p);
        double v = value_at(column, p);
        if (isnan(v)) {
            if (out->count[c] == 0)
                out->status[c] = reason_at(column, p);
            continue;
        }
        double best = out->count[c] > 0 ? value_at(column, (uint64_t)out->point[c]) : NAN;
        out->count[c]++;
        if (isnan(best) || (better < 0 ? v < best : v > best))
            out->point[c] = (double)p;
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double reduce(double *v, size_t n, enum grid_view_how how)
{
    if (n == 0)
        return NAN;
    qsort(v, n, sizeof *v, compare_doubles);
    double low = v[(n - 1) / 2], high = v[n / 2];
    if (how == GRID_VIEW_MIN)
        return v[0];
    if (how == GRID_VIEW_MAX)
        return v[n - 1];
    return low == high ? low : (low + high) / 2;
}

/* A counting sort by cell, then each cell by itself. */
static enum err project(struct grid_view *out, const struct frame *frame, enum grid_view_how how,
                        const struct column *column, int better)
{
    uint64_t n = frame->shape->n_points, n_cells = (uint64_t)frame->nx * frame->ny;
    uint32_t *cell = malloc((n + 1) * sizeof *cell);
    uint64_t *end = malloc((n_cells + 1) * sizeof *end);
    double *sorted = malloc((n + 1) * sizeof *sorted);
    enum err err = cell && end && sorted ? OK : ERR_NOMEM;
    if (!err) {
        survey(out, frame, column, better, cell);
        uint64_t sum = 0;
        for (uint64_t c = 0; c < n_cells; c++) {
            end[c] = sum;
            sum += (uint64_t)out->count[c];
        }
        for (uint64_t p = 0; p < n; p++)
            if (!isnan(value_at(column, p)))
                sorted[end[cell[p]]++] = value_at(column, p);
        for (uint64_t c = 0; c < n_cells; c++) {
            size_t count = (size_t)out->count[c];
            out->value[c] = reduce(sorted + (end[c] - count), count, how);
        }
    }
    free(cell);
    free(end);
    free(sorted);
    return err;
}

static enum err make_room(struct grid_view *out, size_t n, uint8_t nothing)
{
    out->value = malloc(n * sizeof(double));
    out->count = calloc(n, sizeof(double));
    out->point = malloc(n * sizeof(double));
    out->status = malloc(n);
    if (!out->value || !out->count || !out->point || !out->status)
        return ERR_NOMEM;
    memset(out->status, nothing, n);
    for (size_t c = 0; c < n; c++)
        out->point[c] = -1;
    return OK;
}

enum err grid_view_make(struct grid_view *out, const struct grid_view_shape *shape,
                        const struct grid_view_request *request, const double *values,
                        const double *minus, const uint8_t *status, int better)
{
    struct frame frame = frame_of(shape, request);
    const struct column column = {values, minus, status};
    struct grid_view made = {.nx = frame.nx, .ny = frame.ny};
    bool sliced = request->how == GRID_VIEW_SLICE && !shape->sampled;
    if ((uint64_t)frame.nx * frame.ny > GRID_VIEW_CELLS_MAX)
        return ERR_RANGE;
    enum err err = make_room(&made, (size_t)frame.nx * frame.ny,
                             shape->sampled ? GRID_VIEW_NO_POINT : GRID_VIEW_UNDEFINED);
    if (!err && sliced)
        slice(&made, &frame, request, &column);
    else if (!err)
        err = project(&made, &frame, request->how, &column, better);
    if (err)
        grid_view_free(&made);
    else
        *out = made;
    return err;
}

void grid_view_free(struct grid_view *view)
{
    free(view->value);
    free(view->count);
    free(view->point);
    free(view->status);
    memset(view, 0, sizeof *view);
}
