#include "coordinator/door.h"
#include "coordinator/keymap.h"
#include "engine/plateau_engine.h"
#include "proto/msg.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A bucket that fills by the second: a burst passes, a stream above the rate does not. In
 * thousandths, as time is in ms. */
struct bucket {
    uint64_t left;
};
struct peer {
    uint64_t id; /* 0: free */
    uint32_t generation;
    bool cut;
    struct bucket frames, bytes;
    int64_t heard_ms;
};
struct door {
    struct door_options options;
    struct keymap by_id;
    struct peer *peers; /* [limits.peers] */
    uint32_t n_used;    /* records in use or freed before */
    struct door_stats stats;
};

static const struct {
    const char *name, *text;
} reasons[] = {
#define X(name, metric, text) {metric, text},
    DOOR_TABLE(X)
#undef X
};

const char *door_reason_name(enum door_reason reason)
{
    return reasons[reason].name;
}

const char *door_reason_text(enum door_reason reason)
{
    return reasons[reason].text;
}

enum err door_new(struct door **out, const struct door_options *options)
{
    struct door *door = calloc(1, sizeof *door);
    if (!door)
        return ERR_NOMEM;
    door->options = *options;
    door->peers = calloc(options->limits.peers, sizeof *door->peers);
    if (!door->peers) {
        door_free(&door);
        return ERR_NOMEM;
    }
    *out = door;
    return OK;
}

void door_free(struct door **door_p)
{
    struct door *door = *door_p;
    if (!door)
        return;
    keymap_free(&door->by_id);
    free(door->peers);
    free(door);
    *door_p = NULL;
}

/* ---- peers ---- */

static void forget_silent(struct door *door, int64_t now_ms)
{
    for (uint32_t i = 0; i < door->n_used; i++) {
        struct peer *peer = &door->peers[i];
        if (peer->id == 0 || now_ms - peer->heard_ms <= DOOR_FORGET_MS)
            continue;
        keymap_remove(&door->by_id, peer->id);
        peer->id = 0;
        door->stats.n_peers--;
    }
}

/* A free record, or NULL. Silent ones make room only when there is none: a search of all. */
static struct peer *free_record(struct door *door, int64_t now_ms)
{
    uint32_t most = door->options.limits.peers;
    if (door->n_used < most)
        return &door->peers[door->n_used++];
    if (door->stats.n_peers == most)
        forget_silent(door, now_ms);
    for (uint32_t i = 0; i < most; i++)
        if (door->peers[i].id == 0)
            return &door->peers[i];
    return NULL;
}

static struct peer *find(struct door *door, int64_t now_ms, const struct door_frame *frame)
{
    const struct door_limits *limits = &door->options.limits;
    uint32_t i = keymap_get(&door->by_id, frame->peer);
    if (i != KEYMAP_NONE)
        return &door->peers[i];
    struct peer *peer = free_record(door, now_ms);
    if (!peer || keymap_put(&door->by_id, frame->peer, (uint32_t)(peer - door->peers)))
        return NULL;
    door->stats.n_peers++;
    *peer = (struct peer){.id = frame->peer,
                          .generation = frame->generation - 1, /* its key is to be looked at */
                          .frames = {limits->frames_at_once * 1000},
                          .bytes = {limits->bytes_at_once * 1000},
                          .heard_ms = now_ms};
    return peer;
}

/* ---- limits ---- */

static bool take(struct bucket *bucket, uint64_t amount, uint64_t elapsed_ms, uint64_t per_s,
                 uint64_t at_once)
{
    uint64_t full = at_once * 1000, fills = full - bucket->left, added = elapsed_ms * per_s;
    bucket->left += elapsed_ms > fills / per_s ? fills : added < fills ? added : fills;
    if (amount * 1000 > bucket->left)
        return false;
    bucket->left -= amount * 1000;
    return true;
}

/* N_DOOR_REASONS: none. */
static enum door_reason reason_to_cut(struct door *door, int64_t now_ms, struct peer *peer,
                                      const struct door_frame *frame)
{
    const struct door_limits *limits = &door->options.limits;
    uint64_t elapsed_ms = now_ms > peer->heard_ms ? (uint64_t)(now_ms - peer->heard_ms) : 0;
    if (door->options.check && peer->generation != frame->generation) {
        enum zap_verdict verdict = door->options.check(door->options.ctx, frame->key);
        if (verdict != ZAP_ADMITTED)
            return verdict == ZAP_REVOKED_KEY ? DOOR_REVOKED_KEY : DOOR_UNKNOWN_KEY;
        peer->generation = frame->generation;
    }
    if (!take(&peer->frames, 1, elapsed_ms, limits->frames_per_s, limits->frames_at_once))
        return DOOR_FRAMES;
    if (!take(&peer->bytes, frame->length, elapsed_ms, limits->bytes_per_s, limits->bytes_at_once))
        return DOOR_BYTES;
    return N_DOOR_REASONS;
}

/* ---- frames ---- */

static enum door_verdict cut(struct door *door, enum door_reason reason, struct codec_writer *out)
{
    door->stats.cut[reason]++;
    door->stats.last = reason;
    msg_pack_bye(out, &(struct msg_bye){.reason = msg_text(door_reason_text(reason))});
    return DOOR_CUT;
}

void door_refusal(const struct door *door, struct codec_writer *out)
{
    msg_pack_refuse(out,
                    &(struct msg_refuse){.magic = MSG_MAGIC,
                                         .version = MSG_VERSION,
                                         .engine_id = msg_text(plateau_engine_id()),
                                         .reason = msg_text(door_reason_text(door->stats.last))});
}

/* A greeting that cannot be read, or of another version, is the decisions' to refuse. */
static enum door_verdict vouch(const struct door_frame *frame, struct codec_writer *out)
{
    struct msg m;
    char name[MSG_NAME_MAX + 1];
    bool greeting = frame->length > 0 && *(const uint8_t *)frame->bytes == MSG_HELLO;
    if (!greeting || msg_unpack(&m, frame->bytes, frame->length, NULL) ||
        m.as.hello.version != MSG_VERSION)
        return DOOR_PASS;
    snprintf(name, sizeof name, "%s%s%.*s", frame->user, *frame->user ? "/" : "",
             (int)m.as.hello.name.length, m.as.hello.name.bytes);
    m.as.hello.name = msg_text(name);
    m.as.hello.pid |= DOOR_REMOTE_PID;
    msg_pack_hello(out, &m.as.hello);
    return DOOR_PASS_INSTEAD;
}

enum door_verdict door_frame(struct door *door, int64_t now_ms, const struct door_frame *frame,
                             struct codec_writer *out)
{
    if (!frame->remote)
        return DOOR_PASS;
    struct peer *peer = find(door, now_ms, frame);
    if (!peer)
        return cut(door, DOOR_PEERS, out);
    if (peer->cut) {
        peer->heard_ms = now_ms;
        door->stats.dropped++;
        return DOOR_DROP;
    }
    enum door_reason reason = reason_to_cut(door, now_ms, peer, frame);
    peer->heard_ms = now_ms;
    if (reason == N_DOOR_REASONS)
        return vouch(frame, out);
    peer->cut = true;
    return cut(door, reason, out);
}

struct door_stats door_stats(const struct door *door)
{
    return door->stats;
}
