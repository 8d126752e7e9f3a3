#include "coordinator/dispatch_inside.h"
#include <stdio.h>

bool dispatch_knows(const struct dispatch *d, uint64_t key)
{
    return dispatch_find_peer(d, key) != NULL;
}

uint32_t dispatch_n_held(const struct dispatch *d, uint64_t key)
{
    const struct peer *peer = dispatch_find_peer(d, key);
    return peer ? peer->n_out : 0;
}

void dispatch_hold(struct dispatch *d, bool held)
{
    d->held = held;
}

void dispatch_withhold(struct dispatch *d, uint64_t key)
{
    struct peer *peer = dispatch_find_peer(d, key);
    if (peer)
        peer->withheld = true;
}

enum err dispatch_release(struct dispatch *d, int64_t now_ms, uint64_t key)
{
    struct peer *peer = dispatch_find_peer(d, key);
    if (!peer || peer->state == PEER_AWAY)
        return OK;
    dispatch_take_back(d, peer);
    peer->state = PEER_AWAY;
    peer->n_out = peer->in_flight = 0;
    peer->alone = false;
    if (peer->trust == TRUST_ASKED) /* it forgets what it has not begun */
        peer->trust = TRUST_NONE;
    d->stats.n_peers--;
    dispatch_grant_to_all(d, now_ms);
    return d->nomem ? ERR_NOMEM : OK;
}

enum err dispatch_guest(struct dispatch *d, int64_t now_ms, uint64_t key, uint64_t pid,
                        const char *name)
{
    struct peer *peer = dispatch_find_peer(d, key);
    const char *quarantined = quarantine_reason(&d->quarantine, name);
    if (quarantined)
        dispatch_refuse(d, key, REFUSAL_QUARANTINED, quarantined);
    if (peer || quarantined)
        return quarantined ? ERR_STALE : OK;
    peer = dispatch_new_peer(d, key);
    if (!peer)
        return ERR_NOMEM;
    peer->pid = pid;
    peer->heard_ms = now_ms;
    snprintf(peer->name, sizeof peer->name, "%s", name);
    return OK;
}

void dispatch_forget(struct dispatch *d, uint64_t key)
{
    struct peer *peer = dispatch_find_peer(d, key);
    if (peer && peer->state == PEER_AWAY)
        dispatch_forget_peer(d, peer);
}

void dispatch_drain_peer(struct dispatch *d, uint64_t key)
{
    struct peer *peer = dispatch_find_peer(d, key);
    if (peer)
        dispatch_drain_one(d, peer);
}
