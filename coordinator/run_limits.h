/* run_limits - how much of a run is computed and what its cells may cost, as whoever starts it
 * says: members of a JSON object in a request (coordinator/desk.h) and in standing.json. A limit
 * that is not set has no member. */
#ifndef COORDINATOR_RUN_LIMITS_H
#define COORDINATOR_RUN_LIMITS_H
#include "proto/err.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct run_limits {
    int64_t cell_timeout_ms; /* a cell over it ends as STATUS_TIMEOUT; 0: none */
    bool limits_fails;       /* stop early, as max_fails or max_fails_share says */
    uint64_t max_fails;      /* failed cells that are still taken */
    double
        max_fails_share; /* the same as a share of the wanted cells, up to 1; 0: max_fails holds */
    double sample;       /* share of the tiles that is wanted, in visiting order; 0 and 1: all */
};
bool run_limits_sample(const struct run_limits *limits); /* are tiles left out? */
bool run_limits_any(const struct run_limits *limits);
/* ERR_FORMAT, with the note: which member, and what is expected of it. */
enum err run_limits_read(struct run_limits *out, const json_t *json, struct err_note *note);
/* Adds the members. ERR_NOMEM. */
enum err run_limits_add(const struct run_limits *limits, json_t *json);
#endif
