#include "coordinator/dispatch_inside.h"
#include "proto/result.h"
#include <stdio.h>
#include <stdlib.h>

static void cell_given_up(void *ctx, const struct lease *cell, enum lease_outcome outcome)
{
    struct dispatch *d = ctx;
    struct codec_writer w = {0};
    char reason[RESULT_REASON_MAX];
    if (d->overran)
        snprintf(reason, sizeof reason, "it took longer than %g s, or its worker died, %d times",
                 (double)d->options.limit_ms / 1000, LEASE_DEATHS_MAX);
    else
        snprintf(reason, sizeof reason, "its worker died %d times: %s", LEASE_DEATHS_MAX, d->how);
    result_put_status(&w, d->overran ? STATUS_TIMEOUT : STATUS_CRASHED, reason);
    struct event *event =
        dispatch_tell(d, d->overran ? EVENT_CELL_TIMEOUT : EVENT_CELL_CRASHED, NULL, reason);
    event->tile = cell->tile;
    event->first_cell = cell->first_cell;
    event->n_cells = cell->n_cells;
    struct journal_row row = {.tile = cell->tile,
                              .epoch = cell->epoch,
                              .n_failed = 1,
                              .worker = PARTS_JOINED,
                              .bytes = w.bytes,
                              .length = w.length};
    d->nomem |= w.failed || parts_add(&d->parts, &row, cell->first_cell, outcome != LEASE_PIECE);
    free(w.bytes);
}

/* Of spans that were split by one death, the last is told. */
static void tell_splits(struct dispatch *d, const char *worker, const char *how)
{
    struct lease last;
    uint64_t n = lease_n_splits(d->leases, &last);
    if (n > d->splits_told) {
        struct event *event = dispatch_tell(d, EVENT_TILE_SPLIT, worker, how);
        event->tile = last.tile;
        event->first_cell = last.first_cell;
        event->n_cells = last.n_cells;
    }
    d->splits_told = n;
}

/* The worker computes its leases in order of grant, so that the first ones, one per slot, are to
 * blame. */
void dispatch_peer_died(struct dispatch *d, int64_t now_ms, struct peer *peer, uint32_t suspects,
                        const char *how)
{
    d->stats.deaths += suspects > 0;
    if (suspects > 0)
        dispatch_tell(d, EVENT_WORKER_DIED, peer->name, how);
    d->how = how;
    d->overran = false;
    d->nomem |= lease_holder_died(d->leases, peer->key, suspects, cell_given_up, d) != OK;
    tell_splits(d, peer->name, how);
    dispatch_forget_peer(d, peer);
    dispatch_grant_to_all(d, now_ms);
}

void dispatch_take_back(struct dispatch *d, struct peer *peer)
{
    d->nomem |= lease_holder_died(d->leases, peer->key, 0, cell_given_up, d) != OK;
}

void dispatch_overran(struct dispatch *d, int64_t now_ms, struct peer *peer,
                      const struct lease *lease)
{
    d->stats.overruns++;
    d->overran = true;
    d->nomem |= lease_holder_overran(d->leases, peer->key, lease, cell_given_up, d) != OK;
    tell_splits(d, peer->name, "a cell in it takes too long");
    dispatch_forget_peer(d, peer);
    dispatch_grant_to_all(d, now_ms);
}

enum err dispatch_worker_died(struct dispatch *d, int64_t now_ms, uint64_t pid, const char *how)
{
    for (uint32_t i = 0; i < d->n_peers; i++) {
        struct peer *peer = &d->peers[i];
        if (peer->state != PEER_FREE && peer->pid == pid)
            dispatch_peer_died(d, now_ms, peer, peer->slots, how);
    }
    return d->nomem ? ERR_NOMEM : OK;
}

/* One lost connection is not a death: the worker may be back in a moment, and its leases wait for
 * its silence. */
enum err dispatch_unreachable(struct dispatch *d, int64_t now_ms, uint64_t key)
{
    struct peer *peer = dispatch_find_peer(d, key);
    if (peer && now_ms - peer->heard_ms > d->options.dead_ms)
        dispatch_peer_died(d, now_ms, peer, peer->slots, "unreachable");
    return d->nomem ? ERR_NOMEM : OK;
}
