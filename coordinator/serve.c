#include "coordinator/serve.h"
#include <stdlib.h>
#include <string.h>

/* A transaction takes what came in 20 ms, or less if that is much: its frames are held in memory
 * until then. */
enum { ROWS_MAX = 1024, FRAMES_PER_TURN = 256, TICK_MS = 100 };
#define COMMIT_BYTES ((size_t)8 << 20)

struct serve {
    struct dispatch *dispatch;
    struct net *net;
    struct journal *journal;
    struct journal_row rows[ROWS_MAX];
    struct net_frame frames[ROWS_MAX]; /* own the rows' bytes; empty where dispatch does */
    size_t n_rows, bytes;
    int64_t first_row_ms, ticked_ms;
};

enum err serve_new(struct serve **out, struct dispatch *dispatch, struct net *net,
                   struct journal *journal)
{
    struct serve *serve = calloc(1, sizeof *serve);
    if (!serve)
        return ERR_NOMEM;
    serve->dispatch = dispatch;
    serve->net = net;
    serve->journal = journal;
    *out = serve;
    return OK;
}

void serve_free(struct serve **serve_p)
{
    struct serve *serve = *serve_p;
    if (!serve)
        return;
    for (size_t i = 0; i < serve->n_rows; i++)
        net_frame_end(&serve->frames[i]);
    free(serve);
    *serve_p = NULL;
}

static enum err send_all(struct serve *serve, int64_t now_ms)
{
    struct dispatch_frame frame;
    enum err err = OK;
    for (size_t i = 0; !err && i < dispatch_outbox(serve->dispatch, i, &frame); i++)
        if (net_send(serve->net, frame.peer, frame.bytes, frame.length) == ERR_NOT_FOUND)
            err = dispatch_unreachable(serve->dispatch, now_ms, frame.peer);
    dispatch_clear_outbox(serve->dispatch);
    return err;
}

static enum err save(struct serve *serve, struct err_note *note)
{
    if (serve->n_rows == 0)
        return OK;
    enum err err = journal_commit(serve->journal, serve->rows, serve->n_rows, note);
    if (err)
        return err;
    dispatch_saved(serve->dispatch);
    for (size_t i = 0; i < serve->n_rows; i++)
        net_frame_end(&serve->frames[i]);
    serve->n_rows = serve->bytes = 0;
    return OK;
}

/* Takes the frame (may be NULL: the bytes are dispatch's). */
static enum err hold(struct serve *serve, int64_t now_ms, const struct journal_row *row,
                     struct net_frame *frame, struct err_note *note)
{
    if (serve->n_rows == 0)
        serve->first_row_ms = now_ms;
    serve->rows[serve->n_rows] = *row;
    serve->frames[serve->n_rows++] = frame ? *frame : (struct net_frame){0};
    serve->bytes += row->length;
    if (frame)
        *frame = (struct net_frame){0};
    return serve->n_rows == ROWS_MAX || serve->bytes > COMMIT_BYTES ? save(serve, note) : OK;
}

/* A tile's second result against its first, which may still wait to be saved. */
static enum err compare(struct serve *serve, uint64_t peer, const struct journal_row *second,
                        struct err_note *note)
{
    struct journal_row first;
    enum err err = save(serve, note);
    if (!err)
        err = journal_get(serve->journal, second->tile, &first, note);
    if (err)
        return err;
    bool equal =
        first.length == second->length && memcmp(first.bytes, second->bytes, first.length) == 0;
    if (!equal)
        err = journal_dispute(serve->journal, second, note);
    if (!err)
        dispatch_compared(serve->dispatch, peer, second, equal);
    return err;
}

static enum err take_crashed(struct serve *serve, int64_t now_ms, struct err_note *note)
{
    struct journal_row row;
    enum err err = OK;
    while (!err && dispatch_next_row(serve->dispatch, &row))
        err = hold(serve, now_ms, &row, NULL, note);
    return err;
}

static enum err handle(struct serve *serve, int64_t now_ms, struct net_frame *frame,
                       struct err_note *note)
{
    struct journal_row row;
    enum err err = OK;
    switch (dispatch_frame_in(serve->dispatch, now_ms, frame->peer, frame->bytes, frame->length,
                              &row)) {
    case DISPATCH_NOTHING:
        break;
    case DISPATCH_SAVE:
        err = hold(serve, now_ms, &row, frame, note);
        break;
    case DISPATCH_COMPARE:
        err = compare(serve, frame->peer, &row, note);
        break;
    case DISPATCH_NOMEM:
        err = ERR_NOMEM;
        break;
    }
    net_frame_end(frame);
    return err ? err : take_crashed(serve, now_ms, note);
}

static long until_due(const struct serve *serve, int64_t now_ms, long wait_ms)
{
    long left = serve->n_rows ? (long)(serve->first_row_ms + SERVE_COMMIT_MS - now_ms) : wait_ms;
    return left < 0 ? 0 : left < wait_ms ? left : wait_ms;
}

enum err serve_flush(struct serve *serve, struct err_note *note)
{
    enum err err = take_crashed(serve, serve->ticked_ms, note);
    if (!err)
        err = save(serve, note);
    return err ? err : send_all(serve, serve->ticked_ms);
}

enum err serve_turn(struct serve *serve, int64_t (*now)(void), long wait_ms, struct err_note *note)
{
    struct net_frame frame;
    net_wait(serve->net, until_due(serve, now(), wait_ms));
    int64_t now_ms = now();
    unsigned n = 0;
    enum err err = OK;
    while (!err && n < FRAMES_PER_TURN && (err = net_receive(serve->net, &frame)) == OK) {
        n++;
        err = handle(serve, now_ms, &frame, note);
    }
    if (err && err != ERR_EMPTY)
        return err;
    /* Only with all mail read is anybody's silence known. */
    if (err == ERR_EMPTY && now_ms - serve->ticked_ms >= TICK_MS) {
        serve->ticked_ms = now_ms;
        if ((err = dispatch_tick(serve->dispatch, now_ms)) != OK ||
            (err = take_crashed(serve, now_ms, note)) != OK)
            return err;
    }
    err = send_all(serve, now_ms);
    if (!err && serve->n_rows && now_ms - serve->first_row_ms >= SERVE_COMMIT_MS)
        err = save(serve, note);
    return err ? err : send_all(serve, now_ms);
}
