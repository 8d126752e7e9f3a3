#include "coordinator/pool.h"
#include "coordinator/keymap.h"
#include "coordinator/share.h"
#include "coordinator/worker_name.h"
#include "proto/msg.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A PING of this run says only "I am here": 0 would ask for a HELLO. Runs have odd numbers. */
#define NO_RUN 2
#define RATE_MEMORY_S 5.0 /* a worker's rate forgets with this time */

struct member { /* a run */
    uint64_t run;
    struct dispatch *dispatch;
    uint32_t priority;
    bool held;
    double served; /* slot-ms over priority */
    size_t n_sent; /* of its outbox */
};
struct peer {
    uint64_t key, run; /* run 0: in the lobby */
    bool leaving, draining;
    uint8_t *hello;
    size_t hello_length;
    int64_t pinged_ms;
    uint64_t cells_at_tick;
    struct pool_worker about;
};
struct posted {
    uint64_t peer;
    size_t offset, length;
};
/* DEPARTED: workers that left lately are remembered with their run: a process says BYE before its
 * end is noticed. One that was told to leave and was only cut off comes back, and is told again. */
enum { DEPARTED = 64 };
struct departed {
    uint64_t pid, run;
    bool draining;
    char name[MSG_NAME_MAX + 1];
};
struct pool {
    struct pool_options options;
    struct member runs[POOL_RUNS_MAX];
    uint32_t n_runs;
    struct peer *peers; /* [n_peers] dense: the last takes the place of one that goes */
    uint32_t n_peers, peers_capacity;
    struct keymap by_key;
    struct codec_writer frames;
    struct posted *outbox;
    size_t n_outbox, outbox_capacity, n_sent;
    uint64_t refusals[N_REFUSALS];
    struct events events;
    struct departed departed[DEPARTED];
    uint32_t n_departed;
    int64_t ticked_ms, shared_ms;
    bool share_now, dismissed, nomem;
};

enum err pool_new(struct pool **out, const struct pool_options *options)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return ERR_NOMEM;
    pool->options = *options;
    *out = pool;
    return OK;
}

void pool_free(struct pool **pool_p)
{
    struct pool *pool = *pool_p;
    if (!pool)
        return;
    for (uint32_t i = 0; i < pool->n_peers; i++)
        free(pool->peers[i].hello);
    free(pool->peers);
    keymap_free(&pool->by_key);
    free(pool->frames.bytes);
    free(pool->outbox);
    free(pool);
    *pool_p = NULL;
}

/* ---- sending ---- */

#define SEND(pool, key, name, ...)                                                                 \
    do {                                                                                           \
        size_t start_ = (pool)->frames.length;                                                     \
        msg_pack_##name(&(pool)->frames, &(struct msg_##name)__VA_ARGS__);                         \
        post(pool, key, start_);                                                                   \
    } while (0)

static void post(struct pool *pool, uint64_t key, size_t start)
{
    if (pool->n_outbox == pool->outbox_capacity) {
        size_t capacity = pool->outbox_capacity ? 2 * pool->outbox_capacity : 16;
        struct posted *grown = realloc(pool->outbox, capacity * sizeof *grown);
        if (!grown) {
            pool->nomem = true;
            return;
        }
        pool->outbox = grown;
        pool->outbox_capacity = capacity;
    }
    pool->nomem |= pool->frames.failed;
    pool->outbox[pool->n_outbox++] = (struct posted){key, start, pool->frames.length - start};
}

bool pool_next_frame(struct pool *pool, struct dispatch_frame *out)
{
    if (pool->n_sent < pool->n_outbox) {
        const struct posted *p = &pool->outbox[pool->n_sent++];
        *out = (struct dispatch_frame){p->peer, pool->frames.bytes + p->offset, p->length};
        return true;
    }
    for (uint32_t i = 0; i < pool->n_runs; i++) {
        struct member *run = &pool->runs[i];
        if (run->n_sent < dispatch_outbox(run->dispatch, run->n_sent, out)) {
            run->n_sent++;
            return true;
        }
    }
    pool->n_sent = pool->n_outbox = pool->frames.length = 0;
    for (uint32_t i = 0; i < pool->n_runs; i++) {
        pool->runs[i].n_sent = 0;
        dispatch_clear_outbox(pool->runs[i].dispatch);
    }
    return false;
}

static void refuse(struct pool *pool, uint64_t key, enum refusal why, const char *reason)
{
    pool->refusals[why]++;
    snprintf(events_add(&pool->events, EVENT_WORKER_REFUSED, NULL)->text, EVENT_TEXT_MAX + 1, "%s",
             reason);
    SEND(pool, key, refuse,
         {.magic = MSG_MAGIC,
          .version = MSG_VERSION,
          .engine_id = msg_text(pool->options.engine_id),
          .reason = msg_text(reason)});
}

/* ---- runs and peers ---- */

static struct member *find_run(const struct pool *pool, uint64_t run)
{
    for (uint32_t i = 0; run && i < pool->n_runs; i++)
        if (pool->runs[i].run == run)
            return (struct member *)&pool->runs[i];
    return NULL;
}

static struct peer *find_peer(const struct pool *pool, uint64_t key)
{
    uint32_t i = keymap_get(&pool->by_key, key);
    return i == KEYMAP_NONE ? NULL : &pool->peers[i];
}

static struct peer *new_peer(struct pool *pool, uint64_t key)
{
    if (pool->n_peers == pool->peers_capacity) {
        uint32_t capacity = pool->peers_capacity ? 2 * pool->peers_capacity : 16;
        struct peer *grown = realloc(pool->peers, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        pool->peers = grown;
        pool->peers_capacity = capacity;
    }
    if (keymap_put(&pool->by_key, key, pool->n_peers))
        return NULL;
    pool->peers[pool->n_peers] = (struct peer){.key = key};
    return &pool->peers[pool->n_peers++];
}

/* The run it works for has dropped it by now, or it works for none. */
static void drop(struct pool *pool, struct peer *peer)
{
    struct departed *departed = &pool->departed[pool->n_departed++ % DEPARTED];
    *departed =
        (struct departed){.pid = peer->about.pid, .run = peer->run, .draining = peer->draining};
    memcpy(departed->name, peer->about.name, sizeof departed->name);
    for (uint32_t i = 0; i < pool->n_runs; i++)
        dispatch_forget(pool->runs[i].dispatch, peer->key);
    keymap_remove(&pool->by_key, peer->key);
    free(peer->hello);
    struct peer *last = &pool->peers[--pool->n_peers];
    if (last == peer)
        return;
    *peer = *last;
    pool->nomem |= keymap_put(&pool->by_key, peer->key, (uint32_t)(peer - pool->peers)) != OK;
}

static bool has_work(const struct member *run)
{
    return !run->held && lease_n_open(dispatch_leases(run->dispatch)) > 0;
}

/* What share.h is told; held[i]: slots that work for run i, or are on their way to the lobby from
 * it. */
static void look(const struct pool *pool, struct share_run *out, uint64_t *held)
{
    for (uint32_t i = 0; i < pool->n_runs; i++) {
        const struct member *run = &pool->runs[i];
        out[i] = (struct share_run){
            .priority = run->priority,
            .served = run->served,
            .most = has_work(run) ? lease_n_open(dispatch_leases(run->dispatch)) : 0};
        held[i] = 0;
    }
    for (uint32_t p = 0; p < pool->n_peers; p++) {
        const struct peer *peer = &pool->peers[p];
        const struct member *run = find_run(pool, peer->run);
        if (run && !peer->leaving && !peer->draining)
            held[run - pool->runs] += peer->about.slots;
    }
}

/* A run that begins, or goes on, starts level with those that are behind: it has no claim to the
 * time before. */
static void catch_up(struct pool *pool, struct member *newcomer)
{
    double least = INFINITY;
    for (uint32_t i = 0; i < pool->n_runs; i++)
        if (&pool->runs[i] != newcomer && has_work(&pool->runs[i]))
            least = fmin(least, pool->runs[i].served);
    if (isfinite(least) && newcomer->served < least)
        newcomer->served = least;
}

/* ---- moving ---- */

/* The worker's own greeting, to the run it is to work for. A run that refuses it (a quarantine)
 * tells it so: it leaves. False: it is gone from here. */
static bool greet(struct pool *pool, int64_t now_ms, struct peer *peer, struct member *run)
{
    struct journal_row none;
    enum dispatch_verdict verdict =
        dispatch_frame_in(run->dispatch, now_ms, peer->key, peer->hello, peer->hello_length, &none);
    pool->nomem |= verdict == DISPATCH_NOMEM;
    peer->run = run->run;
    peer->leaving = false;
    if (dispatch_knows(run->dispatch, peer->key))
        return true;
    drop(pool, peer);
    return false;
}

static void leave_run(struct pool *pool, int64_t now_ms, struct peer *peer)
{
    struct member *run = find_run(pool, peer->run);
    if (run)
        pool->nomem |= dispatch_release(run->dispatch, now_ms, peer->key) != OK;
    peer->run = 0;
    peer->leaving = false;
}

/* To the run that is most behind its share, if there is any with work. */
static bool place(struct pool *pool, int64_t now_ms, struct peer *peer)
{
    struct share_run shares[POOL_RUNS_MAX];
    uint64_t held[POOL_RUNS_MAX];
    look(pool, shares, held);
    size_t i = share_next(shares, pool->n_runs, held, (double)pool->options.quantum_ms);
    return i == pool->n_runs || peer->draining || greet(pool, now_ms, peer, &pool->runs[i]);
}

/* A worker that is to leave and holds nothing any more. */
static bool finish_move(struct pool *pool, int64_t now_ms, struct peer *peer)
{
    struct member *run = find_run(pool, peer->run);
    if (!peer->leaving || peer->draining || !run || dispatch_n_held(run->dispatch, peer->key) > 0)
        return true;
    leave_run(pool, now_ms, peer);
    return place(pool, now_ms, peer);
}

static void withhold(struct pool *pool, struct peer *peer)
{
    struct member *run = find_run(pool, peer->run);
    if (run)
        dispatch_withhold(run->dispatch, peer->key);
    peer->leaving = true;
}

/* Workers beyond the target of their run are withheld; those of runs without work go at once, for
 * at most they compute what is done already. The lobby goes where places are free. */
static void share_workers(struct pool *pool, int64_t now_ms)
{
    struct share_run shares[POOL_RUNS_MAX];
    uint64_t held[POOL_RUNS_MAX], n_slots = 0;
    look(pool, shares, held);
    for (uint32_t p = 0; p < pool->n_peers; p++)
        n_slots += pool->peers[p].draining ? 0 : pool->peers[p].about.slots;
    share_out(shares, pool->n_runs, n_slots, (double)pool->options.quantum_ms);
    bool any = false;
    for (uint32_t i = 0; i < pool->n_runs; i++)
        any |= shares[i].most > 0;
    for (uint32_t p = pool->n_peers; p-- > 0;) { /* backwards: drop() fills the gap from the end */
        struct peer *peer = &pool->peers[p];
        struct member *run = find_run(pool, peer->run);
        size_t i = run ? (size_t)(run - pool->runs) : 0;
        if (peer->draining || peer->leaving)
            continue;
        if (run && shares[i].most == 0 && !run->held && any)
            leave_run(pool, now_ms, peer);
        else if (run && shares[i].most > 0 && held[i] >= shares[i].target + peer->about.slots) {
            held[i] -= peer->about.slots;
            withhold(pool, peer);
        }
    }
    for (uint32_t p = pool->n_peers; any && p-- > 0;)
        if (pool->peers[p].run == 0)
            place(pool, now_ms, &pool->peers[p]);
    for (uint32_t p = pool->n_peers; p-- > 0;)
        finish_move(pool, now_ms, &pool->peers[p]);
    pool->shared_ms = now_ms;
    pool->share_now = false;
}

/* ---- the runs' lives ---- */

enum err pool_add(struct pool *pool, int64_t now_ms, uint64_t run, struct dispatch *dispatch,
                  uint32_t priority)
{
    assert(run % 2 == 1 && priority > 0);
    if (find_run(pool, run))
        return ERR_EXISTS;
    if (pool->n_runs == POOL_RUNS_MAX)
        return ERR_OVERFLOW;
    struct member *member = &pool->runs[pool->n_runs++];
    *member = (struct member){.run = run, .dispatch = dispatch, .priority = priority};
    catch_up(pool, member);
    share_workers(pool, now_ms);
    return pool->nomem ? ERR_NOMEM : OK;
}

enum err pool_remove(struct pool *pool, int64_t now_ms, uint64_t run)
{
    struct member *member = find_run(pool, run);
    if (!member)
        return OK;
    for (uint32_t p = 0; p < pool->n_peers; p++) {
        if (pool->peers[p].run == run)
            leave_run(pool, now_ms, &pool->peers[p]);
        dispatch_forget(member->dispatch, pool->peers[p].key);
    }
    uint32_t left = --pool->n_runs - (uint32_t)(member - pool->runs);
    memmove(member, member + 1, left * sizeof *member);
    share_workers(pool, now_ms);
    return pool->nomem ? ERR_NOMEM : OK;
}

void pool_set_priority(struct pool *pool, uint64_t run, uint32_t priority)
{
    struct member *member = find_run(pool, run);
    if (!member)
        return;
    member->priority = priority;
    pool->share_now = true;
}

enum err pool_hold(struct pool *pool, int64_t now_ms, uint64_t run, bool held, bool at_once)
{
    struct member *member = find_run(pool, run);
    if (!member)
        return ERR_NOT_FOUND;
    if (member->held && !held)
        catch_up(pool, member);
    member->held = held;
    dispatch_hold(member->dispatch, held);
    for (uint32_t p = 0; held && p < pool->n_peers; p++)
        if (pool->peers[p].run == run && !pool->peers[p].draining)
            withhold(pool, &pool->peers[p]);
    for (uint32_t p = 0; held && at_once && p < pool->n_peers;
         p++) /* nobody gets what others had */
        if (pool->peers[p].run == run && !pool->peers[p].draining)
            leave_run(pool, now_ms, &pool->peers[p]);
    share_workers(pool, now_ms);
    return pool->nomem ? ERR_NOMEM : OK;
}

uint32_t pool_n_workers(const struct pool *pool, uint64_t run)
{
    uint32_t n = 0;
    for (uint32_t p = 0; p < pool->n_peers; p++)
        n += pool->peers[p].run == run;
    return n;
}

uint64_t pool_run_of(const struct pool *pool, uint64_t pid)
{
    for (uint32_t p = 0; p < pool->n_peers; p++)
        if (pool->peers[p].about.pid == pid)
            return pool->peers[p].run;
    for (uint32_t back = 1; back <= DEPARTED && back <= pool->n_departed; back++) {
        const struct departed *d = &pool->departed[(pool->n_departed - back) % DEPARTED];
        if (d->pid == pid)
            return d->run;
    }
    return 0;
}

/* ---- messages ---- */

struct incoming {
    struct pool *pool;
    int64_t now_ms;
    uint64_t key;
    const void *frame;
    size_t length;
    uint64_t *run;
    struct journal_row *row;
};

static enum dispatch_verdict to_run(struct incoming *in, struct member *run)
{
    *in->run = run->run;
    return dispatch_frame_in(run->dispatch, in->now_ms, in->key, in->frame, in->length, in->row);
}

static bool is_process(const struct msg_hello *m, uint64_t pid, const char *name)
{
    return m->pid == pid && m->name.length == strlen(name) &&
           memcmp(m->name.bytes, name, m->name.length) == 0;
}

/* It was missed, but told to leave before: it may hand in what it has, and go. */
static void take_up(const struct pool *pool, const struct msg_hello *m, struct peer *peer)
{
    for (uint32_t i = 0; i < DEPARTED && i < pool->n_departed; i++) {
        const struct departed *d = &pool->departed[i];
        if (!d->draining || !is_process(m, d->pid, d->name))
            continue;
        peer->draining = true;
        peer->run = find_run(pool, d->run) ? d->run : 0;
    }
}

/* The same process under a new routing id: it goes on with the run it worked for, whose dispatch
 * hands its leases over when it hears this HELLO, and is to leave that or all if it was. */
static void take_over(struct pool *pool, const struct msg_hello *m, struct peer *peer)
{
    take_up(pool, m, peer);
    for (uint32_t p = 0; pool->peers && p < pool->n_peers; p++) {
        struct peer *old = &pool->peers[p];
        if (old->key == peer->key || !is_process(m, old->about.pid, old->about.name))
            continue;
        peer->run = old->run;
        peer->leaving = old->leaving;
        peer->draining = old->draining;
        drop(pool, old);
        return;
    }
}

static struct peer *remember(struct incoming *in, const struct msg_hello *m)
{
    struct pool *pool = in->pool;
    struct peer *peer = find_peer(pool, in->key);
    if (!peer) {
        struct peer new = {.key = in->key};
        take_over(pool, m, &new);
        peer = new_peer(pool, in->key);
        if (!peer)
            return NULL;
        *peer = new;
        peer->about.joined_ms = in->now_ms;
    }
    uint8_t *hello = realloc(peer->hello, in->length);
    if (!hello)
        return NULL;
    memcpy(hello, in->frame, in->length);
    peer->hello = hello;
    peer->hello_length = in->length;
    peer->about.pid = m->pid;
    peer->about.slots = m->slots > 0 && m->slots < DISPATCH_CREDIT_MAX ? m->slots : 1;
    peer->about.heard_ms = in->now_ms;
    snprintf(peer->about.name, sizeof peer->about.name, "%.*s", (int)m->name.length, m->name.bytes);
    return peer;
}

static void tell_to_leave(struct pool *pool, const struct peer *peer)
{
    struct member *run = find_run(pool, peer->run);
    if (run)
        dispatch_drain_peer(run->dispatch, peer->key);
    else
        SEND(pool, peer->key, drain, {.run = NO_RUN});
}

/* A run's dispatch judges the greeting, counts and tells; the lobby must judge for itself. */
static enum dispatch_verdict take_hello(struct incoming *in, const struct msg_hello *m)
{
    struct pool *pool = in->pool;
    struct err_note reason = {""};
    if (!find_peer(pool, in->key) && pool->n_peers >= DISPATCH_PEERS_MAX) {
        refuse(pool, in->key, REFUSAL_CROWDED, "too many workers");
        return DISPATCH_NOTHING;
    }
    struct peer *peer = remember(in, m);
    if (!peer)
        return DISPATCH_NOMEM;
    struct member *run = find_run(pool, peer->run);
    bool leaving = run && peer->leaving;
    if (!(run ? greet(pool, in->now_ms, peer, run) : place(pool, in->now_ms, peer)))
        return DISPATCH_NOTHING;
    if (leaving) /* its greeting is no reason to stay */
        withhold(pool, peer);
    if (peer->draining) /* it may not have heard of it */
        tell_to_leave(pool, peer);
    if (peer->run)
        return DISPATCH_NOTHING;
    if (dispatch_hello_fits(m, pool->options.engine_id, &reason)) {
        refuse(pool, in->key, m->version == MSG_VERSION ? REFUSAL_ENGINE : REFUSAL_VERSION,
               reason.text);
        drop(pool, peer);
    } else if (pool->dismissed) {
        SEND(pool, in->key, drain, {.run = NO_RUN});
    }
    return DISPATCH_NOTHING;
}

static enum dispatch_verdict take_result(struct incoming *in, struct peer *peer,
                                         const struct msg_result *m)
{
    struct pool *pool = in->pool;
    struct member *run = find_run(pool, m->run);
    if (!run) { /* removed: nobody waits for it */
        SEND(pool, in->key, ack,
             {.run = m->run, .tile = m->tile, .first_cell = m->first_cell, .epoch = m->epoch});
        return DISPATCH_NOTHING;
    }
    peer->about.tiles++;
    peer->about.cells += m->n_cells;
    enum err err = run->run != peer->run ? dispatch_guest(run->dispatch, in->now_ms, in->key,
                                                          peer->about.pid, peer->about.name)
                                         : OK;
    if (err == ERR_STALE) { /* told why: it leaves */
        leave_run(pool, in->now_ms, peer);
        drop(pool, peer);
    }
    if (err)
        return err == ERR_STALE ? DISPATCH_NOTHING : DISPATCH_NOMEM;
    enum dispatch_verdict verdict = to_run(in, run);
    if (!dispatch_knows(run->dispatch, in->key)) { /* cut, and told why: it leaves */
        if (run->run != peer->run)
            leave_run(pool, in->now_ms, peer);
        drop(pool, peer);
    } else {
        finish_move(pool, in->now_ms, peer);
    }
    return verdict;
}

static enum dispatch_verdict take_other(struct incoming *in, struct peer *peer, enum msg_id id,
                                        const char *malformed)
{
    struct member *run = find_run(in->pool, peer->run);
    if (run) {
        enum dispatch_verdict verdict = to_run(in, run);
        if (!dispatch_knows(run->dispatch, in->key))
            drop(in->pool, peer);
        return verdict;
    }
    if (id != MSG_READY && id != MSG_BEAT) {
        if (id != MSG_BYE)
            refuse(in->pool, in->key, REFUSAL_MALFORMED,
                   malformed ? malformed : "a message only the coordinator may send");
        drop(in->pool, peer);
    }
    return DISPATCH_NOTHING;
}

static enum dispatch_verdict take_rubbish(struct incoming *in, const char *malformed)
{
    if (in->pool->n_runs > 0)
        return to_run(in, &in->pool->runs[0]);
    refuse(in->pool, in->key, REFUSAL_MALFORMED, malformed);
    return DISPATCH_NOTHING;
}

enum dispatch_verdict pool_frame_in(struct pool *pool, int64_t now_ms, uint64_t key,
                                    const void *frame, size_t length, uint64_t *run,
                                    struct journal_row *row)
{
    struct incoming in = {pool, now_ms, key, frame, length, run, row};
    struct err_note note = {""};
    struct msg m = {.id = 0};
    enum dispatch_verdict verdict = DISPATCH_NOTHING;
    enum err err = msg_unpack(&m, frame, length, &note);
    struct peer *peer = find_peer(pool, key);
    *run = 0;
    if (peer)
        peer->about.heard_ms = now_ms;
    if (!err && m.id == MSG_HELLO)
        verdict = take_hello(&in, &m.as.hello);
    else if (!peer && err)
        verdict = take_rubbish(&in, note.text);
    else if (!peer)
        SEND(pool, key, ping, {.run = 0});
    else if (!err && m.id == MSG_RESULT)
        verdict = take_result(&in, peer, &m.as.result);
    else
        verdict = take_other(&in, peer, err ? 0 : m.id, err ? note.text : NULL);
    return pool->nomem ? DISPATCH_NOMEM : verdict;
}

/* ---- time ---- */

static void account(struct pool *pool, int64_t now_ms)
{
    double span_ms = pool->ticked_ms ? (double)(now_ms - pool->ticked_ms) : 0;
    double keep = exp(-span_ms / 1000 / RATE_MEMORY_S);
    for (uint32_t p = 0; p < pool->n_peers && span_ms > 0; p++) {
        struct peer *peer = &pool->peers[p];
        struct member *run = find_run(pool, peer->run);
        if (run)
            run->served += span_ms * peer->about.slots / run->priority;
        double rate = (double)(peer->about.cells - peer->cells_at_tick) / span_ms * 1000;
        peer->about.cells_per_s = keep * peer->about.cells_per_s + (1 - keep) * rate;
        peer->cells_at_tick = peer->about.cells;
    }
}

/* The lobby is the pool's to ping and to miss; who works is its run's, and gone from here when it
 * is gone there. */
static void look_after(struct pool *pool, int64_t now_ms, struct peer *peer)
{
    struct member *run = find_run(pool, peer->run);
    if (run ? !dispatch_knows(run->dispatch, peer->key)
            : now_ms - peer->about.heard_ms > pool->options.dead_ms) {
        drop(pool, peer);
    } else if (run) {
        finish_move(pool, now_ms, peer);
    } else if (now_ms - peer->pinged_ms >= pool->options.beat_ms) {
        peer->pinged_ms = now_ms;
        if (peer->draining)
            tell_to_leave(pool, peer);
        else
            SEND(pool, peer->key, ping, {.run = NO_RUN});
    }
}

/* Work that ended, began or grew since the shares were made. */
static bool shares_are_stale(const struct pool *pool, int64_t now_ms)
{
    if (pool->share_now || now_ms - pool->shared_ms >= pool->options.quantum_ms)
        return true;
    for (uint32_t p = 0; p < pool->n_peers; p++) {
        const struct peer *peer = &pool->peers[p];
        const struct member *run = find_run(pool, peer->run);
        if (!peer->draining && (!run || (!peer->leaving && !has_work(run))))
            return pool->n_runs > 0;
    }
    return false;
}

enum err pool_tick(struct pool *pool, int64_t now_ms)
{
    /* As in dispatch_tick(): while we were held up, nobody was listened to. */
    int64_t deaf_ms = pool->ticked_ms ? now_ms - pool->ticked_ms - pool->options.beat_ms : 0;
    for (uint32_t p = 0; p < pool->n_peers && deaf_ms > 0; p++)
        pool->peers[p].about.heard_ms += deaf_ms;
    account(pool, now_ms);
    pool->ticked_ms = now_ms;
    for (uint32_t i = 0; i < pool->n_runs; i++)
        pool->nomem |= dispatch_tick(pool->runs[i].dispatch, now_ms) != OK;
    for (uint32_t p = pool->n_peers; p-- > 0;)
        look_after(pool, now_ms, &pool->peers[p]);
    if (!pool->dismissed && shares_are_stale(pool, now_ms))
        share_workers(pool, now_ms);
    return pool->nomem ? ERR_NOMEM : OK;
}

enum err pool_unreachable(struct pool *pool, int64_t now_ms, uint64_t key)
{
    struct peer *peer = find_peer(pool, key);
    struct member *run = peer ? find_run(pool, peer->run) : NULL;
    if (run)
        pool->nomem |= dispatch_unreachable(run->dispatch, now_ms, key) != OK;
    return pool->nomem ? ERR_NOMEM : OK;
}

enum err pool_worker_died(struct pool *pool, int64_t now_ms, uint64_t pid, const char *how)
{
    for (uint32_t i = 0; i < pool->n_runs; i++)
        pool->nomem |= dispatch_worker_died(pool->runs[i].dispatch, now_ms, pid, how) != OK;
    for (uint32_t p = pool->n_peers; p-- > 0;)
        if (pool->peers[p].about.pid == pid)
            drop(pool, &pool->peers[p]);
    return pool->nomem ? ERR_NOMEM : OK;
}

uint32_t pool_drain(struct pool *pool, const char *name, uint64_t run)
{
    uint32_t n = 0;
    for (uint32_t p = 0; p < pool->n_peers; p++) {
        struct peer *peer = &pool->peers[p];
        if ((name && !worker_name_covers(name, peer->about.name)) || (run && peer->run != run))
            continue;
        n++;
        peer->draining = true;
        tell_to_leave(pool, peer);
    }
    return n;
}

void pool_dismiss(struct pool *pool)
{
    pool->dismissed = true;
    pool_drain(pool, NULL, 0);
    for (uint32_t i = 0; i < pool->n_runs; i++)
        dispatch_drain(pool->runs[i].dispatch);
}

uint32_t pool_worker(const struct pool *pool, uint32_t i, struct pool_worker *out)
{
    if (i < pool->n_peers) {
        const struct peer *peer = &pool->peers[i];
        const struct member *run = find_run(pool, peer->run);
        *out = peer->about;
        out->run = peer->run;
        out->moving = peer->leaving;
        out->draining = peer->draining;
        out->n_held = run ? dispatch_n_held(run->dispatch, peer->key) : 0;
    }
    return pool->n_peers;
}

const uint64_t *pool_refusals(const struct pool *pool)
{
    return pool->refusals;
}

struct events *pool_events(struct pool *pool)
{
    return &pool->events;
}
