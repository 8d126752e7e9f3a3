/* golden_json - reading the inputs of a case and writing its answer. The judge aborts without
 * memory: it has no answer to give then. */
#ifndef TESTS_GOLDEN_GOLDEN_JSON_H
#define TESTS_GOLDEN_GOLDEN_JSON_H
#include "review/statistics/surface.h"
#include <jansson.h>
#include <stdint.h>

void *golden_allocate(size_t n, size_t size); /* zeroed, at least one */
double golden_field(const json_t *object, const char *name, double otherwise);
double *golden_doubles(const json_t *array);
int32_t *golden_integers(const json_t *array);
/* A row a day, a column a configuration -> series[k * n_days + t]. */
double *golden_series(const json_t *rows, size_t *n, size_t *n_days);
/* Nested lists of numbers, last axis fastest; sets n_axes, n_levels, f (caller frees) and all kinds
 * to SURFACE_NUM. */
void golden_surface(const json_t *nested, const json_t *kinds, struct surface *out);

void golden_set(json_t *object, const char *name, double value);
void golden_set_integer(json_t *object, const char *name, int64_t value);
json_t *golden_list(const double *v, size_t n);
json_t *golden_integer_list(const uint32_t *v, size_t n);
#endif
