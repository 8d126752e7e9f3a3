/* import_metric - what a column of somebody's results file is, by its name: one of our metrics
 * under any of its usual names, something of another tool that has no place here, or none of these
 * (then it is a parameter).
 *
 * Names are compared in lower case with every run of other characters as one '_', so that "Sharpe
 * Ratio", "sharpe-ratio" and "sharpe_ratio" are one. A '%' in the name means the numbers are per
 * cent. */
#ifndef COORDINATOR_IMPORT_METRIC_H
#define COORDINATOR_IMPORT_METRIC_H
#include "engine/metrics.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stdint.h>

enum import_role {
    IMPORT_AXIS,     /* a parameter */
    IMPORT_METRIC,   /* one of METRIC_TABLE */
    IMPORT_ID,       /* the name a returns file calls the point by */
    IMPORT_SCENARIO, /* names */
    IMPORT_PERIOD,
    IMPORT_DATE,   /* returns only */
    IMPORT_RETURN, /* returns only */
    IMPORT_IGNORE, /* known of other tools, of another meaning than any metric here */
};
struct import_meaning {
    enum import_role role;
    uint32_t metric; /* IMPORT_METRIC */
    bool percent;    /* of IMPORT_METRIC */
};
/* By the name alone. */
struct import_meaning import_meaning_of(const char *column);
/* A column whose name is known but whose text says something else: a net profit in money (LEAN's is
 * per cent), a period that is a length of time (vectorbt's "1008 days 00:00:00"). */
bool import_means_other(const char *column, const char *text);
/* By an assignment "column=meaning" of --map: a metric's name or usual name, or one of axis,
 * ignore, point, scenario, period. ERR_NOT_FOUND names the nearest metric. */
enum err import_meaning_named(const char *meaning, struct import_meaning *out,
                              struct err_note *note);
/* A number of a metric's column: a decimal, "12.5%", "inf", "-inf"; empty, "nan", "none" and "null"
 * in any case are NaN. Drawdown, value at risk and expected shortfall are depths here: a negative
 * sign is dropped. False: not a number. */
bool import_metric_parse(const struct import_meaning *meaning, const char *text, double *out);

#define IMPORT_NAME_MAX 255
/* The form in which names are compared; cut at IMPORT_NAME_MAX. */
void import_plain_name(const char *name, char out[IMPORT_NAME_MAX + 1]);
#endif
