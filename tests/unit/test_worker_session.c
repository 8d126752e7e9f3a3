#include "proto/msg.h"
#include "tests/lib/cm.h"
#include "worker/session.h"
#include <stdlib.h>
#include <string.h>

enum { RUN = 7, NOW = 1000 };

static struct session *session_of(void)
{
    struct session *s = NULL;
    struct session_options options = {.engine_id = "e",
                                      .name = "w",
                                      .slots = 1,
                                      .credit = 2,
                                      .pid = 5,
                                      .beat_ms = SESSION_BEAT_MS,
                                      .lost_ms = SESSION_LOST_MS,
                                      .resend_ms = SESSION_RESEND_MS};
    assert_int_equal(session_new(&s, &options, NOW), OK);
    return s;
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

static struct session *ready_session(void)
{
    struct session *s = session_of();
    assert_int_equal(HEAR(s, NOW, job, {.run = RUN, .job = {(const uint8_t *)"job", 3}}),
                     SESSION_LOAD);
    session_loaded(s, NOW);
    assert_int_equal(frame_of(s, 0).id, MSG_READY);
    return s;
}

static void compute_one(struct session *s, uint64_t tile)
{
    struct session_lease lease;
    assert_int_equal(
        HEAR(s, NOW, lease, {.run = RUN, .tile = tile, .n_cells = 4, .epoch = 3, .ttl_ms = 1}),
        SESSION_GO_ON);
    assert_true(session_next_lease(s, &lease));
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
    assert_true(session_next_lease(s, &lease));
    assert_int_equal(lease.tile, 1);
    struct session_lease early;
    assert_false(session_next_lease(s, &early));
    session_computed(s, NOW, &lease, 1, NULL, 0);
    assert_true(session_next_lease(s, &lease));
    assert_int_equal(lease.tile, 2);
    session_computed(s, NOW, &lease, 1, NULL, 0);
    assert_false(session_next_lease(s, &lease));
    session_free(&s);
}

static void a_result_is_kept_until_its_ack(void **state)
{
    (void)state;
    struct session *s = ready_session();
    compute_one(s, 1);
    assert_int_equal(frame_of(s, 0).as.result.tile, 1);
    assert_int_equal(session_n_unacked(s), 1);
    HEAR(s, NOW, ack, {.run = RUN, .tile = 2});
    HEAR(s, NOW, ack, {.run = RUN + 1, .tile = 1});
    assert_int_equal(session_n_unacked(s), 1);
    HEAR(s, NOW, ack, {.run = RUN, .tile = 1});
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

static void a_lost_ack_is_made_good_in_time(void **state)
{
    (void)state;
    struct session *s = ready_session();
    compute_one(s, 1);
    session_clear_outbox(s);
    session_tick(s, NOW + SESSION_RESEND_MS);
    assert_int_equal(n_frames(s), 1); /* a BEAT */
    session_clear_outbox(s);
    session_tick(s, NOW + SESSION_RESEND_MS + 1);
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
    assert_true(session_next_lease(s, &lease));
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
    while (session_next_lease(s, &lease)) {
        session_computed(s, NOW, &lease, 1, calloc(1, length), length);
        session_clear_outbox(s);
        HEAR(s, NOW, lease, {.run = RUN, .tile = 10 + n});
        assert_true(++n < 10);
    }
    assert_int_equal(n, SESSION_UNACKED_MAX / length + 1);
    for (unsigned i = 0; i < 4; i++)
        HEAR(s, NOW, ack, {.run = RUN, .tile = i});
    assert_true(session_next_lease(s, &lease));
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
    assert_false(session_next_lease(s, &lease));
    assert_int_equal(HEAR(s, NOW, ack, {.run = RUN, .tile = 1}), SESSION_STOP);
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
    session_free(&s);
    s = session_of();
    assert_int_equal(HEAR(s, NOW, refuse,
                          {.magic = MSG_MAGIC,
                           .version = MSG_VERSION + 3,
                           .engine_id = msg_text("e"),
                           .reason = msg_text("?")}),
                     SESSION_STOP);
    assert_non_null(strstr(session_reason(s), "protocol version 4"));
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

static void a_coordinator_silent_for_long_is_lost(void **state)
{
    (void)state;
    struct session *s = ready_session();
    assert_int_equal(session_tick(s, NOW + SESSION_LOST_MS), SESSION_GO_ON);
    HEAR(s, NOW + SESSION_LOST_MS, ping, {.run = RUN});
    assert_int_equal(session_tick(s, NOW + 2 * SESSION_LOST_MS), SESSION_GO_ON);
    assert_int_equal(session_tick(s, NOW + 2 * SESSION_LOST_MS + 1), SESSION_STOP);
    session_free(&s);
}

CM_MAIN("worker_session", cmocka_unit_test(it_says_hello_first),
        cmocka_unit_test(leases_are_computed_in_order_one_at_a_time),
        cmocka_unit_test(a_result_is_kept_until_its_ack),
        cmocka_unit_test(it_hands_in_again_after_a_reconnect),
        cmocka_unit_test(a_lost_ack_is_made_good_in_time),
        cmocka_unit_test(beats_tell_how_many_leases_are_in_hand),
        cmocka_unit_test(too_many_results_without_an_ack_stop_the_computing),
        cmocka_unit_test(a_drain_ends_it_once_everything_is_acked),
        cmocka_unit_test(a_refusal_ends_it_with_the_reason),
        cmocka_unit_test(garbage_and_messages_of_the_other_way_end_it),
        cmocka_unit_test(a_coordinator_silent_for_long_is_lost))
