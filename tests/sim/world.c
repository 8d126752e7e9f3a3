#include "tests/sim/world.h"
#include "coordinator/net.h"
#include "proto/msg.h"
#include "tests/sim/inside.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WORKER_BITS = 16, RETRY_MS = 400, HELD_MAX = 16 };

static struct world *current; /* net_wait() and its kin, and the clock, know no other way to it */

void *sim_memory(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

void world_fail(struct world *w, const char *format, ...)
{
    va_list arguments;
    if (w->failure[0])
        return;
    va_start(arguments, format);
    vsnprintf(w->failure, sizeof w->failure, format, arguments);
    va_end(arguments);
    world_trace(w, "FAILED: %s", w->failure);
}

void world_trace(struct world *w, const char *format, ...)
{
    va_list arguments;
    if (!w->trace)
        return;
    printf("%8" PRId64 "  ", w->now_ms);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

static void trace_frame(struct world *w, const char *from, const char *to, const void *bytes,
                        size_t length, const char *fate)
{
    struct msg m;
    if (!w->trace || msg_unpack(&m, bytes, length, NULL))
        return;
    if (m.id == MSG_RESULT)
        world_trace(w, "%s -> %s RESULT tile %" PRIu64 " cells %u+%u epoch %u%s", from, to,
                    m.as.result.tile, m.as.result.first_cell, m.as.result.n_cells,
                    m.as.result.epoch, fate);
    else if (m.id == MSG_LEASE)
        world_trace(w, "%s -> %s LEASE tile %" PRIu64 " cells %u+%u epoch %u%s", from, to,
                    m.as.lease.tile, m.as.lease.first_cell, m.as.lease.n_cells, m.as.lease.epoch,
                    fate);
    else if (m.id == MSG_ACK)
        world_trace(w, "%s -> %s ACK tile %" PRIu64 "%s", from, to, m.as.ack.tile, fate);
    else
        world_trace(w, "%s -> %s %s%s", from, to, msg_name(m.id), fate);
}

/* ---- events: a heap by time ---- */

static bool sooner(const struct happening *a, const struct happening *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

void events_push(struct world *w, int64_t at_ms, struct happening event)
{
    if (w->n_events == w->events_capacity) {
        w->events_capacity = 2 * w->events_capacity + 64;
        w->events = sim_memory(realloc(w->events, w->events_capacity * sizeof *w->events));
    }
    event.at_ms = at_ms > w->now_ms ? at_ms : w->now_ms;
    event.order = w->n_pushed++;
    size_t i = w->n_events++;
    for (; i > 0 && sooner(&event, &w->events[(i - 1) / 2]); i = (i - 1) / 2)
        w->events[i] = w->events[(i - 1) / 2];
    w->events[i] = event;
}

static struct happening events_pop(struct world *w)
{
    struct happening first = w->events[0], last = w->events[--w->n_events];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < w->n_events; i = child) {
        if (child + 1 < w->n_events && sooner(&w->events[child + 1], &w->events[child]))
            child++;
        if (!sooner(&w->events[child], &last))
            break;
        w->events[i] = w->events[child];
    }
    w->events[i] = last;
    return first;
}

/* ---- links ---- */

static bool faults_are_over(const struct world *w)
{
    return w->now_ms >= w->profile.faults_until_ms;
}

static struct frame frame_copy(const void *bytes, size_t length)
{
    return (struct frame){memcpy(sim_memory(malloc(length + 1)), bytes, length), length};
}

static void on_the_way(struct world *w, uint32_t i, int direction, int64_t at_ms, const void *bytes,
                       size_t length)
{
    struct world_worker *worker = &w->workers[i];
    const struct world_profile *p = &w->profile;
    int64_t arrives_ms =
        at_ms + p->delay_min_ms +
        (int64_t)rng_below(&w->rng, (uint32_t)(p->delay_max_ms - p->delay_min_ms + 1));
    bool out_of_order = !faults_are_over(w) && rng_chance(&w->rng, p->reorder);
    if (out_of_order)
        arrives_ms += (int64_t)rng_below(&w->rng, 2000);
    else if (arrives_ms < worker->last_at_ms[direction])
        arrives_ms = worker->last_at_ms[direction];
    else
        worker->last_at_ms[direction] = arrives_ms;
    events_push(
        w, arrives_ms,
        (struct happening){.kind = direction == TO_WORKER ? WORLD_TO_WORKER : WORLD_TO_COORDINATOR,
                           .worker = i,
                           .life = direction == TO_WORKER ? worker->life : w->coordinator_life,
                           .key = worker->key,
                           .frame = frame_copy(bytes, length)});
}

/* A worker's socket keeps some frames while it is cut off; the coordinator's keeps none, as its
 * connection dies. */
static void hold(struct world_worker *worker, const void *bytes, size_t length)
{
    if (worker->n_held == HELD_MAX)
        return;
    worker->held = sim_memory(realloc(worker->held, (worker->n_held + 1) * sizeof *worker->held));
    worker->held[worker->n_held++] = frame_copy(bytes, length);
}

void wire_send(struct world *w, uint32_t i, int direction, int64_t at_ms, const void *bytes,
               size_t length)
{
    struct world_worker *worker = &w->workers[i];
    const char *from = direction == TO_WORKER ? "coordinator" : worker->name;
    const char *to = direction == TO_WORKER ? worker->name : "coordinator";
    bool calm = faults_are_over(w);
    if (worker->cut[direction]) {
        trace_frame(w, from, to, bytes, length, " (cut)");
        if (direction == TO_COORDINATOR)
            hold(worker, bytes, length);
        return;
    }
    if (!calm && rng_chance(&w->rng, w->profile.loss)) {
        trace_frame(w, from, to, bytes, length, " (lost)");
        return;
    }
    trace_frame(w, from, to, bytes, length, "");
    on_the_way(w, i, direction, at_ms, bytes, length);
    if (!calm && rng_chance(&w->rng, w->profile.copies))
        on_the_way(w, i, direction, at_ms, bytes, length);
}

void worker_forget_held(struct world_worker *worker)
{
    for (size_t i = 0; i < worker->n_held; i++)
        free(worker->held[i].bytes);
    worker->n_held = 0;
}

static uint64_t new_key(struct world *w, uint32_t i)
{
    return ++w->n_connections << WORKER_BITS | i;
}

struct world_worker *world_worker_of(struct world *w, uint64_t key)
{
    uint32_t i = (uint32_t)(key & ((1u << WORKER_BITS) - 1));
    return i < w->profile.n_workers && w->workers[i].key == key ? &w->workers[i] : NULL;
}

void world_reconnect(struct world *w, uint32_t i)
{
    w->workers[i].key = new_key(w, i);
    world_trace(w, "%s connects anew", w->workers[i].name);
}

void world_cut(struct world *w, uint32_t i, bool to_worker, bool to_coordinator)
{
    struct world_worker *worker = &w->workers[i];
    worker->cut[TO_WORKER] |= to_worker;
    worker->cut[TO_COORDINATOR] |= to_coordinator;
    worker->cut_ms = w->now_ms;
    world_trace(w, "cut: %s%s%s", worker->name, to_worker ? ", to it" : "",
                to_coordinator ? ", from it" : "");
}

void world_heal(struct world *w, uint32_t i)
{
    struct world_worker *worker = &w->workers[i];
    if (!worker->cut[TO_WORKER] && !worker->cut[TO_COORDINATOR])
        return;
    world_trace(w, "healed: %s", worker->name);
    worker->cut[TO_WORKER] = worker->cut[TO_COORDINATOR] = false;
    if (w->now_ms - worker->cut_ms > WORLD_CUT_MS)
        world_reconnect(w, i);
    for (size_t k = 0; k < worker->n_held; k++)
        on_the_way(w, i, TO_COORDINATOR, w->now_ms, worker->held[k].bytes, worker->held[k].length);
    worker_forget_held(worker);
}

/* ---- the coordinator's end of the network ---- */

void mail_put(struct world *w, uint64_t peer, struct frame frame)
{
    if (w->n_mail == w->mail_capacity) {
        size_t capacity = 2 * w->mail_capacity + 64;
        struct mail *mail = sim_memory(malloc(capacity * sizeof *mail));
        for (size_t i = 0; i < w->n_mail; i++)
            mail[i] = w->mail[(w->first_mail + i) % w->mail_capacity];
        free(w->mail);
        w->mail = mail;
        w->mail_capacity = capacity;
        w->first_mail = 0;
    }
    w->mail[(w->first_mail + w->n_mail++) % w->mail_capacity] = (struct mail){peer, frame};
}

static struct mail mail_take(struct world *w)
{
    struct mail mail = w->mail[w->first_mail];
    w->first_mail = (w->first_mail + 1) % w->mail_capacity;
    w->n_mail--;
    return mail;
}

void mail_drop_all(struct world *w)
{
    while (w->n_mail > 0)
        free(mail_take(w).frame.bytes);
}

void net_wait(struct net *net, long timeout_ms)
{
    (void)net;
    int64_t start_ns = current->timed ? world_cpu_ns() : 0;
    world_live_until(current, current->coordinator_ms + timeout_ms, true);
    if (current->timed)
        current->cpu_ns += world_cpu_ns() - start_ns;
}

enum err net_receive(struct net *net, struct net_frame *out)
{
    (void)net;
    struct world *w = current;
    if (w->n_mail == 0 || !w->up)
        return ERR_EMPTY;
    struct mail mail = mail_take(w);
    watch_received(w, mail.peer, &mail.frame);
    *out = (struct net_frame){.peer = mail.peer,
                              .bytes = mail.frame.bytes,
                              .length = mail.frame.length,
                              .message = mail.frame.bytes};
    return OK;
}

void net_frame_end(struct net_frame *frame)
{
    free(frame->message);
    *frame = (struct net_frame){0};
}

enum err net_send(struct net *net, uint64_t peer, const void *bytes, size_t length)
{
    (void)net;
    struct world *w = current;
    struct world_worker *worker = world_worker_of(w, peer);
    if (!w->up || disk_is_off(w->disk)) /* its process is dead and does not know it yet */
        return OK;
    watch_sent(w, peer, bytes, length);
    if (!worker || !worker->session)
        return ERR_NOT_FOUND;
    wire_send(w, (uint32_t)(worker - w->workers), TO_WORKER, w->coordinator_ms, bytes, length);
    return OK;
}

/* ---- time ---- */

int64_t world_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t world_coordinator_now(void)
{
    return current->coordinator_ms;
}

void world_stop_coordinator(struct world *w, int64_t for_ms)
{
    w->coordinator_ms += for_ms;
}

static void arrive(struct world *w, struct happening *e)
{
    if (!w->up) { /* the worker's socket tries again, or has dropped it */
        if (rng_chance(&w->rng, 0.5)) {
            events_push(w, w->now_ms + RETRY_MS, *e);
            e->frame.bytes = NULL;
        }
        return;
    }
    mail_put(w, e->life == w->coordinator_life ? e->key : w->workers[e->worker].key, e->frame);
    e->frame.bytes = NULL;
}

static void happen(struct world *w, struct happening *e)
{
    switch (e->kind) {
    case WORLD_TO_COORDINATOR:
        arrive(w, e);
        break;
    case WORLD_FAULT:
        if (faults_are_over(w))
            break;
        world_fault(w, rng_below(&w->rng, N_FAULTS));
        events_push(w,
                    w->now_ms + 1 + rng_below(&w->rng, (uint32_t)(2 * w->profile.fault_every_ms)),
                    (struct happening){.kind = WORLD_FAULT});
        break;
    case WORLD_ORDER:
        w->runs[e->worker].want_held = w->runs[e->worker].want_absent = false;
        break;
    case WORLD_HEAL:
        world_heal(w, e->worker);
        if (faults_are_over(w) && w->workers[e->worker].hangs)
            world_kill_worker(w, e->worker, RETRY_MS);
        break;
    case WORLD_END:
        if (e->life == w->coordinator_life)
            disk_cut_power(w->disk);
        break;
    case WORLD_TO_WORKER:
    case WORLD_TICK:
    case WORLD_LOADED:
    case WORLD_COMPUTED:
    case WORLD_START:
        worker_event(w, e);
        break;
    }
    free(e->frame.bytes);
}

void world_live_until(struct world *w, int64_t until_ms, bool or_mail)
{
    int64_t deaf_until_ms = w->coordinator_ms; /* what comes before waits for it */
    while (w->n_events > 0 && w->events[0].at_ms <= until_ms && !w->failure[0]) {
        if (or_mail &&
            (disk_is_off(w->disk) || (w->n_mail > 0 && w->events[0].at_ms > deaf_until_ms)))
            break;
        struct happening e = events_pop(w);
        w->now_ms = e.at_ms;
        happen(w, &e);
    }
    bool early = or_mail && (w->n_mail > 0 || disk_is_off(w->disk));
    if (!early && until_ms > w->now_ms)
        w->now_ms = until_ms;
    if (w->now_ms > w->coordinator_ms)
        w->coordinator_ms = w->now_ms;
}

void world_coordinator_starts(struct world *w)
{
    w->up = true;
    w->coordinator_life++;
    w->n_dead_pids = 0;
    for (uint32_t i = 0; i < w->profile.n_workers; i++)
        world_reconnect(w, i);
    world_trace(w, "the coordinator starts, life %u", w->coordinator_life);
}

void world_coordinator_ends(struct world *w)
{
    w->up = false;
    for (uint32_t i = 0; i < w->profile.n_workers; i++)
        worker_unknown(&w->workers[i]); /* the next one knows nothing of it */
    w->coordinator_ms = w->now_ms;
    mail_drop_all(w);
    world_trace(w, "the coordinator is gone");
}

/* ---- making ---- */

static void sync_takes_time(void *ctx)
{
    struct world *w = ctx;
    w->coordinator_ms += rng_below(&w->rng, (uint32_t)w->profile.sync_max_ms + 1);
}

void world_init(struct world *w, uint64_t seed, const struct world_profile *profile, bool trace)
{
    *w = (struct world){.profile = *profile, .seed = seed, .rng = {seed}, .trace = trace};
    current = w;
    for (uint32_t r = 0; r < profile->n_runs; r++)
        world_run_init(w, r);
    w->workers = sim_memory(calloc(profile->n_workers, sizeof *w->workers));
    w->dead_pids = sim_memory(calloc(profile->n_workers, sizeof *w->dead_pids));
    w->disk = disk_new(seed ^ 0xd15c);
    disk_on_sync(w->disk, sync_takes_time, w);
    disk_mount(w->disk);
    for (uint32_t i = 0; i < profile->n_workers; i++) {
        snprintf(w->workers[i].name, sizeof w->workers[i].name, "worker-%u", i);
        w->workers[i].liar = i < profile->n_liars;
        events_push(w, rng_below(&w->rng, 500),
                    (struct happening){.kind = WORLD_START, .worker = i});
        events_push(w, profile->faults_until_ms,
                    (struct happening){.kind = WORLD_HEAL, .worker = i});
    }
    if (profile->faults)
        events_push(w, rng_below(&w->rng, (uint32_t)profile->fault_every_ms + 1),
                    (struct happening){.kind = WORLD_FAULT});
}

void world_end(struct world *w)
{
    for (size_t i = 0; i < w->n_events; i++)
        free(w->events[i].frame.bytes);
    mail_drop_all(w);
    for (uint32_t i = 0; i < w->profile.n_workers; i++) {
        session_free(&w->workers[i].session);
        worker_forget_held(&w->workers[i]);
        free(w->workers[i].held);
    }
    free(w->events);
    free(w->mail);
    free(w->workers);
    free(w->dead_pids);
    for (uint32_t r = 0; r < w->profile.n_runs; r++)
        world_run_end(&w->runs[r]);
    disk_mount(NULL);
    disk_free(&w->disk);
    current = NULL;
}
