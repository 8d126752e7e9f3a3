/* net - the worker's shell: the link to the coordinator, the session that decides, the engine's
 * thread that computes. */
#ifndef WORKER_NET_H
#define WORKER_NET_H
#include "proto/err.h"
#include "worker/life.h"
#include "worker/session.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker_options {
    const char *endpoint; /* NULL: the access file's */
    const char *access;   /* file (proto/access.h); NULL: no keys */
    const char *cache_dir, *name;
    size_t cache_bytes;   /* of the engine's indicators */
    uint64_t cache_limit; /* of cache_dir; 0: none */
    bool share_planes;    /* indicator planes, with other processes of this host */
    uint32_t credit;      /* leases held at once: one computed, the rest waiting */
    bool child;           /* of the coordinator, which knows it by its process id */
    enum session_lost on_lost;
    int64_t wait_ms; /* SESSION_LOST_WAIT */
    struct life_limits life;
};
#define WORKER_CACHE_LIMIT ((uint64_t)16 << 30)
#define WORKER_CREDIT 2
#define WORKER_CACHE_BYTES ((size_t)256 << 20)

/* Until the coordinator says DRAIN (OK), refuses us (ERR_VERSION), is gone for long (ERR_NET), the
 * job cannot be loaded, or a span took too long (ERR_TIMEOUT). */
/* OK too at a limit of its life, or after SIGTERM (or Ctrl-C), of which the first drains and the
 * second ends it at once. *recycle: a fresh process is to take over. */
enum err worker_run(const struct worker_options *options, bool *recycle, struct err_note *note);
#endif
