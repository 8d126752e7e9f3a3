#include "review/projection.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *const PROJECTION_NAMES[] = {"median", "min", "max", "mean", NULL};

/* Level of an axis at a point without expanding the others: grids are mixed radix. */
struct axis_reader {
    const struct sweep *sweep;
    bool grid;
    uint32_t axis, size;
    uint64_t stride;
    uint32_t levels[SWEEP_AXES_MAX];
};

static void axis_reader_init(struct axis_reader *reader, const struct sweep *sweep, uint32_t axis)
{
    *reader = (struct axis_reader){.sweep = sweep, .axis = axis, .size = 1, .stride = 1};
    reader->grid = sweep_plan(sweep)->method == SWEEP_GRID;
    if (axis == PROJECTION_NO_AXIS)
        return;
    uint32_t dimension = sweep_axis(sweep, axis)->dimension;
    reader->size = sweep_axis(sweep, axis)->n_levels;
    for (uint32_t d = sweep_n_dimensions(sweep); d-- > dimension + 1;)
        reader->stride *= sweep_dimension_size(sweep, d);
}

static uint32_t axis_level(struct axis_reader *reader, uint64_t point)
{
    if (reader->axis == PROJECTION_NO_AXIS)
        return 0;
    if (reader->grid)
        return (uint32_t)(point / reader->stride % reader->size);
    sweep_levels(reader->sweep, point, reader->levels);
    return reader->levels[reader->axis];
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Hoare's selection: afterwards v[k] is the k-th smallest and nothing before it is larger. */
static void select_kth(double *v, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        double pivot = v[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;; i++, j--) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i >= j)
                break;
            double swap = v[i];
            v[i] = v[j];
            v[j] = swap;
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
}

static double median_of(double *v, size_t n)
{
    enum { SMALL = 32 };
    if (n <= SMALL)
        qsort(v, n, sizeof *v, compare_doubles);
    else
        select_kth(v, n, n / 2);
    double upper = v[n / 2];
    if (n % 2)
        return upper;
    double lower = v[0]; /* the largest of the lower half */
    for (size_t i = 1; i < n / 2; i++)
        lower = v[i] > lower ? v[i] : lower;
    return lower == upper ? upper : lower + (upper - lower) / 2;
}

struct gather { /* values sorted into cells: those of cell c are value[start[c] .. start[c+1]-1] */
    uint32_t *cell; /* [n_points]; UINT32_MAX: not in the picture */
    uint64_t *start;
    double *value;
};

static void gather_free(struct gather *gather)
{
    free(gather->cell);
    free(gather->start);
    free(gather->value);
}

static bool is_held(const struct projection_request *request, struct axis_reader *held,
                    uint32_t n_held, uint64_t point)
{
    for (uint32_t h = 0; h < n_held; h++)
        if (axis_level(&held[h], point) != request->held[held[h].axis])
            return false;
    return true;
}

/* Counts, offsets, then values: a counting sort by cell that keeps the order of points. */
static void sort_into_cells(const struct projection_request *request, struct axis_reader *held,
                            uint32_t n_held, const struct projection *out, struct gather *gather)
{
    struct axis_reader x, y;
    axis_reader_init(&x, request->sweep, request->x);
    axis_reader_init(&y, request->sweep, request->y);
    for (uint64_t i = 0; i < request->n_points; i++) {
        uint64_t point = request->points ? request->points[i] : i;
        gather->cell[i] = UINT32_MAX;
        if (isnan(request->values[i]) || !is_held(request, held, n_held, point))
            continue;
        gather->cell[i] = axis_level(&y, point) * out->nx + axis_level(&x, point);
        out->count[gather->cell[i]]++;
    }
    uint64_t n_cells = (uint64_t)out->nx * out->ny, sum = 0;
    for (uint64_t c = 0; c < n_cells; c++) {
        gather->start[c] = sum;
        sum += out->count[c];
    }
    for (uint64_t i = 0; i < request->n_points; i++)
        if (gather->cell[i] != UINT32_MAX)
            gather->value[gather->start[gather->cell[i]]++] = request->values[i];
    for (uint64_t c = 0; c < n_cells; c++)
        gather->start[c] -= out->count[c];
}

static void summarize(struct projection *out, uint64_t cell, double *values, size_t n)
{
    double low = NAN, high = NAN, sum = 0, median = NAN;
    if (n > 0) {
        low = high = values[0];
        for (size_t i = 0; i < n; i++) {
            low = values[i] < low ? values[i] : low;
            high = values[i] > high ? values[i] : high;
            sum += values[i];
        }
        median = median_of(values, n);
    }
    out->value[PROJECTION_MIN][cell] = low;
    out->value[PROJECTION_MAX][cell] = high;
    out->value[PROJECTION_MEAN][cell] = n ? sum / (double)n : NAN;
    out->value[PROJECTION_MEDIAN][cell] = median;
}

static enum err check_axes(const struct projection_request *request, struct err_note *note)
{
    if (request->x == PROJECTION_NO_AXIS || request->y == PROJECTION_NO_AXIS)
        return OK;
    const struct sweep_axis *x = sweep_axis(request->sweep, request->x),
                            *y = sweep_axis(request->sweep, request->y);
    if (x->dimension == y->dimension)
        return err_set(note, ERR_RANGE, "%s and %s %s: choose two axes that vary on their own",
                       x->label, y->label, x == y ? "are the same axis" : "move together (zip)");
    return OK;
}

static enum err make_room(struct projection *out, const struct projection_request *request,
                          struct gather *gather)
{
    out->nx =
        request->x == PROJECTION_NO_AXIS ? 1 : sweep_axis(request->sweep, request->x)->n_levels;
    out->ny =
        request->y == PROJECTION_NO_AXIS ? 1 : sweep_axis(request->sweep, request->y)->n_levels;
    size_t n_cells = (size_t)out->nx * out->ny;
    if (n_cells >= UINT32_MAX)
        return ERR_RANGE;
    out->count = calloc(n_cells, sizeof *out->count);
    bool ok = out->count != NULL;
    for (int s = 0; s < PROJECTION_N_STATISTICS; s++)
        ok = (out->value[s] = malloc(n_cells * sizeof(double))) && ok;
    gather->cell = malloc((request->n_points + 1) * sizeof *gather->cell);
    gather->start = malloc((n_cells + 1) * sizeof *gather->start);
    gather->value = malloc((request->n_points + 1) * sizeof *gather->value);
    return ok && gather->cell && gather->start && gather->value ? OK : ERR_NOMEM;
}

enum err projection_make(struct projection *out, const struct projection_request *request,
                         struct err_note *note)
{
    enum err err = check_axes(request, note);
    if (err)
        return err;
    struct projection made = {0};
    struct gather gather = {0};
    struct axis_reader held[SWEEP_AXES_MAX];
    uint32_t n_held = 0;
    for (uint32_t a = 0; request->held && a < sweep_n_axes(request->sweep); a++)
        if (request->held[a] != PROJECTION_FREE)
            axis_reader_init(&held[n_held++], request->sweep, a);
    err = make_room(&made, request, &gather);
    if (err) {
        err_set(note, err, "a picture of %u x %u cells does not fit the memory", made.nx, made.ny);
        projection_free(&made);
    } else {
        sort_into_cells(request, held, n_held, &made, &gather);
        for (uint64_t c = 0; c < (uint64_t)made.nx * made.ny; c++)
            summarize(&made, c, gather.value + gather.start[c], made.count[c]);
        *out = made;
    }
    gather_free(&gather);
    return err;
}

void projection_free(struct projection *projection)
{
    for (int s = 0; s < PROJECTION_N_STATISTICS; s++)
        free(projection->value[s]);
    free(projection->count);
    memset(projection, 0, sizeof *projection);
}

/* Sum over levels of n_level * (mean_level - mean)^2, over the whole sum of squares. Infinite
 * values are left out: they have no variance to share. */
static double one_effect(const struct sweep *sweep, uint32_t axis, const double *values,
                         const uint64_t *points, uint64_t n, double mean, double total,
                         double *sums, uint64_t *counts)
{
    struct axis_reader reader;
    axis_reader_init(&reader, sweep, axis);
    memset(sums, 0, reader.size * sizeof *sums);
    memset(counts, 0, reader.size * sizeof *counts);
    for (uint64_t i = 0; i < n; i++) {
        if (!isfinite(values[i]))
            continue;
        uint32_t level = axis_level(&reader, points ? points[i] : i);
        sums[level] += values[i] - mean;
        counts[level]++;
    }
    double between = 0;
    for (uint32_t l = 0; l < reader.size; l++)
        if (counts[l])
            between += sums[l] * sums[l] / (double)counts[l];
    return total > 0 ? fmin(between / total, 1) : NAN;
}

enum err projection_main_effects(const struct sweep *sweep, const double *values,
                                 const uint64_t *points, uint64_t n_points, double *share)
{
    double sum = 0, total = 0;
    uint64_t n = 0;
    for (uint64_t i = 0; i < n_points; i++)
        if (isfinite(values[i])) {
            sum += values[i];
            n++;
        }
    double mean = n ? sum / (double)n : NAN;
    for (uint64_t i = 0; i < n_points; i++)
        if (isfinite(values[i]))
            total += (values[i] - mean) * (values[i] - mean);
    uint32_t levels_max = 1, n_axes = sweep_n_axes(sweep);
    for (uint32_t a = 0; a < n_axes; a++)
        levels_max = sweep_axis(sweep, a)->n_levels > levels_max ? sweep_axis(sweep, a)->n_levels
                                                                 : levels_max;
    double *sums = malloc(levels_max * sizeof *sums);
    uint64_t *counts = malloc(levels_max * sizeof *counts);
    enum err err = sums && counts ? OK : ERR_NOMEM;
    for (uint32_t a = 0; !err && a < n_axes; a++)
        share[a] = one_effect(sweep, a, values, points, n_points, mean, total, sums, counts);
    free(sums);
    free(counts);
    return err;
}

uint64_t projection_best(const double *values, uint64_t n, int better)
{
    uint64_t best = UINT64_MAX;
    for (uint64_t i = 0; i < n; i++)
        if (!isnan(values[i]) && (best == UINT64_MAX || (better < 0 ? values[i] < values[best]
                                                                    : values[i] > values[best])))
            best = i;
    return best;
}
