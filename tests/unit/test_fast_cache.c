/* The cache of the fast path: found by key, under its limit, nothing taken away from the batch in
 * progress. */
#include "engine/fast/cache.h"

#include "tests/lib/cm.h"
#include <stdbool.h>
#include <stdlib.h>

enum { LIMIT = 100, SIZE = 40 };
static int destroyed;

static void count_destroyed(void *object)
{
    destroyed++;
    free(object);
}

static void add(struct cache *cache, int key)
{
    cache_make_room(cache, SIZE);
    assert_int_equal(cache_add(cache, &key, sizeof key, malloc(1), SIZE, count_destroyed), OK);
}

static bool has(struct cache *cache, int key)
{
    return cache_find(cache, &key, sizeof key) != NULL;
}

static void the_least_recently_used_leaves(void **state)
{
    (void)state;
    struct cache *cache = NULL;
    destroyed = 0;
    assert_int_equal(cache_new(&cache, LIMIT), OK);
    add(cache, 1);
    cache_begin(cache);
    add(cache, 2);
    cache_begin(cache);
    assert_true(has(cache, 1)); /* now 2 is older */
    cache_begin(cache);
    add(cache, 3);
    assert_int_equal(destroyed, 1);
    assert_true(has(cache, 1) && has(cache, 3));
    assert_false(has(cache, 2));
    assert_true(cache_bytes(cache) <= LIMIT);
    cache_free(&cache);
    assert_null(cache);
    assert_int_equal(destroyed, 3);
}

static void a_batch_keeps_what_it_uses_even_over_the_limit(void **state)
{
    (void)state;
    struct cache *cache = NULL;
    destroyed = 0;
    assert_int_equal(cache_new(&cache, LIMIT), OK);
    add(cache, 0);
    cache_begin(cache);
    for (int key = 1; key <= 4; key++)
        add(cache, key);
    assert_int_equal(destroyed, 1); /* 0 was of an earlier batch */
    assert_int_equal(cache_in_use(cache), 4 * SIZE);
    for (int key = 1; key <= 4; key++)
        assert_true(has(cache, key));
    assert_int_equal(cache_in_use(cache), 4 * SIZE); /* used again, counted once */
    cache_begin(cache);
    assert_int_equal(cache_in_use(cache), 0);
    add(cache, 5);
    assert_true(cache_bytes(cache) <= LIMIT);
    cache_free(&cache);
}

static void keys_differ_by_length_and_by_any_byte(void **state)
{
    (void)state;
    struct cache *cache = NULL;
    const char a[] = "abcd", b[] = "abce";
    assert_int_equal(cache_new(&cache, LIMIT), OK);
    assert_int_equal(cache_add(cache, a, 4, malloc(1), 1, free), OK);
    assert_non_null(cache_find(cache, a, 4));
    assert_null(cache_find(cache, a, 3));
    assert_null(cache_find(cache, b, 4));
    cache_free(&cache);
}

CM_MAIN("fast cache", cmocka_unit_test(the_least_recently_used_leaves),
        cmocka_unit_test(a_batch_keeps_what_it_uses_even_over_the_limit),
        cmocka_unit_test(keys_differ_by_length_and_by_any_byte))
