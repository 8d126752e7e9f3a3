/* desk - the requests an operator may make of a host, read, checked and answered: status, pause,
 * resume, cancel, priority, drain, submit. What a run's owner must do itself (a state to write, a
 * loop to end) is an order to it. */
#ifndef COORDINATOR_DESK_H
#define COORDINATOR_DESK_H
#include "coordinator/host.h"
#include <jansson.h>

// clang-format off
#define DESK_ORDERS(X) X(PAUSE, "pause") X(RESUME, "resume") X(CANCEL, "cancel") X(PRIORITY, "priority") X(SUBMIT, "submit")
// clang-format on
enum desk_what {
#define X(NAME, name) DESK_##NAME,
    DESK_ORDERS(X)
#undef X
        N_DESK_ORDERS
};
struct desk_order {
    enum desk_what what;
    const char *run;          /* an id */
    const char *reason;       /* CANCEL; "" if none was given */
    uint32_t priority;        /* PRIORITY, SUBMIT: 1 .. SHARE_PRIORITY_MAX */
    struct run_limits limits; /* SUBMIT */
    bool no_ledger;           /* SUBMIT */
};
struct desk {
    struct host *host;
    const char *kind; /* "run" or "service" */
    enum err (*order)(void *ctx, const struct desk_order *order, struct err_note *note);
    /* Adds runs that are not in the host (queued, ended) to the list; may be NULL. */
    enum err (*others)(void *ctx, json_t *runs);
    void *ctx;
};
/* For control_turn(); ctx: a struct desk. */
json_t *desk_answer(void *desk, const json_t *request);
/* One row of "runs" for a run with a state and nothing under way. */
json_t *desk_run_row(const char *id, const char *state, const char *reason, uint32_t priority);
#endif
