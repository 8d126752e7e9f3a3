#include "tests/lib/cm.h"

#include "coordinator/contest.h"
#include "coordinator/dispute.h"
#include "tests/lib/fake_run_dir.h"

enum { TILE_POINTS = 16, OTHER = 2, UNTOUCHED = 3 }; /* points of the tile, in its order */

struct fixture {
    struct run_dir dir;
    struct journal *journal;
    uint64_t point, untouched; /* the grid's numbers of OTHER and UNTOUCHED */
    struct results_cell cell;
    struct dispute dispute;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct fake_run run;
    struct err_note note = {""};
    fake_grid(&run, NULL, TILE_POINTS, 0);
    enum err err = fake_run_dir(&f->dir, &run, 0, &note);
    fake_run_free(&run);
    if (!err)
        err = journal_open(&f->journal, f->dir.path, &f->dir.job, false, &note);
    f->point = sweep_point_of_ordinal(f->dir.job.sweep, OTHER);
    f->untouched = sweep_point_of_ordinal(f->dir.job.sweep, UNTOUCHED);
    *state = f;
    return err != OK;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    journal_close(&f->journal);
    fake_run_dir_remove(&f->dir);
    free(f);
    return 0;
}

/* The first tile as another worker has it: one bit of a metric of the point OTHER differs. The
 * caller frees its bytes. */
static struct journal_row other_row(struct fixture *f, const char *worker, uint32_t metric)
{
    const struct job *job = &f->dir.job;
    struct journal_row row;
    struct result_reader reader;
    struct result_cell cell;
    assert_int_equal(journal_get(f->journal, 0, &row, NULL), OK);
    uint8_t *bytes = malloc(row.length);
    memcpy(bytes, row.bytes, row.length);
    result_reader_init(&reader, job, N_METRICS, TILE_POINTS, bytes, row.length);
    for (uint32_t k = 0; k <= OTHER * job->n_scenarios; k++)
        assert_int_equal(result_next(&reader, &cell), OK);
    assert_int_equal(cell.status, STATUS_OK);
    bytes[cell.periods - bytes + 2 + 8 * (ptrdiff_t)metric] ^= 1;
    row.bytes = bytes;
    snprintf(row.worker, sizeof row.worker, "%s", worker);
    return row;
}

static const struct dispute *of(struct fixture *f, uint64_t point)
{
    struct err_note note = {""};
    assert_int_equal(results_cell(&f->dir, point, 0, &f->cell, &note), OK);
    assert_int_equal(dispute_of_cell(&f->dir, &f->cell, &f->dispute, &note), OK);
    return &f->dispute;
}

static void a_tile_nobody_differed_about_has_none(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(of(f, f->point)->n_said, 0);
    assert_int_equal(f->dispute.n, 0);
}

static void who_said_what_is_told_with_the_metric_that_differs(void **state)
{
    struct fixture *f = *state;
    struct journal_row second = other_row(f, "second", METRIC_sharpe);
    assert_int_equal(journal_dispute(f->journal, &second, NULL), OK);
    const struct dispute *d = of(f, f->point);
    assert_int_equal(d->n_said, 2);
    assert_string_equal(d->said[0].worker, "w");
    assert_true(d->said[0].counts);
    assert_string_equal(d->said[1].worker, "second");
    assert_false(d->said[1].counts);
    assert_int_equal(d->metric, METRIC_sharpe);
    assert_int_equal(d->period, 0);
    assert_true(d->said[0].value != d->said[1].value);
    assert_string_equal(d->verdict, ""); /* a third is to decide */
    d = of(f, f->untouched);
    assert_true(d->n_said == 2 && d->said[1].counts && d->metric == DISPUTE_ANY);
    free((void *)second.bytes);
}

static void decide(struct fixture *f, const struct journal_row *second,
                   const struct journal_row *third, const char *verdict)
{
    struct journal_row first;
    struct contest_outcome outcome;
    assert_int_equal(journal_get(f->journal, 0, &first, NULL), OK);
    assert_int_equal(contest_decide(&f->dir.job, &first, second, third, &outcome), OK);
    assert_int_equal(journal_judge(f->journal, &outcome.row, third, verdict, NULL), OK);
    contest_outcome_free(&outcome);
}

static void a_third_that_agrees_with_the_second_makes_it_count(void **state)
{
    struct fixture *f = *state;
    struct journal_row second = other_row(f, "second", METRIC_sharpe), third = second;
    snprintf(third.worker, sizeof third.worker, "third");
    assert_int_equal(journal_dispute(f->journal, &second, NULL), OK);
    decide(f, &second, &third, "third worker: third");
    const struct dispute *d = of(f, f->point);
    assert_string_equal(d->verdict, "third worker: third");
    assert_string_equal(d->said[0].worker, "second");
    assert_true(d->said[0].counts);
    bool first_is_told = false;
    for (uint32_t i = 0; i < d->n; i++)
        first_is_told |= strcmp(d->said[i].worker, "w") == 0 && !d->said[i].counts;
    assert_true(first_is_told);
    free((void *)second.bytes);
}

static void where_all_differ_nobody_counts_and_each_is_told(void **state)
{
    struct fixture *f = *state;
    struct journal_row second = other_row(f, "second", METRIC_sharpe),
                       third = other_row(f, "third", METRIC_mdd);
    assert_int_equal(journal_dispute(f->journal, &second, NULL), OK);
    decide(f, &second, &third, "1 cells disputed, third worker: third");
    const struct dispute *d = of(f, f->point);
    assert_int_equal(f->cell.status, STATUS_DISPUTED);
    assert_int_equal(d->n_said, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_true(d->said[i].status == STATUS_OK && !d->said[i].counts);
    free((void *)second.bytes);
    free((void *)third.bytes);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("dispute", T(a_tile_nobody_differed_about_has_none),
        T(who_said_what_is_told_with_the_metric_that_differs),
        T(a_third_that_agrees_with_the_second_makes_it_count),
        T(where_all_differ_nobody_counts_and_each_is_told))
