/* diff - two runs side by side: which points of one are which of the other, what moved between
 * them, and what about the runs themselves could be why.
 *
 * Points are matched by their parameters, not by their number: a parameter is a field's path, its
 * value that of the run's axis or, without one, of its base config. An axis on which either run is
 * categorical is compared by the names of its levels, any other by value; a field that neither axis
 * nor base config of one run has is left out if the other has it at one level. */
#ifndef REVIEW_DIFF_H
#define REVIEW_DIFF_H
#include "proto/err.h"
#include "proto/job.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define DIFF_NONE UINT64_MAX
struct diff_match {
    uint64_t n_a, n_b, n_both;
    uint64_t *b_of; /* [n_a]: the point of b, or DIFF_NONE */
    uint64_t *a_of; /* [n_b] */
};
/* Points that `where` excludes match nothing. Of several points with the same parameters (a sample
 * that met a point twice) the k-th of one is the k-th of the other,
 * and where one run has more of them, those share the last. ERR_NOMEM. The caller ends it with
 * diff_match_free(). */
enum err diff_match_make(struct diff_match *out, const struct job *a, const struct job *b);
void diff_match_free(struct diff_match *match);

struct diff_side {         /* of one scenario and period, by point */
    const double *values;  /* NaN: no number */
    const uint8_t *status; /* enum status */
};
struct diff_surface {
    uint64_t n_both;             /* points in both runs, excluded ones left out */
    uint64_t n_only_a, n_only_b; /* the others */
    uint64_t n_status;           /* in both, of another status */
    uint64_t n_compared;         /* in both with a number on both sides */
    uint64_t n_moved;           /* further apart than the tolerance, or a number on one side only */
    double mean_move, max_move; /* |b - a| over those compared; NaN without any */
    uint64_t max_point;         /* of a; DIFF_NONE without any */
    double spearman;            /* over those compared; NaN below 3 or where one is constant */
    uint64_t best_a, best_b;    /* best point of each, as points of each; DIFF_NONE without any */
};
/* better: of the metric, enum metric_info. ERR_NOMEM. */
enum err diff_surface_make(struct diff_surface *out, const struct diff_match *match,
                           const struct diff_side *a, const struct diff_side *b, int better,
                           double tolerance);
/* Whether a pair of values counts as moved: two NaNs are the same, as are equal infinities. */
bool diff_moved(double a, double b, double tolerance);

/* A difference of the runs themselves. */
struct diff_reason {
    char what[64];       /* "engine", "data", "axis sleeves.equity.exit.exit_ma", .. */
    char a[128], b[128]; /* "" where there is none */
};
struct diff_reasons {
    struct diff_reason *at;
    uint32_t n;
};
/* build: as in run.json. Engine, build, data, objective, base values, axes, constraints, sampling,
 * scenarios and periods; a data hash of an imported run is not known and says so. ERR_NOMEM. The
 * caller frees out->at. */
enum err diff_reasons_make(struct diff_reasons *out, const struct job *a, const char *build_a,
                           const struct job *b, const char *build_b);
#endif
