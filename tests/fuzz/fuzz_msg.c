/* Any bytes as a frame: refused with a line, or packed again to the same bytes. */
#include "proto/msg.h"
#include "tests/fuzz/fuzz.h"
#include <assert.h>

static void pack(struct codec_writer *w, const struct msg *m)
{
    switch (m->id) {
#define X(number, NAME, name, way, fields)                                                         \
    case MSG_##NAME:                                                                               \
        msg_pack_##name(w, &m->as.name);                                                           \
        break;
        MSG_TABLE(X)
#undef X
    }
}

static bool is_of_another_version(const struct msg *m)
{
    return (m->id == MSG_HELLO && m->as.hello.version != MSG_VERSION) ||
           (m->id == MSG_REFUSE && m->as.refuse.version != MSG_VERSION);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct msg m;
    struct err_note note = {""};
    uint8_t *bytes = fuzz_copy(data, size);
    enum err err = msg_unpack(&m, bytes, size, &note);
    assert(err == OK || (err == ERR_FORMAT && note.text[0]));
    if (err == OK && !is_of_another_version(&m)) {
        struct codec_writer w = {0};
        pack(&w, &m);
        assert(w.length == size && !memcmp(w.bytes, bytes, size));
        free(w.bytes);
    }
    free(bytes);
    return 0;
}
