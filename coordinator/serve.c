#include "coordinator/serve.h"
#include "coordinator/contest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A transaction takes what came in 20 ms, or less if that is much: its frames are held in memory
 * until then. */
enum { ROWS_MAX = 1024, FRAMES_PER_TURN = 256, TICK_MS = 100 };
#define COMMIT_BYTES ((size_t)8 << 20)

struct batch { /* of one run */
    struct serve_run run;
    struct journal_row rows[ROWS_MAX];
    struct net_frame frames[ROWS_MAX]; /* own the rows' bytes; empty where dispatch does */
    size_t n_rows, bytes;
    int64_t first_row_ms;
};
struct serve {
    struct pool *pool;
    struct net *net;
    struct batch *batches[POOL_RUNS_MAX];
    uint32_t n_batches;
    int64_t ticked_ms;
};

enum err serve_new(struct serve **out, struct pool *pool, struct net *net)
{
    struct serve *serve = calloc(1, sizeof *serve);
    if (!serve)
        return ERR_NOMEM;
    serve->pool = pool;
    serve->net = net;
    *out = serve;
    return OK;
}

static void end_batch(struct batch *batch)
{
    for (size_t i = 0; i < batch->n_rows; i++)
        net_frame_end(&batch->frames[i]);
    free(batch);
}

void serve_free(struct serve **serve_p)
{
    struct serve *serve = *serve_p;
    if (!serve)
        return;
    for (uint32_t i = 0; i < serve->n_batches; i++)
        end_batch(serve->batches[i]);
    free(serve);
    *serve_p = NULL;
}

static struct batch *find_batch(const struct serve *serve, uint64_t run)
{
    for (uint32_t i = 0; i < serve->n_batches; i++)
        if (serve->batches[i]->run.run == run)
            return serve->batches[i];
    return NULL;
}

static enum err send_all(struct serve *serve, int64_t now_ms)
{
    struct dispatch_frame frame;
    enum err err = OK;
    while (pool_next_frame(serve->pool, &frame))
        if (net_send(serve->net, frame.peer, frame.bytes, frame.length) == ERR_NOT_FOUND && !err)
            err = pool_unreachable(serve->pool, now_ms, frame.peer);
    return err;
}

static enum err save(struct batch *batch, struct err_note *note)
{
    if (batch->n_rows == 0)
        return OK;
    enum err err = journal_commit(batch->run.journal, batch->rows, batch->n_rows, note);
    if (err)
        return err;
    for (size_t i = 0; i < batch->n_rows && batch->run.saved; i++)
        batch->run.saved(batch->run.ctx, &batch->rows[i]);
    dispatch_saved(batch->run.dispatch);
    for (size_t i = 0; i < batch->n_rows; i++)
        net_frame_end(&batch->frames[i]);
    batch->n_rows = batch->bytes = 0;
    return OK;
}

/* The third result of a contested tile, or NULL if none will come. Its acks follow the decision,
 * never precede it. */
static enum err judge(struct batch *batch, uint64_t tile, const struct journal_row *third,
                      struct err_note *note)
{
    struct journal_row first, second;
    struct contest_outcome outcome = {.n_disputed = 0};
    struct dispatch *dispatch = batch->run.dispatch;
    char verdict[120];
    enum err err = journal_get(batch->run.journal, tile, &first, note);
    if (!err)
        err = journal_second(batch->run.journal, tile, &second, note);
    if (!err)
        err = contest_decide(dispatch_job(dispatch), &first, &second, third, &outcome);
    snprintf(verdict, sizeof verdict, "%u cells disputed, third worker: %s", outcome.n_disputed,
             third ? third->worker : "none");
    if (!err)
        err = journal_judge(batch->run.journal, &outcome.row, third, verdict, note);
    if (!err) {
        dispatch_judged(dispatch, third, &outcome.row, outcome.n_disputed, outcome.third_differs);
        if (batch->run.saved)
            batch->run.saved(batch->run.ctx, &outcome.row);
    }
    contest_outcome_free(&outcome);
    if (err || batch->n_rows)
        return err ? err : save(batch, note);
    dispatch_saved(dispatch);
    return OK;
}

/* Takes the frame (may be NULL: the bytes are dispatch's). */
static enum err hold(struct batch *batch, int64_t now_ms, const struct journal_row *row,
                     struct net_frame *frame, struct err_note *note)
{
    if (dispatch_is_contested(batch->run.dispatch, row->tile))
        return judge(batch, row->tile, row, note);
    if (batch->n_rows == 0)
        batch->first_row_ms = now_ms;
    batch->rows[batch->n_rows] = *row;
    batch->frames[batch->n_rows++] = frame ? *frame : (struct net_frame){0};
    batch->bytes += row->length;
    if (frame)
        *frame = (struct net_frame){0};
    return batch->n_rows == ROWS_MAX || batch->bytes > COMMIT_BYTES ? save(batch, note) : OK;
}

/* A tile's second result against its first, which may still wait to be saved. */
static enum err compare(struct batch *batch, uint64_t peer, const struct journal_row *second,
                        struct err_note *note)
{
    struct journal_row first;
    struct journal *journal = batch->run.journal;
    enum err err = save(batch, note);
    if (!err)
        err = journal_get(journal, second->tile, &first, note);
    if (err)
        return err;
    bool equal = contest_equal(dispatch_job(batch->run.dispatch), &first, second);
    if (!equal)
        err = journal_dispute(journal, second, note);
    if (!err)
        dispatch_compared(batch->run.dispatch, peer, &first, second, equal);
    return err;
}

static enum err take_crashed(struct serve *serve, int64_t now_ms, struct err_note *note)
{
    struct journal_row row;
    enum err err = OK;
    for (uint32_t i = 0; i < serve->n_batches; i++)
        while (!err && dispatch_next_row(serve->batches[i]->run.dispatch, &row))
            err = hold(serve->batches[i], now_ms, &row, NULL, note);
    return err;
}

/* Contested tiles that no third worker will come for. */
static enum err judge_the_rest(struct serve *serve, struct err_note *note)
{
    uint64_t tile;
    enum err err = OK;
    for (uint32_t i = 0; i < serve->n_batches; i++)
        while (!err && dispatch_next_undecided(serve->batches[i]->run.dispatch, &tile))
            err = judge(serve->batches[i], tile, NULL, note);
    return err;
}

static enum err handle(struct serve *serve, int64_t now_ms, struct net_frame *frame,
                       struct err_note *note)
{
    struct journal_row row;
    uint64_t run;
    enum err err = OK;
    switch (
        pool_frame_in(serve->pool, now_ms, frame->peer, frame->bytes, frame->length, &run, &row)) {
    case DISPATCH_NOTHING:
        break;
    case DISPATCH_SAVE:
        err = hold(find_batch(serve, run), now_ms, &row, frame, note);
        break;
    case DISPATCH_COMPARE:
        err = compare(find_batch(serve, run), frame->peer, &row, note);
        break;
    case DISPATCH_NOMEM:
        err = ERR_NOMEM;
        break;
    }
    net_frame_end(frame);
    return err ? err : take_crashed(serve, now_ms, note);
}

enum err serve_add(struct serve *serve, int64_t now_ms, const struct serve_run *run)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return ERR_NOMEM;
    batch->run = *run;
    enum err err = pool_add(serve->pool, now_ms, run->run, run->dispatch, run->priority);
    if (err) {
        free(batch);
        return err;
    }
    serve->batches[serve->n_batches++] = batch; /* pool_add() keeps to the limit */
    return OK;
}

enum err serve_remove(struct serve *serve, int64_t now_ms, uint64_t run, struct err_note *note)
{
    struct batch *batch = find_batch(serve, run);
    if (!batch)
        return OK;
    enum err err = serve_flush(serve, note);
    if (!err)
        err = pool_remove(serve->pool, now_ms, run);
    uint32_t i = 0;
    while (serve->batches[i] != batch)
        i++;
    serve->batches[i] = serve->batches[--serve->n_batches];
    end_batch(batch);
    return err;
}

static long until_due(const struct serve *serve, int64_t now_ms, long wait_ms)
{
    for (uint32_t i = 0; i < serve->n_batches; i++) {
        const struct batch *batch = serve->batches[i];
        long left =
            batch->n_rows ? (long)(batch->first_row_ms + SERVE_COMMIT_MS - now_ms) : wait_ms;
        wait_ms = left < 0 ? 0 : left < wait_ms ? left : wait_ms;
    }
    return wait_ms;
}

enum err serve_flush(struct serve *serve, struct err_note *note)
{
    enum err err = take_crashed(serve, serve->ticked_ms, note);
    for (uint32_t i = 0; !err && i < serve->n_batches; i++)
        err = save(serve->batches[i], note);
    return err ? err : send_all(serve, serve->ticked_ms);
}

static enum err save_what_is_due(struct serve *serve, int64_t now_ms, struct err_note *note)
{
    enum err err = OK;
    for (uint32_t i = 0; !err && i < serve->n_batches; i++)
        if (serve->batches[i]->n_rows &&
            now_ms - serve->batches[i]->first_row_ms >= SERVE_COMMIT_MS)
            err = save(serve->batches[i], note);
    return err;
}

enum err serve_turn(struct serve *serve, int64_t (*now)(void), long wait_ms, struct err_note *note)
{
    struct net_frame frame;
    net_wait(serve->net, until_due(serve, now(), wait_ms));
    int64_t now_ms = now();
    unsigned n = 0;
    /* Deaths told between two turns may have settled tiles: their rows come before any result that
     * is to be compared with them. */
    enum err err = take_crashed(serve, now_ms, note);
    while (!err && n < FRAMES_PER_TURN && (err = net_receive(serve->net, &frame)) == OK) {
        n++;
        err = handle(serve, now_ms, &frame, note);
    }
    if (err && err != ERR_EMPTY)
        return err;
    /* Only with all mail read is anybody's silence known. */
    if (err == ERR_EMPTY && now_ms - serve->ticked_ms >= TICK_MS) {
        serve->ticked_ms = now_ms;
        if ((err = pool_tick(serve->pool, now_ms)) != OK ||
            (err = take_crashed(serve, now_ms, note)) != OK ||
            (err = judge_the_rest(serve, note)) != OK)
            return err;
    }
    err = send_all(serve, now_ms);
    if (!err)
        err = save_what_is_due(serve, now_ms, note);
    return err ? err : send_all(serve, now_ms);
}
