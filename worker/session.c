#include "worker/session.h"
#include "proto/image_talk.h"
#include "proto/msg.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kept { /* a result without an ack */
    struct session_lease lease;
    uint32_t compute_us;
    int64_t sent_ms;
    uint8_t *cells;
    size_t length;
};
struct session {
    struct session_options options;
    struct codec_writer frames;
    size_t *frame_end; /* [n_frames] */
    size_t n_frames, frames_capacity;
    uint64_t run; /* of the job that is loaded or loading; 0: none */
    bool loaded, computing, draining, nomem;
    bool greeting;       /* since HELLO: what was sent before may not have arrived */
    struct msg_blob job; /* in the frame being handled */
    uint16_t image_port;
    const uint8_t *image_list;                                /* in that frame too */
    struct session_lease leases[SESSION_LEASES_MAX], in_hand; /* in_hand: while computing */
    uint32_t n_leases;
    struct kept *kept;
    uint32_t n_kept, kept_capacity;
    size_t kept_bytes;
    int64_t heard_ms, beat_ms, ticked_ms;
    int64_t started_ms, done_ms; /* of the lease in hand, of the last one that was computed */
    enum err end;
    char reason[MSG_TEXT_MAX + 1];
};

/* ---- sending ---- */

static void posted(struct session *s)
{
    if (s->n_frames == s->frames_capacity) {
        size_t capacity = s->frames_capacity ? 2 * s->frames_capacity : 16;
        size_t *grown = realloc(s->frame_end, capacity * sizeof *grown);
        if (!grown) {
            s->nomem = true;
            return;
        }
        s->frame_end = grown;
        s->frames_capacity = capacity;
    }
    s->nomem |= s->frames.failed;
    s->frame_end[s->n_frames++] = s->frames.length;
}

#define SEND(s, name, ...)                                                                         \
    do {                                                                                           \
        msg_pack_##name(&(s)->frames, &(struct msg_##name)__VA_ARGS__);                            \
        posted(s);                                                                                 \
    } while (0)

size_t session_outbox(const struct session *s, size_t i, const uint8_t **bytes, size_t *length)
{
    if (i < s->n_frames) {
        size_t start = i ? s->frame_end[i - 1] : 0;
        *bytes = s->frames.bytes + start;
        *length = s->frame_end[i] - start;
    }
    return s->n_frames;
}

void session_clear_outbox(struct session *s)
{
    s->n_frames = 0;
    s->frames.length = 0;
}

static void say_hello(struct session *s)
{
    s->greeting = true;
    SEND(s, hello,
         {.magic = MSG_MAGIC,
          .version = MSG_VERSION,
          .engine_id = msg_text(s->options.engine_id),
          .name = msg_text(s->options.name),
          .slots = s->options.slots,
          .pid = s->options.pid,
          .facts = msg_text(s->options.facts ? s->options.facts : "")});
}

static void hand_in(struct session *s, int64_t now_ms, struct kept *k)
{
    k->sent_ms = now_ms;
    SEND(s, result,
         {.run = k->lease.run,
          .tile = k->lease.tile,
          .first_cell = k->lease.first_cell,
          .n_cells = k->lease.n_cells,
          .epoch = k->lease.epoch,
          .compute_us = k->compute_us,
          .cells = {k->cells, (uint32_t)k->length}});
}

static void ready(struct session *s, int64_t now_ms)
{
    for (uint32_t i = 0; s->greeting && i < s->n_kept; i++)
        hand_in(s, now_ms, &s->kept[i]);
    s->greeting = false;
    SEND(s, ready, {.run = s->run, .credit = s->options.credit});
}

/* ---- life ---- */

enum err session_new(struct session **out, const struct session_options *options, int64_t now_ms)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    s->options = *options;
    s->heard_ms = s->beat_ms = s->ticked_ms = now_ms;
    say_hello(s);
    if (s->nomem) {
        session_free(&s);
        return ERR_NOMEM;
    }
    *out = s;
    return OK;
}

void session_free(struct session **session_p)
{
    struct session *s = *session_p;
    if (!s)
        return;
    for (uint32_t i = 0; i < s->n_kept; i++)
        free(s->kept[i].cells);
    free(s->kept);
    free(s->frames.bytes);
    free(s->frame_end);
    free(s);
    *session_p = NULL;
}

/* The one way to end. */
static enum session_verdict stop(struct session *s, enum err end, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static enum session_verdict stop(struct session *s, enum err end, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(s->reason, sizeof s->reason, format, args);
    va_end(args);
    s->end = end;
    return SESSION_STOP;
}

void session_give_up(struct session *s, const char *reason)
{
    snprintf(s->reason, sizeof s->reason, "%s", reason);
    SEND(s, bye, {.run = s->run, .reason = msg_text(reason)});
}

enum err session_end(const struct session *s)
{
    return s->end;
}

const char *session_reason(const struct session *s)
{
    return s->reason;
}

uint32_t session_n_unacked(const struct session *s)
{
    return s->n_kept;
}

/* After a DRAIN a worker leaves once it has nothing in hand. */
static enum session_verdict maybe_leave(struct session *s)
{
    if (s->nomem)
        return stop(s, ERR_NOMEM, "out of memory");
    if (!s->draining || s->computing || s->n_kept > 0)
        return SESSION_GO_ON;
    session_give_up(s, "");
    return SESSION_STOP;
}

enum session_verdict session_drain(struct session *s)
{
    s->draining = true;
    s->n_leases = 0;
    return maybe_leave(s);
}

/* ---- messages ---- */

static enum session_verdict on_job_frame(struct session *s, int64_t now_ms, const struct msg_job *m)
{
    if (m->run == s->run &&
        s->loaded) { /* a greeting again: what was leased before is forgotten on neither side */
        ready(s, now_ms);
        return SESSION_GO_ON;
    }
    if (m->run == s->run)
        return SESSION_GO_ON; /* still loading */
    s->run = m->run;
    s->loaded = false;
    s->n_leases = 0;
    s->job = m->job;
    s->image_port = m->image_list.length == IMAGE_TALK_HASH_BYTES ? m->image_port : 0;
    s->image_list = m->image_list.bytes;
    return SESSION_LOAD;
}

static void on_lease_frame(struct session *s, const struct msg_lease *m)
{
    if (m->run != s->run || s->draining || s->n_leases == SESSION_LEASES_MAX)
        return; /* the coordinator leases it again when its time is over */
    s->leases[s->n_leases++] =
        (struct session_lease){m->run, m->tile, m->first_cell, m->n_cells, m->epoch, m->limit_ms};
}

static void on_ack_frame(struct session *s, const struct msg_ack *m)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < s->n_kept; i++) {
        struct kept *k = &s->kept[i];
        if (k->lease.run == m->run && k->lease.tile == m->tile &&
            k->lease.first_cell == m->first_cell && k->lease.epoch == m->epoch) {
            s->kept_bytes -= k->length;
            free(k->cells);
        } else {
            s->kept[left++] = *k;
        }
    }
    s->n_kept = left;
}

static enum session_verdict on_refuse_frame(struct session *s, const struct msg_refuse *m)
{
    if (m->version != MSG_VERSION)
        return stop(s, ERR_NET,
                    "the coordinator speaks protocol version %u, this worker %u: use the same "
                    "plateau on both sides",
                    m->version, MSG_VERSION);
    SEND(s, bye, {.run = s->run}); /* one of its runs refused it: the others need not miss it */
    return stop(s, ERR_NET, "refused by the coordinator: %.*s", (int)m->reason.length,
                m->reason.bytes);
}

enum session_verdict session_frame_in(struct session *s, int64_t now_ms, const void *frame,
                                      size_t length)
{
    struct msg m;
    struct err_note note = {""};
    if (msg_unpack(&m, frame, length, &note))
        return stop(s, ERR_NET, "the coordinator sent garbage: %.400s", note.text);
    s->heard_ms = now_ms;
    switch (m.id) {
    case MSG_REFUSE:
        return on_refuse_frame(s, &m.as.refuse);
    case MSG_JOB:
        return on_job_frame(s, now_ms, &m.as.job);
    case MSG_LEASE:
        on_lease_frame(s, &m.as.lease);
        break;
    case MSG_ACK:
        on_ack_frame(s, &m.as.ack);
        break;
    case MSG_PING:
        if (m.as.ping.run == 0)
            say_hello(s);
        break;
    case MSG_DRAIN:
        return session_drain(s);
    default:
        return stop(s, ERR_NET, "the coordinator sent %s, which only a worker may", msg_name(m.id));
    }
    return maybe_leave(s);
}

static bool may_compute(const struct session *s)
{
    return s->n_leases > 0 && s->kept_bytes <= SESSION_UNACKED_MAX;
}

/* Results are offered for their time from the last one on, however long it was computed while
 * nobody listened. */
static bool is_lost(const struct session *s, int64_t now_ms)
{
    int64_t silent_ms = now_ms - s->heard_ms;
    switch (s->options.on_lost) {
    case SESSION_LOST_FINISH:
        if (s->computing || may_compute(s))
            return false;
        if (s->n_kept == 0)
            return silent_ms > SESSION_SILENT_MS;
        return silent_ms > SESSION_FINISH_MS && now_ms - s->done_ms > SESSION_FINISH_MS;
    case SESSION_LOST_STOP:
        return silent_ms > SESSION_SILENT_MS;
    case SESSION_LOST_WAIT:
        break;
    }
    return silent_ms > s->options.wait_ms;
}

static enum session_verdict overrun(struct session *s)
{
    const struct session_lease *lease = &s->in_hand;
    SEND(s, overrun,
         {.run = lease->run,
          .tile = lease->tile,
          .first_cell = lease->first_cell,
          .n_cells = lease->n_cells,
          .epoch = lease->epoch});
    return stop(s, ERR_TIMEOUT, "tile %llu, cells %u to %u: not done within %g s",
                (unsigned long long)lease->tile, lease->first_cell,
                lease->first_cell + lease->n_cells - 1, (double)lease->limit_ms / 1000);
}

enum session_verdict session_tick(struct session *s, int64_t now_ms)
{
    int64_t deaf_ms = now_ms - s->ticked_ms - s->options.beat_ms;
    if (deaf_ms > 0) {
        s->heard_ms += deaf_ms;
        s->started_ms += deaf_ms;
        s->done_ms += deaf_ms;
    }
    s->ticked_ms = now_ms;
    if (is_lost(s, now_ms))
        return stop(s, ERR_NET,
                    "nothing heard of the coordinator for %lld s; %u result%s could not be handed "
                    "in",
                    (long long)((now_ms - s->heard_ms) / 1000), s->n_kept,
                    s->n_kept == 1 ? "" : "s");
    if (s->computing && s->in_hand.limit_ms > 0 &&
        now_ms - s->started_ms > (int64_t)s->in_hand.limit_ms)
        return overrun(s);
    if (now_ms - s->beat_ms >= s->options.beat_ms) {
        s->beat_ms = now_ms;
        SEND(s, beat, {.run = s->run, .in_flight = s->n_leases + s->computing});
    }
    for (uint32_t i = 0; i < s->n_kept; i++)
        if (now_ms - s->kept[i].sent_ms > s->options.resend_ms)
            hand_in(s, now_ms, &s->kept[i]);
    return maybe_leave(s);
}

void session_job(const struct session *s, uint64_t *run, const uint8_t **bytes, size_t *length)
{
    *run = s->run;
    *bytes = s->job.bytes;
    *length = s->job.length;
}

void session_image(const struct session *s, uint16_t *port, const uint8_t **list)
{
    *port = s->image_port;
    *list = s->image_list;
}

void session_loaded(struct session *s, int64_t now_ms)
{
    s->loaded = true;
    ready(s, now_ms);
}

bool session_next_lease(struct session *s, int64_t now_ms, struct session_lease *out)
{
    if (s->computing || !may_compute(s))
        return false;
    *out = s->in_hand = s->leases[0];
    s->started_ms = now_ms;
    s->n_leases--;
    memmove(s->leases, s->leases + 1, s->n_leases * sizeof *s->leases);
    s->computing = true;
    return true;
}

enum err session_computed(struct session *s, int64_t now_ms, const struct session_lease *lease,
                          uint32_t compute_us, uint8_t *cells, size_t length)
{
    s->computing = false;
    s->done_ms = now_ms;
    if (s->n_kept == s->kept_capacity) {
        uint32_t capacity = s->kept_capacity ? 2 * s->kept_capacity : 16;
        struct kept *grown = realloc(s->kept, capacity * sizeof *grown);
        if (!grown) {
            free(cells);
            return ERR_NOMEM;
        }
        s->kept = grown;
        s->kept_capacity = capacity;
    }
    struct kept *k = &s->kept[s->n_kept++];
    *k = (struct kept){.lease = *lease, .compute_us = compute_us, .cells = cells, .length = length};
    s->kept_bytes += length;
    hand_in(s, now_ms, k);
    return s->nomem ? ERR_NOMEM : OK;
}
