/* rate_cap - a cap on bytes per second: what was sent is paid for before the next is. Time is an
 * argument. */
#ifndef COORDINATOR_RATE_CAP_H
#define COORDINATOR_RATE_CAP_H
#include <stdint.h>

struct rate_cap {
    uint64_t bytes_per_s; /* 0: no cap */
    int64_t free_ns;      /* when all that was sent is paid for; 0 at the start */
};
/* Nanoseconds until the next send; 0: now. */
int64_t rate_cap_wait_ns(const struct rate_cap *cap, int64_t now_ns);
void rate_cap_sent(struct rate_cap *cap, int64_t now_ns, uint64_t bytes);
#endif
