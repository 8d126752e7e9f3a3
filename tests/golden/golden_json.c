#include "tests/golden/golden_json.h"
#include "tests/golden/golden.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void *golden_allocate(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        abort();
    return p;
}

double golden_field(const json_t *object, const char *name, double otherwise)
{
    const json_t *value = json_object_get(object, name);
    return value && !json_is_null(value) ? golden_double(value) : otherwise;
}

double *golden_doubles(const json_t *array)
{
    double *v = golden_allocate(json_array_size(array), sizeof *v);
    for (size_t i = 0; i < json_array_size(array); i++)
        v[i] = golden_double(json_array_get(array, i));
    return v;
}

int32_t *golden_integers(const json_t *array)
{
    int32_t *v = golden_allocate(json_array_size(array), sizeof *v);
    for (size_t i = 0; i < json_array_size(array); i++)
        v[i] = (int32_t)golden_double(json_array_get(array, i));
    return v;
}

double *golden_series(const json_t *rows, size_t *n, size_t *n_days)
{
    *n_days = json_array_size(rows);
    *n = json_array_size(json_array_get(rows, 0));
    double *v = golden_allocate(*n * *n_days, sizeof *v);
    for (size_t t = 0; t < *n_days; t++)
        for (size_t k = 0; k < *n; k++)
            v[k * *n_days + t] = golden_double(json_array_get(json_array_get(rows, t), k));
    return v;
}

static double *flatten(const json_t *value, double *to)
{
    if (!json_is_array(value)) {
        *to = golden_double(value);
        return to + 1;
    }
    for (size_t i = 0; i < json_array_size(value); i++)
        to = flatten(json_array_get(value, i), to);
    return to;
}

void golden_surface(const json_t *nested, const json_t *kinds, struct surface *out)
{
    struct surface s = {0};
    for (const json_t *level = nested; json_is_array(level); level = json_array_get(level, 0))
        s.n_levels[s.n_axes++] = (uint32_t)json_array_size(level);
    for (uint32_t a = 0; a < s.n_axes; a++) {
        const char *kind = json_string_value(json_array_get(kinds, a));
        if (kind && strcmp(kind, "cat") == 0)
            s.kind[a] = SURFACE_CAT;
        else if (kind && strcmp(kind, "log") == 0)
            s.kind[a] = SURFACE_LOG;
    }
    if (surface_check(&s) != OK)
        abort();
    double *f = golden_allocate(s.n_points, sizeof *f);
    flatten(nested, f);
    s.f = f;
    *out = s;
}

void golden_set(json_t *object, const char *name, double value)
{
    json_object_set_new(object, name, golden_number(value));
}

void golden_set_integer(json_t *object, const char *name, int64_t value)
{
    json_object_set_new(object, name, json_integer(value));
}

json_t *golden_list(const double *v, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, golden_number(v[i]));
    return list;
}

json_t *golden_integer_list(const uint32_t *v, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_integer(v[i]));
    return list;
}
