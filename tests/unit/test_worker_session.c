#include "proto/msg.h"
#include "tests/lib/cm.h"
#include "worker/session.h"
#include <stdlib.h>
#include <string.h>

enum { RUN = 7, NOW = 1000, WAIT_MS = 90000 };

static struct session *session_that(enum session_lost on_lost)
{
    struct session *s = NULL;
    struct session_options options = {.engine_id = "e",
                                      .name = "w",
                                      .slots = 1,
                                      .credit = 2,
                                      .pid = 5,
                                      .beat_ms = SESSION_BEAT_MS,
                                      .resend_ms = SESSION_RESEND_MS,
                                      .on_lost = on_lost,
                                      .wait_ms = WAIT_MS};
    assert_int_equal(session_new(&s, &options, NOW), OK);
    return s;
}

static struct session *session_of(void)
{
    return session_that(SESSION_LOST_WAIT);
}

/* As a shell that is not held up would: the verdict and time of the first tick that is not GO_ON,
 * or of the last. */
static enum session_verdict tick_to(struct session *s, int64_t *now_ms, int64_t until_ms)
{
    enum session_verdict verdict = SESSION_GO_ON;
    while (*now_ms < until_ms && verdict == SESSION_GO_ON) {
        *now_ms += 100;
        session_clear_outbox(s);
        verdict = session_tick(s, *now_ms);
    }
    return verdict;
}

/* The session's n-th frame since the outbox was cleared. */
static struct msg frame_of(struct session *s, size_t i)
{
    const uint8_t *bytes;
    size_t length;
    struct msg m;
    assert_true(i < session_outbox(s, i, &bytes, &length));
    assert_int_equal(msg_unpack(&m, bytes, length, NULL), OK);
    return m;
}

static size_t n_frames(struct session *s)
{
    const uint8_t *bytes;
    size_t length;
    return session_outbox(s, 0, &bytes, &length);
}

#define X(id, NAME, name, way, fields)                                                             \
    __attribute__((unused)) static enum session_verdict hear_##name(                               \
        struct session *s, int64_t now_ms, struct msg_##name m)                                    \
    {                                                                                              \
        struct codec_writer w = {0};                                                               \
        msg_pack_##name(&w, &m);                                                                   \
        session_clear_outbox(s);                                                                   \
        enum session_verdict verdict = session_frame_in(s, now_ms, w.bytes, w.length);             \
        free(w.bytes);                                                                             \
        return verdict;                                                                            \
    }
MSG_TABLE(X)
#undef X
#define HEAR(s, now_ms, name, ...) hear_##name(s, now_ms, (struct msg_##name)__VA_ARGS__)

static struct session *made_ready(struct session *s)
{
    assert_int_equal(HEAR(s, NOW, job, {.run = RUN, .job = {(const uint8_t *)"job", 3}}),
                     SESSION_LOAD);
    session_loaded(s, NOW);
    assert_int_equal(frame_of(s, 0).id, MSG_READY);
    return s;
}

static struct session *ready_session(void)
{
    return made_ready(session_of());
}

static void compute_one(struct session *s, uint64_t tile)
{
    struct session_lease lease;
    assert_int_equal(
        HEAR(s, NOW, lease, {.run = RUN, .tile = tile, .n_cells = 4, .epoch = 3, .ttl_ms = 1}),
        SESSION_GO_ON);
    assert_true(session_next_lease(s, NOW, &lease));
    assert_int_equal(lease.tile, tile);
    assert_int_equal(session_computed(s, NOW, &lease, 9, calloc(1, 4), 4), OK);
}

static void it_says_hello_first(void **state)
{
    (void)state;
    struct session *s = session_of();
    struct msg m = frame_of(s, 0);
    assert_int_equal(m.id, MSG_HELLO);
    assert_int_equal(m.as.hello.version, MSG_VERSION);
    assert_int_equal(m.as.hello.pid, 5);
    session_free(&s);
    assert_null(s);
}

static void leases_are_computed_in_order_one_at_a_time(void **state)
{
    (void)state;
    struct session *s = ready_session();
    struct session_lease lease;
    HEAR(s, NOW, lease, {.run = RUN, .tile = 1});
    HEAR(s, NOW, lease, {.run = RUN, .tile = 2});
    HEAR(s, NOW, lease, {.run = RUN + 1, .tile = 3}); /* of another run */
    assert_true(session_next_lease(s, NOW, &lease));
    assert_int_equal(lease.tile, 1);
    struct session_lease early;
    assert_false(session_next_lease(s, NOW, &early));
    session_computed(s, NOW, &lease, 1, NULL, 0);
    assert_true(session_next_lease(s, NOW, &lease));
    assert_int_equal(lease.tile, 2);
    session_computed(s, NOW, &lease, 1, NULL, 0);
    assert_false(session_next_lease(s, NOW, &lease));
    session_free(&s);
}

static void a_result_is_kept_until_its_ack(void **state)
{
    (void)state;
    struct session *s = ready_session();
    compute_one(s, 1);
    assert_int_equal(frame_of(s, 0).as.result.tile, 1);
    assert_int_equal(session_n_unacked(s), 1);
    HEAR(s, NOW, ack, {.run = RUN, .tile = 2, .epoch = 3});
    HEAR(s, NOW, ack, {.run = RUN + 1, .tile = 1, .epoch = 3});
    HEAR(s, NOW, ack, {.run = RUN, .tile = 1, .epoch = 2});
    HEAR(s, NOW, ack, {.run = RUN, .tile = 1, .epoch = 3, .first_cell = 2});
    assert_int_equal(session_n_unacked(s), 1);
    HEAR(s, NOW, ack, {.run = RUN, .tile = 1, .epoch = 3});
    assert_int_equal(session_n_unacked(s), 0);
    session_free(&s);
}

/* The coordinator came back and knows nobody: greet, then hand in all that was not acked. */
static void it_hands_in_again_after_a_reconnect(void **state)
{
    (void)state;
    struct session *s = ready_session();
    compute_one(s, 1);
    compute_one(s, 2);
    HEAR(s, NOW, ping, {.run = 0});
    assert_int_equal(frame_of(s, 0).id, MSG_HELLO);
    assert_int_equal(HEAR(s, NOW, job, {.run = RUN, .job = {(const uint8_t *)"job", 3}}),
                     SESSION_GO_ON);
    assert_int_equal(n_frames(s), 3);
    assert_int_equal(frame_of(s, 0).as.result.tile, 1);
    assert_int_equal(frame_of(s, 0).as.result.epoch, 3);
    assert_int_equal(frame_of(s, 1).as.result.tile, 2);
    assert_int_equal(frame_of(s, 2).id, MSG_READY);
    session_free(&s);
}

/* It moves to another run: its ack is on the way. */
static void another_job_is_no_reason_to_hand_in_again(void **state)
{
    (void)state;
    struct session *s = ready_session();
    compute_one(s, 1);
    assert_int_equal(HEAR(s, NOW, job, {.run = RUN + 1, .job = {(const uint8_t *)"job", 3}}),
                     SESSION_LOAD);
    session_loaded(s, NOW);
    assert_int_equal(n_frames(s), 1);
    assert_int_equal(frame_of(s, 0).id, MSG_READY);
    assert_int_equal(session_n_unacked(s), 1);
    session_free(&s);
}

static void a_lost_ack_is_made_good_in_time(void **state)
{
    (void)state;
    struct session *s = ready_session();
    compute_one(s, 1);
    int64_t now = NOW;
    tick_to(s, &now, NOW + SESSION_RESEND_MS);
    assert_int_equal(n_frames(s), 1); /* a BEAT */
    tick_to(s, &now, NOW + SESSION_RESEND_MS + 100);
    assert_int_equal(frame_of(s, 0).id, MSG_RESULT);
    session_free(&s);
}

static void beats_tell_how_many_leases_are_in_hand(void **state)
{
    (void)state;
    struct session *s = ready_session();
    struct session_lease lease;
    HEAR(s, NOW, lease, {.run = RUN, .tile = 1});
    HEAR(s, NOW, lease, {.run = RUN, .tile = 2});
    assert_true(session_next_lease(s, NOW, &lease));
    session_clear_outbox(s);
    session_tick(s, NOW + SESSION_BEAT_MS - 1);
    assert_int_equal(n_frames(s), 0);
    session_tick(s, NOW + SESSION_BEAT_MS);
    struct msg m = frame_of(s, 0);
    assert_int_equal(m.id, MSG_BEAT);
    assert_int_equal(m.as.beat.in_flight, 2);
    session_free(&s);
}

static void too_many_results_without_an_ack_stop_the_computing(void **state)
{
    (void)state;
    struct session *s = ready_session();
    struct session_lease lease;
    for (unsigned i = 0; i < 4; i++)
        HEAR(s, NOW, lease, {.run = RUN, .tile = i});
    const size_t length = 3u << 20; /* what a frame may carry; six of them pass the limit */
    unsigned n = 0;
    while (session_next_lease(s, NOW, &lease)) {
        session_computed(s, NOW, &lease, 1, calloc(1, length), length);
        session_clear_outbox(s);
        HEAR(s, NOW, lease, {.run = RUN, .tile = 10 + n});
        assert_true(++n < 10);
    }
    assert_int_equal(n, SESSION_UNACKED_MAX / length + 1);
    for (unsigned i = 0; i < 4; i++)
        HEAR(s, NOW, ack, {.run = RUN, .tile = i});
    assert_true(session_next_lease(s, NOW, &lease));
    session_free(&s);
}

static void a_drain_ends_it_once_everything_is_acked(void **state)
{
    (void)state;
    struct session *s = ready_session();
    struct session_lease lease;
    compute_one(s, 1);
    HEAR(s, NOW, lease, {.run = RUN, .tile = 2});
    assert_int_equal(HEAR(s, NOW, drain, {.run = RUN}), SESSION_GO_ON);
    assert_false(session_next_lease(s, NOW, &lease));
    assert_int_equal(HEAR(s, NOW, ack, {.run = RUN, .tile = 1, .epoch = 3}), SESSION_STOP);
    assert_int_equal(frame_of(s, 0).id, MSG_BYE);
    assert_string_equal(session_reason(s), "");
    session_free(&s);
}

static void a_refusal_ends_it_with_the_reason(void **state)
{
    (void)state;
    struct session *s = session_of();
    assert_int_equal(HEAR(s, NOW, refuse,
                          {.magic = MSG_MAGIC,
                           .version = MSG_VERSION,
                           .engine_id = msg_text("e"),
                           .reason = msg_text("no room")}),
                     SESSION_STOP);
    assert_non_null(strstr(session_reason(s), "no room"));
    assert_int_equal(frame_of(s, 0).id, MSG_BYE); /* for the other runs of the coordinator */
    session_free(&s);
    s = session_of();
    assert_int_equal(HEAR(s, NOW, refuse,
                          {.magic = MSG_MAGIC,
                           .version = MSG_VERSION + 3,
                           .engine_id = msg_text("e"),
                           .reason = msg_text("?")}),
                     SESSION_STOP);
    assert_non_null(strstr(session_reason(s), "protocol version 5"));
    session_free(&s);
}

static void garbage_and_messages_of_the_other_way_end_it(void **state)
{
    (void)state;
    struct session *s = session_of();
    assert_int_equal(session_frame_in(s, NOW, "\xff\xff", 2), SESSION_STOP);
    assert_non_null(strstr(session_reason(s), "garbage"));
    session_free(&s);
    s = session_of();
    assert_int_equal(HEAR(s, NOW, beat, {.run = RUN}), SESSION_STOP);
    assert_non_null(strstr(session_reason(s), "BEAT"));
    session_free(&s);
}

static void a_waiting_worker_keeps_its_results_until_its_patience_ends(void **state)
{
    (void)state;
    struct session *s = ready_session();
    int64_t now = NOW;
    compute_one(s, 1);
    assert_int_equal(tick_to(s, &now, NOW + WAIT_MS), SESSION_GO_ON);
    HEAR(s, now, ping, {.run = RUN});
    int64_t heard = now;
    assert_int_equal(tick_to(s, &now, heard + WAIT_MS), SESSION_GO_ON);
    assert_int_equal(session_n_unacked(s), 1);
    assert_int_equal(tick_to(s, &now, now + 100), SESSION_STOP);
    assert_int_equal(session_end(s), ERR_NET);
    assert_non_null(strstr(session_reason(s), "90 s; 1 result could not"));
    session_free(&s);
}

static void a_finishing_worker_computes_and_offers_what_is_in_hand(void **state)
{
    (void)state;
    struct session *s = made_ready(session_that(SESSION_LOST_FINISH));
    struct session_lease lease;
    int64_t now = NOW;
    HEAR(s, NOW, lease, {.run = RUN, .tile = 1, .n_cells = 1, .epoch = 1});
    assert_true(session_next_lease(s, NOW, &lease));
    assert_int_equal(tick_to(s, &now, NOW + 5 * SESSION_FINISH_MS), SESSION_GO_ON);
    assert_int_equal(session_computed(s, now, &lease, 1, calloc(1, 4), 4), OK);
    HEAR(s, now, ping, {.run = 0}); /* it came back for a moment */
    int64_t heard = now;
    assert_int_equal(tick_to(s, &now, heard + SESSION_FINISH_MS), SESSION_GO_ON);
    HEAR(s, now, ack, {.run = RUN, .tile = 1, .epoch = 1});
    heard = now;
    assert_int_equal(tick_to(s, &now, heard + SESSION_SILENT_MS), SESSION_GO_ON);
    assert_int_equal(tick_to(s, &now, now + 100), SESSION_STOP); /* nothing in hand: at once */
    session_free(&s);
}

/* The tile was begun before the silence and took longer than results are offered for. */
static void a_finishing_worker_offers_a_late_result_for_its_whole_time(void **state)
{
    (void)state;
    struct session *s = made_ready(session_that(SESSION_LOST_FINISH));
    struct session_lease lease;
    int64_t now = NOW;
    HEAR(s, NOW, lease, {.run = RUN, .tile = 1, .n_cells = 1, .epoch = 1});
    assert_true(session_next_lease(s, NOW, &lease));
    assert_int_equal(tick_to(s, &now, NOW + 5 * SESSION_FINISH_MS), SESSION_GO_ON);
    assert_int_equal(session_computed(s, now, &lease, 1, calloc(1, 4), 4), OK);
    int64_t done = now;
    assert_int_equal(tick_to(s, &now, done + SESSION_FINISH_MS), SESSION_GO_ON);
    assert_int_equal(tick_to(s, &now, now + 100), SESSION_STOP);
    assert_non_null(strstr(session_reason(s), "1 result could not"));
    session_free(&s);
}

/* Leases it has no room to compute are not in hand. */
static void a_finishing_worker_that_is_full_leaves_too(void **state)
{
    (void)state;
    struct session *s = made_ready(session_that(SESSION_LOST_FINISH));
    struct session_lease lease;
    int64_t now = NOW;
    const size_t length = 3u << 20;
    for (unsigned i = 0; i < 8; i++)
        HEAR(s, NOW, lease, {.run = RUN, .tile = i});
    while (session_next_lease(s, NOW, &lease))
        session_computed(s, NOW, &lease, 1, calloc(1, length), length);
    assert_int_equal(tick_to(s, &now, NOW + SESSION_FINISH_MS), SESSION_GO_ON);
    assert_int_equal(tick_to(s, &now, now + 100), SESSION_STOP);
    session_free(&s);
}

static void a_stopping_worker_leaves_with_a_tile_in_hand(void **state)
{
    (void)state;
    struct session *s = made_ready(session_that(SESSION_LOST_STOP));
    struct session_lease lease;
    int64_t now = NOW;
    HEAR(s, NOW, lease, {.run = RUN, .tile = 1, .n_cells = 1, .epoch = 1});
    assert_true(session_next_lease(s, NOW, &lease));
    assert_int_equal(tick_to(s, &now, NOW + SESSION_SILENT_MS), SESSION_GO_ON);
    assert_int_equal(tick_to(s, &now, now + 100), SESSION_STOP);
    session_free(&s);
}

/* SIGSTOP, a suspended machine: it was the worker that did not listen. */
static void a_worker_that_slept_blames_nobody(void **state)
{
    (void)state;
    struct session *s = made_ready(session_that(SESSION_LOST_STOP));
    struct session_lease lease;
    int64_t now = NOW;
    HEAR(s, NOW, lease, {.run = RUN, .tile = 1, .n_cells = 1, .epoch = 1, .limit_ms = 2000});
    assert_true(session_next_lease(s, NOW, &lease));
    now += 100 * WAIT_MS;
    assert_int_equal(session_tick(s, now), SESSION_GO_ON);
    assert_int_equal(tick_to(s, &now, now + 900), SESSION_GO_ON);
    session_free(&s);
}

static void a_span_over_its_limit_ends_the_worker_and_is_named(void **state)
{
    (void)state;
    struct session *s = ready_session();
    struct session_lease lease;
    int64_t now = NOW;
    HEAR(s, NOW, lease,
         {.run = RUN, .tile = 4, .first_cell = 6, .n_cells = 2, .epoch = 5, .limit_ms = 2000});
    assert_int_equal(tick_to(s, &now, NOW + 5000), SESSION_GO_ON); /* it only waits */
    HEAR(s, now, ping, {.run = RUN});
    assert_true(session_next_lease(s, now, &lease));
    int64_t started = now;
    assert_int_equal(tick_to(s, &now, started + 2000), SESSION_GO_ON);
    assert_int_equal(tick_to(s, &now, now + 100), SESSION_STOP);
    struct msg m = frame_of(s, 0);
    assert_int_equal(m.id, MSG_OVERRUN);
    assert_int_equal(m.as.overrun.tile, 4);
    assert_int_equal(m.as.overrun.first_cell, 6);
    assert_int_equal(m.as.overrun.n_cells, 2);
    assert_int_equal(m.as.overrun.epoch, 5);
    assert_int_equal(session_end(s), ERR_TIMEOUT);
    assert_non_null(strstr(session_reason(s), "cells 6 to 7: not done within 2 s"));
    session_free(&s);
}

CM_MAIN("worker_session", cmocka_unit_test(it_says_hello_first),
        cmocka_unit_test(leases_are_computed_in_order_one_at_a_time),
        cmocka_unit_test(a_result_is_kept_until_its_ack),
        cmocka_unit_test(it_hands_in_again_after_a_reconnect),
        cmocka_unit_test(another_job_is_no_reason_to_hand_in_again),
        cmocka_unit_test(a_lost_ack_is_made_good_in_time),
        cmocka_unit_test(beats_tell_how_many_leases_are_in_hand),
        cmocka_unit_test(too_many_results_without_an_ack_stop_the_computing),
        cmocka_unit_test(a_drain_ends_it_once_everything_is_acked),
        cmocka_unit_test(a_refusal_ends_it_with_the_reason),
        cmocka_unit_test(garbage_and_messages_of_the_other_way_end_it),
        cmocka_unit_test(a_waiting_worker_keeps_its_results_until_its_patience_ends),
        cmocka_unit_test(a_finishing_worker_computes_and_offers_what_is_in_hand),
        cmocka_unit_test(a_finishing_worker_offers_a_late_result_for_its_whole_time),
        cmocka_unit_test(a_finishing_worker_that_is_full_leaves_too),
        cmocka_unit_test(a_stopping_worker_leaves_with_a_tile_in_hand),
        cmocka_unit_test(a_worker_that_slept_blames_nobody),
        cmocka_unit_test(a_span_over_its_limit_ends_the_worker_and_is_named))
