/* monitor - what happens to connections before a frame of them is seen, counted from libzmq's
 * socket monitor. Who sends no CURVE greeting, the wrong server key or nothing at all is closed by
 * libzmq and shows here only: connections accepted less handshakes done. */
#ifndef COORDINATOR_MONITOR_H
#define COORDINATOR_MONITOR_H
#include "proto/err.h"
#include <stdint.h>

struct monitor_stats {
    uint64_t accepted, admitted, closed; /* connections, in their whole life */
    uint64_t failed_auth;                /* the allow-list's refusals */
    uint64_t failed_other;               /* a wrong server key, or a handshake that took too long */
};
struct monitor;
/* Before the socket is bound. The caller owns *out. ERR_NET. */
enum err monitor_start(struct monitor **out, void *context, void *socket, struct err_note *note);
void monitor_end(struct monitor **monitor_p); /* before its socket is closed */
/* Takes in what happened since the last call: often, as a flood of connections waits in memory. */
void monitor_read(struct monitor *monitor);
struct monitor_stats monitor_stats(const struct monitor *monitor);
#endif
