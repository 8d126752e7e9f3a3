#include "worker/reconnect.h"

enum { HANDSHAKES_MAX = 2 }; /* one may fail because the line broke */

void reconnect_init(struct reconnect *r, int64_t now_ms)
{
    *r = (struct reconnect){.since_ms = now_ms, .refused_ms = RECONNECT_REFUSED_MS};
}

static void admitted(struct reconnect *r, int64_t now_ms, struct err_note *say)
{
    if (r->told_any)
        err_set(say, OK, "connected");
    reconnect_init(r, now_ms);
    r->state = RECONNECT_UP;
}

/* The next try is a new socket's. Returns the wait. */
static int64_t back_off(struct reconnect *r, int64_t now_ms, int64_t most_ms)
{
    int64_t wait_ms = r->refused_ms < most_ms ? r->refused_ms : most_ms;
    r->state = RECONNECT_REFUSED;
    r->again_ms = now_ms + wait_ms;
    r->refused_ms = 2 * wait_ms;
    return wait_ms;
}

static void refused(struct reconnect *r, int64_t now_ms, struct err_note *say)
{
    if (r->state == RECONNECT_REFUSED)
        return;
    r->told_any = true;
    err_set(say, OK,
            "refused by the coordinator: this worker's key is not on its allow-list, or was "
            "revoked; trying again in %lld s",
            (long long)(back_off(r, now_ms, RECONNECT_REFUSED_MAX_MS) / 1000));
}

static void no_handshake(struct reconnect *r, int64_t now_ms, struct err_note *say)
{
    if (r->state != RECONNECT_TRYING || ++r->handshakes < HANDSHAKES_MAX)
        return;
    back_off(r, now_ms, RECONNECT_HANDSHAKE_MAX_MS);
    if (!r->told_handshake)
        err_set(say, OK,
                "no handshake: who answers there is no coordinator, or not the one of this access "
                "file (its key is another); trying again");
    r->told_handshake = r->told_any = true;
}

void reconnect_heard(struct reconnect *r, int64_t now_ms, enum reconnect_event event,
                     struct err_note *say)
{
    say->text[0] = 0;
    switch (event) {
    case RECONNECT_ADMITTED:
        admitted(r, now_ms, say);
        break;
    case RECONNECT_LOST:
        if (r->state != RECONNECT_UP)
            break;
        reconnect_init(r, now_ms);
        r->told_any = true;
        err_set(say, OK, "lost the connection; trying again");
        break;
    case RECONNECT_KEY_REFUSED:
        refused(r, now_ms, say);
        break;
    case RECONNECT_NO_HANDSHAKE:
        no_handshake(r, now_ms, say);
        break;
    case RECONNECT_NOBODY:
        if (r->state != RECONNECT_TRYING || r->told_nobody || r->told_handshake ||
            now_ms - r->since_ms < RECONNECT_QUIET_MS)
            break;
        r->told_nobody = r->told_any = true;
        err_set(say, OK, "nobody answers; trying again");
        break;
    }
}

bool reconnect_is_due(struct reconnect *r, int64_t now_ms)
{
    if (r->state != RECONNECT_REFUSED || now_ms < r->again_ms)
        return false;
    r->state = RECONNECT_TRYING;
    r->since_ms = now_ms;
    return true;
}
