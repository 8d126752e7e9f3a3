/* host - a process that has runs computed: the sockets where workers connect, the local workers it
 * starts, the pool that shares all workers, and the loop over them. `plateau run` is a host of one
 * run, `plateau coordinator` of several. */
#ifndef COORDINATOR_HOST_H
#define COORDINATOR_HOST_H
#include "coordinator/live.h"
#include "coordinator/pool.h"
#include "coordinator/run.h"

struct host;
int64_t host_now_ms(void); /* monotonic */
/* Local workers that the options come to: 0 for RUN_NO_WORKERS, one per core if not given. */
uint32_t host_n_workers(const struct run_options *options);
/* Listens on ipc, and beside it where the options say. folder: where the socket is on record.
 * Borrows the options. The caller owns *out. */
enum err host_open(struct host **out, const char *folder, const struct run_options *options,
                   struct err_note *note);
/* Ends what is left of the local workers. Runs are removed before. */
void host_close(struct host **host_p);
/* n local workers, from now on; at most one per open tile is of use. */
enum err host_start_workers(struct host *host, uint32_t n, struct err_note *note);

/* Borrows the run until host_remove(). ERR_EXISTS, ERR_OVERFLOW (POOL_RUNS_MAX); where remote
 * workers can come, what opening the run's image gives. */
enum err host_add(struct host *host, struct live *live, struct err_note *note);
/* What came is saved and acked first. */
enum err host_remove(struct host *host, struct live *live, struct err_note *note);
struct pool *host_pool(struct host *host);
const struct live *host_run_at(const struct host *host, uint32_t i); /* NULL: there are fewer */
struct live *host_run(const struct host *host, uint64_t number);     /* NULL: not there */
const char *host_endpoint(const struct host *host); /* for remote workers; "" if there is none */

/* A run's workers finish what they hold and leave it, until it goes on. */
enum err host_pause(struct host *host, struct live *live, bool paused);
/* Its workers leave it at once; what they hand in later still counts. */
enum err host_cancel(struct host *host, struct live *live, const char *reason);
void host_set_priority(struct host *host, struct live *live, uint32_t priority);
/* The worker of that name, or all (NULL), of a run or of all (NULL), finish what they hold and
 * leave; local ones are not started again. ERR_NOT_FOUND: nobody has that name, or the run is not
 * here. */
enum err host_drain(struct host *host, const char *name, const char *run, uint32_t *n,
                    struct err_note *note);
/* Answers operators' requests: desk.h. */
struct desk;
void host_answer(struct host *host, struct desk *desk);

/* One turn of at most wait_ms. An error is the disk's or memory's. */
enum err host_turn(struct host *host, long wait_ms, struct err_note *note);
/* Starts local workers again that ended. */
enum err host_restart_workers(struct host *host, struct err_note *note);
/* Nobody computes here any more, and nobody is expected: all local workers were drained, and no
 * remote one can join. */
bool host_is_drained(const struct host *host);
bool host_is_deserted(const struct host *host); /* no local process, no peer */
/* The end: everybody leaves; who does not in time is ended by host_close(). */
void host_dismiss(struct host *host, const volatile sig_atomic_t *stop);
#endif
