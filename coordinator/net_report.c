#include "coordinator/net_report.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A handshake that fails is told by libzmq in several ways or not at all, always with the end of
 * the connection; one still under way is open. */
uint64_t net_unfinished(const struct monitor_stats *c)
{
    uint64_t never = c->accepted - c->admitted, judged = c->failed_auth;
    uint64_t ended = c->closed + c->failed_other;
    uint64_t n = never > judged ? never - judged : 0;
    return n < ended ? n : ended;
}

static void tell_refused(struct events *events, const struct zap_stats *then,
                         const struct zap_stats *now)
{
    uint64_t n = 0;
    for (unsigned v = ZAP_ADMITTED + 1; v < N_ZAP_VERDICTS; v++)
        n += now->verdicts[v] - then->verdicts[v];
    if (n == 0)
        return;
    struct event *event = events_add(events, EVENT_CONNECTION_REFUSED, now->last_peer.name);
    snprintf(event->text, sizeof event->text, "%" PRIu64 " refused, the last from %s: %s", n,
             now->last_peer.address, zap_verdict_text(now->last));
}

static void tell_keys(struct events *events, const struct zap_stats *then,
                      const struct zap_stats *now)
{
    if (now->generation != then->generation) {
        struct event *event = events_add(events, EVENT_KEYS_READ, NULL);
        snprintf(event->text, sizeof event->text, "%u keys are allowed", now->n_allowed);
    }
    if (now->trouble.text[0] && strcmp(now->trouble.text, then->trouble.text) != 0) {
        struct event *event = events_add(events, EVENT_KEYS_FAILED, NULL);
        snprintf(event->text, sizeof event->text, "%.*s", EVENT_TEXT_MAX, now->trouble.text);
    }
}

void net_report(struct events *events, const struct net_stats *then, const struct net_stats *now)
{
    uint64_t before = net_unfinished(&then->connections), n = net_unfinished(&now->connections);
    if (n > before) {
        struct event *event = events_add(events, EVENT_HANDSHAKE_FAILED, NULL);
        snprintf(event->text, sizeof event->text,
                 "%" PRIu64 " connections ended without a handshake: no worker, no key, or the "
                 "wrong key of the coordinator",
                 n - before);
    }
    tell_refused(events, &then->keys, &now->keys);
    tell_keys(events, &then->keys, &now->keys);
}
