#include "worker/slots.h"
#include "worker/supervisor.h"
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { EXIT_INFRASTRUCTURE = 3, ADDED_ALWAYS = 6, ADDED_ARGS = 10, IDLE_MS = 60000 };

struct slots {
    struct supervisor supervisor;
    pid_t pids[SUPERVISOR_SLOTS_MAX]; /* 0: not running */
    int argc;
    char **argv;
    const struct slots_options *options;
    int64_t start_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Of options given twice the last one counts. A slot's own limit of time is what is left of the
 * worker's. */
static int spawn(struct slots *s, uint32_t slot, pid_t *pid)
{
    char name[128], parent[24], left[32];
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    const char **argv = calloc((size_t)s->argc + ADDED_ARGS + 1, sizeof(const char *));
    if (!argv)
        return ENOMEM;
    snprintf(name, sizeof name, "%.100s-%u", s->options->name, slot + 1);
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    int64_t left_ms = s->options->time_limit_ms - (now_ms() - s->start_ms);
    snprintf(left, sizeof left, "%lldms", (long long)(left_ms > 1 ? left_ms : 1));
    const char *added[ADDED_ARGS] = {"--name", name, "--parent", parent, "--slots", "0"};
    unsigned n_added = ADDED_ALWAYS;
    if (s->options->time_limit_ms) {
        added[n_added++] = "--time-limit";
        added[n_added++] = left;
    }
    if (s->options->share_planes) {
        added[n_added++] = "--share-planes";
        added[n_added++] = "yes";
    }
    memcpy(argv, s->argv, (size_t)s->argc * sizeof *argv);
    memcpy(argv + s->argc, added, n_added * sizeof *argv);
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failed =
        posix_spawn(pid, "/proc/self/exe", NULL, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    free(argv);
    return failed;
}

static bool start_due(struct slots *s)
{
    uint32_t slot;
    while (supervisor_due(&s->supervisor, now_ms(), &slot)) {
        int failed = spawn(s, slot, &s->pids[slot]);
        if (failed) {
            fprintf(stderr, "plateau-worker %s: cannot start slot %u: %s\n", s->options->name,
                    slot + 1, strerror(failed));
            return false;
        }
        supervisor_started(&s->supervisor, now_ms(), slot);
    }
    return true;
}

static void tell_crash(const struct slots *s, uint32_t slot, int signal)
{
    const struct slot *it = &s->supervisor.slots[slot];
    if (it->state == SLOT_WAITING)
        fprintf(stderr, "plateau-worker %s: slot %u was ended by signal %d (%s): again in %.1f s\n",
                s->options->name, slot + 1, signal, strsignal(signal),
                (double)(it->due_ms - now_ms()) / 1000);
    else if (!s->supervisor.draining)
        fprintf(stderr,
                "plateau-worker %s: slot %u was ended by signal %d (%s), %u times in a row: given "
                "up\n",
                s->options->name, slot + 1, signal, strsignal(signal), it->crashes);
}

static void reap(struct slots *s)
{
    int status;
    for (uint32_t i = 0; i < s->supervisor.n; i++) {
        if (!s->pids[i] || waitpid(s->pids[i], &status, WNOHANG) != s->pids[i])
            continue;
        int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        s->pids[i] = 0;
        supervisor_ended(&s->supervisor, now_ms(), i, signal, signal ? 0 : WEXITSTATUS(status));
        if (signal)
            tell_crash(s, i, signal);
    }
}

static void pass_on(struct slots *s, int signal)
{
    for (uint32_t i = 0; i < s->supervisor.n; i++)
        if (s->pids[i])
            kill(s->pids[i], signal);
}

int slots_run(int argc, char **argv, const struct slots_options *options)
{
    sigset_t watched;
    struct slots *s = calloc(1, sizeof *s);
    if (!s)
        return EXIT_INFRASTRUCTURE;
    s->argc = argc;
    s->argv = argv;
    s->start_ms = now_ms();
    s->options = options;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigprocmask(SIG_BLOCK, &watched, NULL); /* waited for, one at a time */
    supervisor_init(&s->supervisor, options->n, s->start_ms);
    bool failed = false;
    while (!failed && !supervisor_is_over(&s->supervisor)) {
        failed = !start_due(s);
        int64_t wait_ms = supervisor_wait_ms(&s->supervisor, now_ms());
        if (wait_ms < 0)
            wait_ms = IDLE_MS;
        const struct timespec wait = {wait_ms / 1000, wait_ms % 1000 * 1000000};
        int signal = failed ? 0 : sigtimedwait(&watched, NULL, &wait);
        if (signal == SIGTERM || signal == SIGINT) {
            supervisor_drain(&s->supervisor);
            pass_on(s, SIGTERM);
        }
        reap(s);
    }
    pass_on(s, SIGKILL); /* only after a failure is anything left */
    int code = failed ? EXIT_INFRASTRUCTURE : supervisor_code(&s->supervisor);
    free(s);
    return code;
}
