/* sobol_shares - how much of a surface's variance each axis carries, alone and together: exact
 * ANOVA on the full grid, levels weighted equally. statistics.md section 6 ("sobol_grid"). */
#ifndef REVIEW_STATISTICS_SOBOL_SHARES_H
#define REVIEW_STATISTICS_SOBOL_SHARES_H
#include "review/statistics/surface.h"

struct sobol_shares { /* all NaN when more than 5 % of the points are missing or nothing varies */
    double variance;  /* population, over the full grid */
    size_t
        imputed; /* missing points: each replaced by its valid neighbours' mean, else the grid's */
    double first[SURFACE_AXES_MAX], total[SURFACE_AXES_MAX];
    double second[SURFACE_AXES_MAX][SURFACE_AXES_MAX]; /* [a][b], a < b */
    double interaction;                                /* 1 - sum of first */
};
enum err sobol_shares_run(const struct surface *surface, struct sobol_shares *out);
#endif
