/* children - the workers a coordinator starts on its own machine: spawned, reaped, started again.
 * Every process has a name of its own, as one that comes after another is another worker.
 * Only processes started here are ever waited for or killed. */
#ifndef COORDINATOR_CHILDREN_H
#define COORDINATOR_CHILDREN_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHILDREN_MAX 1024
#define CHILDREN_DRAINED "drained"

struct children;
struct children_options {
    uint32_t n;
    const char *worker_path; /* NULL: beside this program, then PATH */
    const char *endpoint, *cache_dir;
    size_t cache_bytes;
};
/* plateau-worker, beside this program or in PATH; out: PATH_MAX bytes. ERR_NOT_FOUND. */
enum err children_find_program(char *out, struct err_note *note);
/* Starts them. The caller owns *out. ERR_NOT_FOUND: no such program, with the places looked at. */
enum err children_start(struct children **out, const struct children_options *options,
                        struct err_note *note);
/* Ends the rest by SIGKILL. */
void children_free(struct children **children_p);
/* Calls ended() for every process that ended since the last call; how: "signal 9 (Killed)", "exit
 * code 3", "" for an exit without error, CHILDREN_DRAINED for that of a retired one. */
void children_reap(struct children *children,
                   void (*ended)(void *ctx, uint64_t pid, const char *how), void *ctx);
/* Starts again those that ended. */
enum err children_restart(struct children *children, struct err_note *note);
/* Those that name stands for (coordinator/worker_name.h), or all (NULL), are not started again.
 * Number found. */
uint32_t children_retire(struct children *children, const char *name);
uint32_t children_n_kept(const struct children *children); /* that are not retired */
uint32_t children_n_alive(const struct children *children);
#endif
