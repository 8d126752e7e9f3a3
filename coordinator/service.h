/* service - several runs in one process: submitted, computed side by side by shared workers,
 * exported when done.
 *
 *   RUNS/.service/          lock (who holds the folder)   socket (coordinator/run_socket.h)
 *   RUNS/ID/standing.json   what is to be done with a run (coordinator/standing.h)
 *
 *    submit --> WAITING --> LIVE --done--> FINISHING --> (finished, failed: leaves the service)
 *                  '----------'--cancel--------^
 *
 * All it must remember is on disk before it is answered: a service that was killed goes on where it
 * was. */
#ifndef COORDINATOR_SERVICE_H
#define COORDINATOR_SERVICE_H
#include "coordinator/run.h"

#define SERVICE_FOLDER ".service"
#define SERVICE_RUNS_MAX 4096u /* that wait or are under way */
#define SERVICE_LIVE_MAX 32u   /* side by side; a submitted run beyond waits for its turn */

struct service_options {
    const char *runs; /* folder of runs */
    const struct run_options
        *run;           /* workers, sockets, messages, stop; each run has limits of its own */
    const char *ledger; /* NULL: the user's */
    bool no_ledger;
    /* The image of a run, for its workers to find in the cache; kept until it ends. */
    enum err (*open_image)(struct market_image *out, const struct run_dir *run,
                           struct err_note *note);
    /* results.h5 of a run that is done, in a thread of its own (coordinator/finish.h). */
    enum err (*export)(const struct run_dir *run, const char *path, bool partial,
                       struct err_note *note);
};
/* RUNS/.service, for whatever the service keeps there. */
enum err service_make_folder(const char *runs, struct err_note *note);
/* Until it is stopped: ERR_INTERRUPTED, with everything saved. ERR_BUSY: another service holds the
 * folder. Any other error is the disk's or memory's. */
enum err service_run(const struct service_options *options, struct err_note *note);
#endif
