#include "proto/folds.h"
#include "tests/lib/cm.h"

static const struct folds usual = {.walk = {.train = 6, .test = 4, .step = 4, .gap = 1},
                                   .cpcv = {.groups = 3, .test = 1, .purge = 2, .embargo = 1},
                                   .n_days = 20};

static void every_bound_of_a_fold_is_a_cut(void **state)
{
    (void)state;
    /* windows 0-6|7-11, 4-10|11-15, 8-14|15-19; groups at 0, 6, 13, 20; purge 4, 11, 18; embargo
     * 1, 7, 14 */
    const uint32_t expected[] = {0, 1, 4, 6, 7, 8, 10, 11, 13, 14, 15, 18, 19, 20};
    const uint32_t n = sizeof expected / sizeof expected[0];
    uint32_t cuts[FOLDS_SEGMENTS_MAX + 1];
    assert_int_equal(folds_n_windows(&usual), 3);
    assert_int_equal(folds_n_splits(&usual), 3);
    assert_int_equal(folds_cuts(&usual, cuts), n - 1);
    assert_memory_equal(cuts, expected, sizeof expected);
    assert_null(folds_fault(&usual));
}

static void without_folds_or_days_there_are_none(void **state)
{
    (void)state;
    struct folds f = usual;
    f.n_days = 0;
    assert_int_equal(folds_cuts(&f, NULL), 0);
    assert_int_equal(folds_n_windows(&f), 0);
    f.n_days = 10; /* a day short of one window */
    assert_int_equal(folds_n_windows(&f), 0);
    f.n_days = 11;
    assert_int_equal(folds_n_windows(&f), 1);
    f = (struct folds){.n_days = 0};
    assert_false(folds_any(&f));
    assert_null(folds_fault(&f));
    f.n_days = 5;
    assert_non_null(folds_fault(&f));
}

static void limits_are_kept(void **state)
{
    (void)state;
    struct folds f = usual;
    f.walk.test = 0;
    assert_non_null(folds_fault(&f));
    f = usual;
    f.walk.step = 0;
    assert_non_null(folds_fault(&f));
    f = usual;
    f.walk.train = 0;
    assert_non_null(folds_fault(&f));
    f = usual;
    f.cpcv.test = 3;
    assert_non_null(folds_fault(&f));
    f = usual;
    f.cpcv.groups = FOLDS_GROUPS_MAX + 1;
    assert_non_null(folds_fault(&f));
    f = usual;
    f.cpcv = (struct folds_cpcv){.groups = 14, .test = 7}; /* 3,432 splits */
    assert_non_null(folds_fault(&f));
    f = usual;
    f.walk.gap = FOLDS_DAYS_MAX + 1;
    assert_non_null(folds_fault(&f));
    f = (struct folds){.walk = {.train = 5, .test = 1, .step = 1}, .n_days = 5 + 512};
    assert_int_equal(folds_n_windows(&f), 512);
    assert_int_equal(folds_cuts(&f, NULL), FOLDS_SEGMENTS_MAX + 1);
    assert_non_null(folds_fault(&f));
    f.n_days = FOLDS_DAYS_MAX;
    assert_int_equal(folds_cuts(&f, NULL), FOLDS_SEGMENTS_MAX + 1);
    f.n_days = 512;
    assert_int_equal(folds_cuts(&f, NULL), 512);
}

CM_MAIN("folds", cmocka_unit_test(every_bound_of_a_fold_is_a_cut),
        cmocka_unit_test(without_folds_or_days_there_are_none), cmocka_unit_test(limits_are_kept))
