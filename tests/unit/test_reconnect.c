#include "tests/lib/cm.h"
#include "worker/reconnect.h"
#include <string.h>

static const char *hear(struct reconnect *r, int64_t now_ms, enum reconnect_event event)
{
    static struct err_note say;
    reconnect_heard(r, now_ms, event, &say);
    return say.text;
}

static void a_refused_key_is_tried_again_less_and_less_often(void **state)
{
    (void)state;
    struct reconnect r;
    int64_t now = 0;
    static const int64_t waits[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    reconnect_init(&r, 0);
    assert_false(reconnect_is_due(&r, 1000000));
    for (unsigned i = 0; i < 7; i++) {
        assert_non_null(strstr(hear(&r, now, RECONNECT_KEY_REFUSED), "allow-list"));
        assert_string_equal(hear(&r, now, RECONNECT_KEY_REFUSED), "");
        assert_string_equal(hear(&r, now, RECONNECT_LOST), "");
        assert_false(reconnect_is_due(&r, now + waits[i] - 1));
        now += waits[i];
        assert_true(reconnect_is_due(&r, now));
        assert_false(reconnect_is_due(&r, now));
    }
    assert_string_equal(hear(&r, now, RECONNECT_ADMITTED), "connected");
    hear(&r, now, RECONNECT_LOST);
    hear(&r, now, RECONNECT_KEY_REFUSED);
    assert_true(reconnect_is_due(&r, now + 1000)); /* an admission forgives */
}

static void a_first_connection_is_made_without_a_word(void **state)
{
    (void)state;
    struct reconnect r;
    reconnect_init(&r, 0);
    assert_string_equal(hear(&r, 0, RECONNECT_NOBODY), "");
    assert_string_equal(hear(&r, 100, RECONNECT_ADMITTED), "");
    assert_non_null(strstr(hear(&r, 200, RECONNECT_LOST), "lost"));
    assert_string_equal(hear(&r, 300, RECONNECT_ADMITTED), "connected");
}

static void each_trouble_is_told_once(void **state)
{
    (void)state;
    struct reconnect r;
    reconnect_init(&r, 0);
    assert_string_equal(hear(&r, RECONNECT_QUIET_MS - 1, RECONNECT_NOBODY), "");
    assert_non_null(strstr(hear(&r, RECONNECT_QUIET_MS, RECONNECT_NOBODY), "nobody answers"));
    assert_string_equal(hear(&r, 9000, RECONNECT_NOBODY), "");
    assert_string_equal(hear(&r, 9000, RECONNECT_NO_HANDSHAKE), "");
    assert_non_null(strstr(hear(&r, 9001, RECONNECT_NO_HANDSHAKE), "its key is another"));
    assert_string_equal(hear(&r, 9002, RECONNECT_NO_HANDSHAKE), "");
    assert_true(reconnect_is_due(&r, 9001 + 1000));
    assert_string_equal(hear(&r, 10001, RECONNECT_NO_HANDSHAKE), "");
    assert_string_equal(hear(&r, 10003, RECONNECT_ADMITTED), "connected");
}

static void handshakes_that_fail_are_not_tried_for_ever_in_a_hurry(void **state)
{
    (void)state;
    struct reconnect r;
    static const int64_t waits[] = {1000, 2000, 4000, 4000};
    int64_t now = 0;
    reconnect_init(&r, 0);
    hear(&r, now, RECONNECT_NO_HANDSHAKE);
    assert_false(reconnect_is_due(&r, 1000000)); /* libzmq's own next try */
    for (unsigned i = 0; i < 4; i++) {
        hear(&r, now, RECONNECT_NO_HANDSHAKE);
        assert_false(reconnect_is_due(&r, now + waits[i] - 1));
        now += waits[i];
        assert_true(reconnect_is_due(&r, now));
    }
}

CM_MAIN("reconnect", cmocka_unit_test(a_refused_key_is_tried_again_less_and_less_often),
        cmocka_unit_test(a_first_connection_is_made_without_a_word),
        cmocka_unit_test(each_trouble_is_told_once),
        cmocka_unit_test(handshakes_that_fail_are_not_tried_for_ever_in_a_hurry))
