/* socket_events - what libzmq tells of a socket's connections, one event at a time. */
#ifndef WORKER_SOCKET_EVENTS_H
#define WORKER_SOCKET_EVENTS_H
#include "proto/err.h"
#include <stdbool.h>
#include <stdint.h>

struct socket_events;
/* Before the socket is bound or connected; events: ZMQ_EVENT_*. What nobody reads waits in memory.
 * The caller owns *out. ERR_NET. */
enum err socket_events_open(struct socket_events **out, void *context, void *socket, int events,
                            struct err_note *note);
void socket_events_close(struct socket_events **events_p); /* before its socket is closed */
bool socket_events_next(struct socket_events *events, uint16_t *event);
#endif
