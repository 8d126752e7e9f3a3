#include "coordinator/share.h"
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

/* What is served by the middle of the next slot (Sainte-Lague): at its start, small runs would all
 * come first; at its end, last. */
#define HALF_A_SLOT 0.5

static size_t least(const struct share_run *runs, size_t n, const uint64_t *held, bool beyond,
                    double quantum_ms)
{
    size_t best = n;
    double best_served = 0;
    for (size_t i = 0; i < n; i++) {
        const struct share_run *run = &runs[i];
        if (run->most == 0 || (!beyond && held[i] >= run->most))
            continue;
        double served = run->served + ((double)held[i] + HALF_A_SLOT) * quantum_ms / run->priority;
        if (best == n || served < best_served) {
            best = i;
            best_served = served;
        }
    }
    return best;
}

size_t share_next(const struct share_run *runs, size_t n, const uint64_t *held, double quantum_ms)
{
    size_t i = least(runs, n, held, false, quantum_ms);
    return i < n ? i : least(runs, n, held, true, quantum_ms);
}

void share_out(struct share_run *runs, size_t n, uint64_t n_slots, double quantum_ms)
{
    enum { RUNS_ON_STACK = 256 };
    uint64_t held[RUNS_ON_STACK] = {0};
    assert(n <= RUNS_ON_STACK);
    for (uint64_t slot = 0; slot < n_slots; slot++) {
        size_t i = share_next(runs, n, held, quantum_ms);
        if (i == n)
            break;
        held[i]++;
    }
    for (size_t i = 0; i < n; i++)
        runs[i].target = held[i];
}
