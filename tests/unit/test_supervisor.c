#include "tests/lib/cm.h"
#include "worker/supervisor.h"
#include <signal.h>

static struct supervisor s;

static void start_all(uint32_t n, int64_t now_ms)
{
    uint32_t slot;
    supervisor_init(&s, n, now_ms);
    while (supervisor_due(&s, now_ms, &slot))
        supervisor_started(&s, now_ms, slot);
}

static void all_slots_are_started_at_once(void **state)
{
    (void)state;
    start_all(3, 5);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(s.slots[i].state, SLOT_RUNNING);
    assert_int_equal(supervisor_wait_ms(&s, 5), -1);
    assert_false(supervisor_is_over(&s));
}

static void a_crash_is_started_again_later_and_later(void **state)
{
    (void)state;
    int64_t now = 0, last = 0;
    start_all(1, now);
    for (int i = 0; i < SUPERVISOR_CRASHES_MAX; i++) {
        uint32_t slot;
        supervisor_ended(&s, now, 0, SIGSEGV, 0);
        assert_int_equal(s.slots[0].state, SLOT_WAITING);
        int64_t wait = supervisor_wait_ms(&s, now);
        assert_true(wait >= last && wait > 0 && wait <= SUPERVISOR_BACKOFF_MAX_MS);
        assert_false(supervisor_due(&s, now + wait - 1, &slot));
        assert_true(supervisor_due(&s, now += wait, &slot));
        supervisor_started(&s, now, slot);
        last = wait;
    }
    supervisor_ended(&s, now, 0, SIGSEGV, 0);
    assert_true(supervisor_is_over(&s));
    assert_int_equal(supervisor_code(&s), 3);
}

static void a_steady_life_forgives(void **state)
{
    (void)state;
    start_all(1, 0);
    s.slots[0].crashes = SUPERVISOR_CRASHES_MAX;
    supervisor_ended(&s, SUPERVISOR_STEADY_MS, 0, SIGKILL, 0);
    assert_int_equal(s.slots[0].state, SLOT_WAITING);
    assert_int_equal(s.slots[0].crashes, 1);
}

static void a_wish_for_a_fresh_process_is_no_crash(void **state)
{
    (void)state;
    static const int wishes[] = {SUPERVISOR_RECYCLE, SUPERVISOR_OVERRUN};
    for (unsigned i = 0; i < 2; i++) {
        start_all(1, 0);
        supervisor_ended(&s, 7, 0, 0, wishes[i]);
        assert_int_equal(supervisor_wait_ms(&s, 7), 0);
        assert_int_equal(s.slots[0].crashes, 0);
    }
}

static void an_exit_is_for_good_and_the_worst_code_counts(void **state)
{
    (void)state;
    start_all(3, 0);
    supervisor_ended(&s, 1, 0, 0, 0);
    supervisor_ended(&s, 1, 1, 0, 3);
    assert_false(supervisor_is_over(&s));
    supervisor_ended(&s, 1, 2, 0, 0);
    assert_true(supervisor_is_over(&s));
    assert_int_equal(supervisor_code(&s), 3);
}

static void after_a_drain_nothing_is_started(void **state)
{
    (void)state;
    start_all(3, 0);
    supervisor_ended(&s, 1, 0, SIGKILL, 0); /* waits for its next start */
    supervisor_drain(&s);
    assert_int_equal(s.slots[0].state, SLOT_OVER);
    supervisor_ended(&s, 2, 1, 0, SUPERVISOR_RECYCLE);
    supervisor_ended(&s, 2, 2, SIGKILL, 0);
    assert_true(supervisor_is_over(&s));
    assert_int_equal(supervisor_code(&s), 0);
}

CM_MAIN("supervisor", cmocka_unit_test(all_slots_are_started_at_once),
        cmocka_unit_test(a_crash_is_started_again_later_and_later),
        cmocka_unit_test(a_steady_life_forgives),
        cmocka_unit_test(a_wish_for_a_fresh_process_is_no_crash),
        cmocka_unit_test(an_exit_is_for_good_and_the_worst_code_counts),
        cmocka_unit_test(after_a_drain_nothing_is_started))
