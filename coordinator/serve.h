/* serve - the loop that joins the decisions (dispatch), the socket (net) and the journal: receive,
 * save what came in the last 20 ms in one transaction, then ack. Everything it knows of time and
 * processes comes from its caller. */
#ifndef COORDINATOR_SERVE_H
#define COORDINATOR_SERVE_H
#include "coordinator/dispatch.h"
#include "coordinator/journal.h"
#include "coordinator/net.h"
#include "proto/err.h"

#define SERVE_COMMIT_MS 20

struct serve;
/* Borrows the three. The caller owns *out. */
enum err serve_new(struct serve **out, struct dispatch *dispatch, struct net *net,
                   struct journal *journal);
/* Results that were not saved are dropped: they were not acked. */
void serve_free(struct serve **serve_p);
/* One turn: waits for frames until something is due, handles them, ticks, saves. now() is
 * monotonic, in ms. An error is the disk's (or memory's) and ends the run; what was acked is safe.
 */
enum err serve_turn(struct serve *serve, int64_t (*now)(void), long wait_ms, struct err_note *note);
/* Saves and acks what there is, whatever its age. */
enum err serve_flush(struct serve *serve, struct err_note *note);
#endif
