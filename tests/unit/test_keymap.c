#include "coordinator/keymap.h"
#include "tests/lib/cm.h"
#include <stdio.h>

enum { KEYS = 64, STEPS = 20000 };

/* Keys whose homes collide in a small table, put and removed at random, against an array. */
static void it_agrees_with_an_array(void **state)
{
    (void)state;
    struct keymap map = {0};
    uint32_t naive[KEYS], n = 0;
    uint64_t seed = 12345;
    printf("seed %llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < KEYS; i++)
        naive[i] = KEYMAP_NONE;
    for (unsigned step = 0; step < STEPS; step++) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        uint32_t k = (uint32_t)(seed >> 40) % KEYS;
        uint64_t key = k * 0x100000001ULL;
        if (seed >> 63) {
            assert_int_equal(keymap_put(&map, key, step), OK);
            n += naive[k] == KEYMAP_NONE;
            naive[k] = step;
        } else {
            keymap_remove(&map, key);
            n -= naive[k] != KEYMAP_NONE;
            naive[k] = KEYMAP_NONE;
        }
        assert_int_equal(map.n, n);
        for (uint32_t i = 0; i < KEYS; i++)
            assert_int_equal(keymap_get(&map, i * 0x100000001ULL), naive[i]);
    }
    assert_true(map.capacity <= 4 * KEYS);
    keymap_free(&map);
}

static void an_empty_map_has_nothing(void **state)
{
    (void)state;
    struct keymap map = {0};
    assert_int_equal(keymap_get(&map, 0), KEYMAP_NONE);
    keymap_remove(&map, 7);
    keymap_free(&map);
}

CM_MAIN("keymap", cmocka_unit_test(it_agrees_with_an_array),
        cmocka_unit_test(an_empty_map_has_nothing))
