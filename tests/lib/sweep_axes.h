/* Axes for tests: whole numbers 0, 1, 2, .. with their texts, freed with axes_free. */
#ifndef TESTS_LIB_SWEEP_AXES_H
#define TESTS_LIB_SWEEP_AXES_H
#include "proto/sweep.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline struct sweep_axis axis_new(const char *path, uint32_t dimension, uint32_t n,
                                         bool entry_side)
{
    struct sweep_axis a = {.path = strdup(path),
                           .label = strdup(path),
                           .unit = strdup("1"),
                           .entry_side = entry_side,
                           .dimension = dimension,
                           .n_levels = n,
                           .values = calloc(n, sizeof(double)),
                           .texts = calloc(n, sizeof(char *))};
    for (uint32_t l = 0; l < n; l++) {
        char text[16];
        snprintf(text, sizeof text, "%u", l);
        a.texts[l] = strdup(text);
        a.values[l] = l;
    }
    for (char *c = a.label; *c; c++)
        if (*c == '.')
            *c = '_';
    return a;
}

static inline void axes_free(struct sweep_axis *axes, uint32_t n)
{
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t l = 0; l < axes[a].n_levels; l++)
            free(axes[a].texts[l]);
        free(axes[a].texts);
        free(axes[a].values);
        free(axes[a].path);
        free(axes[a].label);
        free(axes[a].unit);
    }
}
#endif
