#include "engine/indicator.h"
#include <assert.h>

void indicator_compute(const struct indicator_need *need, const struct bars *bars, double *out)
{
    static void (*const functions[N_INDICATOR_KINDS])(const struct bars *, uint32_t, uint32_t,
                                                      double *) = {
#define X(kind, function) function,
        INDICATOR_TABLE(X)
#undef X
    };
    assert(need->kind < N_INDICATOR_KINDS && need->n >= 1);
    functions[need->kind](bars, need->n, need->lag, out);
}
