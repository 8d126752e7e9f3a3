#include "market/bars.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS_MAX = 32 };
static int32_t days[DAYS_MAX];

static struct calendar calendar_of(uint32_t n, const int32_t *day)
{
    memcpy(days, day, n * sizeof *day);
    return (struct calendar){days, n};
}

static struct csv_row row(int32_t day, double o, double h, double l, double c, double v)
{
    return (struct csv_row){.day = day, .line = 1, .v = {o, h, l, c, v}};
}

static struct csv_row flat(int32_t day, double price)
{
    return row(day, price, price, price, price, 1);
}

struct accepted {
    struct bar_columns bars;
    struct market_symbol_report report;
    int32_t first_row;
};

static struct accepted accept_rows(struct csv_row *rows, uint32_t n, struct calendar calendar)
{
    struct accepted a = {0};
    struct csv_series series = {.symbol = "S", .wanted = true, .n = n, .rows = rows};
    assert_int_equal(bars_accept(&a.bars, &series, &calendar, 0.5, &a.first_row, &a.report), OK);
    assert_int_equal(a.report.rows, n);
    assert_int_equal(a.report.accepted, a.bars.n);
    return a;
}

/* One bad row between good ones: rejected for this reason and no other. */
static void rejected_for(enum market_rejection why, struct csv_row bad)
{
    struct csv_row rows[] = {flat(0, 10), bad, flat(2, 10)};
    struct accepted a = accept_rows(rows, 3, calendar_of(3, (int32_t[]){0, 1, 2}));
    for (int i = 0; i < MARKET_N_REJECTIONS; i++)
        assert_int_equal(a.report.rejected[i], i == (int)why);
    assert_int_equal(a.bars.n, 2);
    assert_int_equal(a.bars.session[0], 0);
    assert_int_equal(a.bars.session[1], 2);
    assert_int_equal(a.report.missing_sessions, 1);
    bar_columns_free(&a.bars);
}

static void each_rule_rejects_and_the_first_that_applies_is_counted(void **state)
{
    (void)state;
    for (int i = 0; i < CSV_N_FIELDS; i++) {
        struct csv_row bad = row(1, -1, -2, -3, -4, -5); /* (a) comes before all others */
        bad.v[i] = i & 1 ? NAN : -INFINITY;
        rejected_for(MARKET_NOT_FINITE, bad);
    }
    for (int i = CSV_OPEN; i <= CSV_CLOSE; i++) { /* (b) before (c) and (d) */
        struct csv_row bad = row(1, 10, 9, 11, 12, -5);
        bad.v[i] = 0;
        rejected_for(MARKET_NOT_POSITIVE, bad);
    }
    rejected_for(MARKET_NOT_POSITIVE, row(1, 10, 10, -0.0, 10, 1));
    rejected_for(MARKET_OHLC_ORDER, row(1, 10, 9.9, 9, 9.5, -5)); /* (c) before (d): open > high */
    rejected_for(MARKET_OHLC_ORDER, row(1, 8.9, 11, 9, 10, 1));
    rejected_for(MARKET_OHLC_ORDER, row(1, 10, 11, 9, 11.1, 1));
    rejected_for(MARKET_OHLC_ORDER, row(1, 10, 11, 9, 8.9, 1));
    rejected_for(MARKET_NEGATIVE_VOLUME, row(1, 30, 30, 30, 30, -1e-9)); /* (d) before (e) */
    rejected_for(MARKET_DAILY_MOVE, flat(1, 15.000001));
}

static void limits_themselves_are_accepted(void **state)
{
    (void)state;
    struct csv_row rows[] = {row(0, 10, 10, 10, 10, 0), flat(1, 15), flat(2, 7.5)};
    struct accepted a = accept_rows(rows, 3, calendar_of(3, (int32_t[]){0, 1, 2}));
    assert_int_equal(a.bars.n, 3);
    assert_true(a.bars.v[CSV_VOLUME][0] == 0 && a.bars.v[CSV_CLOSE][2] == 7.5);
    bar_columns_free(&a.bars);
}

/* The close before a jump is that of the last row that passed (a)-(d), even one rejected as a jump;
 * a row that failed them is no reference. */
static void a_jump_is_measured_from_the_last_sound_row(void **state)
{
    (void)state;
    struct csv_row rows[] = {flat(0, 10), flat(1, 20), flat(2, 21), row(3, 1, 1, 1, 1, -1),
                             flat(4, 20), flat(5, 9)};
    struct accepted a = accept_rows(rows, 6, calendar_of(6, (int32_t[]){0, 1, 2, 3, 4, 5}));
    assert_int_equal(a.report.rejected[MARKET_DAILY_MOVE], 2); /* days 1 and 5 */
    assert_int_equal(a.report.rejected[MARKET_NEGATIVE_VOLUME], 1);
    assert_int_equal(a.bars.n, 3);
    assert_int_equal(a.bars.session[1], 2);
    assert_int_equal(a.bars.session[2], 4);
    bar_columns_free(&a.bars);
}

/* A Sunday row of an equity file never was: neither accepted nor a reference for the next day's
 * jump. */
static void rows_outside_the_calendar_are_dropped_first(void **state)
{
    (void)state;
    struct csv_row rows[] = {flat(-5, 90), flat(1, 10), flat(2, 30), flat(3, 10.5), flat(9, 1)};
    struct accepted a = accept_rows(rows, 5, calendar_of(4, (int32_t[]){0, 1, 3, 4}));
    assert_int_equal(a.report.rejected[MARKET_OFF_CALENDAR], 3);
    assert_int_equal(a.bars.n, 2);
    assert_int_equal(a.first_row, 1);
    assert_int_equal(a.bars.session[1], 2);
    assert_int_equal(a.report.first_day, 1);
    assert_int_equal(a.report.last_day, 3);
    assert_int_equal(a.report.missing_sessions, 0);
    assert_int_equal(a.report.sessions_after, 1);
    bar_columns_free(&a.bars);
}

static void missing_sessions_count_from_the_first_row_even_a_rejected_one(void **state)
{
    (void)state;
    struct csv_row rows[] = {row(1, 5, 5, 5, 5, -1), flat(3, 10), flat(5, 10)};
    struct accepted a = accept_rows(rows, 3, calendar_of(8, (int32_t[]){0, 1, 2, 3, 4, 5, 6, 7}));
    assert_int_equal(a.first_row, 1);
    assert_int_equal(a.report.missing_sessions, 3); /* days 1, 2 and 4 */
    assert_int_equal(a.report.sessions_after, 2);
    assert_int_equal(a.report.first_day, 3);
    bar_columns_free(&a.bars);
}

static void a_symbol_without_row_on_the_calendar_has_no_first_row(void **state)
{
    (void)state;
    struct csv_row rows[] = {flat(20, 5)};
    struct accepted a = accept_rows(rows, 1, calendar_of(2, (int32_t[]){0, 1}));
    assert_int_equal(a.first_row, 2);
    assert_int_equal(a.bars.n, 0);
    assert_int_equal(a.report.missing_sessions + a.report.sessions_after, 0);
    assert_int_equal(a.report.first_day, INT32_MIN);
    bar_columns_free(&a.bars);
}

static void equity_trades_on_the_benchmarks_dates_crypto_every_day(void **state)
{
    (void)state;
    struct csv_row rows[] = {flat(10, 1), row(11, NAN, 1, 1, 1, 1), flat(14, 1)};
    struct csv_series series = {.symbol = "B", .n = 3, .rows = rows};
    struct calendar c;
    assert_int_equal(calendar_from_series(&c, &series, IMAGE_EQUITY), OK);
    assert_int_equal(c.n, 3);
    assert_int_equal(c.day[1], 11);
    calendar_free(&c);
    assert_int_equal(calendar_from_series(&c, &series, IMAGE_CRYPTO), OK);
    assert_int_equal(c.n, 5);
    assert_int_equal(c.day[4], 14);
    calendar_free(&c);
    series.n = 0;
    assert_int_equal(calendar_from_series(&c, &series, IMAGE_CRYPTO), ERR_EMPTY);
}

CM_MAIN("bars", cmocka_unit_test(each_rule_rejects_and_the_first_that_applies_is_counted),
        cmocka_unit_test(limits_themselves_are_accepted),
        cmocka_unit_test(a_jump_is_measured_from_the_last_sound_row),
        cmocka_unit_test(rows_outside_the_calendar_are_dropped_first),
        cmocka_unit_test(missing_sessions_count_from_the_first_row_even_a_rejected_one),
        cmocka_unit_test(a_symbol_without_row_on_the_calendar_has_no_first_row),
        cmocka_unit_test(equity_trades_on_the_benchmarks_dates_crypto_every_day))
