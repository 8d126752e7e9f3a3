#include "coordinator/event.h"
#include <stdio.h>
#include <string.h>

const char *const EVENT_NAME[N_EVENTS] = {
#define X(NAME, name, level, limit) name,
    EVENT_TABLE(X)
#undef X
};

const char *const REFUSAL_NAME[N_REFUSALS] = {
#define X(NAME, name) name,
    REFUSAL_TABLE(X)
#undef X
};

struct event *events_add(struct events *events, enum event_kind kind, const char *worker)
{
    /* The last place takes whatever has no room, and is never told. */
    struct event *event = &events->at[events->n];
    if (events->n < EVENTS_MAX - 1)
        events->n++;
    else
        events->lost++;
    memset(event, 0, sizeof *event);
    event->kind = kind;
    event->tile = EVENT_NO_TILE;
    snprintf(event->worker, sizeof event->worker, "%s", worker ? worker : "");
    return event;
}

void events_clear(struct events *events)
{
    events->n = 0;
    events->lost = 0;
}
