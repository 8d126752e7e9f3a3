#include "coordinator/worker_name.h"
#include "tests/lib/cm.h"

static void a_name_covers_its_slots_and_its_key(void **state)
{
    (void)state;
    static const struct {
        const char *asked, *name;
        bool covers;
    } cases[] = {{"site-a", "site-a", true},
                 {"site-a", "site-a-1", true},
                 {"site-a", "site-a-12", true},
                 {"site-a", "site-a/host-17-1", true},
                 {"site-a/host-17", "site-a/host-17-1", true},
                 {"site-a/host-17-1", "site-a/host-17-1", true},
                 {"site-a", "site-ab", false},
                 {"site-a", "site-a-b", false},
                 {"site-a", "site-a-", false},
                 {"site-a", "site-a-1x", false},
                 {"site-a-1", "site-a-12", false},
                 {"site-a-1", "site-a", false},
                 {"host-17", "site-a/host-17-1", false},
                 {"", "site-a", false},
                 {"", "", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(worker_name_covers(cases[i].asked, cases[i].name), cases[i].covers);
}

CM_MAIN("worker_name", cmocka_unit_test(a_name_covers_its_slots_and_its_key))
