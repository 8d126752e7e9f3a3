#include "proto/msg.h"
#include "tests/lib/cm.h"
#include <stdlib.h>
#include <string.h>

struct heard {
    int hello, beat, result, ready, bye;
};
#define MSG_CONTEXT struct heard
MSG_DISPATCHER(W2C, dispatch)

enum err on_hello(struct heard *h, const struct msg_hello *m)
{
    h->hello += (int)m->slots;
    return OK;
}
enum err on_ready(struct heard *h, const struct msg_ready *m)
{
    h->ready += (int)m->credit;
    return OK;
}
enum err on_result(struct heard *h, const struct msg_result *m)
{
    h->result += (int)m->epoch;
    return OK;
}
enum err on_beat(struct heard *h, const struct msg_beat *m)
{
    h->beat += (int)m->in_flight;
    return OK;
}
enum err on_bye(struct heard *h, const struct msg_bye *m)
{
    h->bye += (int)m->reason.length;
    return OK;
}
enum err on_overrun(struct heard *h, const struct msg_overrun *m)
{
    h->beat += (int)m->n_cells;
    return OK;
}

static struct codec_writer hello(uint32_t version)
{
    struct codec_writer w = {0};
    msg_pack_hello(&w, &(struct msg_hello){MSG_MAGIC, version, msg_text("id"), msg_text("w1"), 2,
                                           77, msg_text("cpu=x")});
    return w;
}

static void a_message_comes_back_and_finds_its_handler(void **state)
{
    (void)state;
    struct codec_writer w = hello(MSG_VERSION);
    struct msg m;
    struct heard heard = {0};
    assert_int_equal(msg_unpack(&m, w.bytes, w.length, NULL), OK);
    assert_int_equal(m.id, MSG_HELLO);
    assert_int_equal(m.as.hello.name.length, 2);
    assert_memory_equal(m.as.hello.name.bytes, "w1", 2);
    assert_true(m.as.hello.pid == 77);
    assert_memory_equal(m.as.hello.facts.bytes, "cpu=x", 5);
    assert_int_equal(dispatch(&heard, &m), OK);
    assert_int_equal(heard.hello, 2);
    m.id = MSG_LEASE; /* the other way of the talk */
    assert_int_equal(dispatch(&heard, &m), ERR_FORMAT);
    free(w.bytes);
}

static void a_blob_points_into_the_frame(void **state)
{
    (void)state;
    struct codec_writer w = {0};
    struct msg m;
    msg_pack_result(&w, &(struct msg_result){1, 2, 0, 8, 3, 4, {(const uint8_t *)"cells", 5}});
    assert_int_equal(msg_unpack(&m, w.bytes, w.length, NULL), OK);
    assert_ptr_equal(m.as.result.cells.bytes, w.bytes + w.length - 5);
    assert_int_equal(m.as.result.cells.length, 5);
    free(w.bytes);
}

/* A frame cut anywhere, or with anything behind it, is refused whole. */
static void no_prefix_of_a_frame_is_a_frame(void **state)
{
    (void)state;
    struct codec_writer w = hello(MSG_VERSION);
    struct err_note note;
    struct msg m;
    for (size_t n = 0; n < w.length; n++)
        assert_int_equal(msg_unpack(&m, w.bytes, n, &note), ERR_FORMAT);
    codec_u8(&w, 0);
    assert_int_equal(msg_unpack(&m, w.bytes, w.length, &note), ERR_FORMAT);
    assert_string_equal(note.text, "HELLO message has 1 bytes too many");
    free(w.bytes);
}

static void an_unknown_id_is_refused(void **state)
{
    (void)state;
    struct err_note note;
    struct msg m;
    assert_int_equal(msg_unpack(&m, "\x63", 1, &note), ERR_FORMAT);
    assert_string_equal(note.text, "unknown message id 99");
    assert_int_equal(msg_unpack(&m, "", 0, &note), ERR_FORMAT);
}

/* Two versions must be able to say why they do not fit, whatever follows the first three fields. */
static void the_greeting_of_another_version_is_read(void **state)
{
    (void)state;
    struct codec_writer w = {0};
    struct msg m;
    codec_u8(&w, MSG_HELLO);
    codec_u32(&w, MSG_MAGIC);
    codec_u32(&w, MSG_VERSION + 8);
    codec_string(&w, "engine");
    codec_string(&w, "fields of the future");
    assert_int_equal(msg_unpack(&m, w.bytes, w.length, NULL), OK);
    assert_int_equal(m.as.hello.version, MSG_VERSION + 8);
    assert_memory_equal(m.as.hello.engine_id.bytes, "engine", 6);
    assert_int_equal(m.as.hello.name.length, 0);
    w.bytes[1] ^= 1; /* not our magic */
    assert_int_equal(msg_unpack(&m, w.bytes, w.length, NULL), ERR_FORMAT);
    free(w.bytes);
}

static void a_long_text_is_cut_at_its_limit(void **state)
{
    (void)state;
    struct codec_writer w = {0};
    struct msg m;
    char reason[MSG_TEXT_MAX + 100];
    memset(reason, 'x', sizeof reason - 1);
    reason[sizeof reason - 1] = 0;
    msg_pack_bye(&w, &(struct msg_bye){1, msg_text(reason)});
    assert_int_equal(msg_unpack(&m, w.bytes, w.length, NULL), OK);
    assert_int_equal(m.as.bye.reason.length, MSG_TEXT_MAX);
    free(w.bytes);
}

static void every_row_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(msg_name(MSG_DRAIN), "DRAIN");
    assert_string_equal(msg_name((enum msg_id)99), "?");
}

CM_MAIN("msg", cmocka_unit_test(a_message_comes_back_and_finds_its_handler),
        cmocka_unit_test(a_blob_points_into_the_frame),
        cmocka_unit_test(no_prefix_of_a_frame_is_a_frame),
        cmocka_unit_test(an_unknown_id_is_refused),
        cmocka_unit_test(the_greeting_of_another_version_is_read),
        cmocka_unit_test(a_long_text_is_cut_at_its_limit), cmocka_unit_test(every_row_has_a_name))
