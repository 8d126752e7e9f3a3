/* serve - the loop that joins the decisions (pool), the socket (net) and the journals: receive,
 * save what came in the last 20 ms in one transaction per run, then ack. Everything it knows of
 * time and processes comes from its caller. */
#ifndef COORDINATOR_SERVE_H
#define COORDINATOR_SERVE_H
#include "coordinator/journal.h"
#include "coordinator/net.h"
#include "coordinator/pool.h"
#include "proto/err.h"

#define SERVE_COMMIT_MS 20

struct serve;
/* Borrows the two. The caller owns *out. */
enum err serve_new(struct serve **out, struct pool *pool, struct net *net);
/* Results that were not saved are dropped: they were not acked. */
void serve_free(struct serve **serve_p);
/* A run joins, with its dispatch and journal (borrowed until serve_remove()). saved() is called
 * with every row that has become durable; may be NULL. Errors as of pool_add(). */
struct serve_run {
    uint64_t run;
    struct dispatch *dispatch;
    struct journal *journal;
    uint32_t priority;
    void (*saved)(void *ctx, const struct journal_row *row);
    void *ctx;
};
enum err serve_add(struct serve *serve, int64_t now_ms, const struct serve_run *run);
/* Saves and acks what there is of it, then lets it go. */
enum err serve_remove(struct serve *serve, int64_t now_ms, uint64_t run, struct err_note *note);
/* One turn: waits for frames until something is due, handles them, ticks, saves. now() is
 * monotonic, in ms. An error is the disk's (or memory's) and ends the loop; what was acked is safe.
 */
enum err serve_turn(struct serve *serve, int64_t (*now)(void), long wait_ms, struct err_note *note);
/* Saves and acks what there is, whatever its age. */
enum err serve_flush(struct serve *serve, struct err_note *note);
#endif
