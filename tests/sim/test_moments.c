/* How long it takes to see a death, and to go on after a cut: in the simulator's time, so that no
 * machine is too slow for it. */
#include "coordinator/dispatch.h"
#include "tests/lib/cm.h"
#include "tests/sim/life.h"
#include <stdlib.h>

enum { SETTLED_MS = 5000, HEARTBEATS_MS = 3 * DISPATCH_BEAT_MS, BACK_MS = 2000, WORKERS = 3 };

struct fixture {
    struct world w;
    struct life life;
};

static int set_up(void **state)
{
    const struct world_profile calm = {.n_runs = 1,
                                       .n_workers = WORKERS,
                                       .n_points = 4000,
                                       .tile_points = 4,
                                       .n_scenarios = 1,
                                       .row_bytes = 16,
                                       .credit = 2,
                                       .ttl_ms = DISPATCH_TTL_MS,
                                       .resend_ms = SESSION_RESEND_MS,
                                       .delay_min_ms = 1,
                                       .delay_max_ms = 20,
                                       .compute_min_ms = 50,
                                       .compute_max_ms = 200,
                                       .sync_max_ms = 5,
                                       .last_ms = 1000000};
    struct fixture *f = calloc(1, sizeof *f);
    struct err_note note = {""};
    if (!f)
        return -1;
    world_init(&f->w, 7, &calm, false);
    *state = f;
    return life_start(&f->life, &f->w, &note);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    life_end(&f->life);
    world_end(&f->w);
    free(f);
    return 0;
}

static void go_on_until(struct fixture *f, int64_t until_ms)
{
    struct err_note note = {""};
    enum err err = OK;
    while (!err && f->w.now_ms < until_ms) {
        assert_false(life_turn(&f->life, &err, &note));
        assert_string_equal(f->w.failure, "");
    }
    assert_int_equal(err, OK);
}

static uint32_t n_peers(const struct fixture *f)
{
    return dispatch_stats(f->life.runs[0].dispatch).n_peers;
}

static void a_dead_worker_is_missed_before_three_heartbeats_are_over(void **state)
{
    struct fixture *f = *state;
    go_on_until(f, SETTLED_MS);
    assert_int_equal(n_peers(f), WORKERS);
    world_kill_worker(&f->w, 0, -1); /* and nobody tells */
    go_on_until(f, f->w.now_ms + HEARTBEATS_MS);
    assert_int_equal(n_peers(f), WORKERS - 1);
}

static void a_cut_link_is_missed_too_and_others_get_its_leases(void **state)
{
    struct fixture *f = *state;
    go_on_until(f, SETTLED_MS);
    world_cut(&f->w, 0, false, true);
    go_on_until(f, f->w.now_ms + HEARTBEATS_MS);
    assert_int_equal(n_peers(f), WORKERS - 1);
    uint64_t results = f->w.n_results;
    go_on_until(f, f->w.now_ms + BACK_MS);
    assert_true(f->w.n_results > results);
}

static void one_lost_second_is_no_death(void **state)
{
    struct fixture *f = *state;
    go_on_until(f, SETTLED_MS);
    world_cut(&f->w, 0, true, true);
    go_on_until(f, f->w.now_ms + DISPATCH_BEAT_MS);
    world_heal(&f->w, 0);
    go_on_until(f, f->w.now_ms + HEARTBEATS_MS);
    assert_int_equal(n_peers(f), WORKERS);
    assert_int_equal(dispatch_stats(f->life.runs[0].dispatch).deaths, 0);
}

/* All links at once, for longer than anybody's patience but the worker's. */
static void after_healing_the_first_tile_comes_within_two_seconds(void **state)
{
    struct fixture *f = *state;
    go_on_until(f, SETTLED_MS);
    for (uint32_t i = 0; i < WORKERS; i++)
        world_cut(&f->w, i, true, true);
    go_on_until(f, f->w.now_ms + 20000);
    assert_int_equal(n_peers(f), 0);
    uint64_t done = dispatch_stats(f->life.runs[0].dispatch).tiles_done;
    for (uint32_t i = 0; i < WORKERS; i++)
        world_heal(&f->w, i);
    int64_t healed_ms = f->w.now_ms;
    go_on_until(f, healed_ms + BACK_MS);
    assert_true(dispatch_stats(f->life.runs[0].dispatch).tiles_done > done);
}

/* A coordinator that was stopped has not listened: that is nobody's silence. */
static void a_stopped_coordinator_takes_nobody_for_dead(void **state)
{
    struct fixture *f = *state;
    go_on_until(f, SETTLED_MS);
    world_stop_coordinator(&f->w, 20000);
    go_on_until(f, f->w.coordinator_ms + HEARTBEATS_MS);
    assert_int_equal(n_peers(f), WORKERS);
    assert_int_equal(dispatch_stats(f->life.runs[0].dispatch).deaths, 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("moments", T(a_dead_worker_is_missed_before_three_heartbeats_are_over),
        T(a_cut_link_is_missed_too_and_others_get_its_leases), T(one_lost_second_is_no_death),
        T(after_healing_the_first_tile_comes_within_two_seconds),
        T(a_stopped_coordinator_takes_nobody_for_dead))
