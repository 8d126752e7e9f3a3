/* faults - what a seed draws, and what goes wrong when. */
#include "coordinator/dispatch.h"
#include "tests/sim/inside.h"

enum { STOP_MAX_MS = 8000, HOLD_MAX_MS = 10000, CUT_MAX_MS = 12000, WRITES_AHEAD = 12 };
/* LIMIT_SLACK_MS: of being stopped for less than a session makes good. LAST_MS:
 * to finish a run, for a cell that kills or never ends takes minutes to find. */
enum { LIMIT_SLACK_MS = 5000, LAST_MS = 400000 };

static int64_t draw(struct rng *rng, int64_t least, int64_t most)
{
    return least + (int64_t)rng_below(rng, (uint32_t)(most - least + 1));
}

/* Every seed has its own weather: which faults there are, how often, how hostile the network is. */
struct world_profile world_draw(uint64_t seed)
{
    struct rng rng = {seed * 0x9e3779b97f4a7c15u + 1};
    struct world_profile p = {.n_workers = (uint32_t)draw(&rng, 2, 7),
                              .tile_points = 1u << draw(&rng, 0, 3),
                              .n_scenarios = (uint32_t)draw(&rng, 1, 3),
                              .row_bytes = (uint32_t)draw(&rng, 2, 40),
                              .credit = (uint32_t)draw(&rng, 1, 3),
                              .ttl_ms = rng_chance(&rng, 0.3) ? DISPATCH_TTL_MS : 6000,
                              .resend_ms = rng_chance(&rng, 0.3) ? SESSION_RESEND_MS : 3000,
                              .delay_max_ms = draw(&rng, 0, 50),
                              .compute_min_ms = 100,
                              .compute_max_ms = draw(&rng, 200, 3000),
                              .sync_max_ms = rng_chance(&rng, 0.2) ? 400 : 5,
                              .faults = (uint32_t)rng_next(&rng) & (uint32_t)rng_next(&rng),
                              .fault_every_ms = draw(&rng, 400, 5000),
                              .faults_until_ms = draw(&rng, 5000, 40000),
                              .local = rng_chance(&rng, 0.5)};
    p.n_points = p.tile_points * (uint32_t)draw(&rng, 5, 40) + (uint32_t)draw(&rng, 0, 2);
    if (rng_chance(&rng, 0.4)) { /* beyond what a connection does: frames of their own */
        p.loss = rng_chance(&rng, 0.6) ? rng_between(&rng, 0, 0.3) : 0;
        p.copies = rng_chance(&rng, 0.6) ? rng_between(&rng, 0, 0.3) : 0;
        p.reorder = rng_chance(&rng, 0.6) ? rng_between(&rng, 0, 0.3) : 0;
    }
    if (rng_chance(&rng, 0.2))
        p.n_poisons = (uint32_t)draw(&rng, 1, 2);
    if (rng_chance(&rng, 0.15) && p.n_workers > 2)
        p.n_liars = 1;
    p.n_runs = rng_chance(&rng, 0.3) ? (uint32_t)draw(&rng, 2, WORLD_RUNS_MAX) : 1;
    p.canary = rng_chance(&rng, 0.5);
    p.always_lie = p.canary && rng_chance(&rng, 0.5);
    if (rng_chance(&rng, 0.25)) {
        p.limit_ms = p.compute_max_ms + LIMIT_SLACK_MS;
        p.n_slow = (uint32_t)draw(&rng, 0, 2);
        p.faults &= ~(1u << FAULT_HANG); /* it would be a cell's fault then */
    }
    p.last_ms = p.faults_until_ms + LAST_MS * p.n_runs;
    return p;
}

static void disk_trouble(struct world *w)
{
    enum disk_fault fault = rng_below(&w->rng, DISK_POWER);
    uint32_t n = rng_below(&w->rng, WRITES_AHEAD);
    disk_fault_in(w->disk, fault, n);
    world_trace(w, "the disk will fail: %d after %u", (int)fault, n);
}

static void end_coordinator(struct world *w)
{
    if (!w->up)
        return;
    if (rng_chance(&w->rng, 0.7)) { /* in the middle of a commit */
        disk_fault_in(w->disk, DISK_POWER, rng_below(&w->rng, WRITES_AHEAD));
        return;
    }
    events_push(w, w->now_ms + rng_below(&w->rng, 100),
                (struct happening){.kind = WORLD_END, .life = w->coordinator_life});
}

/* Orders are kept: a coordinator that comes back finds a run held, or does not find it. */
static void order(struct world *w, uint32_t r, enum world_fault fault)
{
    struct world_run *run = &w->runs[r];
    if (run->want_held || run->want_absent)
        return;
    run->want_held = fault == FAULT_HOLD_RUN;
    run->want_absent = !run->want_held;
    run->at_once = rng_chance(&w->rng, 0.5);
    events_push(w, w->now_ms + draw(&w->rng, 100, HOLD_MAX_MS),
                (struct happening){.kind = WORLD_ORDER, .worker = r});
}

void world_fault(struct world *w, enum world_fault fault)
{
    uint32_t i = rng_below(&w->rng, w->profile.n_workers);
    struct world_worker *worker = &w->workers[i];
    if (!(w->profile.faults >> fault & 1))
        return;
    switch (fault) {
    case FAULT_KILL_WORKER:
        world_kill_worker(w, i, draw(&w->rng, 20, 6000));
        break;
    case FAULT_STOP_WORKER:
        worker->stopped_until_ms = w->now_ms + draw(&w->rng, 100, STOP_MAX_MS);
        world_trace(w, "%s is stopped", worker->name);
        break;
    case FAULT_CUT_BOTH:
    case FAULT_CUT_TO_WORKER:
    case FAULT_CUT_TO_COORDINATOR:
        world_cut(w, i, fault != FAULT_CUT_TO_COORDINATOR, fault != FAULT_CUT_TO_WORKER);
        events_push(w, w->now_ms + draw(&w->rng, 50, CUT_MAX_MS),
                    (struct happening){.kind = WORLD_HEAL, .worker = i});
        break;
    case FAULT_NEW_CONNECTION:
        world_reconnect(w, i);
        break;
    case FAULT_KILL_COORDINATOR:
    case FAULT_POWER:
        end_coordinator(w);
        break;
    case FAULT_STOP_COORDINATOR:
        world_trace(w, "the coordinator is stopped");
        world_stop_coordinator(w, draw(&w->rng, 100, STOP_MAX_MS));
        break;
    case FAULT_DISK:
        disk_trouble(w);
        break;
    case FAULT_HANG: /* one worker at most, and not the only honest one: no --cell-timeout here */
        if (w->profile.n_workers > 2 && i == w->profile.n_workers - 1)
            worker->hangs = true;
        break;
    case FAULT_DRAIN_WORKER:
        worker->want_drain = worker->session && w->up;
        break;
    case FAULT_HOLD_RUN:
    case FAULT_REMOVE_RUN:
        order(w, rng_below(&w->rng, w->profile.n_runs), fault);
        break;
    case N_FAULTS:
        break;
    }
}
