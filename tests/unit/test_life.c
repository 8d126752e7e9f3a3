#include "tests/lib/cm.h"
#include "worker/life.h"
#include <stdlib.h>
#include <string.h>

enum { S = 1000 };

static void without_limits_it_goes_on(void **state)
{
    (void)state;
    struct life life;
    life_start(&life, &(struct life_limits){0}, 5);
    life_tile_begun(&life, 6);
    life_tile_ended(&life, 7, UINT64_MAX);
    assert_int_equal(life_verdict_at(&life, INT64_MAX / 2, NULL), LIFE_GO_ON);
}

static void it_leaves_while_there_is_time_to_finish(void **state)
{
    (void)state;
    struct life life;
    struct err_note line;
    life_start(&life, &(struct life_limits){.time_ms = 100 * S}, 0);
    assert_int_equal(life_verdict_at(&life, 98 * S, NULL), LIFE_GO_ON);
    assert_int_equal(life_verdict_at(&life, 99 * S, &line), LIFE_LEAVE);
    assert_non_null(strstr(line.text, "--time-limit"));
    assert_int_equal(life_verdict_at(&life, 100 * S, NULL), LIFE_STOP);
    life_tile_begun(&life, 10 * S); /* tiles turn out to be long */
    life_tile_ended(&life, 20 * S, 0);
    assert_int_equal(life_verdict_at(&life, 78 * S, NULL), LIFE_GO_ON);
    assert_int_equal(life_verdict_at(&life, 79 * S, NULL), LIFE_LEAVE);
    life_tile_begun(&life, 20 * S);
    life_tile_ended(&life, 70 * S, 0);
    assert_int_equal(life_verdict_at(&life, 50 * S, NULL), LIFE_LEAVE); /* half, at the earliest */
    assert_int_equal(life_verdict_at(&life, 49 * S, NULL), LIFE_GO_ON);
}

static void only_idle_time_in_a_row_counts(void **state)
{
    (void)state;
    struct life life;
    life_start(&life, &(struct life_limits){.idle_ms = 10 * S}, 0);
    assert_int_equal(life_verdict_at(&life, 9 * S, NULL), LIFE_GO_ON);
    life_tile_begun(&life, 9 * S);
    assert_int_equal(life_verdict_at(&life, 90 * S, NULL), LIFE_GO_ON); /* busy */
    life_tile_ended(&life, 91 * S, 0);
    assert_int_equal(life_verdict_at(&life, 100 * S, NULL), LIFE_GO_ON);
    life_loading(&life, 100 * S);
    assert_int_equal(life_verdict_at(&life, 109 * S, NULL), LIFE_GO_ON);
    assert_int_equal(life_verdict_at(&life, 110 * S, NULL), LIFE_LEAVE);
}

static void tiles_and_memory_ask_for_a_fresh_process(void **state)
{
    (void)state;
    struct life life;
    struct err_note line;
    life_start(&life, &(struct life_limits){.tiles = 2, .bytes = 1000}, 0);
    life_tile_begun(&life, 1);
    life_tile_ended(&life, 2, 1000);
    assert_int_equal(life_verdict_at(&life, 3, NULL), LIFE_GO_ON);
    life.own_bytes = 1001;
    assert_int_equal(life_verdict_at(&life, 3, &line), LIFE_RECYCLE);
    assert_non_null(strstr(line.text, "--max-rss"));
    life.own_bytes = 0;
    life_tile_begun(&life, 3);
    life_tile_ended(&life, 4, 0);
    assert_int_equal(life_verdict_at(&life, 5, &line), LIFE_RECYCLE);
    assert_non_null(strstr(line.text, "--recycle-after"));
}

static void memory_of_its_own_is_told(void **state)
{
    (void)state;
    uint64_t before = life_own_bytes();
    enum { MORE = 32 << 20 };
    volatile char *bytes = malloc(MORE);
    for (size_t i = 0; i < MORE; i += 512)
        bytes[i] = 1;
    uint64_t after = life_own_bytes();
    assert_true(before > 0);
    assert_true(after > before + MORE / 2);
    free((void *)bytes);
}

CM_MAIN("life", cmocka_unit_test(without_limits_it_goes_on),
        cmocka_unit_test(it_leaves_while_there_is_time_to_finish),
        cmocka_unit_test(only_idle_time_in_a_row_counts),
        cmocka_unit_test(tiles_and_memory_ask_for_a_fresh_process),
        cmocka_unit_test(memory_of_its_own_is_told))
