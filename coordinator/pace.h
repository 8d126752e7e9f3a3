/* pace - how fast a run goes lately, and when it will be done: a mean over the last minute of
 * one-second windows, with an interval that says how steady it was. */
#ifndef COORDINATOR_PACE_H
#define COORDINATOR_PACE_H
#include <stdint.h>

enum { PACE_WINDOW_MS = 1000, PACE_WINDOWS = 60, PACE_INTERVAL_FROM = 5 };

struct pace { /* zero: nothing seen yet */
    int64_t at_ms;
    uint64_t cells;
    double rate[PACE_WINDOWS]; /* cells per second */
    uint32_t n, next;
};
/* cells: done so far. Call it as often as you like. */
void pace_note(struct pace *pace, int64_t now_ms, uint64_t cells);
/* A pause: its time does not count, and what was before it says nothing about after. */
void pace_reset(struct pace *pace);

struct pace_estimate { /* NaN while unknown */
    double cells_per_s, eta_s;
    double eta_low_s, eta_high_s; /* about 95 % by the windows' spread; unknown before
                                     PACE_INTERVAL_FROM windows; high is infinite where a stop
                                     cannot be told from the spread */
};
struct pace_estimate pace_estimate(const struct pace *pace, uint64_t cells_left);
#endif
