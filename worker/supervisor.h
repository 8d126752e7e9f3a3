/* supervisor - what becomes of the slots of a worker, which are processes: a function of what
 * ended, how and when. worker/slots.c is the shell that starts, signals and reaps them.
 *
 *    WAITING(due) --start--> RUNNING --wants a fresh process--> WAITING(now)
 *                               |----killed by a signal-------> WAITING(later and later) | OVER
 *                               `----an exit of its own-------> OVER
 *
 * A signal may be one cell's fault, and others may go better: it is started again, until it died
 * CRASHES_MAX times in a row without a minute in between. An exit says that it is not wanted or
 * cannot work here. */
#ifndef WORKER_SUPERVISOR_H
#define WORKER_SUPERVISOR_H
#include <stdbool.h>
#include <stdint.h>

#define SUPERVISOR_SLOTS_MAX 1024u
#define SUPERVISOR_RECYCLE 75 /* exit code: "start me afresh" */
#define SUPERVISOR_OVERRUN                                                                         \
    124 /* of a worker whose cell took too long, which only its end could stop: likewise */
enum { SUPERVISOR_CRASHES_MAX = 40, SUPERVISOR_BACKOFF_MS = 100, SUPERVISOR_BACKOFF_MAX_MS = 5000 };
#define SUPERVISOR_STEADY_MS 60000 /* lived that long: its earlier crashes are forgiven */

enum slot_state { SLOT_WAITING, SLOT_RUNNING, SLOT_OVER };
struct slot {
    enum slot_state state;
    int64_t due_ms, started_ms;
    uint32_t crashes; /* in a row */
    int code;         /* exit code it ended with for good */
};
struct supervisor {
    uint32_t n;
    bool draining;
    struct slot slots[SUPERVISOR_SLOTS_MAX];
};
void supervisor_init(struct supervisor *s, uint32_t n, int64_t now_ms);
/* A slot to start now; false: none. */
bool supervisor_due(const struct supervisor *s, int64_t now_ms, uint32_t *slot);
/* Until the next is due, ms; -1: none waits. */
int64_t supervisor_wait_ms(const struct supervisor *s, int64_t now_ms);
void supervisor_started(struct supervisor *s, int64_t now_ms, uint32_t slot);
/* signal: 0 for an exit with `code`. */
void supervisor_ended(struct supervisor *s, int64_t now_ms, uint32_t slot, int signal, int code);
/* Nothing is started from here on. */
void supervisor_drain(struct supervisor *s);
bool supervisor_is_over(const struct supervisor *s);
/* The worst of the slots'. */
int supervisor_code(const struct supervisor *s);
#endif
