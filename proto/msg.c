#include "proto/msg.h"
#include <assert.h>
#include <string.h>

struct msg_text msg_text(const char *text)
{
    return (struct msg_text){text, (uint32_t)strlen(text)};
}

const char *msg_name(enum msg_id id)
{
    switch (id) {
#define X(number, NAME, name, way, fields)                                                         \
    case MSG_##NAME:                                                                               \
        return #NAME;
        MSG_TABLE(X)
#undef X
    }
    return "?";
}

static void pack_text(struct codec_writer *w, struct msg_text text, uint32_t max)
{
    codec_blob(w, text.bytes, text.length < max ? text.length : max);
}

static void pack_blob(struct codec_writer *w, struct msg_blob blob, uint32_t max)
{
    assert(blob.length <= max);
    codec_blob(w, blob.bytes, blob.length);
}

// clang-format off
#define F(kind, field) codec_##kind(w, m->field);
#define S(field, max) pack_text(w, m->field, max);
#define B(field, max) pack_blob(w, m->field, max);
#define X(number, NAME, name, way, fields)                                                         \
    void msg_pack_##name(struct codec_writer *w, const struct msg_##name *m)                       \
    {                                                                                              \
        codec_u8(w, number);                                                                       \
        fields                                                                                     \
    }
MSG_TABLE(X)
#undef X
#undef F
#undef S
#undef B
// clang-format on

static void read_text(struct codec_reader *r, struct msg_text *out, uint32_t max)
{
    size_t n;
    const uint8_t *bytes = codec_read_blob(r, max, &n);
    if (bytes && memchr(bytes, 0, n))
        r->failed = true;
    *out = (struct msg_text){bytes ? (const char *)bytes : "", (uint32_t)n};
}

static void read_blob(struct codec_reader *r, struct msg_blob *out, uint32_t max)
{
    size_t n;
    const uint8_t *bytes = codec_read_blob(r, max, &n);
    *out = (struct msg_blob){bytes, (uint32_t)n};
}

// clang-format off
#define F(kind, field) m->field = codec_read_##kind(r);
#define S(field, max) read_text(r, &m->field, max);
#define B(field, max) read_blob(r, &m->field, max);
#define X(number, NAME, name, way, fields)                                                         \
    static void read_##name(struct codec_reader *r, struct msg_##name *m)                          \
    {                                                                                              \
        fields                                                                                     \
    }
MSG_TABLE(X)
#undef X
#undef F
#undef S
#undef B
// clang-format on

/* The three fields that no version moves; true if they name another version, of which nothing more
 * can be read. */
static bool read_greeting(struct codec_reader *r, uint32_t *magic, uint32_t *version,
                          struct msg_text *engine_id)
{
    *magic = codec_read_u32(r);
    *version = codec_read_u32(r);
    read_text(r, engine_id, MSG_ENGINE_ID_MAX);
    if (*magic != MSG_MAGIC)
        r->failed = true;
    return !r->failed && *version != MSG_VERSION;
}

static bool read_other_version(struct codec_reader *r, struct msg *out)
{
    struct codec_reader ahead = *r;
    static const struct msg_text none = {"", 0};
    bool other = false;
    if (out->id == MSG_HELLO) {
        out->as.hello = (struct msg_hello){.name = none};
        other = read_greeting(&ahead, &out->as.hello.magic, &out->as.hello.version,
                              &out->as.hello.engine_id);
    } else if (out->id == MSG_REFUSE) {
        out->as.refuse = (struct msg_refuse){.reason = none};
        other = read_greeting(&ahead, &out->as.refuse.magic, &out->as.refuse.version,
                              &out->as.refuse.engine_id);
    }
    r->failed = ahead.failed;
    return other;
}

enum err msg_unpack(struct msg *out, const void *frame, size_t length, struct err_note *note)
{
    struct codec_reader r;
    struct msg m;
    codec_reader_init(&r, frame, length);
    if (length > MSG_BYTES_MAX)
        return err_set(note, ERR_FORMAT, "message of %zu bytes: at most %u are taken", length,
                       MSG_BYTES_MAX);
    m.id = codec_read_u8(&r);
    if (read_other_version(&r, &m)) {
        *out = m;
        return OK;
    }
    switch (m.id) {
#define X(number, NAME, name, way, fields)                                                         \
    case MSG_##NAME:                                                                               \
        read_##name(&r, &m.as.name);                                                               \
        break;
        MSG_TABLE(X)
#undef X
    default:
        return err_set(note, ERR_FORMAT, "unknown message id %u", (unsigned)m.id);
    }
    if (r.failed)
        return err_set(note, ERR_FORMAT, "%s message is cut short or a field exceeds its limit",
                       msg_name(m.id));
    if (r.at != r.end)
        return err_set(note, ERR_FORMAT, "%s message has %zu bytes too many", msg_name(m.id),
                       (size_t)(r.end - r.at));
    *out = m;
    return OK;
}
