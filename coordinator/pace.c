#include "coordinator/pace.h"
#include <math.h>

#define STANDARD_ERRORS 2.0 /* about 95 % */

void pace_note(struct pace *pace, int64_t now_ms, uint64_t cells)
{
    if (pace->at_ms == 0) {
        pace->at_ms = now_ms;
        pace->cells = cells;
    }
    int64_t span_ms = now_ms - pace->at_ms;
    if (span_ms < PACE_WINDOW_MS)
        return;
    pace->rate[pace->next] = (double)(cells - pace->cells) / (double)span_ms * 1000;
    pace->next = (pace->next + 1) % PACE_WINDOWS;
    pace->n += pace->n < PACE_WINDOWS;
    pace->at_ms = now_ms;
    pace->cells = cells;
}

void pace_reset(struct pace *pace)
{
    *pace = (struct pace){.at_ms = 0};
}

struct pace_estimate pace_estimate(const struct pace *pace, uint64_t cells_left)
{
    struct pace_estimate e = {NAN, NAN, NAN, NAN};
    double sum = 0, squares = 0, left = (double)cells_left;
    for (uint32_t i = 0; i < pace->n; i++)
        sum += pace->rate[i];
    if (sum <= 0)
        return e;
    e.cells_per_s = sum / pace->n;
    e.eta_s = left / e.cells_per_s;
    if (pace->n < PACE_INTERVAL_FROM)
        return e;
    for (uint32_t i = 0; i < pace->n; i++)
        squares += (pace->rate[i] - e.cells_per_s) * (pace->rate[i] - e.cells_per_s);
    double off = STANDARD_ERRORS * sqrt(squares / (pace->n - 1) / pace->n);
    e.eta_low_s = left / (e.cells_per_s + off);
    e.eta_high_s = off < e.cells_per_s ? left / (e.cells_per_s - off) : INFINITY;
    return e;
}
