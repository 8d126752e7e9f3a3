#include "coordinator/contest.h"
#include "proto/result.h"
#include "tests/lib/cm.h"
#include "tests/lib/null_job.h"

enum { ROW = 8, CELLS = 4 };

/* A result written as a word: each letter is a cell's bits; '!' crashed, '-' excluded, 'x' failed.
 */
static struct journal_row row_of(const char *cells, const char *worker)
{
    struct codec_writer w = {0};
    struct journal_row row = {.tile = 0, .epoch = 1};
    for (; *cells; cells++) {
        if (*cells == '!') {
            result_put_status(&w, STATUS_CRASHED, "died");
        } else if (*cells == '-') {
            result_put_status(&w, STATUS_EXCLUDED, NULL);
        } else if (*cells == 'x') {
            result_put_status(&w, STATUS_FAILED, "no fit");
        } else {
            codec_u8(&w, STATUS_OK);
            for (unsigned i = 1; i < ROW; i++)
                codec_u8(&w, (uint8_t)*cells);
        }
    }
    snprintf(row.worker, sizeof row.worker, "%s", worker);
    row.bytes = w.bytes;
    row.length = w.length;
    return row;
}

/* What counts, as a word; '?' is disputed. */
static void word_of(const struct job *job, const struct journal_row *row, char word[CELLS + 1])
{
    struct result_reader reader;
    struct result_cell cell;
    result_reader_init(&reader, job, N_METRICS, CELLS, row->bytes, row->length);
    for (unsigned c = 0; c < CELLS; c++) {
        const uint8_t *at = reader.at;
        assert_int_equal(result_next(&reader, &cell), OK);
        word[c] = cell.status == STATUS_OK         ? (char)at[1]
                  : cell.status == STATUS_DISPUTED ? '?'
                  : cell.status == STATUS_CRASHED  ? '!'
                  : cell.status == STATUS_FAILED   ? 'x'
                                                   : '-';
    }
    word[CELLS] = 0;
    assert_int_equal(result_next(&reader, &cell), ERR_EMPTY);
}

struct expected {
    const char *first, *second, *third; /* third NULL: none came */
    const char *counts, *worker;
    unsigned n_disputed, n_failed, n_excluded;
    bool third_differs;
};

static void what_two_agree_on_counts(void **state)
{
    (void)state;
    const struct expected table[] = {
        {"abcd", "abXd", "abcd", "abcd", "one", 0, 0, 0, false},
        {"abcd", "abXd", "abXd", "abXd", "two", 0, 0, 0, false},
        {"abcd", "abXd", "abYd", "ab?d", "three", 1, 1, 0, true},
        {"abcd", "aXcd", "aXcY", "aXcd", "two", 0, 0, 0, true},
        {"abcd", "XYcd", "aYcd", "aYcd", "three", 0, 0, 0, false}, /* each was wrong once */
        {"abcd", "abXd", NULL, "ab?d", "two", 1, 1, 0, false},
        {"-xcd", "-xXd", "-xcd", "-xcd", "one", 0, 1, 1, false},
        {"a!cd", "abXd", "abcd", "abcd", "one", 0, 0, 0, false}, /* a third of a crashed cell */
    };
    struct job job;
    null_job_make(&job, "t", 1, CELLS, CELLS, 1, ROW);
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        const struct expected *e = &table[i];
        struct journal_row first = row_of(e->first, "one"), second = row_of(e->second, "two"),
                           third = {0};
        struct contest_outcome outcome;
        char word[CELLS + 1];
        if (e->third)
            third = row_of(e->third, "three");
        assert_int_equal(contest_decide(&job, &first, &second, e->third ? &third : NULL, &outcome),
                         OK);
        word_of(&job, &outcome.row, word);
        assert_string_equal(word, e->counts);
        assert_string_equal(outcome.row.worker, e->worker);
        assert_int_equal(outcome.n_disputed, e->n_disputed);
        assert_int_equal(outcome.row.n_failed, e->n_failed);
        assert_int_equal(outcome.row.n_excluded, e->n_excluded);
        assert_int_equal(outcome.third_differs, e->third_differs);
        contest_outcome_free(&outcome);
        free((void *)(uintptr_t)first.bytes);
        free((void *)(uintptr_t)second.bytes);
        free((void *)(uintptr_t)third.bytes);
    }
    job_free(&job);
}

static void a_cell_that_was_given_up_differs_from_nothing(void **state)
{
    (void)state;
    struct job job;
    null_job_make(&job, "t", 1, CELLS, CELLS, 1, ROW);
    struct journal_row first = row_of("a!cd", "one"), late = row_of("abcd", "two"),
                       other = row_of("abcX", "two"), cut = row_of("abc", "two");
    assert_true(contest_equal(&job, &first, &first));
    assert_true(contest_equal(&job, &first, &late));
    assert_false(contest_equal(&job, &first, &other));
    assert_false(contest_equal(&job, &late, &cut));
    struct contest_outcome outcome;
    assert_int_equal(contest_decide(&job, &first, &cut, NULL, &outcome), ERR_CORRUPT);
    contest_outcome_free(&outcome);
    free((void *)(uintptr_t)first.bytes);
    free((void *)(uintptr_t)late.bytes);
    free((void *)(uintptr_t)other.bytes);
    free((void *)(uintptr_t)cut.bytes);
    job_free(&job);
}

CM_MAIN("contest", cmocka_unit_test(what_two_agree_on_counts),
        cmocka_unit_test(a_cell_that_was_given_up_differs_from_nothing))
