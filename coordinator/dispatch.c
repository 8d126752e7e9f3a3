#include "coordinator/dispatch_inside.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* DUPLICATE_MIN_MS: a lease younger than this is never worth a second worker. JOB_AGAIN_MS: a peer
 * that beats and is not ready that long after its JOB, or says that it works for another run, may
 * have lost it, or we its READY; a job can take 3 MiB. HELLO_AGAIN_MS: a greeting sooner after the
 * one before is that one again, or somebody who wants our memory for jobs. */
enum { DUPLICATE_MIN_MS = 200, JOB_AGAIN_MS = 10000, HELLO_AGAIN_MS = 1000 };

enum err dispatch_new(struct dispatch **out, const struct dispatch_options *options)
{
    const struct job *job = options->job;
    struct dispatch *d = calloc(1, sizeof *d);
    if (!d)
        return ERR_NOMEM;
    d->options = *options;
    struct lease_shape shape = {.n_points = sweep_n_points(job->sweep),
                                .tile_points = job->tile_points,
                                .n_scenarios = job->n_scenarios,
                                .order_seed = options->order_seed,
                                .n_visited = options->n_visited};
    enum err err = lease_table_new(&d->leases, &shape);
    if (!err)
        err = job_encode(job, &d->job_bytes, &d->job_length);
    if (!err && d->job_length > MSG_PAYLOAD_MAX)
        err = ERR_OVERFLOW;
    if (err) {
        dispatch_free(&d);
        return err;
    }
    *out = d;
    return OK;
}

void dispatch_free(struct dispatch **dispatch_p)
{
    struct dispatch *d = *dispatch_p;
    if (!d)
        return;
    lease_table_free(&d->leases);
    keymap_free(&d->by_key);
    parts_free(&d->parts);
    quarantine_free(&d->quarantine);
    free(d->contests);
    free(d->job_bytes);
    free(d->peers);
    free(d->frames.bytes);
    free(d->outbox);
    free(d->acks);
    free(d);
    *dispatch_p = NULL;
}

const struct job *dispatch_job(const struct dispatch *d)
{
    return d->options.job;
}

struct lease_table *dispatch_leases(struct dispatch *d)
{
    return d->leases;
}

void dispatch_resumed(struct dispatch *d, uint64_t n_failed, uint64_t n_excluded,
                      const uint64_t failed_as[N_STATUSES])
{
    memcpy(d->stats.failed_as, failed_as, sizeof d->stats.failed_as);
    d->stats.cells_failed = n_failed;
    d->stats.cells_excluded = n_excluded;
}

/* ---- sending ---- */

/* Doubling growth of a plain array: room for one more, or nomem set. */
bool dispatch_room(struct dispatch *d, void **array, size_t *capacity, size_t n, size_t size)
{
    if (n < *capacity)
        return true;
    size_t more = *capacity ? 2 * *capacity : 16;
    void *grown = realloc(*array, more * size);
    if (!grown) {
        d->nomem = true;
        return false;
    }
    *array = grown;
    *capacity = more;
    return true;
}

void dispatch_post(struct dispatch *d, uint64_t key, size_t start)
{
    d->nomem |= d->frames.failed;
    if (d->nomem ||
        !dispatch_room(d, (void **)&d->outbox, &d->outbox_capacity, d->n_outbox, sizeof *d->outbox))
        return;
    d->outbox[d->n_outbox++] = (struct posted){key, start, d->frames.length - start};
}

void dispatch_image(struct dispatch *d, uint16_t port,
                    const uint8_t list_hash[IMAGE_TALK_HASH_BYTES])
{
    d->image_port = port;
    memcpy(d->image_list, list_hash, sizeof d->image_list);
}

size_t dispatch_outbox(const struct dispatch *d, size_t i, struct dispatch_frame *out)
{
    if (i < d->n_outbox)
        *out = (struct dispatch_frame){d->outbox[i].peer, d->frames.bytes + d->outbox[i].offset,
                                       d->outbox[i].length};
    return d->n_outbox;
}

void dispatch_clear_outbox(struct dispatch *d)
{
    d->n_outbox = 0;
    d->frames.length = 0;
}

struct events *dispatch_events(struct dispatch *d)
{
    return &d->events;
}

struct event *dispatch_tell(struct dispatch *d, enum event_kind kind, const char *worker,
                            const char *text)
{
    struct event *event = events_add(&d->events, kind, worker);
    snprintf(event->text, sizeof event->text, "%s", text);
    return event;
}

void dispatch_refuse(struct dispatch *d, uint64_t key, enum refusal why, const char *reason)
{
    d->stats.refused++;
    d->stats.refusals[why]++;
    snprintf(d->stats.last_refusal, sizeof d->stats.last_refusal, "%s", reason);
    SEND(d, key, refuse,
         {.magic = MSG_MAGIC,
          .version = MSG_VERSION,
          .engine_id = msg_text(d->options.job->engine_id),
          .reason = msg_text(reason)});
}

/* ---- peers ---- */

struct peer *dispatch_find_peer(const struct dispatch *d, uint64_t key)
{
    uint32_t i = keymap_get(&d->by_key, key);
    return i == KEYMAP_NONE ? NULL : &d->peers[i];
}

struct peer *dispatch_new_peer(struct dispatch *d, uint64_t key)
{
    uint32_t i = 0;
    while (d->peers && i < d->n_peers && d->peers[i].state != PEER_FREE)
        i++;
    size_t capacity = d->peers_capacity;
    if (i == d->n_peers && !dispatch_room(d, (void **)&d->peers, &capacity, i, sizeof *d->peers))
        return NULL;
    d->peers_capacity = (uint32_t)capacity;
    if (keymap_put(&d->by_key, key, i)) {
        d->nomem = true;
        return NULL;
    }
    d->n_peers += i == d->n_peers;
    d->peers[i] = (struct peer){.state = PEER_AWAY, .key = key};
    return &d->peers[i];
}

void dispatch_forget_peer(struct dispatch *d, struct peer *peer)
{
    keymap_remove(&d->by_key, peer->key);
    d->stats.n_peers -= peer->state != PEER_AWAY;
    peer->state = PEER_FREE;
}

void dispatch_grant_to(struct dispatch *d, int64_t now_ms, struct peer *peer)
{
    struct lease lease;
    if (!dispatch_trusts(d, now_ms, peer))
        return;
    int64_t mean_ms =
        d->stats.results ? (int64_t)(d->stats.compute_us / d->stats.results / 1000) : 0;
    int64_t min_age_ms = 2 * mean_ms > DUPLICATE_MIN_MS ? 2 * mean_ms : DUPLICATE_MIN_MS;
    while (!d->draining && peer->state == PEER_READY && !peer->alone && !peer->withheld &&
           peer->n_out < peer->credit) {
        bool alone = false;
        enum err err = lease_grant(d->leases, now_ms, peer->key, peer->n_out, &lease, &alone);
        if (err == ERR_EMPTY && peer->n_out == 0) {
            err = lease_duplicate(d->leases, now_ms, peer->key, min_age_ms, &lease);
            d->stats.duplicates += err == OK;
            if (err == OK)
                dispatch_tell(d, EVENT_TILE_DUPLICATED, peer->name, "")->tile = lease.tile;
        }
        d->nomem |= err == ERR_NOMEM;
        if (err)
            return;
        peer->n_out++;
        peer->alone = alone;
        SEND(d, peer->key, lease,
             {.run = d->options.run,
              .tile = lease.tile,
              .first_cell = lease.first_cell,
              .n_cells = lease.n_cells,
              .epoch = lease.epoch,
              .ttl_ms = (uint32_t)d->options.ttl_ms,
              .limit_ms = (uint64_t)d->options.limit_ms});
    }
}

void dispatch_grant_to_all(struct dispatch *d, int64_t now_ms)
{
    for (uint32_t k = 0; k < d->n_peers; k++) {
        struct peer *peer = &d->peers[(d->first_granted + k) % d->n_peers];
        if (peer->state == PEER_READY)
            dispatch_grant_to(d, now_ms, peer);
    }
}

/* ---- messages ---- */

struct incoming { /* one frame on its way through a handler */
    struct dispatch *d;
    uint64_t key;
    int64_t now_ms;
    struct journal_row *row;
    enum dispatch_verdict verdict;
};
#define MSG_CONTEXT struct incoming
MSG_DISPATCHER(W2C, handle)

/* A peer that breaks the rules is told why and heard no more; what it held goes to others, at
 * nobody's blame. */
static enum err cut(struct incoming *in, enum refusal why, const char *reason)
{
    struct peer *peer = dispatch_find_peer(in->d, in->key);
    dispatch_refuse(in->d, in->key, why, reason);
    dispatch_tell(in->d, peer ? EVENT_PEER_CUT : EVENT_WORKER_REFUSED, peer ? peer->name : NULL,
                  reason);
    if (peer)
        dispatch_peer_died(in->d, in->now_ms, peer, 0, reason);
    return OK;
}

static bool same_text(struct msg_text a, const char *b)
{
    return a.length == strlen(b) && memcmp(a.bytes, b, a.length) == 0;
}

/* The same process under a new routing id: it was cut off and is back with all it holds. */
static void take_over(struct dispatch *d, struct peer *peer)
{
    for (uint32_t i = 0; i < d->n_peers; i++) {
        struct peer *old = &d->peers[i];
        if (old == peer || old->state == PEER_FREE || old->pid != peer->pid ||
            strcmp(old->name, peer->name) != 0)
            continue;
        peer->n_out = old->n_out;
        peer->alone = old->alone;
        peer->trust = old->trust == TRUST_PROVEN ? TRUST_PROVEN : TRUST_NONE;
        lease_rename_holder(d->leases, old->key, peer->key);
        for (size_t a = 0; a < d->n_acks; a++)
            if (d->acks[a].peer == old->key)
                d->acks[a].peer = peer->key;
        dispatch_forget_peer(d, old);
    }
}

enum err dispatch_hello_fits(const struct msg_hello *hello, const char *engine_id,
                             struct err_note *note)
{
    if (hello->version != MSG_VERSION)
        return err_set(note, ERR_VERSION,
                       "protocol version %u here, %u there: use the same plateau on both sides",
                       MSG_VERSION, hello->version);
    if (!same_text(hello->engine_id, engine_id))
        return err_set(note, ERR_VERSION,
                       "engine %.16s here, %.*s there: use the same plateau on both sides",
                       engine_id, hello->engine_id.length < 16 ? (int)hello->engine_id.length : 16,
                       hello->engine_id.bytes);
    return OK;
}

static void send_job(struct dispatch *d, struct peer *peer, int64_t now_ms)
{
    peer->job_ms = now_ms;
    SEND(d, peer->key, job,
         {.run = d->options.run,
          .job = {d->job_bytes, (uint32_t)d->job_length},
          .image_port = d->image_port,
          .image_list = {d->image_list, d->image_port ? sizeof d->image_list : 0}});
}

static void tell_joined(struct dispatch *d, const struct peer *peer, const struct msg_text *facts)
{
    struct event *joined = dispatch_tell(d, EVENT_WORKER_JOINED, peer->name, "");
    snprintf(joined->text, sizeof joined->text, "%.*s", (int)facts->length, facts->bytes);
}

static bool is_same_greeting(const struct peer *peer, const struct msg_hello *m, int64_t now_ms)
{
    return peer->state != PEER_AWAY && peer->pid == m->pid &&
           now_ms - peer->job_ms < HELLO_AGAIN_MS;
}

enum err on_hello(struct incoming *in, const struct msg_hello *m)
{
    struct dispatch *d = in->d;
    struct err_note reason = {""};
    if (dispatch_hello_fits(m, d->options.job->engine_id, &reason))
        return cut(in, m->version == MSG_VERSION ? REFUSAL_ENGINE : REFUSAL_VERSION, reason.text);
    if (dispatch_hello_quarantined(d, m, &reason))
        return cut(in, REFUSAL_QUARANTINED, reason.text);
    struct peer *peer = dispatch_find_peer(d, in->key);
    if (peer && is_same_greeting(peer, m, in->now_ms))
        return OK;
    if (!peer && d->stats.n_peers >= DISPATCH_PEERS_MAX)
        return cut(in, REFUSAL_CROWDED, "too many workers");
    if (!peer && !(peer = dispatch_new_peer(d, in->key)))
        return ERR_NOMEM;
    d->stats.n_peers += peer->state == PEER_AWAY;
    peer->state = PEER_GREETED;
    peer->withheld = false;
    bool met = peer->met && peer->pid == m->pid; /* it was at another run: no news */
    peer->met = true;
    peer->pid = m->pid;
    peer->slots = m->slots > 0 && m->slots < DISPATCH_CREDIT_MAX ? m->slots : 1;
    snprintf(peer->name, sizeof peer->name, "%.*s", (int)m->name.length, m->name.bytes);
    peer->heard_ms = peer->renewed_ms = in->now_ms;
    take_over(d, peer);
    if (!met)
        tell_joined(d, peer, &m->facts);
    send_job(d, peer, in->now_ms);
    return OK;
}

enum err on_ready(struct incoming *in, const struct msg_ready *m)
{
    struct peer *peer = dispatch_find_peer(in->d, in->key);
    if (m->run != in->d->options.run || peer->state == PEER_AWAY)
        return OK; /* of a run before: its HELLO is on the way */
    if (peer->state != PEER_DRAINING)
        peer->state = in->d->draining ? PEER_DRAINING : PEER_READY;
    peer->credit = m->credit == 0                    ? 1
                   : m->credit < DISPATCH_CREDIT_MAX ? m->credit
                                                     : DISPATCH_CREDIT_MAX;
    dispatch_grant_to(in->d, in->now_ms, peer);
    return OK;
}

enum err on_result(struct incoming *in, const struct msg_result *m)
{
    struct peer *peer = dispatch_find_peer(in->d, in->key);
    assert(peer); /* dispatch_frame_in() saw to it */
    in->verdict = dispatch_result(in->d, in->now_ms, peer, m, in->row);
    return in->verdict == DISPATCH_NOMEM ? ERR_NOMEM : OK;
}

enum err on_beat(struct incoming *in, const struct msg_beat *m)
{
    struct peer *peer = dispatch_find_peer(in->d, in->key);
    peer->in_flight = m->in_flight;
    bool astray = peer->state == PEER_READY && m->run != in->d->options.run;
    if ((peer->state == PEER_GREETED || astray) && in->now_ms - peer->job_ms >= JOB_AGAIN_MS) {
        peer->state = PEER_GREETED;
        send_job(in->d, peer, in->now_ms);
    }
    if (m->in_flight > 0)
        peer->renewed_ms = in->now_ms;
    return OK;
}

enum err on_bye(struct incoming *in, const struct msg_bye *m)
{
    struct dispatch *d = in->d;
    struct peer *peer = dispatch_find_peer(d, in->key);
    char reason[sizeof d->stats.last_refusal];
    snprintf(reason, sizeof reason, "%.*s", (int)m->reason.length, m->reason.bytes);
    if (m->reason.length > 0)
        snprintf(d->stats.last_refusal, sizeof d->stats.last_refusal, "%s", reason);
    dispatch_tell(d, EVENT_WORKER_LEFT, peer->name, reason);
    dispatch_peer_died(d, in->now_ms, peer, 0, "left");
    return OK;
}

enum err on_overrun(struct incoming *in, const struct msg_overrun *m)
{
    struct dispatch *d = in->d;
    struct peer *peer = dispatch_find_peer(d, in->key);
    const struct lease lease = {m->tile, m->first_cell, m->n_cells, m->epoch};
    if (m->run == d->options.run && d->options.limit_ms > 0)
        dispatch_overran(d, in->now_ms, peer, &lease);
    else
        dispatch_peer_died(d, in->now_ms, peer, 0, "left");
    return OK;
}

enum dispatch_verdict dispatch_frame_in(struct dispatch *d, int64_t now_ms, uint64_t key,
                                        const void *frame, size_t length, struct journal_row *row)
{
    struct incoming in = {d, key, now_ms, row, DISPATCH_NOTHING};
    struct err_note note = {""};
    struct msg m;
    enum err err = msg_unpack(&m, frame, length, &note);
    struct peer *peer = dispatch_find_peer(d, key);
    d->now_ms = now_ms;
    if (peer)
        peer->heard_ms = now_ms;
    if (err)
        cut(&in, REFUSAL_MALFORMED, note.text);
    else if (!peer && m.id != MSG_HELLO)
        SEND(d, key, ping, {.run = 0});
    else if ((err = handle(&in, &m)) == ERR_FORMAT)
        cut(&in, REFUSAL_MALFORMED, "a message only the coordinator may send");
    return d->nomem || err == ERR_NOMEM ? DISPATCH_NOMEM : in.verdict;
}

/* ---- time ---- */

struct moment {
    struct dispatch *d;
    int64_t now_ms;
};

static bool overdue(void *ctx, uint64_t holder, int64_t granted_ms)
{
    const struct moment *moment = ctx;
    struct peer *peer = dispatch_find_peer(moment->d, holder);
    int64_t since_ms = peer && peer->renewed_ms > granted_ms ? peer->renewed_ms : granted_ms;
    if (moment->now_ms - since_ms <= moment->d->options.ttl_ms)
        return false;
    if (peer) { /* it is alive but knows nothing of the lease: trust its own count */
        peer->n_out = peer->in_flight;
        /* And somebody else's turn it is: it may never know anything of any. */
        moment->d->first_granted = (uint32_t)(peer - moment->d->peers) + 1;
        peer->alone &= peer->n_out > 0;
        dispatch_tell(moment->d, EVENT_LEASE_OVERDUE, peer->name, "no sign of progress");
    }
    return true;
}

enum err dispatch_tick(struct dispatch *d, int64_t now_ms)
{
    /* A coordinator that was held up itself (a slow disk, a stopped process) has not listened: that
     * is no silence of theirs. */
    int64_t deaf_ms = d->ticked_ms ? now_ms - d->ticked_ms - d->options.beat_ms : 0;
    for (uint32_t i = 0; i < d->n_peers && deaf_ms > 0; i++)
        d->peers[i].heard_ms += deaf_ms;
    d->ticked_ms = d->now_ms = now_ms;
    for (uint32_t i = 0; i < d->n_peers; i++) {
        struct peer *peer = &d->peers[i];
        if (peer->state == PEER_FREE || peer->state == PEER_AWAY)
            continue;
        if (now_ms - peer->heard_ms > d->options.dead_ms) {
            dispatch_peer_died(d, now_ms, peer, peer->slots, "silent for too long");
        } else if (now_ms - peer->pinged_ms >= d->options.beat_ms) {
            peer->pinged_ms = now_ms;
            if (peer->state == PEER_DRAINING)
                SEND(d, peer->key, drain, {.run = d->options.run});
            else
                SEND(d, peer->key, ping, {.run = d->options.run});
        }
    }
    lease_take_back(d->leases, overdue, &(struct moment){d, now_ms});
    dispatch_trust_tick(d, now_ms);
    dispatch_grant_to_all(d, now_ms);
    return d->nomem ? ERR_NOMEM : OK;
}

void dispatch_drain(struct dispatch *d)
{
    if (!d->draining)
        dispatch_tell(d, EVENT_RUN_DRAINING, NULL, "");
    d->draining = true;
}

void dispatch_drain_one(struct dispatch *d, struct peer *peer)
{
    if (peer->state == PEER_FREE || peer->state == PEER_AWAY)
        return;
    peer->state = PEER_DRAINING;
    SEND(d, peer->key, drain, {.run = d->options.run});
}

void dispatch_dismiss(struct dispatch *d)
{
    d->draining = true;
    for (uint32_t i = 0; i < d->n_peers; i++)
        dispatch_drain_one(d, &d->peers[i]);
}

struct dispatch_stats dispatch_stats(const struct dispatch *d)
{
    struct dispatch_stats stats = d->stats;
    uint64_t n_tiles = lease_n_tiles(d->leases);
    stats.n_tiles = d->options.n_visited < n_tiles ? d->options.n_visited : n_tiles;
    stats.tiles_done = stats.n_tiles - lease_n_open(d->leases);
    lease_cells(d->leases, &stats.n_cells, &stats.cells_done);
    stats.n_out = lease_n_out(d->leases);
    stats.unacked = (uint32_t)d->n_acks;
    stats.n_quarantined = d->quarantine.n;
    stats.n_contests = (uint32_t)d->n_contests;
    return stats;
}

bool dispatch_is_done(const struct dispatch *d)
{
    return lease_n_open(d->leases) == 0 && d->n_contests == 0 && d->n_unsaved == 0 &&
           !parts_any_waiting(&d->parts);
}

bool dispatch_is_idle(const struct dispatch *d)
{
    return lease_n_out(d->leases) == 0 && d->n_unsaved == 0 && !parts_any_waiting(&d->parts);
}
