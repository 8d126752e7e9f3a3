#include "review/point_identity.h"
#include "tests/lib/cm.h"
#include "tests/lib/sweep_axes.h"

/* A job of two sleeves whose axes are, of "stop" and "ma" (4 and 3 levels), those asked for; the
 * others are base values. */
struct wanted {
    const char *sleeve; /* name of the first sleeve */
    double stop, ma;    /* base values */
    bool sweep_stop, sweep_ma, ma_first;
};

static void add_value(struct job *job, const char *path, double value)
{
    job->values[job->n_values++] = (struct job_value){strdup(path), value};
}

static void make(struct job *job, const struct wanted *w)
{
    char stop[64], ma[64];
    struct sweep_axis axes[2];
    uint32_t n = 0;
    *job = (struct job){.name = strdup(w->sleeve), .n_sleeves = 2};
    job->values = calloc(4, sizeof *job->values);
    snprintf(job->sleeves[0].name, sizeof job->sleeves[0].name, "%s", w->sleeve);
    strcpy(job->sleeves[0].strategy, "momentum");
    strcpy(job->sleeves[1].name, "other");
    strcpy(job->sleeves[1].strategy, "pairs");
    snprintf(stop, sizeof stop, "sleeves.%s.exit.stop", w->sleeve);
    snprintf(ma, sizeof ma, "sleeves.%s.exit.ma", w->sleeve);
    add_value(job, "portfolio.seed", 42);
    add_value(job, stop, w->stop);
    add_value(job, ma, w->ma);
    add_value(job, "sleeves.other.exit.ma", 1);
    if (w->sweep_ma && w->ma_first)
        axes[n] = axis_new(ma, n, 3, false), n++;
    if (w->sweep_stop)
        axes[n] = axis_new(stop, n, 4, false), n++;
    if (w->sweep_ma && !w->ma_first)
        axes[n] = axis_new(ma, n, 3, false), n++;
    const struct sweep_plan plan = {.axes = axes, .n_axes = n};
    assert_int_equal(sweep_new(&job->sweep, &plan, NULL), OK);
    axes_free(axes, n);
}

static uint64_t hash_at(const struct wanted *w, uint64_t point)
{
    struct job job;
    struct point_identity *identity = NULL;
    make(&job, w);
    assert_int_equal(point_identity_new(&identity, &job), OK);
    uint64_t hash = point_identity_hash(identity, point);
    point_identity_free(&identity);
    assert_null(identity);
    job_free(&job);
    return hash;
}

static void the_same_numbers_are_the_same_trial(void **state)
{
    (void)state;
    const struct wanted grid = {"equity", 9, 9, true, true, false};
    const struct wanted turned = {"equity", 7, 7, true, true, true};
    const struct wanted stop_only = {"equity", 9, 2, true, false, false};
    const struct wanted fixed = {"equity", 3, 2, false, false, false};
    const struct wanted renamed = {"shares", 9, 9, true, true, false};
    uint64_t h = hash_at(&grid, 3 * 3 + 2); /* stop 3, ma 2 */
    assert_true(hash_at(&turned, 2 * 4 + 3) == h);
    assert_true(hash_at(&stop_only, 3) == h);
    assert_true(hash_at(&fixed, 0) == h);
    assert_true(hash_at(&renamed, 3 * 3 + 2) == h);
}

static void other_numbers_are_another_trial(void **state)
{
    (void)state;
    const struct wanted grid = {"equity", 9, 9, true, true, false};
    uint64_t hashes[12];
    for (uint64_t p = 0; p < 12; p++)
        hashes[p] = hash_at(&grid, p);
    for (unsigned i = 0; i < 12; i++)
        for (unsigned j = 0; j < i; j++)
            assert_true(hashes[i] != hashes[j]);
    /* Stop 2 and ma 1 are not stop 1 and ma 2. */
    const struct wanted a = {"equity", 2, 1, false, false, false};
    const struct wanted b = {"equity", 1, 2, false, false, false};
    assert_true(hash_at(&a, 0) != hash_at(&b, 0));
}

static void minus_zero_is_zero(void **state)
{
    (void)state;
    const struct wanted plus = {"equity", 0.0, 1, false, false, false};
    const struct wanted minus = {"equity", -0.0, 1, false, false, false};
    assert_true(hash_at(&plus, 0) == hash_at(&minus, 0));
}

/* Ledgers are kept for years: the hash may not change with a release. The number is Python's, by
 * the header's definition with hashlib.blake2b(digest_size=16). */
static void the_hash_stays_what_it_was(void **state)
{
    (void)state;
    const struct wanted fixed = {"equity", 2.5, 50, false, false, false};
    assert_true(hash_at(&fixed, 0) == UINT64_C(0xa5d99563440638d0));
}

static void keys_name_strategies_and_data(void **state)
{
    (void)state;
    struct job job;
    char strategy[POINT_KEY_MAX], data[POINT_DATA_MAX];
    const struct wanted fixed = {"equity", 2.5, 50, false, false, false};
    make(&job, &fixed);
    job.image_hash[0] = 0xab;
    job.image_hash[31] = 0x01;
    point_strategy_key(&job, strategy);
    point_data_hash(&job, data);
    assert_string_equal(strategy, "momentum+pairs");
    assert_int_equal(strlen(data), 64);
    assert_memory_equal(data, "ab00", 4);
    assert_string_equal(data + 60, "0001");
    job_free(&job);
}

CM_MAIN("point_identity", cmocka_unit_test(the_same_numbers_are_the_same_trial),
        cmocka_unit_test(other_numbers_are_another_trial), cmocka_unit_test(minus_zero_is_zero),
        cmocka_unit_test(the_hash_stays_what_it_was),
        cmocka_unit_test(keys_name_strategies_and_data))
