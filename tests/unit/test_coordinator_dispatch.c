#include "coordinator/dispatch.h"
#include "proto/msg.h"
#include "proto/result.h"
#include "tests/lib/cm.h"
#include "tests/lib/null_job.h"
#include "worker/session.h"

enum { A = 11, B = 22, RUN = 99, ROW = 32, TILE = 8, MAX_SENT = 900, THIRD_MS = 5000, HEARD = 8 };

/* A coordinator in a test's hand: it plays the network and the journal. */
struct fixture {
    struct job job;
    struct dispatch *d;
    int64_t now_ms;
    struct { /* what the coordinator sent, oldest first */
        uint64_t peer;
        struct msg msg;
        uint8_t *bytes;
    } sent[MAX_SENT];
    unsigned n_sent, n_read;
    struct journal_row row; /* of the last verdict */
    uint8_t *heard[HEARD];  /* the last frames, as rows point into them */
    unsigned n_heard;
};

static void start_with(struct fixture *f, uint32_t a, uint32_t b, uint32_t n_scenarios,
                       int64_t limit_ms)
{
    null_job_make(&f->job, "test", a, b, TILE, n_scenarios, ROW);
    struct dispatch_options options = {.job = &f->job,
                                       .run = RUN,
                                       .order_seed = 5,
                                       .n_visited = UINT64_MAX,
                                       .beat_ms = DISPATCH_BEAT_MS,
                                       .dead_ms = DISPATCH_DEAD_MS,
                                       .ttl_ms = DISPATCH_TTL_MS,
                                       .limit_ms = limit_ms,
                                       .third_ms = THIRD_MS};
    assert_int_equal(dispatch_new(&f->d, &options), OK);
    f->now_ms = 1000;
}

static void start_canary(struct fixture *f, const struct dispatch_canary *canary)
{
    null_job_make(&f->job, "test", 40, TILE, TILE, 1, ROW);
    struct dispatch_options options = {.job = &f->job,
                                       .run = RUN,
                                       .order_seed = 5,
                                       .n_visited = UINT64_MAX,
                                       .beat_ms = DISPATCH_BEAT_MS,
                                       .dead_ms = DISPATCH_DEAD_MS,
                                       .ttl_ms = DISPATCH_TTL_MS,
                                       .canary = canary};
    assert_int_equal(dispatch_new(&f->d, &options), OK);
    f->now_ms = 1000;
}

static void start(struct fixture *f, uint32_t a, uint32_t b, uint32_t n_scenarios)
{
    start_with(f, a, b, n_scenarios, 0);
}

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    dispatch_free(&f->d);
    job_free(&f->job);
    for (unsigned i = 0; i < f->n_sent; i++)
        free(f->sent[i].bytes);
    for (unsigned i = 0; i < HEARD; i++)
        free(f->heard[i]);
    free(f);
    return 0;
}

static void collect(struct fixture *f)
{
    struct dispatch_frame frame;
    for (size_t i = 0; i < dispatch_outbox(f->d, i, &frame); i++) {
        uint8_t *copy = malloc(frame.length);
        assert_true(f->n_sent < MAX_SENT);
        memcpy(copy, frame.bytes, frame.length);
        f->sent[f->n_sent].bytes = copy;
        f->sent[f->n_sent].peer = frame.peer;
        assert_int_equal(msg_unpack(&f->sent[f->n_sent].msg, copy, frame.length, NULL), OK);
        f->n_sent++;
    }
    dispatch_clear_outbox(f->d);
}

/* The next message to a peer that is not a PING of the run; NULL: none. */
static const struct msg *next_to(struct fixture *f, uint64_t peer)
{
    for (unsigned i = 0; i < f->n_sent; i++) {
        struct msg *m = &f->sent[i].msg;
        if (f->sent[i].peer != peer || (m->id == MSG_PING && m->as.ping.run == RUN))
            continue;
        f->sent[i].peer = 0; /* read */
        return m;
    }
    return NULL;
}

static const struct msg *expect(struct fixture *f, uint64_t peer, enum msg_id id)
{
    const struct msg *m = next_to(f, peer);
    if (!m)
        fail_msg("nothing was sent to %d, %s is expected", (int)peer, msg_name(id));
    if (m->id != id)
        fail_msg("%s was sent to %d, %s is expected", msg_name(m->id), (int)peer, msg_name(id));
    return m;
}

/* The next message of that kind to a peer, whatever was sent before it. */
static const struct msg *expect_past(struct fixture *f, uint64_t peer, enum msg_id id)
{
    const struct msg *m;
    while ((m = next_to(f, peer)) && m->id != id)
        ;
    if (!m)
        fail_msg("%s was not sent to %d", msg_name(id), (int)peer);
    return m;
}

static enum dispatch_verdict frame_in(struct fixture *f, uint64_t peer, const void *bytes,
                                      size_t length)
{
    uint8_t **copy = &f->heard[f->n_heard++ % HEARD];
    free(*copy);
    *copy = malloc(length + 1);
    memcpy(*copy, bytes, length);
    enum dispatch_verdict verdict =
        dispatch_frame_in(f->d, f->now_ms, peer, *copy, length, &f->row);
    collect(f);
    return verdict;
}

/* say_hello(), say_ready(), ..: a message from a peer. */
#define X(id, NAME, name, way, fields)                                                             \
    __attribute__((unused)) static enum dispatch_verdict say_##name(                               \
        struct fixture *f, uint64_t peer, struct msg_##name m)                                     \
    {                                                                                              \
        struct codec_writer w = {0};                                                               \
        msg_pack_##name(&w, &m);                                                                   \
        enum dispatch_verdict verdict = frame_in(f, peer, w.bytes, w.length);                      \
        free(w.bytes);                                                                             \
        return verdict;                                                                            \
    }
MSG_TABLE(X)
#undef X
#define SAY(f, peer, name, ...) say_##name(f, peer, (struct msg_##name)__VA_ARGS__)

static void hello(struct fixture *f, uint64_t peer, const char *name, uint64_t pid)
{
    SAY(f, peer, hello,
        {.magic = MSG_MAGIC,
         .version = MSG_VERSION,
         .engine_id = msg_text(f->job.engine_id),
         .name = msg_text(name),
         .slots = 1,
         .pid = pid});
}

static void join(struct fixture *f, uint64_t peer, const char *name, uint32_t credit)
{
    hello(f, peer, name, peer);
    assert_int_equal(expect(f, peer, MSG_JOB)->as.job.run, RUN);
    SAY(f, peer, ready, {.run = RUN, .credit = credit});
}

static struct msg_lease expect_lease(struct fixture *f, uint64_t peer)
{
    struct msg_lease lease = expect(f, peer, MSG_LEASE)->as.lease;
    assert_int_equal(lease.run, RUN);
    return lease;
}

/* fill: the byte of all rows, so that two results can differ. */
static enum dispatch_verdict hand_in(struct fixture *f, uint64_t peer, struct msg_lease lease,
                                     int fill)
{
    uint32_t length = lease.n_cells * ROW;
    uint8_t *cells = malloc(length);
    memset(cells, fill, length);
    for (uint32_t c = 0; c < lease.n_cells; c++)
        cells[c * ROW] = STATUS_OK;
    enum dispatch_verdict verdict = SAY(f, peer, result,
                                        {.run = lease.run,
                                         .tile = lease.tile,
                                         .first_cell = lease.first_cell,
                                         .n_cells = lease.n_cells,
                                         .epoch = lease.epoch,
                                         .compute_us = 1000,
                                         .cells = {cells, length}});
    free(cells);
    return verdict;
}

static void saved(struct fixture *f)
{
    dispatch_saved(f->d);
    collect(f);
}

static void tick(struct fixture *f, int64_t ms)
{
    /* In steps, as a loop that is not held up would. */
    for (; ms > 0; ms -= 100) {
        f->now_ms += 100;
        assert_int_equal(dispatch_tick(f->d, f->now_ms), OK);
        collect(f);
    }
}

static void beat(struct fixture *f, uint64_t peer, uint32_t in_flight)
{
    SAY(f, peer, beat, {.run = RUN, .in_flight = in_flight});
}

/* There, with nothing in hand, for longer than ms. */
static void lie_idle(struct fixture *f, uint64_t peer, int64_t ms)
{
    for (int64_t waited = 0; waited <= ms; waited += 1000) {
        beat(f, peer, 0);
        tick(f, 1000);
    }
}

/* ---- the plain way ---- */

static void an_ack_follows_the_save_and_never_precedes_it(void **state)
{
    struct fixture *f = *state;
    start(f, 2, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease lease = expect_lease(f, A);
    assert_null(next_to(f, A)); /* credit 1 */
    assert_int_equal(hand_in(f, A, lease, 7), DISPATCH_SAVE);
    assert_int_equal(f->row.tile, lease.tile);
    assert_int_equal(f->row.length, TILE * ROW);
    assert_string_equal(f->row.worker, "a");
    struct msg_lease next = expect_lease(f, A); /* the next lease does not wait for the disk */
    assert_null(next_to(f, A));
    assert_false(dispatch_is_idle(f->d));
    saved(f);
    assert_int_equal(expect(f, A, MSG_ACK)->as.ack.tile, lease.tile);
    assert_int_equal(hand_in(f, A, next, 7), DISPATCH_SAVE);
    assert_false(dispatch_is_done(f->d));
    saved(f);
    assert_true(dispatch_is_done(f->d));
}

static void credit_is_the_number_of_leases_out(void **state)
{
    struct fixture *f = *state;
    start(f, 100, TILE, 1);
    join(f, A, "a", 3);
    for (unsigned i = 0; i < 3; i++)
        expect_lease(f, A);
    assert_null(next_to(f, A));
    join(f, B, "b", 100000);
    for (unsigned i = 0; i < DISPATCH_CREDIT_MAX; i++)
        expect_lease(f, B);
    assert_null(next_to(f, B));
}

static void a_drain_grants_nothing_more(void **state)
{
    struct fixture *f = *state;
    start(f, 10, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease lease = expect_lease(f, A);
    dispatch_drain(f->d);
    assert_false(dispatch_is_idle(f->d));
    hand_in(f, A, lease, 1);
    saved(f);
    expect(f, A, MSG_ACK);
    assert_null(next_to(f, A));
    assert_true(dispatch_is_idle(f->d));
    dispatch_dismiss(f->d);
    collect(f);
    expect(f, A, MSG_DRAIN);
}

/* ---- refusals ---- */

static void expect_refusal(struct fixture *f, uint64_t peer, const char *word)
{
    const struct msg *m = expect(f, peer, MSG_REFUSE);
    char reason[MSG_TEXT_MAX + 1];
    snprintf(reason, sizeof reason, "%.*s", (int)m->as.refuse.reason.length,
             m->as.refuse.reason.bytes);
    if (!strstr(reason, word))
        fail_msg("refused with \"%s\", \"%s\" is expected in it", reason, word);
}

/* A job can take 3 MiB; a greeting takes a hundred bytes. */
static void many_greetings_at_once_get_one_job(void **state)
{
    struct fixture *f = *state;
    start(f, 10, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease lease = expect_lease(f, A);
    for (unsigned i = 0; i < 500; i++)
        hello(f, A, "a", A);
    assert_null(next_to(f, A));
    hand_in(f, A, lease, 1);
    expect_lease(f, A); /* it works on as if it had said nothing */
    tick(f, 1000);
    hello(f, A, "a", A);
    expect(f, A, MSG_JOB);
}

static void another_version_is_refused(void **state)
{
    struct fixture *f = *state;
    start(f, 2, TILE, 1);
    SAY(f, A, hello,
        {.magic = MSG_MAGIC,
         .version = MSG_VERSION + 1,
         .engine_id = msg_text(f->job.engine_id),
         .name = msg_text("a"),
         .slots = 1,
         .pid = 1});
    expect_refusal(f, A, "protocol version");
    assert_int_equal(dispatch_stats(f->d).n_peers, 0);
}

static void another_engine_is_refused(void **state)
{
    struct fixture *f = *state;
    start(f, 2, TILE, 1);
    SAY(f, A, hello,
        {.magic = MSG_MAGIC,
         .version = MSG_VERSION,
         .engine_id = msg_text("0123456789abcdef"),
         .name = msg_text("a"),
         .slots = 1,
         .pid = 1});
    expect_refusal(f, A, "engine");
    SAY(f, A, ready, {.run = RUN, .credit = 1});
    assert_int_equal(expect(f, A, MSG_PING)->as.ping.run,
                     0); /* no peer of ours: it gets no lease */
}

static void garbage_is_refused_and_its_leases_go_to_others(void **state)
{
    struct fixture *f = *state;
    start(f, 2, TILE, 1);
    const uint8_t unknown[] = {200, 1, 2, 3}, cut_short[] = {MSG_RESULT, 1};
    frame_in(f, A, unknown, sizeof unknown);
    expect_refusal(f, A, "unknown message id");
    frame_in(f, A, "", 0);
    expect(f, A, MSG_REFUSE);
    join(f, A, "a", 2);
    expect_lease(f, A);
    expect_lease(f, A);
    join(f, B, "b", 2);
    assert_null(next_to(f, B));
    frame_in(f, A, cut_short, sizeof cut_short);
    expect_refusal(f, A, "cut short");
    expect_lease(f, B);
    expect_lease(f, B);
    assert_int_equal(dispatch_stats(f->d).deaths, 0);
}

static void an_oversize_frame_is_refused(void **state)
{
    struct fixture *f = *state;
    start(f, 2, TILE, 1);
    size_t length = MSG_BYTES_MAX + 1;
    uint8_t *frame = calloc(1, length);
    frame[0] = MSG_BEAT;
    frame_in(f, A, frame, length);
    expect_refusal(f, A, "at most");
    free(frame);
}

static void a_message_only_the_coordinator_may_send_is_refused(void **state)
{
    struct fixture *f = *state;
    start(f, 2, TILE, 1);
    join(f, A, "a", 1);
    expect_lease(f, A);
    SAY(f, A, ack, {.run = RUN, .tile = 0});
    expect_refusal(f, A, "only the coordinator");
}

static void a_result_that_does_not_fit_is_refused(void **state)
{
    struct fixture *f = *state;
    start(f, 20, TILE, 1);
    struct msg_lease wrong[] = {
        {RUN, 20, 0, TILE, 1, 0, 0},
        {RUN, 0, 0, TILE - 1, 1, 0, 0}, /* fits no span: dropped, and said so */
        {RUN, 0, 1, TILE, 1, 0, 0},
        {RUN, 0, UINT32_MAX, 2, 1, 0, 0},
        {RUN, 0, 0, 0, 1, 0, 0}};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char name[] = {(char)('c' + i), 0};
        join(f, A + i, name, 1);
        next_to(f, A + i);
        assert_int_equal(hand_in(f, A + i, wrong[i], 1), DISPATCH_NOTHING);
        expect(f, A + i, i == 1 ? MSG_ACK : MSG_REFUSE);
        tick(f, 1000);
        hello(f, A + i, name, A + i);
        expect_past(f, A + i, i == 1 ? MSG_JOB : MSG_REFUSE); /* it had its chance */
        while (next_to(f, A + i))
            ;
    }
    /* A status that does not exist. */
    join(f, B, "b", 1);
    struct msg_lease lease = expect_lease(f, B);
    uint8_t cells[TILE * ROW] = {N_STATUSES};
    SAY(f, B, result,
        {.run = RUN,
         .tile = lease.tile,
         .n_cells = TILE,
         .epoch = 1,
         .cells = {cells, sizeof cells}});
    expect_refusal(f, B, "does not fit");
    /* One that only the coordinator may give. */
    join(f, B, "d2", 1);
    lease = expect_lease(f, B);
    struct codec_writer w = {0};
    for (unsigned c = 0; c < TILE; c++)
        result_put_status(&w, STATUS_DISPUTED, "?");
    SAY(f, B, result,
        {.run = RUN,
         .tile = lease.tile,
         .n_cells = TILE,
         .epoch = 1,
         .cells = {w.bytes, (uint32_t)w.length}});
    free(w.bytes);
    expect_refusal(f, B, "does not fit");
    assert_int_equal(dispatch_stats(f->d).tiles_done, 0);
}

static void a_result_of_another_run_is_only_acked(void **state)
{
    struct fixture *f = *state;
    start(f, 2, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease lease = expect_lease(f, A);
    lease.run = RUN + 1;
    assert_int_equal(hand_in(f, A, lease, 1), DISPATCH_NOTHING);
    const struct msg *m = expect(f, A, MSG_ACK);
    assert_int_equal(m->as.ack.run, RUN + 1);
    assert_int_equal(dispatch_stats(f->d).tiles_done, 0);
}

/* ---- deaths, silence, lateness ---- */

static void the_leases_of_a_dead_worker_go_to_others(void **state)
{
    struct fixture *f = *state;
    start(f, 2, TILE, 1);
    join(f, A, "a", 2);
    struct msg_lease first = expect_lease(f, A), second = expect_lease(f, A);
    join(f, B, "b", 2);
    assert_int_equal(dispatch_worker_died(f->d, f->now_ms, A, "signal 9 (Killed)"), OK);
    collect(f);
    struct msg_lease innocent = expect_lease(f, B);
    assert_int_equal(innocent.tile, second.tile);
    assert_int_equal(innocent.epoch, 2);
    assert_null(next_to(f, B)); /* the suspect waits until B holds nothing else */
    hand_in(f, B, innocent, 1);
    assert_int_equal(expect_lease(f, B).tile, first.tile);
    assert_int_equal(dispatch_stats(f->d).deaths, 1);
}

/* So that a second death is its own. */
static void a_worker_with_a_suspect_gets_nothing_beside_it(void **state)
{
    struct fixture *f = *state;
    start(f, 2, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease suspect = expect_lease(f, A);
    join(f, B, "b", 1);
    struct msg_lease other = expect_lease(f, B);
    dispatch_worker_died(f->d, f->now_ms, A, "signal 9 (Killed)");
    join(f, A + 1, "c", 2);
    assert_int_equal(expect_lease(f, A + 1).tile, suspect.tile);
    SAY(f, B, bye,
        {.run = RUN, .reason = msg_text("")}); /* its tile is free again, at nobody's blame */
    assert_null(next_to(f, A + 1));
    assert_int_equal(hand_in(f, A + 1, suspect, 1), DISPATCH_SAVE);
    assert_int_equal(expect_lease(f, A + 1).tile, other.tile);
}

static void silence_for_three_heartbeats_is_death_and_beats_are_life(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    expect_lease(f, A);
    for (unsigned i = 0; i < 60; i++) {
        tick(f, 1000);
        beat(f, A, 1);
    }
    assert_int_equal(dispatch_stats(f->d).n_peers, 1);
    tick(f, DISPATCH_DEAD_MS);
    assert_int_equal(dispatch_stats(f->d).n_peers, 1);
    tick(f, 100);
    assert_int_equal(dispatch_stats(f->d).n_peers, 0);
    assert_int_equal(dispatch_stats(f->d).n_out, 0);
}

/* A slow disk or a stopped coordinator is not the workers' silence. */
static void a_coordinator_that_was_deaf_blames_nobody(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    tick(f, 1000);
    f->now_ms += 60000;
    assert_int_equal(dispatch_tick(f->d, f->now_ms), OK);
    assert_int_equal(dispatch_stats(f->d).n_peers, 1);
}

static void a_worker_back_from_the_dead_hands_in_its_result(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease lease = expect_lease(f, A);
    tick(f, DISPATCH_DEAD_MS + 100);
    assert_int_equal(dispatch_stats(f->d).n_peers, 0);
    beat(f, A, 1);
    assert_int_equal(expect(f, A, MSG_PING)->as.ping.run, 0);
    hello(f, A, "a", A);
    expect(f, A, MSG_JOB);
    assert_int_equal(hand_in(f, A, lease, 1),
                     DISPATCH_SAVE); /* an old epoch, but nobody had it since */
    saved(f);
    assert_true(dispatch_is_done(f->d));
}

static void a_worker_under_a_new_address_keeps_its_leases(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease lease = expect_lease(f, A);
    hello(f, B, "a", A); /* the same name and process over a new connection */
    expect(f, B, MSG_JOB);
    SAY(f, B, ready, {.run = RUN, .credit = 1});
    assert_null(next_to(f, B));
    assert_int_equal(dispatch_stats(f->d).n_peers, 1);
    assert_int_equal(dispatch_stats(f->d).n_out, 1);
    assert_int_equal(dispatch_worker_died(f->d, f->now_ms, A, "signal 9 (Killed)"), OK);
    assert_int_equal(dispatch_stats(f->d).n_out,
                     0); /* they were its own under the new address too */
    join(f, A, "c", 1);
    assert_int_equal(expect_lease(f, A).tile, lease.tile);
}

static void an_ack_finds_its_worker_under_a_new_address(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    assert_int_equal(hand_in(f, A, expect_lease(f, A), 1), DISPATCH_SAVE);
    hello(f, B, "a", A);
    expect(f, B, MSG_JOB);
    saved(f);
    expect(f, B, MSG_ACK);
}

static void a_lease_its_worker_knows_nothing_of_is_overdue(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease lost = expect_lease(f, A); /* suppose it never arrived */
    for (unsigned i = 0; i < DISPATCH_TTL_MS / 1000; i++) {
        tick(f, 1000);
        beat(f, A, 0);
        assert_null(next_to(f, A));
    }
    tick(f, 1000);
    struct msg_lease again = expect_lease(f, A);
    assert_int_equal(again.tile, lost.tile);
    assert_int_equal(again.epoch, 2);
}

static void a_slow_worker_that_beats_keeps_its_lease(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    expect_lease(f, A);
    for (unsigned i = 0; i < 10 * DISPATCH_TTL_MS / 1000; i++) {
        tick(f, 1000);
        beat(f, A, 1);
    }
    assert_null(next_to(f, A));
    assert_int_equal(dispatch_stats(f->d).n_out, 1);
}

/* ---- second results ---- */

static void the_tail_is_duplicated_and_the_second_result_compared(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease lease = expect_lease(f, A);
    join(f, B, "b", 1);
    assert_null(next_to(f, B));
    tick(f, 300);
    struct msg_lease copy = expect_lease(f, B);
    assert_int_equal(copy.tile, lease.tile);
    assert_int_equal(hand_in(f, B, copy, 1), DISPATCH_SAVE);
    saved(f);
    assert_true(dispatch_is_done(f->d));
    assert_int_equal(hand_in(f, A, lease, 1), DISPATCH_COMPARE);
    assert_null(next_to(f, A));
    dispatch_compared(f->d, A, &f->row, &f->row, true);
    collect(f);
    expect(f, A, MSG_ACK);
    assert_int_equal(dispatch_stats(f->d).disputes, 0);
}

/* A's and B's results of one tile differ; the tile's first lease. */
static struct msg_lease contested(struct fixture *f)
{
    join(f, A, "a", 1);
    struct msg_lease lease = expect_lease(f, A);
    hand_in(f, A, lease, 1);
    const struct journal_row first = f->row;
    saved(f);
    expect_past(f, A, MSG_ACK);
    join(f, B, "b", 1);
    next_to(f, B);
    assert_int_equal(hand_in(f, B, lease, 2), DISPATCH_COMPARE);
    dispatch_compared(f->d, B, &first, &f->row, false);
    collect(f);
    return lease;
}

static void other_bits_put_both_workers_into_quarantine(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    struct msg_lease lease = contested(f);
    expect_refusal(f, B, "bits than worker a");
    expect_refusal(f, A, "bits than worker b");
    assert_int_equal(dispatch_stats(f->d).disputes, 1);
    assert_int_equal(dispatch_stats(f->d).n_peers, 0);
    assert_string_equal(dispatch_quarantined(f->d, 0)->worker, "b");
    assert_string_equal(dispatch_quarantined(f->d, 1)->worker, "a");
    assert_null(dispatch_quarantined(f->d, 2));
    hello(f, A, "a", A); /* whatever the address and process: it is the name */
    expect_refusal(f, A, "quarantined: tile");
    assert_true(dispatch_is_contested(f->d, lease.tile));
    assert_false(dispatch_is_done(f->d));
}

static void a_third_worker_decides(void **state)
{
    struct fixture *f = *state;
    enum { C = 33 };
    start(f, 1, TILE, 1);
    struct msg_lease lease = contested(f);
    join(f, C, "c", 1);
    struct msg_lease again = expect_lease(f, C);
    assert_int_equal(again.tile, lease.tile);
    assert_int_equal(hand_in(f, C, again, 2), DISPATCH_SAVE);
    assert_true(dispatch_is_contested(f->d, lease.tile)); /* the shell is to decide */
    dispatch_judged(f->d, &f->row, &f->row, 0, false);
    assert_false(dispatch_is_done(f->d));
    assert_null(next_to(f, C));
    saved(f);
    expect(f, C, MSG_ACK);
    assert_true(dispatch_is_done(f->d));
    assert_int_equal(dispatch_stats(f->d).n_quarantined, 2);
}

static void a_third_with_bits_of_its_own_is_out_too(void **state)
{
    struct fixture *f = *state;
    enum { C = 33 };
    start(f, 1, TILE, 1);
    contested(f);
    join(f, C, "c", 1);
    hand_in(f, C, expect_lease(f, C), 3);
    struct journal_row final = f->row;
    final.n_failed = TILE;
    dispatch_judged(f->d, &f->row, &final, TILE, true);
    saved(f);
    expect_refusal(f, C, "both workers before");
    assert_int_equal(dispatch_stats(f->d).cells_disputed, TILE);
    assert_int_equal(dispatch_stats(f->d).cells_failed, TILE);
    assert_true(dispatch_is_done(f->d));
}

static void without_a_third_worker_the_tile_is_decided_in_time(void **state)
{
    struct fixture *f = *state;
    enum { C = 33 };
    uint64_t tile;
    start(f, 2, TILE, 1);
    struct msg_lease lease = contested(f);
    tick(f, 2 * THIRD_MS);
    assert_false(
        dispatch_next_undecided(f->d, &tile)); /* another tile is open: somebody will come */
    join(f, C, "c", 2);
    struct msg_lease other = expect_lease(f, C);
    if (other.tile == lease.tile)
        other = expect_lease(f, C);
    hand_in(f, C, other, 1);
    saved(f);
    tick(f, 2000);
    SAY(f, C, bye, {.run = RUN, .reason = msg_text("")});
    tick(f, THIRD_MS - 1000);
    assert_false(dispatch_next_undecided(f->d, &tile));
    tick(f, 2000);
    assert_true(dispatch_next_undecided(f->d, &tile));
    assert_int_equal(tile, lease.tile);
    const struct journal_row final = {.tile = tile, .n_failed = 1};
    dispatch_judged(f->d, NULL, &final, 1, false);
    saved(f);
    assert_true(dispatch_is_done(f->d));
    assert_false(dispatch_next_undecided(f->d, &tile));
}

/* A run that is held has no workers because it is held. */
static void a_held_run_waits_with_its_contests(void **state)
{
    struct fixture *f = *state;
    uint64_t tile;
    start(f, 1, TILE, 1);
    contested(f);
    dispatch_hold(f->d, true);
    tick(f, 3 * THIRD_MS);
    assert_false(dispatch_next_undecided(f->d, &tile));
    dispatch_hold(f->d, false);
    tick(f, THIRD_MS + 1000);
    assert_true(dispatch_next_undecided(f->d, &tile));
}

/* Its process goes on for another run, and hands in what it had of this one. */
static void a_guest_that_is_in_quarantine_here_counts_for_nothing(void **state)
{
    struct fixture *f = *state;
    enum { ELSEWHERE = 44 };
    start(f, 1, TILE, 1);
    contested(f);
    assert_int_equal(dispatch_guest(f->d, f->now_ms, ELSEWHERE, A, "a"), ERR_STALE);
    collect(f);
    expect_refusal(f, ELSEWHERE, "other bits than worker b");
    assert_false(dispatch_knows(f->d, ELSEWHERE));
}

/* ---- known cells ---- */

static void a_new_worker_computes_the_known_cells_first(void **state)
{
    struct fixture *f = *state;
    uint8_t known[2 * ROW];
    memset(known, 7, sizeof known);
    known[0] = known[ROW] = STATUS_OK;
    const struct dispatch_canary canary = {3, 4, 2, known, sizeof known};
    start_canary(f, &canary);
    join(f, A, "a", 2);
    struct msg_lease lease = expect_lease(f, A);
    assert_int_equal(lease.epoch, DISPATCH_CANARY_EPOCH);
    assert_int_equal(lease.tile, 3);
    assert_int_equal(lease.first_cell, 4);
    assert_int_equal(lease.n_cells, 2);
    assert_null(next_to(f, A)); /* nothing beside it */
    assert_int_equal(hand_in(f, A, lease, 7), DISPATCH_NOTHING);
    assert_int_equal(expect(f, A, MSG_ACK)->as.ack.epoch, DISPATCH_CANARY_EPOCH);
    assert_int_equal(expect_lease(f, A).epoch, 1);
    assert_int_equal(expect_lease(f, A).epoch, 1);
    join(f, B, "b", 1);
    assert_int_equal(hand_in(f, B, expect_lease(f, B), 8), DISPATCH_NOTHING);
    expect_refusal(f, B, "other bits than known for tile 3, cells 4 to 5");
    hello(f, B, "b", B);
    expect_refusal(f, B, "quarantined");
    assert_int_equal(dispatch_stats(f->d).n_peers, 1); /* the run goes on with the other */
    hello(f, A + 100, "a", A);                         /* the same process, connected again */
    expect(f, A + 100, MSG_JOB);
    SAY(f, A + 100, ready, {.run = RUN, .credit = 3});
    assert_int_equal(expect_lease(f, A + 100).epoch, 1);
}

static void known_cells_that_were_lost_on_their_way_are_sent_again(void **state)
{
    struct fixture *f = *state;
    static const uint8_t known[ROW] = {STATUS_OK};
    const struct dispatch_canary canary = {0, 0, 1, known, sizeof known};
    start_canary(f, &canary);
    join(f, A, "a", 1);
    expect_lease(f, A);
    lie_idle(f, A, DISPATCH_TTL_MS + 1000);
    assert_int_equal(expect_lease(f, A).epoch, DISPATCH_CANARY_EPOCH);
}

/* It may not have begun them when it went to another run. */
static void who_comes_back_is_asked_for_the_known_cells_again(void **state)
{
    struct fixture *f = *state;
    static const uint8_t known[ROW] = {STATUS_OK};
    const struct dispatch_canary canary = {0, 0, 1, known, sizeof known};
    start_canary(f, &canary);
    join(f, A, "a", 1);
    expect_lease(f, A);
    assert_int_equal(dispatch_release(f->d, f->now_ms, A), OK);
    join(f, A, "a", 1);
    assert_int_equal(expect_lease(f, A).epoch, DISPATCH_CANARY_EPOCH);
}

/* Cells fail by their parameters: a streak is a reason to ask, not to judge. */
static void a_worker_that_fails_many_tiles_in_a_row_is_asked_again(void **state)
{
    struct fixture *f = *state;
    static const uint8_t known[ROW] = {STATUS_OK};
    const struct dispatch_canary canary = {0, 0, 1, known, sizeof known};
    start_canary(f, &canary);
    join(f, A, "a", 1);
    hand_in(f, A, expect_lease(f, A), 0);
    expect(f, A, MSG_ACK);
    unsigned failed = 0;
    struct msg_lease lease = expect_lease(f, A);
    for (; lease.epoch != DISPATCH_CANARY_EPOCH; lease = expect_past(f, A, MSG_LEASE)->as.lease) {
        struct codec_writer w = {0};
        for (unsigned c = 0; c < TILE; c++)
            result_put_status(&w, STATUS_FAILED, "no fit");
        SAY(f, A, result,
            {.run = RUN,
             .tile = lease.tile,
             .n_cells = TILE,
             .epoch = lease.epoch,
             .cells = {w.bytes, (uint32_t)w.length}});
        free(w.bytes);
        saved(f);
        assert_true(++failed < 20);
    }
    assert_int_equal(failed, 8);
    while (next_to(f, A))
        ;
    hand_in(f, A, lease, 1); /* other bits */
    expect_refusal(f, A, "other bits than known");
}

/* ---- a poisonous cell ---- */

/* Both scenarios of 8 points; whoever computes cell 5 dies. One row comes out, whole, with one
 * crashed cell in it. */
static void a_poisonous_cell_ends_as_crashed_and_the_rest_is_computed(void **state)
{
    struct fixture *f = *state;
    enum { POISON = 5, CELLS = 2 * TILE };
    start(f, 1, TILE, 2);
    unsigned deaths = 0;
    for (uint64_t peer = 100; !dispatch_is_done(f->d) && peer < 140; peer++) {
        join(f, peer, "w", 2);
        const struct msg *m;
        while ((m = next_to(f, peer)) && m->id == MSG_LEASE) {
            struct msg_lease lease = m->as.lease;
            if (lease.first_cell > POISON || lease.first_cell + lease.n_cells <= POISON) {
                if (hand_in(f, peer, lease, 3) == DISPATCH_SAVE)
                    saved(f);
                continue;
            }
            dispatch_worker_died(f->d, f->now_ms, peer, "signal 11 (Segmentation fault)");
            collect(f);
            deaths++;
            while (dispatch_next_row(f->d, &f->row))
                ;
            break;
        }
    }
    assert_int_equal(deaths, 2 + 3 + 2);
    assert_int_equal(f->row.n_failed, 1);
    assert_string_equal(f->row.worker, "coordinator"); /* nobody computed all of it */
    struct result_reader reader;
    struct result_cell cell;
    result_reader_init(&reader, &f->job, N_METRICS, TILE, f->row.bytes, f->row.length);
    for (unsigned c = 0; c < CELLS; c++) {
        assert_int_equal(result_next(&reader, &cell), OK);
        assert_int_equal(cell.status, c == POISON ? STATUS_CRASHED : STATUS_OK);
        if (c == POISON)
            assert_non_null(memmem(cell.reason, cell.reason_length, "signal 11", 9));
    }
    assert_int_equal(result_next(&reader, &cell), ERR_EMPTY);
    assert_false(dispatch_is_done(f->d)); /* not before it is saved */
    saved(f);
    assert_true(dispatch_is_done(f->d));
    assert_int_equal(dispatch_stats(f->d).cells_failed, 1);
    assert_int_equal(dispatch_stats(f->d).cells_done, CELLS);
    unsigned told[N_EVENTS] = {0};
    const struct events *events = dispatch_events(f->d);
    for (uint32_t i = 0; i < events->n; i++)
        told[events->at[i].kind]++;
    assert_int_equal(told[EVENT_TILE_SPLIT], 4); /* 16 cells to 8, 4, 2 and 1 */
    assert_int_equal(told[EVENT_CELL_CRASHED], 1);
    assert_int_equal(told[EVENT_WORKER_DIED], deaths);
}

/* The tile's only worker dies with it twice, which splits it in halves: the first of them. */
static struct msg_lease half_a_tile(struct fixture *f, uint64_t peer, const char *name)
{
    start(f, 1, TILE, 1);
    for (uint64_t dead = 200; dead < 202; dead++) {
        join(f, dead, "w", 1);
        expect_lease(f, dead);
        dispatch_worker_died(f->d, f->now_ms, dead, "signal 11");
        collect(f);
    }
    join(f, peer, name, 1);
    struct msg_lease piece = expect_lease(f, peer);
    assert_int_equal(piece.n_cells, TILE / 2);
    return piece;
}

/* Were one of the two blamed for other bits, it might be the wrong one. */
static void a_row_of_two_workers_pieces_is_neithers(void **state)
{
    struct fixture *f = *state;
    struct msg_lease piece = half_a_tile(f, A, "a");
    assert_int_equal(hand_in(f, A, piece, 3), DISPATCH_NOTHING);
    struct msg_lease other = expect_lease(f, A);
    join(f, B, "b", 1);
    assert_int_equal(hand_in(f, B, other, 3), DISPATCH_SAVE);
    assert_string_equal(f->row.worker, "coordinator");
}

/* Its ack was to come with the tile's: handed in again, it is no less in memory only. */
static void a_piece_is_not_acked_before_its_tile_is_saved(void **state)
{
    struct fixture *f = *state;
    enum { C = 33 };
    struct msg_lease piece = half_a_tile(f, C, "c");
    assert_int_equal(hand_in(f, C, piece, 3), DISPATCH_NOTHING);
    struct msg_lease other = expect_lease(f, C);
    assert_int_equal(hand_in(f, C, piece, 3), DISPATCH_NOTHING);
    assert_null(next_to(f, C));
    assert_int_equal(hand_in(f, C, other, 3), DISPATCH_SAVE);
    assert_string_equal(f->row.worker, "c"); /* all of it is its own */
    assert_int_equal(hand_in(f, C, piece, 3), DISPATCH_NOTHING);
    assert_null(next_to(f, C));
    saved(f);
    expect(f, C, MSG_ACK);
    expect(f, C, MSG_ACK);
    hand_in(f, C, piece, 3); /* the ack was lost */
    expect(f, C, MSG_ACK);
}

/* Found by the simulator: nothing else is open, and its worker, who never got it, was said to make
 * progress each time it offered what it had. */
static void a_lost_suspect_is_overdue_whatever_is_handed_in_again(void **state)
{
    struct fixture *f = *state;
    struct msg_lease piece = half_a_tile(f, A, "a");
    assert_int_equal(hand_in(f, A, piece, 3), DISPATCH_NOTHING);
    struct msg_lease lost = expect_lease(f, A);
    for (int64_t waited = 0; waited <= DISPATCH_TTL_MS + 2000; waited += 1000) {
        beat(f, A, 0);
        hand_in(f, A, piece, 3);
        tick(f, 1000);
    }
    assert_int_equal(expect_lease(f, A).first_cell, lost.first_cell);
}

static void a_suspect_that_was_lost_on_its_way_leaves_its_worker_free(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease lease = expect_lease(f, A);
    dispatch_worker_died(f->d, f->now_ms, A, "signal 11");
    join(f, B, "b", 1);
    assert_int_equal(expect_lease(f, B).tile, lease.tile);
    lie_idle(f, B, DISPATCH_TTL_MS + 2000);
    assert_int_equal(expect_lease(f, B).tile, lease.tile);
}

/* Whatever it does with its leases, and be it the first of all: another worker gets the next. */
static void a_suspect_does_not_go_to_the_same_worker_again(void **state)
{
    struct fixture *f = *state;
    enum { C = 33 };
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    expect_lease(f, A);
    join(f, B, "b", 1);
    join(f, C, "c", 1);
    dispatch_worker_died(f->d, f->now_ms, A, "signal 11");
    collect(f);
    struct msg_lease suspect = expect_lease(f, B);
    for (int64_t waited = 0; waited <= DISPATCH_TTL_MS + 2000; waited += 1000) {
        beat(f, B, 0); /* there, and not interested */
        beat(f, C, 0);
        tick(f, 1000);
    }
    assert_int_equal(expect_lease(f, C).tile, suspect.tile);
}

/* It was given another job in between, by a frame that came late. */
static void a_worker_that_says_it_works_for_another_run_gets_its_job_again(void **state)
{
    struct fixture *f = *state;
    enum { PATIENCE_MS = 12000 };
    start(f, 1, TILE, 1);
    join(f, A, "a", 1);
    expect_lease(f, A);
    for (int64_t waited = 0; waited < PATIENCE_MS; waited += 1000) {
        SAY(f, A, beat, {.run = RUN + 2, .in_flight = 0});
        tick(f, 1000);
    }
    assert_int_equal(expect(f, A, MSG_JOB)->as.job.run, RUN);
    assert_null(next_to(f, A));
}

/* Nobody set a limit: what it says of one is no reason to give a cell up. */
static void an_overrun_without_a_limit_blames_nothing(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    for (uint64_t peer = 100; peer < 110; peer++) {
        join(f, peer, "w", 1);
        struct msg_lease lease = expect_lease(f, peer);
        assert_int_equal(lease.n_cells, TILE);
        SAY(f, peer, overrun,
            {.run = RUN, .tile = lease.tile, .n_cells = TILE, .epoch = lease.epoch});
    }
    assert_int_equal(dispatch_stats(f->d).overruns, 0);
}

/* The same cell, but whoever computes it is over the time limit and says so. */
static void a_slow_cell_ends_as_timeout_and_the_rest_is_computed(void **state)
{
    struct fixture *f = *state;
    enum { SLOW = 5 };
    start_with(f, 1, TILE, 1, 2500);
    unsigned overruns = 0;
    for (uint64_t peer = 100; !dispatch_is_done(f->d) && peer < 140; peer++) {
        join(f, peer, "w", 2);
        const struct msg *m;
        while ((m = next_to(f, peer)) && m->id == MSG_LEASE) {
            struct msg_lease lease = m->as.lease;
            assert_int_equal(lease.limit_ms, 2500);
            if (lease.first_cell > SLOW || lease.first_cell + lease.n_cells <= SLOW) {
                if (hand_in(f, peer, lease, 3) == DISPATCH_SAVE)
                    saved(f);
                continue;
            }
            SAY(f, peer, overrun,
                {.run = RUN,
                 .tile = lease.tile,
                 .first_cell = lease.first_cell,
                 .n_cells = lease.n_cells,
                 .epoch = lease.epoch});
            dispatch_worker_died(f->d, f->now_ms, peer, "exit code 124"); /* no second blame */
            overruns++;
            while (dispatch_next_row(f->d, &f->row))
                ;
            break;
        }
    }
    assert_int_equal(overruns, 3 + 2);
    assert_int_equal(dispatch_stats(f->d).overruns, 3 + 2);
    struct result_reader reader;
    struct result_cell cell;
    result_reader_init(&reader, &f->job, N_METRICS, TILE, f->row.bytes, f->row.length);
    for (unsigned c = 0; c < TILE; c++) {
        assert_int_equal(result_next(&reader, &cell), OK);
        assert_int_equal(cell.status, c == SLOW ? STATUS_TIMEOUT : STATUS_OK);
        if (c == SLOW)
            assert_non_null(memmem(cell.reason, cell.reason_length, "2.5 s", 5));
    }
    saved(f);
    assert_true(dispatch_is_done(f->d));
}

/* ---- workers that several runs share ---- */

static void a_worker_that_is_withheld_keeps_what_it_holds_and_gets_no_more(void **state)
{
    struct fixture *f = *state;
    start(f, 100, TILE, 1);
    join(f, A, "a", 2);
    struct msg_lease first = expect_lease(f, A), second = expect_lease(f, A);
    dispatch_withhold(f->d, A);
    assert_int_equal(hand_in(f, A, first, 7), DISPATCH_SAVE);
    assert_int_equal(dispatch_n_held(f->d, A), 1);
    assert_int_equal(hand_in(f, A, second, 7), DISPATCH_SAVE);
    assert_int_equal(dispatch_n_held(f->d, A), 0);
    saved(f);
    expect(f, A, MSG_ACK);
    expect(f, A, MSG_ACK);
    assert_null(next_to(f, A));
    tick(f, 1000);
    hello(f, A, "a", A); /* it comes back */
    expect(f, A, MSG_JOB);
    SAY(f, A, ready, {.run = RUN, .credit = 1});
    expect_lease(f, A);
}

static void what_a_released_worker_hands_in_late_counts(void **state)
{
    struct fixture *f = *state;
    start(f, 2, TILE, 1);
    join(f, A, "a", 1);
    struct msg_lease lease = expect_lease(f, A);
    assert_int_equal(dispatch_release(f->d, f->now_ms, A), OK);
    assert_int_equal(dispatch_stats(f->d).n_peers, 0);
    assert_int_equal(dispatch_stats(f->d).n_out, 0);
    tick(f, 2 * DISPATCH_DEAD_MS); /* it is elsewhere, not silent */
    assert_null(next_to(f, A));
    SAY(f, A, ready, {.run = RUN, .credit = 1}); /* from before it left */
    assert_null(next_to(f, A));
    assert_int_equal(hand_in(f, A, lease, 7), DISPATCH_SAVE);
    assert_string_equal(f->row.worker, "a");
    saved(f);
    assert_int_equal(expect(f, A, MSG_ACK)->as.ack.tile, lease.tile);
    assert_int_equal(dispatch_stats(f->d).deaths, 0);
    dispatch_forget(f->d, A);
    assert_false(dispatch_knows(f->d, A));
}

/* In a service workers go from run to run all the time. */
static void that_a_worker_comes_back_from_another_run_is_no_news(void **state)
{
    struct fixture *f = *state;
    start(f, 100, TILE, 1);
    for (unsigned i = 0; i < 3; i++) {
        join(f, A, "a", 1);
        expect_lease(f, A);
        assert_int_equal(dispatch_release(f->d, f->now_ms, A), OK);
    }
    assert_int_equal(dispatch_events(f->d)->n, 1);
    hello(f, A, "a", A + 1); /* another process */
    assert_int_equal(dispatch_events(f->d)->n, 2);
    assert_int_equal(dispatch_guest(f->d, f->now_ms, B, B, "b"), OK);
    hello(f, B, "b", B);
    assert_int_equal(dispatch_events(f->d)->n, 3);
}

static void a_guest_hands_in_what_it_did_before_the_coordinator_came_back(void **state)
{
    struct fixture *f = *state;
    start(f, 1, TILE, 1);
    struct msg_lease lease = {.run = RUN, .tile = 0, .n_cells = TILE, .epoch = 1};
    assert_int_equal(dispatch_guest(f->d, f->now_ms, B, 77, "b"), OK);
    assert_int_equal(hand_in(f, B, lease, 7), DISPATCH_SAVE);
    assert_string_equal(f->row.worker, "b");
    saved(f);
    expect(f, B, MSG_ACK);
    assert_true(dispatch_is_done(f->d));
}

/* What an operator is told: one event each, with the worker's name and the reason. */
static void what_happens_to_workers_is_told(void **state)
{
    struct fixture *f = *state;
    start(f, 8, 8, 1);
    struct events *events = dispatch_events(f->d);
    join(f, A, "a", 2);
    join(f, B, "b", 1);
    frame_in(f, B, "\xff", 1);
    SAY(f, A, bye, {.run = RUN, .reason = msg_text("my time is up")});
    frame_in(f, 33, "\xff", 1);
    static const struct {
        enum event_kind kind;
        const char *worker;
    } expected[] = {{EVENT_WORKER_JOINED, "a"},
                    {EVENT_WORKER_JOINED, "b"},
                    {EVENT_PEER_CUT, "b"},
                    {EVENT_WORKER_LEFT, "a"},
                    {EVENT_WORKER_REFUSED, ""}};
    assert_int_equal(events->n, sizeof expected / sizeof expected[0]);
    for (unsigned i = 0; i < events->n; i++) {
        assert_int_equal(events->at[i].kind, expected[i].kind);
        assert_string_equal(events->at[i].worker, expected[i].worker);
    }
    assert_string_equal(events->at[3].text, "my time is up");
    assert_true(events->at[2].text[0] && events->at[4].text[0]);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN(
    "coordinator_dispatch", T(what_happens_to_workers_is_told),
    T(an_ack_follows_the_save_and_never_precedes_it), T(credit_is_the_number_of_leases_out),
    T(a_drain_grants_nothing_more), T(many_greetings_at_once_get_one_job),
    T(another_version_is_refused), T(another_engine_is_refused),
    T(garbage_is_refused_and_its_leases_go_to_others), T(an_oversize_frame_is_refused),
    T(a_message_only_the_coordinator_may_send_is_refused), T(a_result_that_does_not_fit_is_refused),
    T(a_result_of_another_run_is_only_acked), T(the_leases_of_a_dead_worker_go_to_others),
    T(a_worker_with_a_suspect_gets_nothing_beside_it),
    T(an_ack_finds_its_worker_under_a_new_address),
    T(silence_for_three_heartbeats_is_death_and_beats_are_life),
    T(a_coordinator_that_was_deaf_blames_nobody),
    T(a_worker_back_from_the_dead_hands_in_its_result),
    T(a_worker_under_a_new_address_keeps_its_leases),
    T(a_lease_its_worker_knows_nothing_of_is_overdue), T(a_slow_worker_that_beats_keeps_its_lease),
    T(the_tail_is_duplicated_and_the_second_result_compared),
    T(other_bits_put_both_workers_into_quarantine), T(a_third_worker_decides),
    T(a_third_with_bits_of_its_own_is_out_too),
    T(without_a_third_worker_the_tile_is_decided_in_time),
    T(a_new_worker_computes_the_known_cells_first),
    T(known_cells_that_were_lost_on_their_way_are_sent_again),
    T(a_worker_that_fails_many_tiles_in_a_row_is_asked_again),
    T(a_poisonous_cell_ends_as_crashed_and_the_rest_is_computed),
    T(a_slow_cell_ends_as_timeout_and_the_rest_is_computed),
    T(a_worker_that_is_withheld_keeps_what_it_holds_and_gets_no_more),
    T(what_a_released_worker_hands_in_late_counts),
    T(that_a_worker_comes_back_from_another_run_is_no_news),
    T(a_guest_hands_in_what_it_did_before_the_coordinator_came_back),
    T(a_held_run_waits_with_its_contests), T(a_guest_that_is_in_quarantine_here_counts_for_nothing),
    T(who_comes_back_is_asked_for_the_known_cells_again),
    T(a_row_of_two_workers_pieces_is_neithers),
    T(a_suspect_that_was_lost_on_its_way_leaves_its_worker_free),
    T(a_suspect_does_not_go_to_the_same_worker_again),
    T(a_worker_that_says_it_works_for_another_run_gets_its_job_again),
    T(a_lost_suspect_is_overdue_whatever_is_handed_in_again),
    T(a_piece_is_not_acked_before_its_tile_is_saved), T(an_overrun_without_a_limit_blames_nothing))
