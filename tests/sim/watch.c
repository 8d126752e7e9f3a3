/* watch - what goes over the wire, noted and judged: promises that a journal does not show. */
#include "coordinator/dispatch.h"
#include "proto/msg.h"
#include "tests/sim/inside.h"
#include <inttypes.h>
#include <string.h>

enum {
    LEAVING_MAX_MS = 60000
}; /* with nothing going wrong any more; a lost ack costs ten seconds */

static void note_canary(struct world *w, struct world_run *run, uint64_t key,
                        const struct msg_result *m)
{
    struct world_worker *worker = world_worker_of(w, key);
    if (worker && run->canary && m->tile == run->canary_tile && m->first_cell == run->canary_cell &&
        m->cells.length == run->canary_length &&
        memcmp(m->cells.bytes, run->canary, run->canary_length) == 0)
        worker->proven[run - w->runs] = true;
}

void watch_received(struct world *w, uint64_t key, const struct frame *frame)
{
    struct msg m;
    if (msg_unpack(&m, frame->bytes, frame->length, NULL) || m.id != MSG_RESULT)
        return;
    struct world_run *run = world_run_of(w, m.as.result.run);
    w->n_results++;
    w->last_result_ms = w->now_ms;
    if (!run || m.as.result.tile >= job_n_tiles(&run->job))
        return;
    if (m.as.result.epoch == DISPATCH_CANARY_EPOCH)
        note_canary(w, run, key, &m.as.result);
    else if (m.as.result.n_cells < world_tile_cells(run, m.as.result.tile))
        run->split[m.as.result.tile] = 1;
}

/* A piece of a split tile is acked when nothing can be made of it, too, and whatever is of a run
 * that is not there: no promise. */
static void note_ack(struct world *w, const struct msg_ack *m)
{
    struct world_run *run = world_run_of(w, m->run);
    if (!run || run->absent || m->tile >= job_n_tiles(&run->job) || run->split[m->tile] ||
        m->epoch == DISPATCH_CANARY_EPOCH)
        return;
    run->acked[m->tile] = 1;
    w->n_acks++;
    w->n_new_acks++;
}

static void check_lease(struct world *w, const struct world_worker *worker,
                        const struct msg_lease *m)
{
    const struct world_run *run = world_run_of(w, m->run);
    if (!run || run->absent)
        world_fail(w, "%s gets a lease of a run that is not there", worker->name);
    else if (run->held)
        world_fail(w, "%s gets a lease of a run that is held", worker->name);
    else if (worker->drained_ms)
        world_fail(w, "%s was told to leave and gets a lease", worker->name);
    else if (m->epoch == DISPATCH_CANARY_EPOCH)
        w->n_canaries++;
    else if (run->canary && !worker->proven[run - w->runs])
        world_fail(w, "%s gets a lease before the known cells were right", worker->name);
    else if (m->limit_ms != (uint64_t)w->profile.limit_ms)
        world_fail(w, "%s gets a lease with a limit of %" PRIu64 " ms", worker->name, m->limit_ms);
}

void watch_sent(struct world *w, uint64_t key, const void *bytes, size_t length)
{
    struct world_worker *worker = world_worker_of(w, key);
    struct msg m;
    if (msg_unpack(&m, bytes, length, NULL))
        world_fail(w, "the coordinator sends what is no message");
    else if (m.id == MSG_ACK)
        note_ack(w, &m.as.ack);
    else if (m.id == MSG_LEASE && worker)
        check_lease(w, worker, &m.as.lease);
}

void watch_leaving(struct world *w, const struct world_worker *worker)
{
    int64_t since_ms = worker->drained_ms > w->profile.faults_until_ms ? worker->drained_ms
                                                                       : w->profile.faults_until_ms;
    if (worker->drained_ms && w->now_ms - since_ms > LEAVING_MAX_MS)
        world_fail(w, "%s was told to leave and is there after %d s", worker->name,
                   LEAVING_MAX_MS / 1000);
}
