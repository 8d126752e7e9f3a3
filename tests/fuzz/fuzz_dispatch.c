/* Any frames from any peers, in any order, with time passing: the coordinator's decisions keep
 * their own promises (their assertions), never lose a tile, and hold no more than is in flight.
 *
 * The input is a script: u8 peer, u8 what, then what that takes. The messages a worker may send are
 * made of a few bytes each, so that a run of them gets somewhere; one kind is raw bytes. */
#include "coordinator/dispatch.h"
#include "proto/msg.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/null_job.h"
#include <assert.h>

enum { POINTS = 32, TILE = 4, SCENARIOS = 2, ROW = 8, RUN = 7, PEERS = 6 };
enum { HELLO, READY, RESULT, BEAT, BYE, RAW, TIME, DEATH, GONE, N_WHATS };

struct script {
    const uint8_t *at, *end;
};
struct player {
    struct job job;
    struct dispatch *d;
    int64_t now_ms;
    uint64_t acked, saved;          /* bits of tiles */
    struct journal_row journal[64]; /* of saved tiles; owns the bytes */
};

static uint8_t take(struct script *s)
{
    return s->at < s->end ? *s->at++ : 0;
}

/* Every ACK is of a tile that was saved before. */
static void read_outbox(struct player *p)
{
    struct dispatch_frame frame;
    struct msg m;
    for (size_t i = 0; i < dispatch_outbox(p->d, i, &frame); i++) {
        assert(msg_unpack(&m, frame.bytes, frame.length, NULL) == OK);
        if (m.id == MSG_ACK && m.as.ack.run == RUN && m.as.ack.tile < 64)
            p->acked |= UINT64_C(1) << m.as.ack.tile;
    }
    dispatch_clear_outbox(p->d);
    events_clear(dispatch_events(p->d));
}

static void save_row(struct player *p, const struct journal_row *row)
{
    struct journal_row *kept = &p->journal[row->tile];
    p->saved |= UINT64_C(1) << row->tile;
    free((void *)(uintptr_t)kept->bytes);
    *kept = *row;
    kept->bytes = fuzz_copy(row->bytes, row->length);
    if (dispatch_is_contested(p->d, row->tile)) /* the third counts */
        dispatch_judged(p->d, row, row, 0, row->length % 2);
}

static void save_rows(struct player *p, const struct journal_row *row)
{
    struct journal_row next;
    if (row)
        save_row(p, row);
    while (dispatch_next_row(p->d, &next))
        save_row(p, &next);
    dispatch_saved(p->d);
}

static void frame_in(struct player *p, uint64_t peer, const void *bytes, size_t length, bool equal)
{
    struct journal_row row;
    uint8_t *copy = fuzz_copy(bytes, length);
    switch (dispatch_frame_in(p->d, p->now_ms, peer, copy, length, &row)) {
    case DISPATCH_SAVE:
        assert(row.tile < job_n_tiles(&p->job));
        save_rows(p, &row);
        break;
    case DISPATCH_COMPARE:
        dispatch_compared(p->d, peer, &p->journal[row.tile], &row, equal);
        break;
    case DISPATCH_NOTHING:
        save_rows(p, NULL);
        break;
    case DISPATCH_NOMEM:
        abort();
    }
    free(copy);
}

static void send_result(struct script *s, struct codec_writer *w)
{
    uint8_t tile = take(s), first = take(s), n = take(s), epoch = take(s), status = take(s);
    struct codec_writer cells = {0};
    static const uint8_t zeros[ROW];
    for (unsigned i = 0; i < n; i++) {
        if (status % 8 == STATUS_FAILED)
            result_put_status(&cells, STATUS_FAILED, "no");
        else
            codec_u8(&cells, status % 8), codec_bytes(&cells, zeros, ROW - 1);
    }
    msg_pack_result(w, &(struct msg_result){.run = RUN - (status >> 7),
                                            .tile = tile,
                                            .first_cell = first,
                                            .n_cells = n,
                                            .epoch = epoch,
                                            .compute_us = 1000,
                                            .cells = {cells.bytes, (uint32_t)cells.length}});
    free(cells.bytes);
}

static void send_one(struct player *p, struct script *s, uint8_t what, uint64_t peer, uint8_t more)
{
    struct codec_writer w = {0};
    static const char *const names[] = {"a", "b", "c", "d"};
    if (what == HELLO)
        msg_pack_hello(&w, &(struct msg_hello){.magic = MSG_MAGIC,
                                               .version = MSG_VERSION + (more >> 7),
                                               .engine_id = msg_text(p->job.engine_id),
                                               .name = msg_text(names[more % 4]),
                                               .slots = more / 4 % 4,
                                               .pid = more / 4 % 8});
    else if (what == READY)
        msg_pack_ready(&w, &(struct msg_ready){.run = RUN - (more >> 7), .credit = more % 80});
    else if (what == RESULT)
        send_result(s, &w);
    else if (what == BEAT)
        msg_pack_beat(&w, &(struct msg_beat){.run = RUN, .in_flight = more});
    else
        msg_pack_bye(&w, &(struct msg_bye){.run = RUN, .reason = msg_text(more & 1 ? "no" : "")});
    frame_in(p, peer, w.bytes, w.length, !(more & 64));
    free(w.bytes);
}

static void step(struct player *p, struct script *s)
{
    uint64_t peer = 1 + take(s) % PEERS;
    uint8_t what = take(s) % N_WHATS, more = take(s);
    if (what == RAW) {
        size_t n = (size_t)(s->end - s->at) < more ? (size_t)(s->end - s->at) : more;
        frame_in(p, peer, s->at, n, true);
        s->at += n;
    } else if (what == TIME) {
        p->now_ms += (int64_t)more * more; /* up to 65 s */
        assert(dispatch_tick(p->d, p->now_ms) == OK);
        save_rows(p, NULL);
    } else if (what == DEATH) {
        assert(dispatch_worker_died(p->d, p->now_ms, more % 8, "signal 9") == OK);
        save_rows(p, NULL);
    } else if (what == GONE) {
        assert(dispatch_unreachable(p->d, p->now_ms, peer) == OK);
        save_rows(p, NULL);
    } else {
        send_one(p, s, what, peer, more);
    }
    read_outbox(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct player p = {.now_ms = 1000};
    struct script s = {data, data + size};
    null_job_make(&p.job, "fuzz", POINTS, 1, TILE, SCENARIOS, ROW);
    const struct dispatch_options options = {.job = &p.job,
                                             .run = RUN,
                                             .order_seed = 3,
                                             .n_visited = UINT64_MAX,
                                             .beat_ms = DISPATCH_BEAT_MS,
                                             .dead_ms = DISPATCH_DEAD_MS,
                                             .ttl_ms = DISPATCH_TTL_MS};
    assert(dispatch_new(&p.d, &options) == OK);
    while (s.at < s.end)
        step(&p, &s);
    struct dispatch_stats stats = dispatch_stats(p.d);
    assert(stats.cells_done <= stats.n_cells && stats.n_peers <= PEERS);
    assert(stats.cells_failed + stats.cells_excluded <= stats.cells_done);
    assert(dispatch_is_done(p.d) == (stats.tiles_done == stats.n_tiles));
    dispatch_free(&p.d);
    for (unsigned t = 0; t < 64; t++)
        free((void *)(uintptr_t)p.journal[t].bytes);
    job_free(&p.job);
    return 0;
}
