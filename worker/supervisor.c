#include "worker/supervisor.h"
#include <assert.h>

enum { CODE_CRASHED = 3 };

void supervisor_init(struct supervisor *s, uint32_t n, int64_t now_ms)
{
    assert(n > 0 && n <= SUPERVISOR_SLOTS_MAX);
    *s = (struct supervisor){.n = n};
    for (uint32_t i = 0; i < n; i++)
        s->slots[i].due_ms = now_ms;
}

bool supervisor_due(const struct supervisor *s, int64_t now_ms, uint32_t *slot)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (s->slots[i].state == SLOT_WAITING && s->slots[i].due_ms <= now_ms) {
            *slot = i;
            return true;
        }
    return false;
}

int64_t supervisor_wait_ms(const struct supervisor *s, int64_t now_ms)
{
    int64_t wait_ms = -1;
    for (uint32_t i = 0; i < s->n; i++) {
        int64_t left_ms = s->slots[i].due_ms - now_ms;
        if (s->slots[i].state == SLOT_WAITING && (wait_ms < 0 || left_ms < wait_ms))
            wait_ms = left_ms > 0 ? left_ms : 0;
    }
    return wait_ms;
}

void supervisor_started(struct supervisor *s, int64_t now_ms, uint32_t slot)
{
    assert(s->slots[slot].state == SLOT_WAITING);
    s->slots[slot].state = SLOT_RUNNING;
    s->slots[slot].started_ms = now_ms;
}

static void over(struct slot *slot, int code)
{
    slot->state = SLOT_OVER;
    slot->code = code;
}

static void again(struct slot *slot, int64_t due_ms)
{
    slot->state = SLOT_WAITING;
    slot->due_ms = due_ms;
}

static int64_t backoff_ms(uint32_t crashes)
{
    int64_t ms = SUPERVISOR_BACKOFF_MS;
    for (uint32_t i = 1; i < crashes && ms < SUPERVISOR_BACKOFF_MAX_MS; i++)
        ms *= 2;
    return ms < SUPERVISOR_BACKOFF_MAX_MS ? ms : SUPERVISOR_BACKOFF_MAX_MS;
}

void supervisor_ended(struct supervisor *s, int64_t now_ms, uint32_t slot, int signal, int code)
{
    struct slot *it = &s->slots[slot];
    assert(it->state == SLOT_RUNNING);
    if (now_ms - it->started_ms >= SUPERVISOR_STEADY_MS)
        it->crashes = 0;
    it->crashes += signal != 0;
    bool afresh = !signal && (code == SUPERVISOR_RECYCLE || code == SUPERVISOR_OVERRUN);
    if (s->draining)
        over(it, signal || afresh ? 0 : code);
    else if (afresh)
        again(it, now_ms);
    else if (!signal)
        over(it, code);
    else if (it->crashes > SUPERVISOR_CRASHES_MAX)
        over(it, CODE_CRASHED);
    else
        again(it, now_ms + backoff_ms(it->crashes));
}

void supervisor_drain(struct supervisor *s)
{
    s->draining = true;
    for (uint32_t i = 0; i < s->n; i++)
        if (s->slots[i].state == SLOT_WAITING)
            over(&s->slots[i], 0);
}

bool supervisor_is_over(const struct supervisor *s)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (s->slots[i].state != SLOT_OVER)
            return false;
    return true;
}

int supervisor_code(const struct supervisor *s)
{
    int code = 0;
    for (uint32_t i = 0; i < s->n; i++)
        if (s->slots[i].code > code)
            code = s->slots[i].code;
    return code;
}
