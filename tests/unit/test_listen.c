#include "coordinator/listen.h"
#include "tests/lib/cm.h"
#include <string.h>

static void only_what_is_written_as_loopback_is_loopback(void **state)
{
    (void)state;
    assert_true(listen_is_loopback("tcp://127.0.0.1:5555"));
    assert_true(listen_is_loopback("tcp://127.9.8.7:0"));
    assert_true(listen_is_loopback("tcp://[::1]:5555"));
    assert_false(listen_is_loopback("tcp://127.0.0.1.example.org:5555"));
    assert_false(listen_is_loopback("tcp://0.0.0.0:5555"));
    assert_false(listen_is_loopback("tcp://*:5555"));
    assert_false(listen_is_loopback("tcp://localhost:5555")); /* a name, which may be anything */
    assert_false(listen_is_loopback("tcp://eth0:5555"));
    assert_false(listen_is_loopback("tcp://[::]:5555"));
}

static void an_endpoint_has_a_host_and_a_port(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "5555",          "tcp://:5555",     "tcp://h:",   "tcp://h",  "ipc:///tmp/x",
        "tcp://h:65536", "tcp://h:1234567", "tcp://h:5x", "udp://h:1"};
    struct err_note note;
    assert_int_equal(listen_check("tcp://*:5555", &note), OK);
    assert_int_equal(listen_check("tcp://[::]:0", &note), OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(listen_check(wrong[i], &note), ERR_RANGE);
}

static void keys_are_asked_for_unless_told_otherwise_or_on_loopback(void **state)
{
    (void)state;
    static const char ANY[] = "tcp://0.0.0.0:5555", LOCAL[] = "tcp://127.0.0.1:5555";
    static const struct {
        const char *endpoint, *keys;
        bool insecure;
        enum err keys_err, err;
        enum listen_mode mode;
    } cases[] = {
        {ANY, NULL, false, OK, OK, LISTEN_CURVE},
        {LOCAL, NULL, false, OK, OK, LISTEN_CURVE},
        {ANY, NULL, false, ERR_NOT_FOUND, ERR_RANGE, LISTEN_PLAIN},
        {LOCAL, NULL, false, ERR_NOT_FOUND, OK, LISTEN_PLAIN},
        {LOCAL, "folder", false, ERR_NOT_FOUND, ERR_RANGE, LISTEN_PLAIN}, /* asked for by name */
        {LOCAL, NULL, false, ERR_FORMAT, ERR_FORMAT, LISTEN_PLAIN},       /* a key that is broken */
        {ANY, NULL, true, ERR_NOT_FOUND, OK, LISTEN_PLAIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct listen_options o = {
            .endpoint = cases[i].endpoint, .keys = cases[i].keys, .insecure = cases[i].insecure};
        struct err_note note = {"why"};
        enum listen_mode mode = LISTEN_PLAIN;
        assert_int_equal(listen_decide(&o, cases[i].keys_err, &mode, &note), cases[i].err);
        assert_int_equal(mode, cases[i].mode);
        if (cases[i].err == ERR_RANGE)
            assert_non_null(strstr(note.text, "--insecure"));
    }
}

CM_MAIN("listen", cmocka_unit_test(only_what_is_written_as_loopback_is_loopback),
        cmocka_unit_test(an_endpoint_has_a_host_and_a_port),
        cmocka_unit_test(keys_are_asked_for_unless_told_otherwise_or_on_loopback))
