/* msg - the talk between coordinator and worker: one table. docs/protocol.md draws it.
 *
 * A frame is u8 id, then the fields in wire order. HELLO and REFUSE never change their first three fields
 * (magic, version, engine id), so that any two versions can tell each other why they do not fit. */
#ifndef PROTO_MSG_H
#define PROTO_MSG_H
#include "proto/codec.h"
#include "proto/err.h"
#include <stdint.h>

#define MSG_MAGIC 0x55544c50u /* "PLTU" */
#define MSG_VERSION 1u
#define MSG_BYTES_MAX (4u << 20) /* a frame, at most */
#define MSG_ENGINE_ID_MAX 64u
#define MSG_NAME_MAX 63u
#define MSG_TEXT_MAX 500u

// clang-format off
#define MSG_TABLE(X) /* id, NAME, name, way, fields: ids and fields are appended, never reused. Field kinds: u8 u16 u32 u64, str (max), blob (max) */ \
    X(1,  HELLO,     hello,     W2C, F(u32, magic) F(u32, version) S(engine_id, MSG_ENGINE_ID_MAX) S(name, MSG_NAME_MAX) F(u32, slots) F(u64, pid)) \
    X(2,  REFUSE,    refuse,    C2W, F(u32, magic) F(u32, version) S(engine_id, MSG_ENGINE_ID_MAX) S(reason, MSG_TEXT_MAX))   \
    X(3,  JOB,       job,       C2W, F(u64, run) B(job, MSG_BYTES_MAX))                              \
    X(4,  READY,     ready,     W2C, F(u64, run) F(u32, credit))                                     \
    X(5,  LEASE,     lease,     C2W, F(u64, run) F(u64, tile) F(u32, epoch) F(u32, ttl_ms))          \
    X(6,  RESULT,    result,    W2C, F(u64, run) F(u64, tile) F(u32, epoch) F(u32, compute_us) B(cells, MSG_BYTES_MAX)) \
    X(7,  ACK,       ack,       C2W, F(u64, run) F(u64, tile))                                       \
    X(8,  BEAT,      beat,      W2C, F(u64, run) F(u32, in_flight))                                  \
    X(9,  PING,      ping,      C2W, F(u64, run))                                                    \
    X(10, DRAIN,     drain,     C2W, F(u64, run))                                                    \
    X(11, BYE,       bye,       W2C, F(u64, run) S(reason, MSG_TEXT_MAX))
// clang-format on
#endif
