#include "coordinator/monitor.h"
#include "worker/socket_events.h"
#include <stdlib.h>
#include <zmq.h>

/* Not ACCEPT_FAILED: with no file descriptor left libzmq tells it in a loop. */
#define EVENTS                                                                                     \
    (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |                 \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                  \
     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

struct monitor {
    struct socket_events *events;
    struct monitor_stats stats;
};

enum err monitor_start(struct monitor **out, void *context, void *socket, struct err_note *note)
{
    struct monitor *m = calloc(1, sizeof *m);
    if (!m)
        return ERR_NOMEM;
    enum err err = socket_events_open(&m->events, context, socket, EVENTS, note);
    if (err)
        free(m);
    else
        *out = m;
    return err;
}

void monitor_end(struct monitor **monitor_p)
{
    if (!*monitor_p)
        return;
    socket_events_close(&(*monitor_p)->events);
    free(*monitor_p);
    *monitor_p = NULL;
}

static void count(struct monitor_stats *stats, uint16_t event)
{
    switch (event) {
    case ZMQ_EVENT_ACCEPTED:
        stats->accepted++;
        break;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        stats->admitted++;
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        stats->failed_auth++;
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        stats->failed_other++;
        break;
    case ZMQ_EVENT_DISCONNECTED:
        stats->closed++;
        break;
    default:
        break;
    }
}

void monitor_read(struct monitor *m)
{
    uint16_t event;
    while (socket_events_next(m->events, &event))
        count(&m->stats, event);
}

struct monitor_stats monitor_stats(const struct monitor *m)
{
    return m->stats;
}
