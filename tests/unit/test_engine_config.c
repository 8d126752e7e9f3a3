#include "engine/plateau_engine.h"
#include "tests/lib/cm.h"
#include "tests/lib/synthetic_market.h"
#include <math.h>
#include <string.h>

static struct plateau_config *two_sleeves(void)
{
    struct plateau_config *config = NULL;
    assert_int_equal(plateau_config_new(&config), OK);
    assert_int_equal(plateau_config_add_sleeve(config, "equity", "momentum", NULL), OK);
    assert_int_equal(plateau_config_add_sleeve(config, "crypto", "momentum", NULL), OK);
    return config;
}

static double get(const struct plateau_config *config, const char *path)
{
    uint32_t index;
    assert_int_equal(plateau_config_find(config, path, &index, NULL, NULL), OK);
    return plateau_config_get_index(config, index);
}

static void fields_start_at_their_defaults(void **state)
{
    (void)state;
    struct plateau_config *config = two_sleeves();
    assert_true(get(config, "portfolio.starting_equity") == 100000);
    assert_true(isnan(get(config, "portfolio.periods_per_year")));
    assert_true(get(config, "sleeves.equity.exit.hard_stop_atr_mult") == 2.5);
    assert_true(get(config, "sleeves.crypto.indicators.breakout_slow") == 55);
    plateau_config_free(&config);
    assert_null(config);
}

static void every_default_is_within_its_range(void **state)
{
    (void)state;
    const char *owners[] = {NULL, "momentum"};
    for (size_t o = 0; o < 2; o++) {
        const struct plateau_field *fields;
        size_t n;
        assert_int_equal(plateau_fields(owners[o], &fields, &n), OK);
        assert_true(n > 5);
        for (size_t i = 0; i < n; i++) {
            assert_true(strlen(fields[i].text) > 10);
            if (!isnan(fields[i].default_value))
                assert_int_equal(plateau_field_check(&fields[i], fields[i].default_value, NULL),
                                 OK);
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(fields[i].path, fields[j].path);
        }
    }
    const struct plateau_field *fields;
    size_t n;
    assert_int_equal(plateau_fields("no such strategy", &fields, &n), ERR_NOT_FOUND);
}

static void a_path_and_its_index_lead_to_each_other(void **state)
{
    (void)state;
    struct plateau_config *config = two_sleeves();
    for (uint32_t i = 0; i < plateau_config_n_fields(config); i++) {
        uint32_t back;
        const struct plateau_field *field;
        const char *path = plateau_config_path(config, i);
        assert_int_equal(plateau_config_find(config, path, &back, &field, NULL), OK);
        assert_int_equal(back, i);
        assert_non_null(strstr(path, field->path));
    }
    plateau_config_free(&config);
}

static void text_becomes_a_value_of_the_fields_type(void **state)
{
    (void)state;
    struct plateau_config *config = two_sleeves();
    const struct {
        const char *path, *text;
        double value;
    } good[] = {
        {"sleeves.equity.exit.exit_ma", "50", 50},
        {"sleeves.equity.exit.mode", "staged", 1},
        {"sleeves.equity.entry.fast_clearance", "1.5e-2", 0.015},
        {"portfolio.correlation_guard.enabled", "false", 0},
        {"portfolio.volatility_scaling.mode", "off", 2},
        {"portfolio.seed", "9007199254740991", 9007199254740991.0},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(plateau_config_set(config, good[i].path, good[i].text, NULL), OK);
        assert_true(get(config, good[i].path) == good[i].value);
    }
    plateau_config_free(&config);
}

static void bad_input_is_one_clear_line_and_changes_nothing(void **state)
{
    (void)state;
    struct plateau_config *config = two_sleeves();
    const struct {
        const char *path, *text;
        enum err code;
        const char *says;
    } bad[] = {
        {"sleeves.equity.exit.exit_ma", "20.5", ERR_RANGE, "whole number from 1 to 5000"},
        {"sleeves.equity.exit.exit_ma", "0", ERR_RANGE, "found 0, expected a whole number"},
        {"sleeves.equity.exit.exit_ma", "twenty", ERR_SPEC, "found \"twenty\""},
        {"sleeves.equity.exit.exit_ma", "0x20", ERR_SPEC, "found \"0x20\""},
        {"sleeves.equity.exit.exit_ma", "", ERR_SPEC, "expected a whole number"},
        {"sleeves.equity.risk.risk_per_trade", "nan", ERR_SPEC, "found \"nan\""},
        {"sleeves.equity.risk.risk_per_trade", "1e999", ERR_SPEC, "found \"1e999\""},
        {"sleeves.equity.risk.risk_per_trade", "1.01", ERR_RANGE, "from 0 to 1"},
        {"portfolio.starting_equity", "0", ERR_RANGE, "from 1e-06 to 1e+15 currency"},
        {"sleeves.equity.exit.mode", "stagd", ERR_SPEC, "the nearest is staged"},
        {"portfolio.correlation_guard.enabled", "1", ERR_SPEC, "expected true or false"},
        {"portfolio.seed", "9007199254740992", ERR_RANGE, "portfolio.seed: found"},
        {"sleeves.equity.exit.exit_mas", "20", ERR_NOT_FOUND, "sleeves.equity.exit.exit_ma"},
        {"exit_ma", "20", ERR_NOT_FOUND, "no such field"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err_note note = {""};
        assert_int_equal(plateau_config_set(config, bad[i].path, bad[i].text, &note), bad[i].code);
        assert_non_null(strstr(note.text, bad[i].says));
        assert_null(strchr(note.text, '\n'));
    }
    assert_true(get(config, "sleeves.equity.exit.exit_ma") == 20);
    plateau_config_free(&config);
}

static void sleeves_have_names_of_their_own(void **state)
{
    (void)state;
    struct plateau_config *config = two_sleeves();
    struct err_note note = {""};
    char name[80];
    assert_int_equal(plateau_config_add_sleeve(config, "equity", "momentum", &note), ERR_EXISTS);
    assert_int_equal(plateau_config_add_sleeve(config, "a.b", "momentum", &note), ERR_RANGE);
    assert_int_equal(plateau_config_add_sleeve(config, "", "momentum", &note), ERR_RANGE);
    memset(name, 'x', sizeof name);
    name[64] = '\0';
    assert_int_equal(plateau_config_add_sleeve(config, name, "momentum", &note), ERR_RANGE);
    assert_int_equal(plateau_config_add_sleeve(config, "x", "momentun", &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "momentum"));
    for (char c = 'a'; c < 'a' + PLATEAU_SLEEVES_MAX - 2; c++)
        assert_int_equal(plateau_config_add_sleeve(config, (char[2]){c, '\0'}, "momentum", &note),
                         OK);
    assert_int_equal(plateau_config_add_sleeve(config, "z", "momentum", &note), ERR_RANGE);
    plateau_config_free(&config);
}

static void a_copy_is_independent(void **state)
{
    (void)state;
    struct plateau_config *config = two_sleeves(), *copy = NULL;
    assert_int_equal(plateau_config_copy(&copy, config), OK);
    assert_int_equal(plateau_config_set(copy, "sleeves.crypto.exit.exit_ma", "99", NULL), OK);
    assert_true(get(config, "sleeves.crypto.exit.exit_ma") == 20);
    plateau_config_free(&config);
    assert_true(get(copy, "sleeves.crypto.exit.exit_ma") == 99);
    plateau_config_free(&copy);
}

static void the_whole_is_checked_against_the_image(void **state)
{
    (void)state;
    struct synthetic_spec spec = {.seed = 1,
                                  .n_sleeves = 2,
                                  .last_day = INT32_MAX,
                                  .sleeve = {{"equity", IMAGE_EQUITY, 3, 300, 16000},
                                             {"crypto", IMAGE_EQUITY, 3, 300, 16000}}};
    struct synthetic_market market;
    struct plateau_engine *engine = NULL;
    struct plateau_config *config = two_sleeves(), *one = NULL, *turned = NULL;
    struct err_note note = {""};
    assert_int_equal(synthetic_market_new(&market, &spec), OK);
    assert_int_equal(plateau_engine_new(&engine, market.bytes, market.length, 1 << 20, NULL), OK);

    assert_int_equal(plateau_config_check(engine, config, &note), ERR_SPEC);
    assert_non_null(strstr(note.text, "portfolio.periods_per_year: required"));
    assert_int_equal(plateau_config_set(config, "portfolio.periods_per_year", "252", NULL), OK);
    assert_int_equal(plateau_config_check(engine, config, &note), OK);

    assert_int_equal(
        plateau_config_set(config, "sleeves.crypto.indicators.corr_lookback", "30", NULL), OK);
    assert_int_equal(plateau_config_check(engine, config, &note), ERR_SPEC);
    assert_non_null(strstr(note.text, "sleeves.crypto.indicators.corr_lookback"));

    assert_int_equal(plateau_config_new(&one), OK);
    assert_int_equal(plateau_config_add_sleeve(one, "equity", "momentum", NULL), OK);
    assert_int_equal(plateau_config_check(engine, one, &note), ERR_MISMATCH);
    assert_int_equal(plateau_config_new(&turned), OK);
    assert_int_equal(plateau_config_add_sleeve(turned, "crypto", "momentum", NULL), OK);
    assert_int_equal(plateau_config_add_sleeve(turned, "equity", "momentum", NULL), OK);
    assert_int_equal(plateau_config_check(engine, turned, &note), ERR_MISMATCH);
    assert_non_null(strstr(note.text, "sleeves.crypto"));

    plateau_config_free(&config);
    plateau_config_free(&one);
    plateau_config_free(&turned);
    plateau_engine_free(&engine);
    synthetic_market_free(&market);
}

CM_MAIN("engine config", cmocka_unit_test(fields_start_at_their_defaults),
        cmocka_unit_test(every_default_is_within_its_range),
        cmocka_unit_test(a_path_and_its_index_lead_to_each_other),
        cmocka_unit_test(text_becomes_a_value_of_the_fields_type),
        cmocka_unit_test(bad_input_is_one_clear_line_and_changes_nothing),
        cmocka_unit_test(sleeves_have_names_of_their_own), cmocka_unit_test(a_copy_is_independent),
        cmocka_unit_test(the_whole_is_checked_against_the_image))
