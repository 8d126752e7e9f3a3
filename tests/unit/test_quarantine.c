#include "coordinator/quarantine.h"
#include "tests/lib/cm.h"
#include <stdio.h>

static void a_worker_keeps_its_first_reason(void **state)
{
    (void)state;
    struct quarantine q = {0};
    assert_null(quarantine_reason(&q, "w"));
    assert_int_equal(quarantine_add(&q, "w", "first"), OK);
    assert_int_equal(quarantine_add(&q, "w", "second"), OK);
    assert_int_equal(q.n, 1);
    assert_string_equal(quarantine_reason(&q, "w"), "first");
    assert_null(quarantine_reason(&q, "v"));
    quarantine_free(&q);
    assert_null(quarantine_reason(&q, "w"));
}

static void it_does_not_grow_without_end(void **state)
{
    (void)state;
    struct quarantine q = {0};
    char name[16];
    for (unsigned i = 0; i < QUARANTINE_MAX + 2; i++) {
        snprintf(name, sizeof name, "w%u", i);
        assert_int_equal(quarantine_add(&q, name, "why"), OK);
    }
    assert_int_equal(q.n, QUARANTINE_MAX);
    assert_null(quarantine_reason(&q, "w1")); /* the oldest are forgotten */
    assert_non_null(quarantine_reason(&q, "w2"));
    quarantine_free(&q);
}

CM_MAIN("quarantine", cmocka_unit_test(a_worker_keeps_its_first_reason),
        cmocka_unit_test(it_does_not_grow_without_end))
