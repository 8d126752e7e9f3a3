#include "engine/calendar.h"
#include "engine/civil.h"
#include "engine/schedule.h"
#include "tests/lib/cm.h"
#include <time.h>

#define DAY0 16436 /* 2015-01-01, a Thursday */

static void dates_are_those_of_the_c_library(void **state)
{
    (void)state;
    for (int32_t day = -200000; day < 200000; day += 7) {
        time_t t = (time_t)day * 86400;
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        assert_int_equal(civil_from_day(day).year, tm.tm_year + 1900);
        assert_int_equal(civil_from_day(day).month, tm.tm_mon + 1);
        assert_int_equal(civil_is_weekend(day), tm.tm_wday == 0 || tm.tm_wday == 6);
        assert_int_equal(civil_is_weekend(day + 3), (tm.tm_wday + 3) % 7 % 6 == 0);
    }
}

/* Two sleeves of equal sessions 1, 2, 5 and one of 2, 3. */
static const int32_t WEEK[] = {DAY0 + 1, DAY0 + 2, DAY0 + 5},
                     SAME[] = {DAY0 + 1, DAY0 + 2, DAY0 + 5}, OTHER[] = {DAY0 + 2, DAY0 + 3};
static const int32_t BENCH[] = {1, 2};
static const double CLOSE[] = {10, 11};

static void three_sleeves(struct image_view views[3])
{
    views[0] = (struct image_view){.n_sessions = 3, .session_day = WEEK};
    views[1] = (struct image_view){.n_sessions = 2, .session_day = OTHER};
    views[2] = (struct image_view){.n_sessions = 3, .session_day = SAME};
    views[0].n_bench = 2;
    views[0].bench_session = BENCH;
    views[0].bench_close = CLOSE;
}

static void equal_sessions_are_one_calendar_and_the_run_calendar_is_the_union(void **state)
{
    (void)state;
    struct image_view views[3];
    struct calendars *c = NULL;
    three_sleeves(views);
    assert_int_equal(calendars_new(&c, views, 3), OK);
    assert_int_equal(c->n_calendars, 2);
    assert_int_equal(c->of_sleeve[2], 0);
    assert_int_equal(c->calendar[1].first_sleeve, 1);
    const int32_t run[] = {DAY0 + 1, DAY0 + 2, DAY0 + 3, DAY0 + 5};
    const int32_t session[] = {0, 1, -1, 2}, latest[] = {0, 1, 1, 2};
    const int32_t session1[] = {-1, 0, 1, -1}, latest1[] = {-1, 0, 1, 1};
    const uint32_t back[] = {0, 1, 3};
    assert_int_equal(c->n_run, 4);
    assert_memory_equal(c->run_day, run, sizeof run);
    assert_memory_equal(c->calendar[0].session, session, sizeof session);
    assert_memory_equal(c->calendar[0].latest, latest, sizeof latest);
    assert_memory_equal(c->calendar[1].session, session1, sizeof session1);
    assert_memory_equal(c->calendar[1].latest, latest1, sizeof latest1);
    assert_memory_equal(c->calendar[0].run, back, sizeof back);
    const int32_t bench[] = {-1, 0, 1};
    assert_memory_equal(c->bench_latest[0], bench, sizeof bench);
    calendars_free(&c);
    assert_null(c);
}

static void a_period_is_a_range_of_the_run_calendar(void **state)
{
    (void)state;
    struct image_view views[3];
    struct calendars *c = NULL;
    uint32_t first, n;
    three_sleeves(views);
    assert_int_equal(calendars_new(&c, views, 3), OK);
    calendars_period(c, &(struct plateau_period){DAY0 + 2, DAY0 + 4}, &first,
                     &n); /* ends on none */
    assert_int_equal(first, 1);
    assert_int_equal(n, 2);
    calendars_period(c, &(struct plateau_period){DAY0 + 4, DAY0 + 4}, &first, &n);
    assert_int_equal(n, 0);
    calendars_period(c, &(struct plateau_period){DAY0 + 6, DAY0 + 9}, &first, &n);
    assert_int_equal(n, 0);
    calendars_free(&c);
}

/* ---- schedule: a crypto sleeve, every day of January to June 2015 ---- */
enum { N = 181 };
static int32_t day[N], bench_session[N];
static double close_of[N];

/* Closes that leave January at 100 against a first close of 98 (+2.04 %: neither), February at 94
 * (-6 %: bear), March at 95
 * (+1.06 %: range), April at 97.5 (+2.6 %: neither), May at 80 (bear), June at 80 (range). */
static void half_year(struct image_view *view)
{
    static const double last[] = {100, 94, 95, 97.5, 80, 80};
    for (int i = 0; i < N; i++) {
        day[i] = DAY0 + i;
        bench_session[i] = i;
        close_of[i] = i == 0 ? 98 : last[civil_from_day(day[i]).month - 1];
    }
    *view = (struct image_view){.n_sessions = N,
                                .session_day = day,
                                .n_bench = N,
                                .bench_session = bench_session,
                                .bench_close = close_of};
}

static struct schedule *schedule_of(const struct image_view *view, struct plateau_scenario scenario,
                                    int32_t from, int32_t to)
{
    struct calendars *c = NULL;
    struct schedule *s = NULL;
    struct plateau_period period = {DAY0 + from, DAY0 + to};
    assert_int_equal(calendars_new(&c, view, 1), OK);
    assert_int_equal(schedule_new(&s, c, view, 42, &scenario, &period), OK);
    calendars_free(&c);
    return s;
}

static void regime_months_are_stretches_of_dates(void **state)
{
    (void)state;
    struct image_view view;
    half_year(&view);
    struct schedule *s =
        schedule_of(&view, (struct plateau_scenario){1, false, PLATEAU_REGIME_BEAR}, 0, N);
    for (uint32_t i = 0; i < s->n; i++) {
        int32_t month = civil_from_day(day[i]).month;
        bool bear = month == 2 || month == 5, last = i == 58 || i == 150;
        assert_int_equal(s->flags[i],
                         (bear ? SCHEDULE_PROCESSED : 0) | (last ? SCHEDULE_STRETCH_END : 0));
    }
    assert_int_equal(s->n_recorded, 28 + 31);
    assert_int_equal(s->day[28], DAY0 + 120);
    assert_true(s->bench_return[0] == 0);
    assert_true(s->bench_return[28] ==
                80.0 / 94 - 1); /* since the last recorded date, months ago */
    schedule_free(&s);
    s = schedule_of(&view, (struct plateau_scenario){1, false, PLATEAU_REGIME_RANGE}, 70, 160);
    assert_true(s->flags[0] & SCHEDULE_PROCESSED); /* March, seen whole though it began before */
    assert_true(s->flags[s->n - 1] & SCHEDULE_STRETCH_END); /* a stretch ends with the period */
    assert_int_equal(s->n_recorded, 20 + 10);
    schedule_free(&s);
    s = schedule_of(&view, (struct plateau_scenario){1, false, PLATEAU_REGIME_BEAR}, 60, 100);
    assert_int_equal(s->n_recorded, 0);
    schedule_free(&s);
}

static void a_crash_date_falls_in_each_quarter_and_counts_where_processed(void **state)
{
    (void)state;
    struct image_view view;
    half_year(&view);
    struct schedule *all =
        schedule_of(&view, (struct plateau_scenario){1, true, PLATEAU_REGIME_NONE}, 0, N);
    assert_int_equal(all->n_crash, 2);
    assert_true(all->crash_day[0] < DAY0 + 90 && all->crash_day[1] >= DAY0 + 90);
    for (uint32_t i = 0; i < all->n; i++)
        assert_int_equal(!!(all->flags[i] & SCHEDULE_CRASH),
                         day[i] == all->crash_day[0] || day[i] == all->crash_day[1]);
    struct schedule *bear =
        schedule_of(&view, (struct plateau_scenario){1, true, PLATEAU_REGIME_BEAR}, 0, N);
    assert_memory_equal(bear->crash_day, all->crash_day, 2 * sizeof *all->crash_day);
    for (uint32_t i = 0; i < bear->n; i++)
        if (bear->flags[i] & SCHEDULE_CRASH)
            assert_true(bear->flags[i] & SCHEDULE_PROCESSED);
    schedule_free(&all);
    schedule_free(&bear);
}

CM_MAIN("engine calendar", cmocka_unit_test(dates_are_those_of_the_c_library),
        cmocka_unit_test(equal_sessions_are_one_calendar_and_the_run_calendar_is_the_union),
        cmocka_unit_test(a_period_is_a_range_of_the_run_calendar),
        cmocka_unit_test(regime_months_are_stretches_of_dates),
        cmocka_unit_test(a_crash_date_falls_in_each_quarter_and_counts_where_processed))
