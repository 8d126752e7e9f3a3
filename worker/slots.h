/* slots - a worker of several processes: starts them, passes signals on, starts again those that
 * crash or want it, and ends with the last of them. Each is a worker of its own to the coordinator;
 * on the host they share one fetched and mapped image.
 *
 * SIGTERM or Ctrl-C: every slot finishes its tile, hands it in and leaves; a second one: now.
 * Should this process be killed, its slots are too. */
#ifndef WORKER_SLOTS_H
#define WORKER_SLOTS_H
#include <stdbool.h>
#include <stdint.h>

struct slots_options {
    uint32_t n;
    const char *name;
    int64_t time_limit_ms; /* 0: none */
    bool share_planes;     /* whatever argv says */
};
/* argv: of this process; slots run it again, each with a name of its own. Returns the exit code. */
int slots_run(int argc, char **argv, const struct slots_options *options);
#endif
