#include "coordinator/rate_cap.h"
#include "tests/lib/cm.h"

enum { MIB = 1 << 20 };
#define S INT64_C(1000000000)

/* Bytes sent in a span by a sender that always has something, in steps of `bytes`. */
static uint64_t sent_in(struct rate_cap *cap, int64_t from_ns, int64_t span_ns, uint64_t bytes)
{
    uint64_t sent = 0;
    for (int64_t now = from_ns;;) {
        int64_t wait = rate_cap_wait_ns(cap, now);
        now += wait;
        if (now >= from_ns + span_ns)
            return sent;
        rate_cap_sent(cap, now, bytes);
        sent += bytes;
    }
}

static void without_a_cap_nothing_waits(void **state)
{
    (void)state;
    struct rate_cap cap = {0};
    rate_cap_sent(&cap, 5, UINT64_MAX);
    assert_int_equal(rate_cap_wait_ns(&cap, 5), 0);
}

static void the_cap_holds_whatever_the_size_of_a_message(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {100, 10000, MIB, 8 * MIB};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct rate_cap cap = {.bytes_per_s = 10 * MIB};
        uint64_t sent = sent_in(&cap, 1 * S, 10 * S, sizes[i]);
        assert_true(sent >= 99u * MIB);
        /* and what is under way at the end, and what a late start may make up for */
        assert_true(sent <= 101u * MIB + sizes[i]);
    }
}

static void silence_is_not_saved_up(void **state)
{
    (void)state;
    struct rate_cap cap = {.bytes_per_s = 10 * MIB};
    sent_in(&cap, 0, S, MIB);
    uint64_t sent = sent_in(&cap, 3600 * S, S, MIB);
    assert_true(sent <= 12u * MIB);
}

CM_MAIN("rate_cap", cmocka_unit_test(without_a_cap_nothing_waits),
        cmocka_unit_test(the_cap_holds_whatever_the_size_of_a_message),
        cmocka_unit_test(silence_is_not_saved_up))
