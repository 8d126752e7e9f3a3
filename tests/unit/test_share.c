#include "coordinator/share.h"
#include "tests/lib/cm.h"

enum { QUANTUM_MS = 1000 };

/* Served as the pool counts it, after a quantum of the targets. */
static void serve_a_quantum(struct share_run *runs, size_t n, uint64_t n_slots, uint64_t *slots)
{
    share_out(runs, n, n_slots, QUANTUM_MS);
    for (size_t i = 0; i < n; i++) {
        slots[i] += runs[i].target;
        runs[i].served += (double)runs[i].target * QUANTUM_MS / runs[i].priority;
    }
}

static void whole_shares_are_given_at_once_and_stay(void **state)
{
    (void)state;
    struct share_run runs[2] = {{.priority = 30, .most = 100}, {.priority = 10, .most = 100}};
    uint64_t slots[2] = {0};
    for (unsigned q = 0; q < 20; q++) {
        serve_a_quantum(runs, 2, 4, slots);
        assert_int_equal(runs[0].target, 3);
        assert_int_equal(runs[1].target, 1);
    }
}

/* At any moment no run is further from its part than one slot for one quantum. */
static void parts_of_a_slot_are_taken_in_turns(void **state)
{
    (void)state;
    static const uint64_t SLOTS[] = {1, 2, 3, 5, 7};
    static const uint32_t PRIORITIES[][3] = {{10, 10, 10}, {30, 10, 1}, {7, 5, 3}, {1000, 1, 1}};
    for (size_t s = 0; s < sizeof SLOTS / sizeof SLOTS[0]; s++)
        for (size_t p = 0; p < sizeof PRIORITIES / sizeof PRIORITIES[0]; p++) {
            struct share_run runs[3];
            uint64_t slots[3] = {0}, all = 0;
            double sum = 0;
            for (size_t i = 0; i < 3; i++) {
                runs[i] = (struct share_run){.priority = PRIORITIES[p][i], .most = 1000};
                sum += PRIORITIES[p][i];
            }
            for (unsigned q = 0; q < 3000; q++) {
                serve_a_quantum(runs, 3, SLOTS[s], slots);
                all += SLOTS[s];
                for (size_t i = 0; i < 3; i++) {
                    double part = (double)all * PRIORITIES[p][i] / sum;
                    assert_true((double)slots[i] > part - 1.5 && (double)slots[i] < part + 1.5);
                }
            }
        }
}

static void what_a_run_cannot_use_goes_to_others(void **state)
{
    (void)state;
    struct share_run runs[3] = {
        {.priority = 10, .most = 1}, {.priority = 10, .most = 0}, {.priority = 10, .most = 100}};
    share_out(runs, 3, 8, QUANTUM_MS);
    assert_int_equal(runs[0].target, 1);
    assert_int_equal(runs[1].target, 0);
    assert_int_equal(runs[2].target, 7);
    runs[2].most = 2; /* more slots than work: the tail's duplicates */
    share_out(runs, 3, 8, QUANTUM_MS);
    assert_int_equal(runs[0].target + runs[2].target, 8);
    runs[0].most = runs[2].most = 0;
    share_out(runs, 3, 8, QUANTUM_MS);
    assert_int_equal(runs[0].target + runs[2].target, 0);
}

CM_MAIN("share", cmocka_unit_test(whole_shares_are_given_at_once_and_stay),
        cmocka_unit_test(parts_of_a_slot_are_taken_in_turns),
        cmocka_unit_test(what_a_run_cannot_use_goes_to_others))
