/* quarantine - workers that get no more work in this run, and why: their bits differed from a known
 * cell's or from another worker's, or their results were none.
 *
 * By name, as a connection comes and goes. It lasts as long as the coordinator: whoever joins a
 * later part of the run is asked for the known cells again. */
#ifndef COORDINATOR_QUARANTINE_H
#define COORDINATOR_QUARANTINE_H
#include "proto/err.h"
#include "proto/msg.h"
#include <stddef.h>
#include <stdint.h>

#define QUARANTINE_MAX 1024u /* the oldest is forgotten beyond */
#define QUARANTINE_REASON_MAX 200u

struct quarantined {
    char worker[MSG_NAME_MAX + 1], reason[QUARANTINE_REASON_MAX + 1];
};
struct quarantine {         /* zero is empty */
    struct quarantined *at; /* oldest first */
    uint32_t n, capacity;
};
void quarantine_free(struct quarantine *q);
/* A worker that is in keeps its first reason. ERR_NOMEM. */
enum err quarantine_add(struct quarantine *q, const char *worker, const char *reason);
/* NULL: not in quarantine. */
const char *quarantine_reason(const struct quarantine *q, const char *worker);
#endif
