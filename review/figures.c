#include "review/figures.h"
#include <math.h>

const struct figure FIGURES[N_FIGURES] = {
#define X(group, name, unit, value, text) {#group, #name, unit, text},
    FIGURE_TABLE(X)
#undef X
};

void figures_of(const struct review *r, double *values)
{
    const double all[N_FIGURES] = {
#define X(group, name, unit, value, text) value,
        FIGURE_TABLE(X)
#undef X
    };
    for (int i = 0; i < N_FIGURES; i++)
        values[i] = all[i];
}
