#include "review/prereg.h"
#include "tests/lib/cm.h"
#include "tests/lib/fake_cells.h"
#include <unistd.h>

static const char CRITERIA[] = "criteria:\n  all:\n    require: [\"sharpe > 1\"] # \\ \"quoted\"\n";

static void make_job(struct job *job, const char *levels)
{
    struct sweep_axis axes[] = {fake_axis("stop", levels, SWEEP_LINEAR, 0, false),
                                fake_axis("mode", "off on", SWEEP_CATEGORICAL, 1, false)};
    struct err_note note = {""};
    if (fake_job(job, axes, 2, "stop < 4", 0, 4, &note) != OK)
        fail_msg("%s", note.text);
    job->periods[0] = (struct job_period){"train", 0, 364, false};
    job->periods[1] = (struct job_period){"secret", 730, 1000, true};
    job->periods[2] = (struct job_period){"validation", 365, 729, false};
}

static struct prereg *registered(const struct job *job, bool criteria)
{
    struct prereg *p = NULL;
    assert_int_equal(prereg_of_job(&p, job), OK);
    if (criteria)
        assert_int_equal(prereg_add_criteria(p, CRITERIA, sizeof CRITERIA - 1), OK);
    return p;
}

static struct prereg *through_file(const struct prereg *p, enum prereg_form form)
{
    char path[] = "/tmp/plateau-prereg-XXXXXX";
    struct err_note note = {""};
    struct prereg *back = NULL;
    FILE *file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    assert_int_equal(prereg_write(p, "2026-01-01T00:00:00Z", file, form), OK);
    fclose(file);
    if (prereg_read(&back, path, &note) != OK)
        fail_msg("%s", note.text);
    unlink(path);
    return back;
}

struct lines {
    char text[8][300];
    unsigned n;
};
static void keep(void *ctx, const char *line)
{
    struct lines *lines = ctx;
    assert_in_range(lines->n, 0, 7);
    snprintf(lines->text[lines->n++], sizeof lines->text[0], "%.299s", line);
}

static void both_forms_read_back_as_written(void **state)
{
    (void)state;
    struct job job;
    make_job(&job, "2.0 2.5 3.0 5");
    for (int form = PREREG_YAML; form <= PREREG_JSON; form++) {
        struct prereg *p = registered(&job, true), *back = through_file(p, (enum prereg_form)form);
        struct lines lines = {.n = 0};
        assert_int_equal(prereg_compare(back, p, keep, &lines), 0);
        assert_int_equal(prereg_compare(p, back, keep, &lines), 0);
        assert_true(prereg_has_criteria(back));
        prereg_free(&back);
        prereg_free(&p);
    }
    job_free(&job);
}

static void every_departure_has_a_name(void **state)
{
    (void)state;
    struct job job, moved;
    struct lines lines = {.n = 0};
    make_job(&job, "2.0 2.5 3.0 5");
    make_job(&moved, "2.0 2.5 3.0");
    moved.periods[2].end_day++;
    moved.periods[1].locked = false;
    moved.values[0].value = 365;
    moved.image_hash[3] = 1;
    moved.folds.walk.gap = 5;
    struct prereg *p = registered(&job, false), *found = registered(&moved, false);
    assert_int_equal(prereg_compare(p, found, keep, &lines), 7);
    assert_memory_equal(lines.text[0], "data_blake2b: registered 0000", 29);
    assert_string_equal(lines.text[1], "periods.secret: registered 1972-01-01 .. 1972-09-27 "
                                       "locked, found 1972-01-01 .. 1972-09-27");
    assert_string_equal(lines.text[2], "periods.validation: registered 1971-01-01 .. 1971-12-31, "
                                       "found 1971-01-01 .. 1972-01-01");
    assert_string_equal(lines.text[3], "points: registered 8, grid, found 6, grid");
    assert_string_equal(lines.text[4], "axes.sleeves.s.stop: registered 4 levels: 2.0 2.5 3.0 5, "
                                       "found 3 levels: 2.0 2.5 3.0");
    assert_string_equal(lines.text[5],
                        "frozen.portfolio.periods_per_year: registered 252, found 365");
    assert_string_equal(lines.text[6],
                        "folds.walk_forward: registered train 30, test 20, step 20, gap 0, found "
                        "train 30, test 20, step 20, gap 5");
    prereg_free(&p);
    prereg_free(&found);
    job_free(&job);
    job_free(&moved);
}

static void what_was_added_is_a_departure_too(void **state)
{
    (void)state;
    struct job job;
    struct lines lines = {.n = 0};
    make_job(&job, "2 3");
    struct prereg *p = registered(&job, false);
    job.n_scenarios = 3;
    job.scenarios[2] = (struct job_scenario){"slippage_2x", 2, false, 0};
    struct prereg *found = registered(&job, false);
    assert_int_equal(prereg_compare(p, found, keep, &lines), 1);
    assert_string_equal(lines.text[0], "scenarios.slippage_2x: registered nothing, found "
                                       "slippage x 2, flash crash no, regime none");
    prereg_free(&p);
    prereg_free(&found);
    job_free(&job);
}

static void registered_criteria_bind_and_others_do_not(void **state)
{
    (void)state;
    struct job job;
    make_job(&job, "2 3");
    struct prereg *with = registered(&job, true), *without = registered(&job, false);
    struct prereg *softer = registered(&job, false);
    assert_int_equal(prereg_add_criteria(softer, "sharpe > 0\n", 11), OK);
    assert_int_equal(prereg_compare(with, with, NULL, NULL), 0);
    assert_int_equal(prereg_compare(with, without, NULL, NULL), 1);
    assert_int_equal(prereg_compare(with, softer, NULL, NULL), 1);
    assert_int_equal(prereg_compare(without, softer, NULL, NULL), 0);
    prereg_free(&with);
    prereg_free(&without);
    prereg_free(&softer);
    job_free(&job);
}

/* Its text would be longer than a file's scalar may be. */
static void a_long_axis_is_its_ends_and_a_hash(void **state)
{
    (void)state;
    char levels[8 * 3000] = "";
    struct job job, other;
    for (int i = 0, used = 0; i < 3000; i++)
        used += snprintf(levels + used, sizeof levels - (size_t)used, "%d ", 1000 + i);
    make_job(&job, levels);
    levels[5 * 1500] = '9'; /* one level in the middle */
    make_job(&other, levels);
    struct prereg *p = registered(&job, false), *back = through_file(p, PREREG_YAML);
    struct prereg *changed = registered(&other, false);
    assert_int_equal(prereg_compare(p, back, NULL, NULL), 0);
    assert_int_equal(prereg_compare(p, changed, NULL, NULL), 1);
    prereg_free(&p);
    prereg_free(&back);
    prereg_free(&changed);
    job_free(&job);
    job_free(&other);
}

static void what_is_no_registration_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "a list",
                                        "[1, 2]",
                                        "version: \"1\"\n",
                                        "version: \"2\"\nmade: x\n",
                                        "run: {name: x}\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char path[] = "/tmp/plateau-prereg-XXXXXX";
        struct err_note note = {""};
        struct prereg *p = NULL;
        FILE *file = fdopen(mkstemp(path), "w");
        assert_non_null(file);
        fputs(texts[i], file);
        fclose(file);
        assert_int_equal(prereg_read(&p, path, &note), ERR_SPEC);
        assert_null(p);
        assert_non_null(strstr(note.text, path));
        unlink(path);
        assert_int_equal(prereg_read(&p, path, &note), ERR_NOT_FOUND);
    }
}

CM_MAIN("prereg", cmocka_unit_test(both_forms_read_back_as_written),
        cmocka_unit_test(every_departure_has_a_name),
        cmocka_unit_test(what_was_added_is_a_departure_too),
        cmocka_unit_test(registered_criteria_bind_and_others_do_not),
        cmocka_unit_test(a_long_axis_is_its_ends_and_a_hash),
        cmocka_unit_test(what_is_no_registration_is_refused))
