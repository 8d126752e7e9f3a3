#include "coordinator/rate_cap.h"

#define SECOND_NS 1e9
#define LATE_NS 20000000 /* how late a sender may wake without losing what it could have sent */

int64_t rate_cap_wait_ns(const struct rate_cap *cap, int64_t now_ns)
{
    return cap->free_ns > now_ns ? cap->free_ns - now_ns : 0;
}

/* Idle time beyond that is not saved up: after a silence the first second carries no more than any
 * other. */
void rate_cap_sent(struct rate_cap *cap, int64_t now_ns, uint64_t bytes)
{
    if (cap->bytes_per_s == 0)
        return;
    int64_t from_ns = cap->free_ns > now_ns - LATE_NS ? cap->free_ns : now_ns - LATE_NS;
    cap->free_ns = from_ns + (int64_t)((double)bytes * SECOND_NS / (double)cap->bytes_per_s);
}
