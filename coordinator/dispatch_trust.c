#include "coordinator/dispatch_inside.h"
#include "coordinator/status_count.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    FAILURES_IN_A_ROW = 8
}; /* results with a failed cell, after which a worker is asked again */

/* ---- quarantine ---- */

void dispatch_isolate(struct dispatch *d, int64_t now_ms, const char *worker, enum refusal kind,
                      const char *reason)
{
    char why[QUARANTINE_REASON_MAX + sizeof "quarantined: "];
    char name[MSG_NAME_MAX + 1];
    snprintf(name, sizeof name, "%s", worker); /* may be a peer's own, which ends here */
    if (quarantine_reason(&d->quarantine, name))
        return;
    dispatch_tell(d, EVENT_WORKER_QUARANTINED, name, reason);
    d->nomem |= quarantine_add(&d->quarantine, name, reason) != OK;
    snprintf(why, sizeof why, "quarantined: %s", reason);
    for (uint32_t i = 0; i < d->n_peers; i++) {
        struct peer *peer = &d->peers[i];
        if (peer->state == PEER_FREE || strcmp(peer->name, name) != 0)
            continue;
        dispatch_refuse(d, peer->key, kind, why);
        dispatch_peer_died(d, now_ms, peer, 0, why);
    }
}

enum err dispatch_hello_quarantined(const struct dispatch *d, const struct msg_hello *hello,
                                    struct err_note *reason)
{
    char name[MSG_NAME_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)hello->name.length, hello->name.bytes);
    const char *why = quarantine_reason(&d->quarantine, name);
    return why ? err_set(reason, ERR_STALE, "quarantined: %s", why) : OK;
}

const struct quarantined *dispatch_quarantined(const struct dispatch *d, uint32_t i)
{
    return i < d->quarantine.n ? &d->quarantine.at[i] : NULL;
}

/* ---- known cells ---- */

bool dispatch_trusts(struct dispatch *d, int64_t now_ms, struct peer *peer)
{
    const struct dispatch_canary *canary = d->options.canary;
    if (!canary || peer->trust == TRUST_PROVEN)
        return true;
    if (peer->trust == TRUST_ASKED || peer->state != PEER_READY || d->draining || peer->withheld)
        return false;
    peer->trust = TRUST_ASKED;
    peer->asked_ms = now_ms;
    SEND(d, peer->key, lease,
         {.run = d->options.run,
          .tile = canary->tile,
          .first_cell = canary->first_cell,
          .n_cells = canary->n_cells,
          .epoch = DISPATCH_CANARY_EPOCH,
          .ttl_ms = (uint32_t)d->options.ttl_ms});
    return false;
}

void dispatch_canary_came(struct dispatch *d, int64_t now_ms, struct peer *peer,
                          const struct msg_result *m)
{
    const struct dispatch_canary *canary = d->options.canary;
    char reason[QUARANTINE_REASON_MAX];
    bool asked = canary && m->tile == canary->tile && m->first_cell == canary->first_cell &&
                 m->n_cells == canary->n_cells;
    if (asked && (m->cells.length != canary->length ||
                  memcmp(m->cells.bytes, canary->bytes, canary->length) != 0)) {
        snprintf(reason, sizeof reason,
                 "other bits than known for tile %" PRIu64 ", cells %u to %u", m->tile,
                 m->first_cell, m->first_cell + m->n_cells - 1);
        dispatch_isolate(d, now_ms, peer->name, REFUSAL_CANARY, reason);
        return;
    }
    dispatch_ack(d, peer->key, m->run, m->tile, m->first_cell, m->epoch);
    peer->renewed_ms = now_ms;
    if (asked)
        peer->trust = TRUST_PROVEN;
    dispatch_grant_to(d, now_ms, peer);
}

/* Cells fail by their parameters, on every worker alike, and in stretches: a streak alone proves
 * nothing, the known cells do. */
void dispatch_watch_failures(struct dispatch *d, struct peer *peer, bool failed)
{
    peer->failed_in_a_row = failed ? peer->failed_in_a_row + 1 : 0;
    uint32_t n = peer->failed_in_a_row;
    if (d->options.canary && n >= FAILURES_IN_A_ROW && (n & (n - 1)) == 0)
        peer->trust = TRUST_NONE;
}

/* ---- contests ---- */

static const struct contest *contest_of(const struct dispatch *d, uint64_t tile)
{
    for (size_t i = 0; i < d->n_contests; i++)
        if (d->contests[i].tile == tile)
            return &d->contests[i];
    return NULL;
}

bool dispatch_is_contested(const struct dispatch *d, uint64_t tile)
{
    return contest_of(d, tile) != NULL;
}

bool dispatch_had_its_say(const struct dispatch *d, const struct peer *peer, uint64_t tile)
{
    const struct contest *contest = contest_of(d, tile);
    return contest && (strcmp(contest->worker[0], peer->name) == 0 ||
                       strcmp(contest->worker[1], peer->name) == 0);
}

/* A row's cells into the figures, or out of them again. */
static void count(struct dispatch *d, const struct journal_row *row, bool in)
{
    uint64_t as[N_STATUSES] = {0};
    (void)status_count_row(d->options.job, row, as); /* it was checked when it came */
    for (unsigned s = 0; s < N_STATUSES; s++)
        d->stats.failed_as[s] += in ? as[s] : 0 - as[s];
    d->stats.cells_failed += in ? row->n_failed : 0 - (uint64_t)row->n_failed;
    d->stats.cells_excluded += in ? row->n_excluded : 0 - (uint64_t)row->n_excluded;
}

enum err dispatch_contest(struct dispatch *d, const struct journal_row *first,
                          const char *second_worker)
{
    char reason[QUARANTINE_REASON_MAX], second[MSG_NAME_MAX + 1];
    assert(!contest_of(d, first->tile));
    if (!dispatch_room(d, (void **)&d->contests, &d->contests_capacity, d->n_contests,
                       sizeof *d->contests))
        return ERR_NOMEM;
    struct contest *contest = &d->contests[d->n_contests];
    *contest = (struct contest){.tile = first->tile};
    snprintf(contest->worker[0], sizeof contest->worker[0], "%s", first->worker);
    snprintf(contest->worker[1], sizeof contest->worker[1], "%s", second_worker);
    snprintf(second, sizeof second, "%s", second_worker);
    /* Out with the two before the tile can be granted again. */
    snprintf(reason, sizeof reason, "tile %" PRIu64 ": other bits than worker %s", first->tile,
             first->worker);
    dispatch_isolate(d, d->now_ms, second, REFUSAL_DISPUTED, reason);
    if (strcmp(first->worker, PARTS_JOINED) != 0) {
        snprintf(reason, sizeof reason, "tile %" PRIu64 ": other bits than worker %s", first->tile,
                 second);
        dispatch_isolate(d, d->now_ms, first->worker, REFUSAL_DISPUTED, reason);
    }
    d->n_contests++;
    count(d, first, false);
    if (lease_reopen(d->leases, first->tile))
        d->nomem = true;
    dispatch_grant_to_all(d, d->now_ms);
    return d->nomem ? ERR_NOMEM : OK;
}

void dispatch_compared(struct dispatch *d, uint64_t key, const struct journal_row *first,
                       const struct journal_row *second, bool equal)
{
    struct peer *peer = dispatch_find_peer(d, key);
    if (equal) {
        if (peer)
            dispatch_ack(d, key, d->options.run, second->tile, 0, second->epoch);
        return;
    }
    d->stats.disputes++;
    dispatch_tell(d, EVENT_TILE_DISPUTED, second->worker, "other bits than the first result")
        ->tile = second->tile;
    dispatch_contest(d, first, second->worker); /* out of memory: the next call says so */
}

bool dispatch_next_undecided(const struct dispatch *d, uint64_t *tile)
{
    if (d->n_contests == 0 || d->alone_ms == 0 || d->now_ms - d->alone_ms < d->options.third_ms)
        return false;
    *tile = d->contests[0].tile;
    return true;
}

void dispatch_judged(struct dispatch *d, const struct journal_row *third,
                     const struct journal_row *final, uint32_t n_disputed, bool third_differs)
{
    char reason[QUARANTINE_REASON_MAX];
    for (size_t i = 0; i < d->n_contests; i++)
        if (d->contests[i].tile == final->tile)
            d->contests[i--] = d->contests[--d->n_contests];
    if (!third) {
        const struct lease whole = {final->tile, 0, lease_tile_cells(d->leases, final->tile), 0};
        enum lease_outcome outcome = lease_settle(d->leases, &whole);
        assert(outcome == LEASE_TILE);
        parts_drop(&d->parts, final->tile);
    }
    if (third)
        count(d, third, false);
    count(d, final, true);
    d->stats.cells_disputed += n_disputed;
    snprintf(reason, sizeof reason, "decided: %s counts, %u cells are disputed", final->worker,
             n_disputed);
    dispatch_tell(d, EVENT_TILE_DISPUTED, third ? third->worker : NULL, reason)->tile = final->tile;
    if (third && third_differs && strcmp(third->worker, PARTS_JOINED) != 0) {
        snprintf(reason, sizeof reason, "tile %" PRIu64 ": other bits than both workers before",
                 final->tile);
        dispatch_isolate(d, d->now_ms, third->worker, REFUSAL_DISPUTED, reason);
    }
}

/* ---- time ---- */

void dispatch_trust_tick(struct dispatch *d, int64_t now_ms)
{
    bool somebody = lease_n_open(d->leases) > d->n_contests;
    for (uint32_t i = 0; i < d->n_peers; i++) {
        struct peer *peer = &d->peers[i];
        if (peer->state == PEER_FREE)
            continue;
        somebody |= peer->state == PEER_READY;
        int64_t since_ms = peer->renewed_ms > peer->asked_ms ? peer->renewed_ms : peer->asked_ms;
        if (peer->trust == TRUST_ASKED && now_ms - since_ms > d->options.ttl_ms)
            peer->trust = TRUST_NONE; /* the lease was lost on its way */
    }
    if (somebody || d->n_contests == 0 || d->draining || d->held)
        d->alone_ms = 0;
    else if (d->alone_ms == 0)
        d->alone_ms = now_ms;
}
