#include "cli/await.h"
#include "cli/counts.h"
#include "cli/hint.h"
#include "coordinator/host.h"
#include "coordinator/standing.h"
#include <time.h>

enum { LOOK_MS = 200 };

static bool is_with_a_service(const struct standing *standing)
{
    return standing->state == STANDING_QUEUED || standing->state == STANDING_PAUSED;
}

/* A run that no service was given ends when nobody holds it: done, or stopped on the way. */
static int code_of(const struct run_dir *run, const struct standing *standing)
{
    struct err_note note = {""};
    struct run_counts counts;
    if (standing->state != STANDING_NONE) {
        cli_say("run %s: %s%s%s", run->id, STANDING_NAME[standing->state],
                standing->reason[0] ? ": " : "", standing->reason);
        return standing->exit_code;
    }
    enum err err = run_count(&counts, run, &note);
    if (err)
        return cli_fail(err, &note, NULL);
    bool done = counts.tiles_done == counts.n_tiles;
    cli_say("run %s: %s", run->id, done ? "finished" : "stopped");
    return !done ? CLI_INTERRUPTED : counts.failed ? CLI_CELLS_FAILED : CLI_OK;
}

int await_run(const struct run_dir *run, int64_t timeout_ms)
{
    int64_t since_ms = host_now_ms();
    struct err_note note = {""};
    struct standing standing;
    cli_catch_signals();
    while (!cli_stop) {
        enum err err = standing_read(&standing, run->path, &note);
        if (err)
            return cli_fail(err, &note, NULL);
        if (!is_with_a_service(&standing) && !run_is_held(run, NULL))
            return code_of(run, &standing);
        if (timeout_ms > 0 && host_now_ms() - since_ms >= timeout_ms) {
            cli_say("run %s: not done in time; plateau watch %s shows it", run->id,
                    hint_run(run->id));
            return CLI_TIMEOUT;
        }
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
    }
    return cli_signal_exit();
}
