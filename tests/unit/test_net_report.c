#include "coordinator/net_report.h"
#include "tests/lib/cm.h"
#include <stdio.h>
#include <string.h>

static void a_second_of_refusals_is_one_event(void **state)
{
    (void)state;
    struct events events = {.n = 0};
    struct net_stats then = {.keys = {.verdicts = {[ZAP_UNKNOWN_KEY] = 5}}}, now = then;
    net_report(&events, &then, &now);
    assert_int_equal(events.n, 0);
    now.keys.verdicts[ZAP_UNKNOWN_KEY] = 7;
    now.keys.verdicts[ZAP_REVOKED_KEY] = 1;
    now.keys.last = ZAP_REVOKED_KEY;
    now.keys.last_peer = (struct zap_peer){.name = "site-b", .address = "10.0.0.3"};
    net_report(&events, &then, &now);
    assert_int_equal(events.n, 1);
    assert_int_equal(events.at[0].kind, EVENT_CONNECTION_REFUSED);
    assert_string_equal(events.at[0].worker, "site-b");
    assert_string_equal(events.at[0].text, "3 refused, the last from 10.0.0.3: the key is revoked");
}

static void connections_that_never_show_a_key_are_the_difference(void **state)
{
    (void)state;
    /* 10 came: 3 were let in, 2 refused for their key, 4 closed by themselves, 1 is under way. */
    struct monitor_stats c = {.accepted = 10, .admitted = 3, .failed_auth = 2, .closed = 4};
    assert_int_equal(net_unfinished(&c), 4);
    c.closed = 3;
    c.failed_other = 2;
    assert_int_equal(net_unfinished(&c), 5);
    assert_int_equal(net_unfinished(&(struct monitor_stats){.accepted = 2, .admitted = 2}), 0);
}

static void a_list_read_or_unreadable_is_told_once(void **state)
{
    (void)state;
    struct events events = {.n = 0};
    struct net_stats then = {.keys = {.generation = 1}},
                     now = {.keys = {.generation = 2, .n_allowed = 4}};
    net_report(&events, &then, &now);
    assert_int_equal(events.at[0].kind, EVENT_KEYS_READ);
    assert_string_equal(events.at[0].text, "4 keys are allowed");
    then = now;
    snprintf(now.keys.trouble.text, sizeof now.keys.trouble.text, "allow:3: wrong");
    net_report(&events, &then, &now);
    net_report(&events, &now, &now);
    assert_int_equal(events.n, 2);
    assert_int_equal(events.at[1].kind, EVENT_KEYS_FAILED);
}

CM_MAIN("net_report", cmocka_unit_test(a_second_of_refusals_is_one_event),
        cmocka_unit_test(connections_that_never_show_a_key_are_the_difference),
        cmocka_unit_test(a_list_read_or_unreadable_is_told_once))
