#include "coordinator/door.h"
#include "proto/msg.h"
#include "tests/lib/cm.h"
#include <stdlib.h>
#include <string.h>

#define LIMITS                                                                                     \
    {                                                                                              \
        .peers = 2, .frames_per_s = 10, .frames_at_once = 20, .bytes_per_s = 1000,                 \
        .bytes_at_once = 5000                                                                      \
    }

static enum zap_verdict verdict_now;

static enum zap_verdict check(void *ctx, const char *key)
{
    *(unsigned *)ctx += 1;
    assert_string_equal(key, "k");
    return verdict_now;
}

static struct door *make(enum zap_verdict (*ask)(void *, const char *), unsigned *asked)
{
    struct door *door = NULL;
    struct door_options options = {.limits = LIMITS, .check = ask, .ctx = asked};
    assert_int_equal(door_new(&door, &options), OK);
    return door;
}

/* A BEAT of the peer, or `length` bytes of rubbish if that is not 0. */
static enum door_verdict say(struct door *door, int64_t now_ms, uint64_t peer, uint32_t generation,
                             size_t length)
{
    struct codec_writer beat = {0}, out = {0};
    static const uint8_t rubbish[6000];
    msg_pack_beat(&beat, &(struct msg_beat){.run = 1});
    struct door_frame frame = {peer, true, "site", "k", generation, beat.bytes, beat.length};
    if (length) {
        frame.bytes = rubbish;
        frame.length = length;
    }
    enum door_verdict verdict = door_frame(door, now_ms, &frame, &out);
    free(beat.bytes);
    free(out.bytes);
    return verdict;
}

static void local_workers_have_no_limits(void **state)
{
    (void)state;
    struct door *door = make(NULL, NULL);
    struct codec_writer out = {0};
    struct door_frame frame = {9, false, "", "", 0, "\x08", 1};
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(door_frame(door, 0, &frame, &out), DOOR_PASS);
    assert_int_equal(door_stats(door).n_peers, 0);
    door_free(&door);
}

static void too_many_frames_cut_a_peer_once(void **state)
{
    (void)state;
    struct door *door = make(NULL, NULL);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(say(door, 0, 7, 0, 0), DOOR_PASS);
    assert_int_equal(say(door, 99, 7, 0, 0), DOOR_CUT); /* 0.99 of a frame has come in */
    assert_int_equal(say(door, 10000, 7, 0, 0), DOOR_DROP);
    assert_int_equal(say(door, 10000, 8, 0, 0), DOOR_PASS);
    assert_int_equal(door_stats(door).cut[DOOR_FRAMES], 1);
    assert_int_equal(door_stats(door).dropped, 1);
    door_free(&door);
}

static void a_steady_peer_under_the_rate_is_never_cut(void **state)
{
    (void)state;
    struct door *door = make(NULL, NULL);
    for (int64_t ms = 0; ms < 60000; ms += 100)
        assert_int_equal(say(door, ms, 7, 0, 0), DOOR_PASS);
    /* And after a night of silence its burst is a burst, not the night's. */
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(say(door, INT64_C(1) << 40, 7, 0, 0), DOOR_PASS);
    assert_int_equal(say(door, INT64_C(1) << 40, 7, 0, 0), DOOR_CUT);
    door_free(&door);
}

static void too_many_bytes_cut_a_peer(void **state)
{
    (void)state;
    struct door *door = make(NULL, NULL);
    assert_int_equal(say(door, 0, 7, 0, 3000), DOOR_PASS);
    assert_int_equal(say(door, 1000, 7, 0, 3000), DOOR_PASS);
    assert_int_equal(say(door, 1000, 7, 0, 1), DOOR_CUT);
    assert_int_equal(say(door, 0, 8, 0, 5001), DOOR_CUT);
    assert_int_equal(door_stats(door).cut[DOOR_BYTES], 2);
    door_free(&door);
}

static void a_key_is_looked_at_when_the_list_changes(void **state)
{
    (void)state;
    unsigned asked = 0;
    struct door *door = make(check, &asked);
    verdict_now = ZAP_ADMITTED;
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(say(door, 0, 7, 1, 0), DOOR_PASS);
    assert_int_equal(asked, 1);
    assert_int_equal(say(door, 0, 7, 2, 0), DOOR_PASS);
    assert_int_equal(asked, 2);
    verdict_now = ZAP_REVOKED_KEY;
    assert_int_equal(say(door, 0, 7, 3, 0), DOOR_CUT);
    verdict_now = ZAP_UNKNOWN_KEY;
    assert_int_equal(say(door, 0, 8, 3, 0), DOOR_CUT);
    assert_int_equal(door_stats(door).cut[DOOR_REVOKED_KEY], 1);
    assert_int_equal(door_stats(door).cut[DOOR_UNKNOWN_KEY], 1);
    door_free(&door);
}

static void peers_are_bounded_and_the_silent_make_room(void **state)
{
    (void)state;
    struct door *door = make(NULL, NULL);
    assert_int_equal(say(door, 0, 7, 0, 0), DOOR_PASS);
    assert_int_equal(say(door, 50000, 8, 0, 0), DOOR_PASS);
    assert_int_equal(say(door, DOOR_FORGET_MS, 9, 0, 0), DOOR_CUT);
    assert_int_equal(say(door, DOOR_FORGET_MS + 1, 9, 0, 0), DOOR_PASS);
    assert_int_equal(say(door, DOOR_FORGET_MS + 1, 7, 0, 0), DOOR_CUT);
    assert_int_equal(door_stats(door).cut[DOOR_PEERS], 2);
    assert_int_equal(door_stats(door).n_peers, 2);
    door_free(&door);
}

static void a_remote_greeting_is_vouched_for(void **state)
{
    (void)state;
    struct door *door = make(NULL, NULL);
    struct codec_writer hello = {0}, out = {0};
    struct msg m;
    struct err_note note;
    msg_pack_hello(&hello, &(struct msg_hello){.magic = MSG_MAGIC,
                                               .version = MSG_VERSION,
                                               .engine_id = msg_text("e"),
                                               .name = msg_text("other/host-4"),
                                               .pid = 4});
    struct door_frame frame = {7, true, "site", "k", 0, hello.bytes, hello.length};
    assert_int_equal(door_frame(door, 0, &frame, &out), DOOR_PASS_INSTEAD);
    assert_int_equal(msg_unpack(&m, out.bytes, out.length, &note), OK);
    assert_int_equal(m.id, MSG_HELLO);
    assert_int_equal(m.as.hello.name.length, strlen("site/other/host-4"));
    assert_memory_equal(m.as.hello.name.bytes, "site/other/host-4", m.as.hello.name.length);
    assert_true(m.as.hello.pid == (DOOR_REMOTE_PID | 4));
    free(out.bytes);
    hello.bytes[5]++; /* another version: as it came, for the decisions to refuse */
    out = (struct codec_writer){0};
    assert_int_equal(door_frame(door, 0, &frame, &out), DOOR_PASS);
    free(hello.bytes);
    door_free(&door);
}

static void who_is_cut_is_told_and_the_decisions_hear_a_bye(void **state)
{
    (void)state;
    struct door *door = make(NULL, NULL);
    struct codec_writer out = {0}, refusal = {0};
    struct door_frame frame = {7, true, "site", "k", 0, "x", 6000};
    struct msg m;
    struct err_note note;
    assert_int_equal(door_frame(door, 0, &frame, &out), DOOR_CUT);
    assert_int_equal(msg_unpack(&m, out.bytes, out.length, &note), OK);
    assert_int_equal(m.id, MSG_BYE);
    door_refusal(door, &refusal);
    assert_int_equal(msg_unpack(&m, refusal.bytes, refusal.length, &note), OK);
    assert_int_equal(m.id, MSG_REFUSE);
    assert_memory_equal(m.as.refuse.reason.bytes, "too many bytes a second",
                        m.as.refuse.reason.length);
    free(out.bytes);
    free(refusal.bytes);
    door_free(&door);
}

CM_MAIN("door", cmocka_unit_test(local_workers_have_no_limits),
        cmocka_unit_test(too_many_frames_cut_a_peer_once),
        cmocka_unit_test(a_steady_peer_under_the_rate_is_never_cut),
        cmocka_unit_test(too_many_bytes_cut_a_peer),
        cmocka_unit_test(a_key_is_looked_at_when_the_list_changes),
        cmocka_unit_test(peers_are_bounded_and_the_silent_make_room),
        cmocka_unit_test(a_remote_greeting_is_vouched_for),
        cmocka_unit_test(who_is_cut_is_told_and_the_decisions_hear_a_bye))
