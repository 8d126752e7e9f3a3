#include "coordinator/monitor.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

/* Not ACCEPT_FAILED: with no file descriptor left libzmq tells it in a loop. */
#define EVENTS                                                                                     \
    (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |                 \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                  \
     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

struct monitor {
    void *watched, *socket;
    struct monitor_stats stats;
};

enum err monitor_start(struct monitor **out, void *context, void *socket, struct err_note *note)
{
    char endpoint[64];
    const int zero = 0;
    struct monitor *m = calloc(1, sizeof *m);
    if (!m)
        return ERR_NOMEM;
    snprintf(endpoint, sizeof endpoint, "inproc://monitor-%p", socket);
    if (zmq_socket_monitor(socket, endpoint, EVENTS) == 0) {
        m->watched = socket;
        m->socket = zmq_socket(context, ZMQ_PAIR);
    }
    /* No limit to the queue: a full one would stop libzmq's thread, and with it the run. */
    if (m->socket && zmq_setsockopt(m->socket, ZMQ_RCVHWM, &zero, sizeof zero) == 0 &&
        zmq_setsockopt(m->socket, ZMQ_LINGER, &zero, sizeof zero) == 0 &&
        zmq_connect(m->socket, endpoint) == 0) {
        *out = m;
        return OK;
    }
    err_set(note, ERR_NET, "cannot watch connections: %s", zmq_strerror(zmq_errno()));
    monitor_end(&m);
    return ERR_NET;
}

void monitor_end(struct monitor **monitor_p)
{
    struct monitor *m = *monitor_p;
    if (!m)
        return;
    if (m->watched)
        zmq_socket_monitor(m->watched, NULL, 0);
    if (m->socket)
        zmq_close(m->socket);
    free(m);
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

/* An event is two parts: u16 event and u32 value, then the local endpoint. */
void monitor_read(struct monitor *m)
{
    uint8_t part[256];
    uint16_t event;
    for (;;) {
        int n = zmq_recv(m->socket, part, sizeof part, ZMQ_DONTWAIT);
        if (n < 0)
            return;
        memcpy(&event, part, sizeof event);
        if (n >= (int)sizeof event)
            count(&m->stats, event);
        zmq_recv(m->socket, part, sizeof part, ZMQ_DONTWAIT);
    }
}

struct monitor_stats monitor_stats(const struct monitor *m)
{
    return m->stats;
}
