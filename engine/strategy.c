#include "engine/strategy.h"
#include <string.h>

#define X(id) &id,
static const struct strategy *const STRATEGIES[] = {STRATEGY_TABLE(X)};
#undef X
enum { N_STRATEGIES = sizeof STRATEGIES / sizeof STRATEGIES[0] };

const struct strategy *strategy_find(const char *name)
{
    for (size_t i = 0; i < N_STRATEGIES; i++)
        if (strcmp(STRATEGIES[i]->name, name) == 0)
            return STRATEGIES[i];
    return NULL;
}

const char *const *plateau_strategies(void)
{
    static const char *names[N_STRATEGIES + 1]; /* the same words whoever writes them */
    for (size_t i = 0; i < N_STRATEGIES; i++)
        names[i] = STRATEGIES[i]->name;
    return names;
}
