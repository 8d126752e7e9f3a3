/* reconnect - what a worker does and says about its connection: a function of (state, now, event).
 *
 *    TRYING --admitted--> UP --lost--> TRYING
 *       |  ^
 *       |  '--its time is over: a new socket---.
 *       '--the key is refused, or twice in a row no handshake--> REFUSED
 *
 * libzmq tries again by itself, except after a refusal of the key, when it never does; and after a
 * handshake that fails it does so ten times a second. Then a new socket is made, less and less
 * often: the key may be allowed later, the right coordinator may come. Each trouble is told once
 * until the next admission. */
#ifndef WORKER_RECONNECT_H
#define WORKER_RECONNECT_H
#include "proto/err.h"
#include <stdbool.h>
#include <stdint.h>

#define RECONNECT_REFUSED_MS 1000 /* doubled with each refusal in a row */
#define RECONNECT_REFUSED_MAX_MS 30000
#define RECONNECT_HANDSHAKE_MAX_MS 4000 /* a handshake may fail for the line's sake */
#define RECONNECT_QUIET_MS 3000         /* of trying, before a word */

enum reconnect_state { RECONNECT_TRYING, RECONNECT_UP, RECONNECT_REFUSED };
enum reconnect_event {
    RECONNECT_ADMITTED,
    RECONNECT_LOST,
    RECONNECT_KEY_REFUSED,
    RECONNECT_NO_HANDSHAKE, /* somebody answers, but not the coordinator of our access file */
    RECONNECT_NOBODY        /* connecting failed */
};
struct reconnect {
    enum reconnect_state state;
    int64_t since_ms, again_ms, refused_ms;
    unsigned handshakes; /* that failed in a row */
    bool told_handshake, told_nobody, told_any;
};
void reconnect_init(struct reconnect *r, int64_t now_ms);
/* say: a line for the user, or "". */
void reconnect_heard(struct reconnect *r, int64_t now_ms, enum reconnect_event event,
                     struct err_note *say);
/* True once: a new socket is to be made now. */
bool reconnect_is_due(struct reconnect *r, int64_t now_ms);
#endif
