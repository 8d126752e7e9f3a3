/* msg - the talk between coordinator and worker: one table. docs/protocol.md draws it.
 *
 * A frame is u8 id, then the fields in wire order. HELLO and REFUSE never change their first three
 * fields (magic, version, engine id), so that any two versions can tell each other why they do not
 * fit: of a HELLO or REFUSE of another version only those three are read, the rest stays empty.
 *
 * LEASE and RESULT speak of a span of a tile's cells (point by point, scenario by scenario): the
 * whole tile, unless it killed a worker twice and was split. An ACK names a RESULT by tile, first
 * cell and epoch. limit_ms is the longest time a span may take (0: no limit): a worker over it says
 * OVERRUN and ends, as a computation cannot be interrupted. image_port (0: none) of the same host
 * hands out the job's market image in pieces whose list hashes to image_list (proto/image_talk.h).
 *
 * From the table come the structs (msg_hello ..), enum msg_id, the names, msg_pack_NAME(),
 * msg_unpack() and, in the file that handles one way of the talk, a dispatcher that does not link
 * unless every row of that way has its on_NAME(). */
#ifndef PROTO_MSG_H
#define PROTO_MSG_H
#include "proto/codec.h"
#include "proto/err.h"
#include <stdint.h>

#define MSG_MAGIC 0x55544c50u /* "PLTU" */
#define MSG_VERSION 2u
#define MSG_BYTES_MAX (4u << 20) /* a frame, at most */
#define MSG_CURVE_BYTES                                                                            \
    33u /* what CURVE adds to a frame: the sockets' limit, which counts it, is this much higher */
#define MSG_ENGINE_ID_MAX 64u
#define MSG_NAME_MAX 63u
#define MSG_TEXT_MAX 500u
#define MSG_PAYLOAD_MAX                                                                            \
    (MSG_BYTES_MAX - 128u) /* a job or a tile's cells: the frame's other fields fit beside it */

// clang-format off
#define MSG_TABLE(X) /* id, NAME, name, way, fields: ids and fields are appended, never reused. Field kinds: u8 u16 u32 u64, str (max), blob (max) */ \
    X(1,  HELLO,     hello,     W2C, F(u32, magic) F(u32, version) S(engine_id, MSG_ENGINE_ID_MAX) S(name, MSG_NAME_MAX) F(u32, slots) F(u64, pid) S(facts, MSG_TEXT_MAX)) \
    X(2,  REFUSE,    refuse,    C2W, F(u32, magic) F(u32, version) S(engine_id, MSG_ENGINE_ID_MAX) S(reason, MSG_TEXT_MAX))   \
    X(3,  JOB,       job,       C2W, F(u64, run) B(job, MSG_PAYLOAD_MAX) F(u16, image_port) B(image_list, 32))  \
    X(4,  READY,     ready,     W2C, F(u64, run) F(u32, credit))                                     \
    X(5,  LEASE,     lease,     C2W, F(u64, run) F(u64, tile) F(u32, first_cell) F(u32, n_cells) F(u32, epoch) F(u32, ttl_ms) F(u64, limit_ms)) \
    X(6,  RESULT,    result,    W2C, F(u64, run) F(u64, tile) F(u32, first_cell) F(u32, n_cells) F(u32, epoch) F(u32, compute_us) B(cells, MSG_PAYLOAD_MAX)) \
    X(7,  ACK,       ack,       C2W, F(u64, run) F(u64, tile) F(u32, first_cell) F(u32, epoch))        \
    X(8,  BEAT,      beat,      W2C, F(u64, run) F(u32, in_flight))                                  \
    X(9,  PING,      ping,      C2W, F(u64, run))                                                    \
    X(10, DRAIN,     drain,     C2W, F(u64, run))                                                    \
    X(11, BYE,       bye,       W2C, F(u64, run) S(reason, MSG_TEXT_MAX))                            \
    X(12, OVERRUN,   overrun,   W2C, F(u64, run) F(u64, tile) F(u32, first_cell) F(u32, n_cells) F(u32, epoch))
// clang-format on

/* A string or blob of a message: into the frame it was read from (not NUL-terminated: print with
 * %.*s), or the sender's. */
struct msg_text {
    const char *bytes;
    uint32_t length;
};
struct msg_blob {
    const uint8_t *bytes;
    uint32_t length;
};

// clang-format off
#define MSG_KIND_u8 uint8_t
#define MSG_KIND_u16 uint16_t
#define MSG_KIND_u32 uint32_t
#define MSG_KIND_u64 uint64_t
#define F(kind, field) MSG_KIND_##kind field;
#define S(field, max) struct msg_text field;
#define B(field, max) struct msg_blob field;
#define X(id, NAME, name, way, fields) struct msg_##name { fields };
MSG_TABLE(X)
#undef X
#undef F
#undef S
#undef B
enum msg_id {
#define X(id, NAME, name, way, fields) MSG_##NAME = id,
    MSG_TABLE(X)
#undef X
};
struct msg {
    enum msg_id id;
    union {
#define X(id, NAME, name, way, fields) struct msg_##name name;
        MSG_TABLE(X)
#undef X
    } as;
};

/* Appends the frame to w (w->failed as ever). A text longer than its field's limit is cut; a blob over its limit is ours to
 * get right. */
#define X(id, NAME, name, way, fields) void msg_pack_##name(struct codec_writer *w, const struct msg_##name *m);
MSG_TABLE(X)
#undef X
// clang-format on

/* ERR_FORMAT with the reason in note: unknown id, a field cut short or over its limit, trailing
 * bytes. Allocates nothing; texts and blobs point into the frame. */
enum err msg_unpack(struct msg *out, const void *frame, size_t length, struct err_note *note);
const char *msg_name(enum msg_id id); /* "HELLO"; "?" for an unknown id */
struct msg_text msg_text(const char *text);

/* In the one file that handles a way of the talk:
 *     #define MSG_CONTEXT struct coordinator
 *     MSG_DISPATCHER(W2C, coordinator_dispatch)
 * declares enum err on_NAME(MSG_CONTEXT *, const struct msg_NAME *) for every message of that way
 * and defines enum err coordinator_dispatch(MSG_CONTEXT *, const struct msg *): ERR_FORMAT for a
 * message of the other way. */
// clang-format off
#define MSG_DISPATCHER(way, function)                                                              \
    MSG_TABLE(MSG_DECLARE_##way)                                                                   \
    static enum err function(MSG_CONTEXT *ctx, const struct msg *m)                                \
    {                                                                                              \
        switch (m->id) {                                                                           \
            MSG_TABLE(MSG_CASE_##way)                                                              \
        default:                                                                                   \
            return ERR_FORMAT;                                                                     \
        }                                                                                          \
    }
#define MSG_DECLARE_ON(name) enum err on_##name(MSG_CONTEXT *ctx, const struct msg_##name *m);
#define MSG_CASE_ON(NAME, name) case MSG_##NAME: return on_##name(ctx, &m->as.name);
#define MSG_DECLARE_W2C(id, NAME, name, way, fields) MSG_DECLARE_W2C_##way(name)
#define MSG_DECLARE_C2W(id, NAME, name, way, fields) MSG_DECLARE_C2W_##way(name)
#define MSG_DECLARE_W2C_W2C(name) MSG_DECLARE_ON(name)
#define MSG_DECLARE_W2C_C2W(name)
#define MSG_DECLARE_C2W_C2W(name) MSG_DECLARE_ON(name)
#define MSG_DECLARE_C2W_W2C(name)
#define MSG_CASE_W2C(id, NAME, name, way, fields) MSG_CASE_W2C_##way(NAME, name)
#define MSG_CASE_C2W(id, NAME, name, way, fields) MSG_CASE_C2W_##way(NAME, name)
#define MSG_CASE_W2C_W2C(NAME, name) MSG_CASE_ON(NAME, name)
#define MSG_CASE_W2C_C2W(NAME, name)
#define MSG_CASE_C2W_C2W(NAME, name) MSG_CASE_ON(NAME, name)
#define MSG_CASE_C2W_W2C(NAME, name)
// clang-format on
#endif
