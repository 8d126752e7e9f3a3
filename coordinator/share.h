/* share - how many slots each of several runs gets now, so that over time each gets its part.
 *
 * A run's part is its priority over the sum of all. What it was served (slot-milliseconds over
 * priority) is remembered: a run that is behind gets the next slot, so that two runs on one worker
 * take turns, and four slots of priorities 3 and 1 stay three and one without a move. */
#ifndef COORDINATOR_SHARE_H
#define COORDINATOR_SHARE_H
#include <stddef.h>
#include <stdint.h>

#define SHARE_PRIORITY_DEFAULT 10u
#define SHARE_PRIORITY_MAX 1000u

struct share_run {
    uint32_t priority; /* 1 .. SHARE_PRIORITY_MAX */
    double served;     /* slot-milliseconds over priority, so far */
    uint64_t most;     /* slots it has work for; 0: none */
    uint64_t target;   /* out */
};
/* Hands out n_slots for the next quantum_ms, one at a time, to the run that will have been served
 * least (the first on a tie). Slots beyond what all have work for go to the runs that have
 * any. */
void share_out(struct share_run *runs, size_t n, uint64_t n_slots, double quantum_ms);
/* The run that is behind the others and has work, given what it holds already; n: none has. */
size_t share_next(const struct share_run *runs, size_t n, const uint64_t *held, double quantum_ms);
#endif
