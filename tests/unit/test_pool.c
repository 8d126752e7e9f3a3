#include "coordinator/pool.h"
#include "tests/lib/cm.h"
#include "tests/lib/pool_world.h"

enum { QUANTUM_MS = 1000, TILE_MS = 50, CREDIT = 2, MANY = 5000 };

static int set_up(void **state)
{
    struct world *w = malloc(sizeof *w);
    if (!w)
        return -1;
    world_start(w, QUANTUM_MS, TILE_MS);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world_end(*state);
    free(*state);
    return 0;
}

static void join(struct world *w, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        world_join(w, i, CREDIT);
}

/* Tiles of two runs of priorities 3 and 1 differ from 3:1 by what one worker does in a quantum, at
 * any moment and with any number of workers. */
static void tiles_follow_priorities(void **state)
{
    struct world *w = *state;
    for (uint32_t n = 1; n <= 5; n++) {
        world_end(w);
        world_start(w, QUANTUM_MS, TILE_MS);
        join(w, n);
        struct world_run *a = world_add_run(w, MANY, 30), *b = world_add_run(w, MANY, 10);
        for (unsigned s = 0; s < 20; s++) {
            world_go(w, 2000);
            double all = (double)(a->n_saved + b->n_saved);
            double off = (double)a->n_saved - 0.75 * all;
            double slack = (double)QUANTUM_MS / TILE_MS + n * CREDIT;
            assert_true(off <= slack && off >= -slack);
        }
        assert_true(a->n_saved + b->n_saved > n * 700u); /* of 800: moves cost next to nothing */
    }
}

static void whole_shares_need_no_moves(void **state)
{
    struct world *w = *state;
    join(w, 4);
    struct world_run *a = world_add_run(w, MANY, 30), *b = world_add_run(w, MANY, 10);
    world_go(w, 3000);
    for (unsigned s = 0; s < 100; s++) {
        world_go(w, 100);
        assert_int_equal(pool_n_workers(w->pool, a->run), 3);
        assert_int_equal(pool_n_workers(w->pool, b->run), 1);
    }
    assert_int_equal(a->n_equal + b->n_equal, 0); /* nothing was computed twice */
}

/* Three workers, two runs: one worker moves each quantum, and first finishes what it holds. */
static void moves_compute_nothing_twice(void **state)
{
    struct world *w = *state;
    join(w, 3);
    struct world_run *a = world_add_run(w, MANY, 10), *b = world_add_run(w, MANY, 10);
    uint32_t n_moves = 0, before = 0;
    for (unsigned s = 0; s < 400; s++) {
        world_go(w, 50);
        uint32_t now = pool_n_workers(w->pool, a->run);
        n_moves += now != before;
        before = now;
    }
    assert_true(n_moves > 10);
    /* All that was computed counts, but for what is on its way; a result may be handed in twice. */
    assert_true(w->n_computed <= a->n_saved + b->n_saved + 3);
    assert_int_equal(dispatch_stats(a->dispatch).deaths + dispatch_stats(b->dispatch).deaths, 0);
}

static void a_run_that_ends_leaves_its_workers_to_others(void **state)
{
    struct world *w = *state;
    join(w, 4);
    struct world_run *a = world_add_run(w, 40, 10), *b = world_add_run(w, MANY, 10);
    world_go(w, 3000);
    assert_int_equal(a->n_saved, a->n_tiles);
    assert_int_equal(pool_n_workers(w->pool, b->run), 4);
}

static void a_new_run_has_no_claim_to_the_time_before_it(void **state)
{
    struct world *w = *state;
    join(w, 4);
    struct world_run *a = world_add_run(w, MANY, 10);
    world_go(w, 20000);
    struct world_run *b = world_add_run(w, MANY, 10);
    uint64_t before = a->n_saved;
    world_go(w, 10000);
    double since = (double)(a->n_saved - before);
    assert_true(since > 0.4 * (since + (double)b->n_saved));
}

static void a_held_run_has_no_workers_and_what_they_held_is_done(void **state)
{
    struct world *w = *state;
    join(w, 3);
    struct world_run *a = world_add_run(w, MANY, 10);
    world_go(w, 1000);
    assert_int_equal(pool_hold(w->pool, w->now_ms, a->run, true, false), OK);
    world_go(w, 500);
    assert_int_equal(pool_n_workers(w->pool, a->run), 0);
    assert_true(dispatch_is_idle(a->dispatch));
    uint64_t at_rest = a->n_saved;
    world_go(w, 5 * DISPATCH_DEAD_MS); /* the lobby keeps them */
    struct pool_worker row;
    assert_int_equal(pool_worker(w->pool, 0, &row), 3);
    assert_int_equal(a->n_saved, at_rest);
    assert_int_equal(a->n_equal, 0);
    assert_int_equal(pool_hold(w->pool, w->now_ms, a->run, false, false), OK);
    world_go(w, 1000);
    assert_true(a->n_saved > at_rest);
}

static void held_at_once_what_comes_late_counts(void **state)
{
    struct world *w = *state;
    join(w, 2);
    struct world_run *a = world_add_run(w, MANY, 10);
    world_go(w, 1000);
    uint64_t before = a->n_saved;
    assert_int_equal(pool_hold(w->pool, w->now_ms, a->run, true, true), OK);
    assert_int_equal(pool_n_workers(w->pool, a->run), 0);
    world_go(w, 1000);
    /* JOB of another run makes a session forget what it did not begin; without one it does all. */
    assert_true(a->n_saved > before);
    assert_true(dispatch_is_idle(a->dispatch));
}

static void a_result_of_a_run_that_is_gone_is_only_acked(void **state)
{
    struct world *w = *state;
    join(w, 1);
    struct world_run *a = world_add_run(w, MANY, 10);
    world_go(w, 1000);
    assert_int_equal(pool_remove(w->pool, w->now_ms, a->run), OK);
    uint64_t before = a->n_saved;
    world_go(w, 1000);
    assert_int_equal(a->n_saved, before);
    assert_int_equal(session_n_unacked(w->workers[0].session), 0);
    struct world_run *b = world_add_run(w, 10, 10);
    world_go(w, 2000);
    assert_int_equal(b->n_saved, b->n_tiles);
}

static void a_worker_that_comes_first_waits_in_the_lobby(void **state)
{
    struct world *w = *state;
    struct pool_worker row;
    join(w, 2);
    world_go(w, 10 * SESSION_WAIT_MS / 9); /* it is pinged: it stays */
    assert_int_equal(pool_worker(w->pool, 0, &row), 2);
    assert_int_equal(row.run, 0);
    w->workers[0].unheard = true; /* cut off: the other is left */
    world_go(w, 2 * DISPATCH_DEAD_MS);
    assert_int_equal(pool_worker(w->pool, 0, &row), 1);
    assert_string_equal(row.name, "w1");
    struct world_run *a = world_add_run(w, 10, 10);
    world_go(w, 2000);
    assert_int_equal(a->n_saved, a->n_tiles);
}

static void who_is_drained_finishes_and_leaves(void **state)
{
    struct world *w = *state;
    join(w, 3);
    struct world_run *a = world_add_run(w, MANY, 10);
    world_go(w, 1000);
    assert_int_equal(pool_drain(w->pool, "w1", 0), 1);
    assert_int_equal(pool_drain(w->pool, "nobody", 0), 0);
    world_go(w, 500);
    assert_null(w->workers[1].session);
    assert_int_equal(pool_n_workers(w->pool, a->run), 2);
    assert_int_equal(a->n_equal, 0);
    assert_int_equal(dispatch_stats(a->dispatch).deaths, 0);
    pool_hold(w->pool, w->now_ms, a->run, true, false);
    world_go(w, 500);
    assert_int_equal(pool_drain(w->pool, NULL, 0), 2); /* in the lobby */
    world_go(w, 500);
    assert_null(w->workers[0].session);
    assert_null(w->workers[2].session);
}

/* Its line broke, and it is here again; what it missed in between was lost. */
static void back_after(struct world *w, uint32_t i, int64_t ms)
{
    w->workers[i].unheard = true;
    world_go(w, ms);
    w->workers[i].key = w->next_key++;
    w->workers[i].unheard = false;
}

/* Whether it was missed meanwhile or not. */
static void who_did_not_hear_that_it_is_to_leave_is_told_again(void **state)
{
    struct world *w = *state;
    join(w, 3);
    world_add_run(w, MANY, 10);
    world_go(w, 1000);
    w->workers[1].unheard = w->workers[2].unheard = true;
    assert_int_equal(pool_drain(w->pool, "w1", 0), 1);
    assert_int_equal(pool_drain(w->pool, "w2", 0), 1);
    back_after(w, 1, 500);
    back_after(w, 2, 2 * DISPATCH_DEAD_MS);
    world_go(w, 3 * SESSION_BEAT_MS);
    assert_non_null(w->workers[0].session);
    assert_null(w->workers[1].session);
    assert_null(w->workers[2].session);
}

static void a_new_connection_is_no_way_back_into_a_held_run(void **state)
{
    struct world *w = *state;
    w->tile_ms = 1500;
    join(w, 2);
    struct world_run *a = world_add_run(w, MANY, 10);
    world_go(w, 1000);
    assert_int_equal(pool_hold(w->pool, w->now_ms, a->run, true, false), OK);
    back_after(w, 0, 100);
    world_go(w, 10000);
    assert_int_equal(pool_n_workers(w->pool, a->run), 0);
    assert_true(a->n_saved <= 2 * CREDIT);
}

/* A run that is cancelled: what one of its workers held is not begun by the others. */
static void a_run_that_is_held_at_once_grants_nothing_more(void **state)
{
    struct world *w = *state;
    struct dispatch_frame frame;
    struct msg m;
    w->tile_ms = 1000;
    join(w, 3);
    struct world_run *a = world_add_run(w, 2 * CREDIT, 10); /* the third has nothing to do */
    world_go(w, 100);
    assert_int_equal(pool_hold(w->pool, w->now_ms, a->run, true, true), OK);
    while (pool_next_frame(w->pool, &frame)) {
        assert_int_equal(msg_unpack(&m, frame.bytes, frame.length, NULL), OK);
        assert_int_not_equal(m.id, MSG_LEASE);
    }
}

/* A coordinator that came back puts a worker into one run; what it kept of another still counts. */
static void what_was_kept_for_another_run_counts_after_a_restart(void **state)
{
    struct world *w = *state;
    world_join(w, 0, 1);
    struct world_run *a = world_add_run(w, MANY, 10);
    world_go(w, 1000);
    w->workers[0].unheard = true; /* the coordinator is away; it ends its tile */
    world_go(w, 1000);
    assert_true(session_n_unacked(w->workers[0].session) > 0);
    pool_free(&w->pool);
    dispatch_free(&a->dispatch);
    const struct pool_options options = {plateau_engine_id(), DISPATCH_BEAT_MS, DISPATCH_DEAD_MS,
                                         QUANTUM_MS};
    assert_int_equal(pool_new(&w->pool, &options), OK);
    world_new_run(w, a);
    struct lease_table *leases = dispatch_leases(a->dispatch);
    for (uint64_t t = 0; t < a->n_tiles; t++)
        lease_done_bits(leases)[t / 8] |= (uint8_t)(a->counted[t] << t % 8);
    lease_resumed(leases);
    struct world_run *b = world_add_run(w, MANY, 10);
    assert_int_equal(pool_add(w->pool, w->now_ms, a->run, a->dispatch, 10), OK);
    assert_int_equal(pool_hold(w->pool, w->now_ms, a->run, true, false), OK);
    w->workers[0].unheard = false;
    uint64_t before = a->n_saved;
    world_go(w, 3000);
    assert_int_equal(a->n_saved, before + 1);
    assert_true(b->n_saved > 0);
    assert_int_equal(pool_n_workers(w->pool, b->run), 1);
}

static void another_engine_is_refused_in_the_lobby_too(void **state)
{
    struct world *w = *state;
    struct codec_writer frame = {0};
    struct journal_row row;
    struct dispatch_frame sent;
    struct msg m;
    uint64_t run;
    msg_pack_hello(&frame, &(struct msg_hello){.magic = MSG_MAGIC,
                                               .version = MSG_VERSION,
                                               .engine_id = msg_text("another"),
                                               .name = msg_text("x"),
                                               .slots = 1});
    pool_frame_in(w->pool, w->now_ms, 77, frame.bytes, frame.length, &run, &row);
    assert_true(pool_next_frame(w->pool, &sent));
    assert_int_equal(msg_unpack(&m, sent.bytes, sent.length, NULL), OK);
    assert_int_equal(m.id, MSG_REFUSE);
    assert_int_equal(pool_worker(w->pool, 0, NULL), 0);
    assert_int_equal(pool_refusals(w->pool)[REFUSAL_ENGINE], 1);
    assert_int_equal(pool_events(w->pool)->at[0].kind, EVENT_WORKER_REFUSED);
    free(frame.bytes);
}

static void who_left_a_moment_ago_is_known_by_its_run(void **state)
{
    struct world *w = *state;
    struct pool_worker row;
    join(w, 1);
    struct world_run *a = world_add_run(w, MANY, 10);
    world_go(w, 500);
    pool_worker(w->pool, 0, &row);
    assert_int_equal(pool_run_of(w->pool, row.pid), a->run);
    pool_drain(w->pool, NULL, 0);
    world_go(w, 500);
    assert_int_equal(pool_worker(w->pool, 0, NULL), 0);
    assert_int_equal(pool_run_of(w->pool, row.pid), a->run);
    assert_int_equal(pool_run_of(w->pool, row.pid + 1), 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("pool", T(tiles_follow_priorities), T(whole_shares_need_no_moves),
        T(moves_compute_nothing_twice), T(a_run_that_ends_leaves_its_workers_to_others),
        T(a_new_run_has_no_claim_to_the_time_before_it),
        T(a_held_run_has_no_workers_and_what_they_held_is_done),
        T(held_at_once_what_comes_late_counts), T(a_result_of_a_run_that_is_gone_is_only_acked),
        T(a_worker_that_comes_first_waits_in_the_lobby), T(who_is_drained_finishes_and_leaves),
        T(who_did_not_hear_that_it_is_to_leave_is_told_again),
        T(a_new_connection_is_no_way_back_into_a_held_run),
        T(a_run_that_is_held_at_once_grants_nothing_more),
        T(who_left_a_moment_ago_is_known_by_its_run),
        T(what_was_kept_for_another_run_counts_after_a_restart),
        T(another_engine_is_refused_in_the_lobby_too))
