#include "coordinator/children.h"
#include "coordinator/worker_name.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define PROGRAM "plateau-worker"
enum { NAME_SIZE = 32 };

struct children {
    uint32_t n, n_started;
    uint16_t nonce;    /* of names: no worker of a resumed run is taken for one before */
    pid_t *pids;       /* [n] 0: not running */
    uint32_t *numbers; /* [n] which of all that were started */
    bool *retired;
    char path[PATH_MAX], cache_mb[32], *endpoint, *cache_dir;
};

static bool runs(const char *path)
{
    return access(path, X_OK) == 0;
}

/* Beside this program, as built or installed; then PATH. */
enum err children_find_program(char *out, struct err_note *note)
{
    char self[PATH_MAX] = "";
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = n > 0 ? strrchr(self, '/') : NULL;
    if (slash) {
        slash[1] = 0;
        if (snprintf(out, PATH_MAX, "%s" PROGRAM, self) < PATH_MAX && runs(out))
            return OK;
    }
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t length = strcspn(path, ":");
        if (snprintf(out, PATH_MAX, "%.*s/" PROGRAM, (int)length, path) < PATH_MAX && runs(out))
            return OK;
        path += length + (path[length] == ':');
    }
    return err_set(note, ERR_NOT_FOUND,
                   PROGRAM " is neither in %s nor in PATH: install it beside plateau", self);
}

static void name_of(const struct children *c, uint32_t i, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "local-%u-%04x", c->numbers[i], c->nonce);
}

static enum err spawn(struct children *c, uint32_t i, struct err_note *note)
{
    char name[NAME_SIZE], parent[24];
    c->numbers[i] = ++c->n_started;
    name_of(c, i, name);
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *argv[] = {PROGRAM,      "--connect",  c->endpoint, "--cache",
                          c->cache_dir, "--cache-mb", c->cache_mb, "--name",
                          name,         "--parent",   parent,      NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    /* stdout is data of the command that started us. */
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    int failed =
        posix_spawn(&c->pids[i], c->path, &files, &attributes, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (!failed)
        return OK;
    c->pids[i] = 0;
    return err_set(note, ERR_IO, "cannot start %s: %s", c->path, strerror(failed));
}

enum err children_start(struct children **out, const struct children_options *options,
                        struct err_note *note)
{
    if (options->n == 0 || options->n > CHILDREN_MAX)
        return err_set(note, ERR_RANGE, "%u local workers: from 1 to %d are expected", options->n,
                       CHILDREN_MAX);
    struct children *c = calloc(1, sizeof *c);
    if (!c)
        return ERR_NOMEM;
    c->n = options->n;
    if (getrandom(&c->nonce, sizeof c->nonce, 0) != (ssize_t)sizeof c->nonce)
        c->nonce = (uint16_t)getpid();
    c->pids = calloc(c->n, sizeof *c->pids);
    c->retired = calloc(c->n, sizeof *c->retired);
    c->numbers = calloc(c->n, sizeof *c->numbers);
    c->endpoint = strdup(options->endpoint);
    c->cache_dir = strdup(options->cache_dir);
    snprintf(c->cache_mb, sizeof c->cache_mb, "%zu",
             options->cache_bytes >> 20 ? options->cache_bytes >> 20 : 1);
    enum err err =
        c->pids && c->retired && c->numbers && c->endpoint && c->cache_dir ? OK : ERR_NOMEM;
    if (!err && options->worker_path)
        snprintf(c->path, sizeof c->path, "%s", options->worker_path);
    else if (!err)
        err = children_find_program(c->path, note);
    if (!err)
        err = children_restart(c, note);
    if (err) {
        children_free(&c);
        return err;
    }
    *out = c;
    return OK;
}

static void kill_all(struct children *c)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (c->pids[i])
            kill(c->pids[i], SIGKILL);
}

void children_free(struct children **children_p)
{
    struct children *c = *children_p;
    if (!c)
        return;
    if (c->pids)
        kill_all(c);
    for (uint32_t i = 0; c->pids && i < c->n; i++)
        while (c->pids[i] && waitpid(c->pids[i], NULL, 0) < 0 && errno == EINTR)
            ;
    free(c->pids);
    free(c->retired);
    free(c->numbers);
    free(c->endpoint);
    free(c->cache_dir);
    free(c);
    *children_p = NULL;
}

void children_reap(struct children *c, void (*ended)(void *ctx, uint64_t pid, const char *how),
                   void *ctx)
{
    char how[64];
    int status;
    for (uint32_t i = 0; i < c->n; i++) {
        pid_t pid = c->pids[i];
        if (!pid || waitpid(pid, &status, WNOHANG) != pid)
            continue;
        c->pids[i] = 0;
        if (WIFSIGNALED(status))
            snprintf(how, sizeof how, "signal %d (%s)", WTERMSIG(status),
                     strsignal(WTERMSIG(status)));
        else if (WEXITSTATUS(status))
            snprintf(how, sizeof how, "exit code %d", WEXITSTATUS(status));
        else
            snprintf(how, sizeof how, "%s", c->retired[i] ? CHILDREN_DRAINED : "");
        ended(ctx, (uint64_t)pid, how);
    }
}

enum err children_restart(struct children *c, struct err_note *note)
{
    enum err err = OK;
    for (uint32_t i = 0; !err && i < c->n; i++)
        if (!c->pids[i] && !c->retired[i])
            err = spawn(c, i, note);
    return err;
}

uint32_t children_retire(struct children *c, const char *name)
{
    char own[NAME_SIZE];
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        name_of(c, i, own);
        if (name && !worker_name_covers(name, own))
            continue;
        c->retired[i] = true;
        n++;
    }
    return n;
}

uint32_t children_n_kept(const struct children *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n; i++)
        n += !c->retired[i];
    return n;
}

uint32_t children_n_alive(const struct children *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n; i++)
        n += c->pids[i] != 0;
    return n;
}
