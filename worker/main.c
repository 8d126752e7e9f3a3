/* plateau-worker: computes leased tiles for a coordinator. `plateau run` starts its own;
 * `plateau worker --access FILE` joins one elsewhere. */
#include "worker/options.h"
#include "worker/slots.h"
#include "worker/supervisor.h"
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A local worker ends with its coordinator, and leaves Ctrl-C to it. */
static bool follow_parent(long parent)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return getppid() == (pid_t)parent; /* it may have died before prctl */
}

static int run_one(const struct options *options)
{
    struct err_note note = {""};
    bool recycle = false;
    enum err err = worker_run(&options->worker, &recycle, &note);
    if (err)
        fprintf(stderr, "plateau-worker %s: %s\n", options->worker.name,
                note.text[0] ? note.text : err_text(err));
    /* Only who looks after slots knows what to do with that code. */
    return recycle && options->slots == 0 ? SUPERVISOR_RECYCLE : err_exit_code(err);
}

int main(int argc, char **argv)
{
    char host[40] = "worker", name[64];
    gethostname(host, sizeof host - 1);
    snprintf(name, sizeof name, "%s-%ld", host, (long)getpid());
    struct options options = {.worker = {.name = name,
                                         .cache_bytes = WORKER_CACHE_BYTES,
                                         .cache_limit = WORKER_CACHE_LIMIT,
                                         .credit = WORKER_CREDIT,
                                         .wait_ms = SESSION_WAIT_MS},
                              .slots = 1};
    int parsed = options_parse(argc, argv, &options);
    if (parsed >= 0)
        return parsed;
    options.worker.child =
        options.parent && options.slots; /* of the coordinator, who knows its pid */
    if (options.parent && !follow_parent(options.parent))
        return err_exit_code(ERR_NET);
    options.worker.share_planes = options.share == SHARE_YES;
    const struct life_limits *life = &options.worker.life;
    const struct slots_options slots = {.n = options.slots,
                                        .name = options.worker.name,
                                        .time_limit_ms = life->time_ms,
                                        .share_planes =
                                            options.share == SHARE_BY_SLOTS && options.slots > 1};
    int code = options.slots > 1 || (options.slots == 1 && (life->tiles || life->bytes))
                   ? slots_run(argc, argv, &slots)
                   : run_one(&options);
    fflush(stderr);
    _exit(code); /* a tile may still be in hand: nothing waits for it */
}
