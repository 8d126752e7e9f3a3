/* The numbers a coordinator shows, and when it calls itself alive and ready. */
#include "coordinator/metrics.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct metrics *metrics;
static int set_up(void **state)
{
    (void)state;
    return metrics_new(&metrics) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    metrics_free(&metrics);
    return 0;
}

static void put(const char *id, uint64_t cells_done)
{
    struct metrics_run run = {.cells_per_s = NAN};
    strcpy(run.id, id);
    run.dispatch.n_cells = 100;
    run.dispatch.cells_done = cells_done;
    run.dispatch.cells_failed = 3;
    run.dispatch.cells_excluded = 2;
    run.dispatch.failed_as[STATUS_FAILED] = 1;
    run.dispatch.failed_as[STATUS_CRASHED] = 2;
    run.dispatch.n_tiles = 10;
    run.dispatch.tiles_done = 4;
    run.dispatch.n_out = 1;
    run.journal.commits = 6;
    run.journal.commit_us = 2500000;
    run.journal.in_bound[0] = 5;
    run.journal.in_bound[JOURNAL_N_BOUNDS] = 1;
    metrics_put(metrics, &run);
}

static void expect_line(const char *line, bool there)
{
    size_t length;
    char *text = metrics_text(metrics, &length);
    assert_non_null(text);
    assert_int_equal(strlen(text), length);
    if ((strstr(text, line) != NULL) != there)
        fail_msg("%s: %s", there ? "missing" : "still there", line);
    free(text);
}

static void each_run_has_its_numbers(void **state)
{
    (void)state;
    put("a-1", 50);
    put("b-2", 60);
    put("a-1", 70);
    expect_line("\nplateau_cells_total{run=\"a-1\",status=\"ok\"} 65\n", true);
    expect_line("\nplateau_cells_total{run=\"a-1\",status=\"crashed\"} 2\n", true);
    expect_line("\nplateau_cells_total{run=\"b-2\",status=\"ok\"} 55\n", true);
    expect_line("\nplateau_queue_tiles{run=\"b-2\"} 5\n", true);
    expect_line("\nplateau_cells_per_second{run=\"b-2\"} 0\n", true); /* unknown, never NaN */
    expect_line("\n# EOF\n", true);
}

static void a_histogram_is_cumulative(void **state)
{
    (void)state;
    put("a", 50);
    expect_line("\nplateau_journal_commit_seconds_bucket{run=\"a\",le=\"0.0005\"} 5\n", true);
    expect_line("\nplateau_journal_commit_seconds_bucket{run=\"a\",le=\"1\"} 5\n", true);
    expect_line("\nplateau_journal_commit_seconds_bucket{run=\"a\",le=\"+Inf\"} 6\n", true);
    expect_line("\nplateau_journal_commit_seconds_sum{run=\"a\"} 2.5\n", true);
}

static void a_label_cannot_break_the_text(void **state)
{
    (void)state;
    put("a\"} 1\n# EOF\n\\", 50);
    expect_line("{run=\"a\\\"} 1 # EOF \\\\\"}", true);
}

static void the_run_that_was_silent_for_longest_makes_room(void **state)
{
    (void)state;
    char id[32];
    for (int i = 0; i < METRICS_RUNS_MAX; i++) {
        snprintf(id, sizeof id, "r-%d", i);
        put(id, 50);
    }
    put("r-0", 60);
    put("new", 50);
    expect_line("run=\"r-0\"", true);
    expect_line("run=\"r-1\"", false);
    expect_line("run=\"r-2\"", true);
    expect_line("run=\"new\"", true);
}

/* A loop that hangs in a write is not alive; one that has not begun, or has ended, is. */
static void a_loop_that_stopped_turning_is_not_alive(void **state)
{
    (void)state;
    assert_true(metrics_is_alive(metrics, 1000000));
    metrics_beat(metrics, 1000000);
    assert_true(metrics_is_alive(metrics, 1000000 + METRICS_STALE_MS));
    assert_false(metrics_is_alive(metrics, 1000001 + METRICS_STALE_MS));
    metrics_rest(metrics);
    assert_true(metrics_is_alive(metrics, 1000001 + METRICS_STALE_MS));
}

static void who_is_not_ready_says_why(void **state)
{
    (void)state;
    char why[METRICS_WHY_MAX];
    assert_false(metrics_is_ready(metrics, why));
    assert_string_equal(why, "starting");
    metrics_set_ready(metrics, true, "");
    assert_true(metrics_is_ready(metrics, why));
    metrics_set_ready(metrics, false, "draining");
    assert_false(metrics_is_ready(metrics, why));
    assert_string_equal(why, "draining");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
CM_MAIN("coordinator_metrics", T(each_run_has_its_numbers), T(a_histogram_is_cumulative),
        T(a_label_cannot_break_the_text), T(the_run_that_was_silent_for_longest_makes_room),
        T(a_loop_that_stopped_turning_is_not_alive), T(who_is_not_ready_says_why))
