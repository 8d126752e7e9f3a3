#include "market/market.h"
#include "tests/lib/cm.h"
#include <string.h>

static void every_day_of_four_centuries_comes_back(void **state)
{
    (void)state;
    char text[11];
    int32_t day = 0, previous = 0;
    assert_int_equal(market_parse_day("1899-12-31", &previous), OK);
    for (int32_t d = previous + 1; d < previous + 146097; d++) {
        market_format_day(d, text);
        assert_int_equal(market_parse_day(text, &day), OK);
        assert_int_equal(day, d);
    }
}

static void known_days(void **state)
{
    (void)state;
    int32_t day;
    char text[11];
    assert_int_equal(market_parse_day("1970-01-01", &day), OK);
    assert_int_equal(day, 0);
    assert_int_equal(market_parse_day("2015-03-02", &day), OK);
    assert_int_equal(day, 16496); /* engine.md section 7 */
    assert_int_equal(market_parse_day("0001-01-01", &day), OK);
    market_format_day(day, text);
    assert_string_equal(text, "0001-01-01");
    market_format_day(day - 1, text);
    assert_string_equal(text, "-");
    assert_int_equal(market_parse_day("9999-12-31", &day), OK);
    market_format_day(day, text);
    assert_string_equal(text, "9999-12-31");
    market_format_day(day + 1, text);
    assert_string_equal(text, "-");
    market_format_day(INT32_MIN, text);
    assert_string_equal(text, "-");
}

static void what_is_no_day_is_refused(void **state)
{
    (void)state;
    static const char *const text[] = {
        "",           "2015",       "2015-3-02",  "2015/03/02",       "20150302",
        "02-03-2015", "2015-02-29", "1900-02-29", "2015-13-01",       "2015-00-10",
        "2015-04-31", "2015-01-00", "0000-01-01", "2015-03-02T00:00", "2015-03-0x",
        "+015-03-02"};
    int32_t day = 77;
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        assert_int_equal(market_parse_day(text[i], &day), ERR_FORMAT);
    assert_int_equal(day, 77);
    assert_int_equal(market_parse_day("2000-02-29", &day), OK);
}

CM_MAIN("day", cmocka_unit_test(every_day_of_four_centuries_comes_back),
        cmocka_unit_test(known_days), cmocka_unit_test(what_is_no_day_is_refused))
