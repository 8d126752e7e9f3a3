#include "proto/codec.h"
#include "proto/result.h"
#include "tests/lib/cm.h"
#include "tests/lib/sweep_axes.h"
#include <math.h>
#include <string.h>

enum { METRICS = 3, PERIODS = 2, BLOCKS = 2 };

static const struct job job = {
    .n_blocks = BLOCKS,
    .n_periods = 3,
    .n_scenarios = 2,
    .periods = {{"train", 1, 2, false}, {"holdout", 3, 4, true}, {"validation", 5, 6, false}},
    .scenarios = {{"baseline", 1, false, 0}, {"bear", 1, false, 1}},
    .tile_points = 4,
};
static const uint16_t flags[PERIODS] = {4, 8};
static const double rows[PERIODS * METRICS] = {1, 2, 3, 4, INFINITY, 6};
static const double sums[BLOCKS] = {0.5, -0.5}, squares[BLOCKS] = {0.25, 0.75};

static void put_ok(struct codec_writer *w, bool baseline)
{
    result_put_ok(w, PERIODS, flags, METRICS, rows, BLOCKS, baseline ? sums : NULL, squares);
}

static enum err next(struct result_reader *r, struct result_cell *cell)
{
    memset(cell, 0xaa, sizeof *cell);
    return result_next(r, cell);
}

static void cells_come_back_in_order(void **state)
{
    (void)state;
    struct codec_writer w = {0};
    struct result_reader r;
    struct result_cell cell;
    double sum;
    put_ok(&w, true);
    put_ok(&w, false);
    result_put_status(&w, STATUS_FAILED, "no reason");
    result_put_status(&w, STATUS_EXCLUDED, NULL);
    assert_true(w.length <= result_tile_bound(&job, METRICS, 2));
    result_reader_init(&r, &job, METRICS, 2, w.bytes, w.length);
    assert_int_equal(next(&r, &cell), OK);
    assert_int_equal(cell.status, STATUS_OK);
    assert_true(result_metric(&cell, METRICS, 1, 1) == INFINITY);
    assert_true(result_metric(&cell, METRICS, 1, 2) == 6);
    assert_int_equal(result_flags(&cell, METRICS, 1), 8);
    memcpy(&sum, cell.blocks + 8, sizeof sum);
    assert_true(sum == -0.5);
    assert_int_equal(next(&r, &cell), OK);
    assert_null(cell.blocks); /* the baseline's only */
    assert_int_equal(next(&r, &cell), OK);
    assert_int_equal(cell.status, STATUS_FAILED);
    assert_int_equal(cell.reason_length, 9);
    assert_memory_equal(cell.reason, "no reason", 9);
    assert_int_equal(next(&r, &cell), OK);
    assert_int_equal(cell.status, STATUS_EXCLUDED);
    assert_null(cell.reason);
    assert_int_equal(next(&r, &cell), ERR_EMPTY);
    free(w.bytes);
}

static enum err read_all(const struct codec_writer *w, size_t length, uint32_t count)
{
    struct result_reader r;
    struct result_cell cell;
    enum err err;
    uint8_t *copy = malloc(length ? length : 1); /* reads past the end show under a sanitizer */
    memcpy(copy, w->bytes, length);
    result_reader_init(&r, &job, METRICS, count, copy, length);
    while ((err = next(&r, &cell)) == OK)
        ;
    free(copy);
    return err;
}

static void cuts_and_extra_bytes_are_refused(void **state)
{
    (void)state;
    struct codec_writer w = {0};
    put_ok(&w, true);
    result_put_status(&w, STATUS_TIMEOUT, "slow");
    assert_int_equal(read_all(&w, w.length, 1), ERR_EMPTY);
    for (size_t n = 0; n < w.length; n++)
        assert_int_equal(read_all(&w, n, 1), ERR_FORMAT);
    codec_u8(&w, STATUS_EXCLUDED);
    assert_int_equal(read_all(&w, w.length, 1), ERR_FORMAT);
    free(w.bytes);
}

static void an_unknown_status_is_refused(void **state)
{
    (void)state;
    struct codec_writer w = {0};
    codec_u8(&w, N_STATUSES);
    codec_u8(&w, STATUS_EXCLUDED);
    assert_int_equal(read_all(&w, w.length, 1), ERR_FORMAT);
    free(w.bytes);
}

/* With folds a baseline cell carries the sums of their segments too, and no other cell does. */
static void fold_sums_follow_the_block_sums(void **state)
{
    (void)state;
    struct job folded = job;
    folded.folds = (struct folds){.walk = {.train = 3, .test = 2, .step = 2}, .n_days = 7};
    const double fold_sums[] = {1, 2, 3, 4}, fold_squares[] = {5, 6, 7, 8};
    struct codec_writer w = {0};
    struct result_reader r;
    struct result_cell cell;
    double found[8];
    assert_int_equal(job_n_segments(&folded), 4); /* 0 3 5, 2 5 7, to the end at 7 */
    put_ok(&w, true);
    result_put_segments(&w, 4, fold_sums, fold_squares);
    put_ok(&w, false);
    assert_true(w.length <= result_tile_bound(&folded, METRICS, 1));
    result_reader_init(&r, &folded, METRICS, 1, w.bytes, w.length);
    assert_int_equal(next(&r, &cell), OK);
    memcpy(found, cell.segments, sizeof found);
    assert_memory_equal(found, fold_sums, sizeof fold_sums);
    assert_memory_equal(found + 4, fold_squares, sizeof fold_squares);
    assert_int_equal(next(&r, &cell), OK);
    assert_null(cell.segments);
    assert_int_equal(next(&r, &cell), ERR_EMPTY);
    result_reader_init(&r, &job, METRICS, 1, w.bytes, w.length); /* of a job without folds */
    enum err err;
    while ((err = next(&r, &cell)) == OK)
        ;
    assert_int_equal(err, ERR_FORMAT);
    const uint64_t odd_nan = 0x7ff8000000000001;
    memcpy(w.bytes + 1 + PERIODS * (2 + 8 * METRICS) + 32 + 56, &odd_nan, 8);
    result_reader_init(&r, &folded, METRICS, 1, w.bytes, w.length);
    assert_int_equal(next(&r, &cell), ERR_FORMAT);
    free(w.bytes);
}

/* Two machines must not be able to disagree about a NaN. */
static void only_one_nan_is_taken(void **state)
{
    (void)state;
    const uint64_t nans[] = {0x7ff8000000000000, 0xfff8000000000000, 0x7ff8000000000001,
                             0x7ff0000000000001};
    for (int i = 0; i < 4; i++)
        for (int in_blocks = 0; in_blocks < 2; in_blocks++) {
            struct codec_writer w = {0};
            put_ok(&w, true);
            put_ok(&w, false);
            size_t at = in_blocks ? 1 + PERIODS * (2 + 8 * METRICS) + 24 : 3;
            memcpy(w.bytes + at, &nans[i], 8);
            assert_int_equal(read_all(&w, w.length, 1), i == 0 ? ERR_EMPTY : ERR_FORMAT);
            free(w.bytes);
        }
}

static void reasons_have_a_limit(void **state)
{
    (void)state;
    struct codec_writer w = {0};
    char reason[RESULT_REASON_MAX + 50];
    memset(reason, 'r', sizeof reason - 1);
    reason[sizeof reason - 1] = 0;
    result_put_status(&w, STATUS_FAILED, reason); /* cut */
    result_put_status(&w, STATUS_CRASHED, NULL);
    assert_int_equal(read_all(&w, w.length, 1), ERR_EMPTY);
    assert_int_equal(w.length, 3 + RESULT_REASON_MAX + 3);
    w.bytes[1]++; /* claims one more than the limit */
    assert_int_equal(read_all(&w, w.length, 1), ERR_FORMAT);
    free(w.bytes);
}

static void rows_of_a_dispatch_benchmark_are_opaque(void **state)
{
    (void)state;
    struct job null = job;
    struct result_reader r;
    struct result_cell cell;
    uint8_t bytes[64] = {0};
    bytes[1] = 0xff;
    null.null_row_bytes = 32;
    result_reader_init(&r, &null, METRICS, 1, bytes, sizeof bytes);
    assert_int_equal(next(&r, &cell), OK);
    assert_int_equal(next(&r, &cell), OK);
    assert_int_equal(next(&r, &cell), ERR_EMPTY);
    result_reader_init(&r, &null, METRICS, 1, bytes, sizeof bytes - 1);
    assert_int_equal(next(&r, &cell), OK);
    assert_int_equal(next(&r, &cell), ERR_FORMAT);
}

static void every_status_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(STATUS_NAME[STATUS_OK], "ok");
    assert_string_equal(STATUS_NAME[STATUS_DISPUTED], "disputed");
    assert_int_equal(N_STATUSES, 7);
}

CM_MAIN("result", cmocka_unit_test(cells_come_back_in_order),
        cmocka_unit_test(cuts_and_extra_bytes_are_refused),
        cmocka_unit_test(an_unknown_status_is_refused),
        cmocka_unit_test(fold_sums_follow_the_block_sums), cmocka_unit_test(only_one_nan_is_taken),
        cmocka_unit_test(reasons_have_a_limit),
        cmocka_unit_test(rows_of_a_dispatch_benchmark_are_opaque),
        cmocka_unit_test(every_status_has_its_name))
