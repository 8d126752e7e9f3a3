/* What a chart shows: ranges, ticks, gaps, and the same bytes for the same chart. */
#include "review/chart.h"
#include "review/chart_cairo.h"
#include "review/chart_text.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 4 };
static const char *const labels[N] = {"2.00", "2.25", "2.50", "2.75"};

static struct chart_plot plot_of(const struct chart_series *series)
{
    return (struct chart_plot){.title = "stop",
                               .x_title = "exit.stop",
                               .y_title = "sharpe",
                               .labels = labels,
                               .n = N,
                               .series = series,
                               .n_series = 1,
                               .chosen = CHART_NONE};
}

static void range_holds_every_finite_value_and_the_band(void **state)
{
    (void)state;
    const double y[N] = {1, NAN, 3, INFINITY}, low[N] = {-2, 0, 0, 0}, high[N] = {1, 1, 9, 1};
    const struct chart_series series = {"a", y, CHART_MAIN};
    struct chart_plot plot = plot_of(&series);
    struct chart_range range = chart_range_of(&plot);
    assert_true(range.low < 1 && range.low > 0 && range.high > 3 && range.high < 4);
    assert_true(isnan(chart_share(&range, NAN)) && isnan(chart_share(&range, INFINITY)));
    plot.band_low = low;
    plot.band_high = high;
    range = chart_range_of(&plot);
    assert_true(range.low < -2 && range.high > 9);
}

static void bars_begin_at_zero_and_equal_values_have_room(void **state)
{
    (void)state;
    const double y[N] = {5, 5, 5, 5}, none[N] = {NAN, NAN, NAN, NAN}, zero[N] = {0, 0, 0, 0};
    struct chart_series series = {"a", y, CHART_MAIN};
    struct chart_plot plot = plot_of(&series);
    struct chart_range range = chart_range_of(&plot);
    assert_true(range.low < 5 && range.high > 5);
    plot.bars = true;
    assert_true(chart_range_of(&plot).low == 0);
    series.y = zero;
    range = chart_range_of(&plot);
    assert_true(range.high > range.low);
    series.y = none;
    assert_true(isnan(chart_range_of(&plot).low));
    double ticks[CHART_TICKS_MAX];
    range = chart_range_of(&plot);
    assert_int_equal(chart_ticks(&range, ticks, CHART_TICKS_MAX), 0);
}

static void logarithmic_axis_spaces_ratios_evenly(void **state)
{
    (void)state;
    const double y[N] = {1, 10, 100, 0};
    const struct chart_series series = {"a", y, CHART_MAIN};
    struct chart_plot plot = plot_of(&series);
    plot.log = true;
    struct chart_range range = chart_range_of(&plot);
    double ticks[CHART_TICKS_MAX], a = chart_share(&range, 1), b = chart_share(&range, 10),
                                   c = chart_share(&range, 100);
    assert_true(fabs((b - a) - (c - b)) < 1e-12);
    assert_true(isnan(chart_share(&range, 0)));
    uint32_t n = chart_ticks(&range, ticks, CHART_TICKS_MAX);
    assert_true(n >= 5);
    for (uint32_t t = 0; t < n; t++)
        assert_true(ticks[t] >= range.low && ticks[t] <= range.high &&
                    (t == 0 || ticks[t] > ticks[t - 1]));
}

/* Plots that are compared have one scale; others, or one without values, keep their own. */
static void one_scale_holds_every_plot(void **state)
{
    (void)state;
    const double a[] = {1, 2}, b[] = {-3, 0.5}, none[] = {NAN, NAN};
    const struct chart_series series[] = {
        {"a", a, CHART_MAIN}, {"b", b, CHART_MAIN}, {"none", none, CHART_MAIN}};
    struct chart_plot plots[3];
    for (int i = 0; i < 3; i++)
        plots[i] = (struct chart_plot){.n = 2, .series = &series[i], .n_series = 1};
    struct chart chart = {"Title", "subtitle", plots, 3, 1, true};
    for (uint32_t i = 0; i < 3; i++) {
        struct chart_range range = chart_range_in(&chart, i);
        assert_true(range.low == chart_range_of(&plots[1]).low);
        assert_true(range.high == chart_range_of(&plots[0]).high);
    }
    chart.one_scale = false;
    assert_true(chart_range_in(&chart, 0).low > 0);
    assert_true(isnan(chart_range_in(&chart, 2).low));
}

static char *draw(const struct chart *chart, enum canvas_format format, size_t *size)
{
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, size);
    assert_int_equal(chart_draw(chart, format, out, NULL), OK);
    fclose(out);
    return bytes;
}

static void same_chart_same_bytes_other_value_other_bytes(void **state)
{
    (void)state;
    double y[N] = {1, NAN, 3, 2};
    const double low[N] = {0, 0, NAN, 1}, high[N] = {2, 2, 4, NAN};
    const struct chart_series series = {"a", y, CHART_MAIN};
    struct chart_plot plot = plot_of(&series);
    plot.band_low = low;
    plot.band_high = high;
    plot.band_title = "band";
    plot.dots = true;
    plot.chosen = 2;
    const struct chart chart = {"Title", "subtitle", &plot, 1, 1, false};
    for (int f = CANVAS_PNG; f <= CANVAS_PDF; f++) {
        size_t size, again_size, other_size;
        char *bytes = draw(&chart, (enum canvas_format)f, &size),
             *again = draw(&chart, (enum canvas_format)f, &again_size);
        assert_int_equal(size, again_size);
        assert_memory_equal(bytes, again, size);
        y[3] = 2.5;
        char *other = draw(&chart, (enum canvas_format)f, &other_size);
        assert_true(size != other_size || memcmp(bytes, other, size) != 0);
        y[3] = 2;
        free(bytes);
        free(again);
        free(other);
    }
    canvas_end();
}

static char *print(const struct chart *chart, bool unicode)
{
    const struct heatmap_text_style style = {.columns = 80, .unicode = unicode};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(chart_print(chart, &style, out), OK);
    fclose(out);
    return text;
}

static void text_has_a_number_for_every_bar_and_says_what_is_missing(void **state)
{
    (void)state;
    const double y[N] = {1.25, -0.5, NAN, 2};
    const struct chart_series series = {"a", y, CHART_MAIN};
    struct chart_plot plot = plot_of(&series);
    plot.bars = true;
    const struct chart chart = {"Title", "subtitle", &plot, 1, 1, false};
    char *text = print(&chart, false);
    assert_non_null(strstr(text, "1.250"));
    assert_non_null(strstr(text, "-0.500"));
    assert_non_null(strstr(text, "no value"));
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c < 0x80); /* plain ASCII where the terminal has no more */
    free(text);
}

static void text_lines_leave_gaps_where_there_is_no_value(void **state)
{
    (void)state;
    const double whole[N] = {1, 1, 1, 1}, holed[N] = {1, NAN, NAN, 1};
    struct chart_series series = {"a", whole, CHART_MAIN};
    struct chart_plot plot = plot_of(&series);
    const struct chart chart = {"Title", "subtitle", &plot, 1, 1, false};
    char *full = print(&chart, false), *gap;
    series.y = holed;
    gap = print(&chart, false);
    size_t marks[2] = {0, 0};
    for (const char *c = full; *c; c++)
        marks[0] += *c == '*';
    for (const char *c = gap; *c; c++)
        marks[1] += *c == '*';
    assert_true(marks[0] > 50);
    assert_int_equal(marks[1], 3); /* two ends and the legend */
    free(full);
    free(gap);
    char *braille = print(&chart, true);
    assert_non_null(strstr(braille, "\xe2\xa0")); /* U+2800 .. */
    free(braille);
}

CM_MAIN("chart", cmocka_unit_test(one_scale_holds_every_plot),
        cmocka_unit_test(range_holds_every_finite_value_and_the_band),
        cmocka_unit_test(bars_begin_at_zero_and_equal_values_have_room),
        cmocka_unit_test(logarithmic_axis_spaces_ratios_evenly),
        cmocka_unit_test(same_chart_same_bytes_other_value_other_bytes),
        cmocka_unit_test(text_has_a_number_for_every_bar_and_says_what_is_missing),
        cmocka_unit_test(text_lines_leave_gaps_where_there_is_no_value))
