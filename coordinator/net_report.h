/* net_report - what happened at the socket, as numbers and as events: a flood of refusals is one
 * event a second. */
#ifndef COORDINATOR_NET_REPORT_H
#define COORDINATOR_NET_REPORT_H
#include "coordinator/door.h"
#include "coordinator/event.h"
#include "coordinator/monitor.h"
#include "coordinator/zap.h"
#include <stdint.h>

struct net_stats { /* since the socket was opened */
    uint64_t frames_in, bytes_in, frames_out, bytes_out;
    uint64_t dropped_out; /* frames to a peer whose queue was full, or who was gone */
    uint64_t strange;     /* frames dropped for their form */
    struct monitor_stats connections;
    struct zap_stats keys; /* zero without keys */
    struct door_stats door;
};
/* Connections that ended without a handshake and were not refused for their key. */
uint64_t net_unfinished(const struct monitor_stats *connections);
/* What is new between two looks. */
void net_report(struct events *events, const struct net_stats *then, const struct net_stats *now);
#endif
