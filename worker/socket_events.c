#include "worker/socket_events.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

struct socket_events {
    void *watched, *socket;
};

enum err socket_events_open(struct socket_events **out, void *context, void *socket, int events,
                            struct err_note *note)
{
    char endpoint[64];
    const int zero = 0;
    struct socket_events *e = calloc(1, sizeof *e);
    if (!e)
        return ERR_NOMEM;
    snprintf(endpoint, sizeof endpoint, "inproc://events-%p", socket);
    if (zmq_socket_monitor(socket, endpoint, events) == 0) {
        e->watched = socket;
        e->socket = zmq_socket(context, ZMQ_PAIR);
    }
    /* No limit to the queue: a full one would stop libzmq's thread, and with it all connections. */
    if (e->socket && zmq_setsockopt(e->socket, ZMQ_RCVHWM, &zero, sizeof zero) == 0 &&
        zmq_setsockopt(e->socket, ZMQ_LINGER, &zero, sizeof zero) == 0 &&
        zmq_connect(e->socket, endpoint) == 0) {
        *out = e;
        return OK;
    }
    err_set(note, ERR_NET, "cannot watch connections: %s", zmq_strerror(zmq_errno()));
    socket_events_close(&e);
    return ERR_NET;
}

void socket_events_close(struct socket_events **events_p)
{
    struct socket_events *e = *events_p;
    if (!e)
        return;
    if (e->watched)
        zmq_socket_monitor(e->watched, NULL, 0);
    if (e->socket)
        zmq_close(e->socket);
    free(e);
    *events_p = NULL;
}

/* Two parts: u16 event and u32 value, then the endpoint. */
bool socket_events_next(struct socket_events *e, uint16_t *event)
{
    uint8_t part[256];
    int n = zmq_recv(e->socket, part, sizeof part, ZMQ_DONTWAIT);
    if (n < (int)sizeof *event)
        return false;
    memcpy(event, part, sizeof *event);
    zmq_recv(e->socket, part, sizeof part, ZMQ_DONTWAIT);
    return true;
}
