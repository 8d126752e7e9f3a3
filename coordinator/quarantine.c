#include "coordinator/quarantine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void quarantine_free(struct quarantine *q)
{
    free(q->at);
    *q = (struct quarantine){0};
}

const char *quarantine_reason(const struct quarantine *q, const char *worker)
{
    for (uint32_t i = 0; i < q->n; i++)
        if (strcmp(q->at[i].worker, worker) == 0)
            return q->at[i].reason;
    return NULL;
}

enum err quarantine_add(struct quarantine *q, const char *worker, const char *reason)
{
    if (quarantine_reason(q, worker))
        return OK;
    if (q->n == QUARANTINE_MAX)
        memmove(q->at, q->at + 1, --q->n * sizeof *q->at);
    if (q->n == q->capacity) {
        uint32_t capacity = q->capacity ? 2 * q->capacity : 4;
        struct quarantined *grown = realloc(q->at, capacity * sizeof *grown);
        if (!grown)
            return ERR_NOMEM;
        q->at = grown;
        q->capacity = capacity;
    }
    struct quarantined *new = &q->at[q->n++];
    snprintf(new->worker, sizeof new->worker, "%s", worker);
    snprintf(new->reason, sizeof new->reason, "%s", reason);
    return OK;
}
