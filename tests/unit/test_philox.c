#include "engine/philox.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <math.h>

/* The three vectors of Random123's kat_vectors for philox4x32-10. */
static void known_answers_of_random123(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint32_t out[4];
        philox4x32(known[i].key, known[i].counter, out);
        assert_memory_equal(out, known[i].want, sizeof out);
    }
}

/* Check values of engine.md section 7. */
static void draws_of_the_engine_page(void **state)
{
    (void)state;
    uint64_t aapl = fnv1a64("AAPL", 4);
    assert_true(aapl == 0x89106b8b9f086ccbULL);
    const uint32_t counter[4] = {(uint32_t)aapl, (uint32_t)(aapl >> 32), 16496, 0};
    const uint32_t want[4] = {0x85bcce4a, 0xb671fb89, 0xb3aff084, 0x2efb18f5};
    uint32_t out[4];
    philox_seeded(42, counter, out);
    assert_memory_equal(out, want, sizeof out);
    assert_true(fabs(philox_fill_normal(42, aapl, 16496, PHILOX_BUY) - -0.2647943284161991) <
                1e-15);
    int32_t day = 19875; /* 2024-06-01 */
    assert_true(fabs(philox_fill_normal(42, fnv1a64("BTC", 3), day, PHILOX_SELL) -
                     -0.22299455683740632) < 1e-15);
}

static void units_stay_inside_the_open_interval(void **state)
{
    (void)state;
    assert_true(philox_unit(0) > 0.0 && philox_unit(0xffffffffu) < 1.0);
    for (uint32_t quarter = 1; quarter <= 4; quarter++)
        for (int32_t year = 2000; year < 2050; year++) {
            assert_true(philox_crash_number(7, year, quarter, 63) < 63);
            assert_int_equal(philox_crash_number(7, year, quarter, 1), 0);
        }
}

CM_MAIN("philox", cmocka_unit_test(known_answers_of_random123),
        cmocka_unit_test(draws_of_the_engine_page),
        cmocka_unit_test(units_stay_inside_the_open_interval))
