/* The loop with a real socket and a real journal; the workers are the test's. */
#include "coordinator/serve.h"
#include "proto/msg.h"
#include "proto/result.h"
#include "tests/lib/cm.h"
#include "tests/lib/null_job.h"
#include <time.h>
#include <zmq.h>

enum { ROW = 32, TILE = 8, RUN = 9, TURN_MS = 10, PATIENCE_MS = 5000, SOCKETS_MAX = 40 };

struct fixture {
    char folder[64], endpoint[100];
    struct job job;
    struct dispatch *dispatch;
    struct pool *pool;
    struct net *net;
    struct journal *journal;
    struct serve *serve;
    void *context, *sockets[SOCKETS_MAX]; /* they end with the fixture, also when a test fails */
    unsigned n_sockets;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err_note note = {""};
    snprintf(f->folder, sizeof f->folder, "/tmp/plateau-test-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->endpoint, sizeof f->endpoint, "ipc://%s/s", f->folder);
    null_job_make(&f->job, "test", 2, TILE, TILE, 1, ROW);
    struct dispatch_options options = {.job = &f->job,
                                       .run = RUN,
                                       .n_visited = UINT64_MAX,
                                       .beat_ms = DISPATCH_BEAT_MS,
                                       .dead_ms = DISPATCH_DEAD_MS,
                                       .ttl_ms = DISPATCH_TTL_MS};
    f->context = zmq_ctx_new();
    *state = f;
    const struct pool_options shared = {f->job.engine_id, DISPATCH_BEAT_MS, DISPATCH_DEAD_MS,
                                        POOL_QUANTUM_MS};
    if (dispatch_new(&f->dispatch, &options) || net_open(&f->net, f->endpoint, &note) ||
        journal_open(&f->journal, f->folder, &f->job, false, &note) ||
        pool_new(&f->pool, &shared) || serve_new(&f->serve, f->pool, f->net))
        return -1;
    return serve_add(
        f->serve, now_ms(),
        &(struct serve_run){
            .run = RUN, .dispatch = f->dispatch, .journal = f->journal, .priority = 1});
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[100];
    for (unsigned i = 0; i < f->n_sockets; i++)
        zmq_close(f->sockets[i]);
    serve_free(&f->serve);
    pool_free(&f->pool);
    net_close(&f->net);
    journal_close(&f->journal);
    dispatch_free(&f->dispatch);
    job_free(&f->job);
    zmq_ctx_term(f->context);
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    free(f);
    return system(command);
}

static void *peer_of(struct fixture *f)
{
    const int no_linger = 0;
    void *socket = zmq_socket(f->context, ZMQ_DEALER);
    zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
    assert_true(f->n_sockets < SOCKETS_MAX);
    f->sockets[f->n_sockets++] = socket;
    assert_int_equal(zmq_connect(socket, f->endpoint), 0);
    return socket;
}

static void turn(struct fixture *f)
{
    struct err_note note = {""};
    if (serve_turn(f->serve, now_ms, TURN_MS, &note))
        fail_msg("%s", note.text);
}

/* The next message to a peer that is no PING; fails after a while. */
static enum msg_id hear(struct fixture *f, void *socket, zmq_msg_t *frame, struct msg *out)
{
    int64_t until_ms = now_ms() + PATIENCE_MS;
    while (now_ms() < until_ms) {
        turn(f);
        zmq_msg_init(frame);
        if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) >= 0) {
            assert_int_equal(msg_unpack(out, zmq_msg_data(frame), zmq_msg_size(frame), NULL), OK);
            if (out->id != MSG_PING)
                return out->id;
        }
        zmq_msg_close(frame);
    }
    fail_msg("nothing was heard");
    return 0;
}

#define SAY(socket, name, ...)                                                                     \
    do {                                                                                           \
        struct codec_writer w_ = {0};                                                              \
        msg_pack_##name(&w_, &(struct msg_##name)__VA_ARGS__);                                     \
        assert_int_equal(zmq_send(socket, w_.bytes, w_.length, 0), (int)w_.length);                \
        free(w_.bytes);                                                                            \
    } while (0)

static struct msg_lease join_as(struct fixture *f, void *socket, uint64_t pid, const char *name)
{
    zmq_msg_t frame;
    struct msg m;
    SAY(socket, hello,
        {.magic = MSG_MAGIC,
         .version = MSG_VERSION,
         .engine_id = msg_text(f->job.engine_id),
         .name = msg_text(name),
         .slots = 1,
         .pid = pid});
    assert_int_equal(hear(f, socket, &frame, &m), MSG_JOB);
    zmq_msg_close(&frame);
    SAY(socket, ready, {.run = RUN, .credit = 1});
    assert_int_equal(hear(f, socket, &frame, &m), MSG_LEASE);
    zmq_msg_close(&frame);
    return m.as.lease;
}

static struct msg_lease join(struct fixture *f, void *socket, uint64_t pid)
{
    return join_as(f, socket, pid, "w");
}

static void hand_in(void *socket, const struct msg_lease *lease, int fill)
{
    uint8_t cells[TILE * ROW];
    memset(cells, fill, sizeof cells);
    for (unsigned c = 0; c < TILE; c++)
        cells[c * ROW] = STATUS_OK;
    SAY(socket, result,
        {.run = RUN,
         .tile = lease->tile,
         .n_cells = TILE,
         .epoch = lease->epoch,
         .cells = {cells, sizeof cells}});
}

/* Whatever is leased or acked before. */
static void expect_ack(struct fixture *f, void *socket, uint64_t tile)
{
    zmq_msg_t frame;
    struct msg m;
    enum msg_id id;
    do {
        id = hear(f, socket, &frame, &m);
        zmq_msg_close(&frame);
        assert_true(id == MSG_ACK || id == MSG_LEASE);
    } while (id == MSG_LEASE || m.as.ack.tile != tile);
}

static void what_is_acked_is_in_the_journal(void **state)
{
    struct fixture *f = *state;
    void *socket = peer_of(f);
    struct journal_row row;
    struct msg_lease lease = join(f, socket, 1);
    hand_in(socket, &lease, 7);
    expect_ack(f, socket, lease.tile);
    assert_int_equal(journal_get(f->journal, lease.tile, &row, NULL), OK);
    assert_int_equal(row.length, TILE * ROW);
    assert_int_equal(row.bytes[1], 7);
    assert_string_equal(row.worker, "w");
    hand_in(socket, &lease, 7); /* again, as after a lost ack: equal bits */
    expect_ack(f, socket, lease.tile);
}

static void expect_refusal(struct fixture *f, void *socket)
{
    zmq_msg_t frame;
    struct msg m;
    enum msg_id id;
    do { /* what it was sent before that is still to be read */
        id = hear(f, socket, &frame, &m);
        zmq_msg_close(&frame);
        assert_true(id == MSG_LEASE || id == MSG_ACK || id == MSG_REFUSE);
    } while (id != MSG_REFUSE);
}

/* Two differ, both are out, a third agrees with the second: its bits count from there on, and all
 * that was seen is kept. */
static void a_third_worker_decides_and_the_journal_keeps_all(void **state)
{
    struct fixture *f = *state;
    void *peers[3] = {peer_of(f), peer_of(f), peer_of(f)};
    struct journal_row row;
    uint64_t n;
    struct msg_lease lease = join_as(f, peers[0], 1, "a");
    join_as(f, peers[1], 2, "b");
    hand_in(peers[0], &lease, 7);
    for (unsigned i = 0; i < 5; i++)
        turn(f);
    hand_in(peers[1], &lease, 8);
    expect_refusal(f, peers[1]);
    expect_refusal(f, peers[0]);
    assert_int_equal(journal_n_disputes(f->journal, &n, NULL), OK);
    assert_int_equal(n, 1);
    assert_int_equal(journal_get(f->journal, lease.tile, &row, NULL), OK);
    assert_int_equal(row.bytes[1], 7);
    struct msg_lease third = join_as(f, peers[2], 3, "c");
    zmq_msg_t frame;
    struct msg m;
    if (third.tile != lease.tile) {
        hand_in(peers[2], &third, 7);
        while (hear(f, peers[2], &frame, &m) != MSG_LEASE)
            zmq_msg_close(&frame);
        third = m.as.lease;
        zmq_msg_close(&frame);
    }
    assert_int_equal(third.tile, lease.tile);
    hand_in(peers[2], &third, 8);
    expect_ack(f, peers[2], lease.tile);
    assert_int_equal(journal_get(f->journal, lease.tile, &row, NULL), OK);
    assert_int_equal(row.bytes[1], 8);
    assert_string_equal(row.worker, "b");
    assert_int_equal(journal_second(f->journal, lease.tile, &row, NULL), OK);
    assert_int_equal(row.bytes[1], 7);
    assert_false(dispatch_is_contested(f->dispatch, lease.tile));
}

/* Whatever a broken peer sends, the one beside it gets its work done. */
static void hostile_frames_harm_nobody_else(void **state)
{
    struct fixture *f = *state;
    void *good = peer_of(f), *bad = peer_of(f), *named = zmq_socket(f->context, ZMQ_DEALER);
    const int no_linger = 0;
    size_t huge = MSG_BYTES_MAX + 1000;
    uint8_t *bytes = calloc(1, huge);
    struct msg_lease lease = join(f, good, 1);
    assert_int_equal(zmq_send(bad, "\xff garbage", 9, 0), 9);
    assert_int_equal(zmq_send(bad, "two", 3, ZMQ_SNDMORE), 3);
    assert_int_equal(zmq_send(bad, "parts", 5, 0), 5);
    assert_int_equal(zmq_send(bad, "", 0, 0), 0);
    zmq_setsockopt(named, ZMQ_LINGER, &no_linger, sizeof no_linger);
    assert_int_equal(zmq_setsockopt(named, ZMQ_ROUTING_ID, "a name of its own", 17), 0);
    assert_int_equal(zmq_connect(named, f->endpoint), 0);
    assert_int_equal(zmq_send(named, "hello", 5, 0), 5);
    assert_int_equal(zmq_send(bad, bytes, huge, 0), (int)huge);
    for (unsigned i = 0; i < 20; i++)
        turn(f);
    hand_in(good, &lease, 1);
    expect_ack(f, good, lease.tile);
    assert_int_equal(dispatch_stats(f->dispatch).n_peers, 1);
    assert_true(dispatch_stats(f->dispatch).refused >= 2);
    free(bytes);
    zmq_close(named);
}

/* Not acked is not saved: a coordinator that ends with a result in hand loses it, and its worker
 * keeps it. */
static void nothing_is_acked_before_it_is_saved(void **state)
{
    struct fixture *f = *state;
    void *socket = peer_of(f);
    struct journal_row row;
    struct msg_lease lease = join(f, socket, 1);
    hand_in(socket, &lease, 7);
    int64_t until_ms = now_ms() + PATIENCE_MS;
    while (dispatch_stats(f->dispatch).results == 0 && now_ms() < until_ms)
        turn(f); /* received, but 20 ms are not over */
    if (journal_get(f->journal, lease.tile, &row, NULL) == ERR_NOT_FOUND) {
        zmq_msg_t frame;
        struct msg m = {0};
        zmq_msg_init(&frame);
        while (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0) {
            assert_int_equal(msg_unpack(&m, zmq_msg_data(&frame), zmq_msg_size(&frame), NULL), OK);
            assert_int_not_equal(m.id, MSG_ACK);
        }
        zmq_msg_close(&frame);
    }
    struct err_note note = {""};
    assert_int_equal(serve_flush(f->serve, &note), OK);
    assert_int_equal(journal_get(f->journal, lease.tile, &row, NULL), OK);
    expect_ack(f, socket, lease.tile);
}

/* The processes of a tile's workers end one after the other, which is told between two turns, until
 * all of its cells are given up; then the tile's whole result arrives after all. */
static void a_late_result_finds_the_row_of_cells_that_were_just_given_up(void **state)
{
    struct fixture *f = *state;
    void *late = peer_of(f);
    struct journal_row row;
    zmq_msg_t frame;
    struct msg m;
    struct msg_lease lease = join_as(f, late, 1, "late"), next;
    assert_int_equal(pool_worker_died(f->pool, now_ms(), 1, "left"), OK);
    SAY(late, hello,
        {.magic = MSG_MAGIC,
         .version = MSG_VERSION,
         .engine_id = msg_text(f->job.engine_id),
         .name = msg_text("late"),
         .slots = 1,
         .pid = 1});
    assert_int_equal(hear(f, late, &frame, &m), MSG_JOB);
    zmq_msg_close(&frame);
    for (uint64_t pid = 2; dispatch_stats(f->dispatch).tiles_done < 2; pid++) {
        void *socket = peer_of(f);
        assert_true(pid < 100);
        next = join_as(f, socket, pid, "w");
        if (next.tile != lease.tile) {
            hand_in(socket, &next, 7);
            expect_ack(f, socket, next.tile);
        }
        assert_int_equal(pool_worker_died(f->pool, now_ms(), pid, "signal 9"), OK);
    }
    hand_in(late, &lease, 7);
    expect_ack(f, late, lease.tile);
    assert_int_equal(journal_get(f->journal, lease.tile, &row, NULL), OK);
    assert_int_equal(row.n_failed, TILE);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("serve", T(what_is_acked_is_in_the_journal),
        T(a_third_worker_decides_and_the_journal_keeps_all), T(hostile_frames_harm_nobody_else),
        T(nothing_is_acked_before_it_is_saved),
        T(a_late_result_finds_the_row_of_cells_that_were_just_given_up))
