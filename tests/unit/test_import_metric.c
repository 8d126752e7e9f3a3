#include "coordinator/import_metric.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <string.h>

static void columns_are_known_by_their_usual_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum import_role role;
        uint32_t metric;
        bool percent;
    } cases[] = {
        {"sharpe", IMPORT_METRIC, METRIC_sharpe, false},
        {"Sharpe Ratio", IMPORT_METRIC, METRIC_sharpe, false},
        {"Max Drawdown [%]", IMPORT_METRIC, METRIC_mdd, true},
        {"max-drawdown", IMPORT_METRIC, METRIC_mdd, false},
        {"Compounding Annual Return", IMPORT_METRIC, METRIC_cagr, false},
        {"Win Rate [%]", IMPORT_METRIC, METRIC_win_rate, true},
        {"top3_net_share", IMPORT_METRIC, METRIC_top3_net_share, false},
        {"Win %", IMPORT_METRIC, METRIC_win_rate, true},
        {"win", IMPORT_AXIS, 0, false},
        {"Kurtosis", IMPORT_IGNORE, 0, false},
        {"Unnamed: 0", IMPORT_ID, 0, false},
        {"", IMPORT_ID, 0, false},
        {"Scenario", IMPORT_SCENARIO, 0, false},
        {"split", IMPORT_PERIOD, 0, false},
        {"sharpen", IMPORT_AXIS, 0, false},
        {"fast_window", IMPORT_AXIS, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct import_meaning m = import_meaning_of(cases[i].name);
        if (m.role != cases[i].role || (m.role == IMPORT_METRIC && (m.metric != cases[i].metric ||
                                                                    m.percent != cases[i].percent)))
            fail_msg("'%s': role %d metric %u", cases[i].name, m.role, m.metric);
    }
}

static void contents_may_say_otherwise(void **state)
{
    (void)state;
    assert_true(import_means_other("Net Profit", "8,015"));
    assert_true(import_means_other("net_profit", "0.2"));
    assert_false(import_means_other("Net Profit", "12.3%"));
    assert_false(import_means_other("Net Profit [%]", "12.3"));
    assert_false(import_means_other("Net Profit", ""));
    assert_true(import_means_other("Period", "1008 days 00:00:00"));
    assert_false(import_means_other("Period", "train"));
    assert_false(import_means_other("Sharpe", "8,015"));
}

static void a_mapping_names_a_meaning(void **state)
{
    (void)state;
    struct import_meaning m;
    struct err_note note = {""};
    assert_int_equal(import_meaning_named("axis", &m, &note), OK);
    assert_int_equal(m.role, IMPORT_AXIS);
    assert_int_equal(import_meaning_named("sortino_ratio", &m, &note), OK);
    assert_true(m.role == IMPORT_METRIC && m.metric == METRIC_sortino);
    assert_int_equal(import_meaning_named("sharp", &m, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "did you mean sharpe"));
}

static void numbers_as_others_write_them(void **state)
{
    (void)state;
    const struct import_meaning sharpe = {.role = IMPORT_METRIC, .metric = METRIC_sharpe};
    const struct import_meaning mdd = {
        .role = IMPORT_METRIC, .metric = METRIC_mdd, .percent = true};
    double v = 7;
    assert_true(import_metric_parse(&sharpe, "-1.5e0", &v) && v == -1.5);
    assert_true(import_metric_parse(&sharpe, "50%", &v) && v == 0.5);
    assert_true(import_metric_parse(&sharpe, "-inf", &v) && v == -INFINITY);
    assert_true(import_metric_parse(&mdd, "-25", &v) && v == 0.25);
    assert_true(import_metric_parse(&mdd, "25%", &v) && v == 0.25); /* per cent once */
    assert_true(import_metric_parse(&sharpe, "", &v) && isnan(v));
    assert_true(import_metric_parse(&sharpe, "None", &v) && isnan(v));
    static const char *const wrong[] = {"1,5", "abc", "1e999", "%", "0x10", "1 "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(import_metric_parse(&sharpe, wrong[i], &v));
}

CM_MAIN("import_metric", cmocka_unit_test(columns_are_known_by_their_usual_names),
        cmocka_unit_test(contents_may_say_otherwise), cmocka_unit_test(a_mapping_names_a_meaning),
        cmocka_unit_test(numbers_as_others_write_them))
