#include "market/market.h"
#include <stdbool.h>
#include <stdio.h>

enum { DAY_FIRST = -719162, DAY_LAST = 2932896 }; /* 0001-01-01 .. 9999-12-31 */

/* Days since 1970-01-01 of the proleptic Gregorian calendar, by 400-year eras that begin on 1
 * March, so that the leap day is the last of its year. */
static int32_t day_from_civil(int32_t year, int32_t month, int32_t day)
{
    year -= month <= 2;
    int32_t era = (year >= 0 ? year : year - 399) / 400;
    int32_t year_of_era = year - era * 400;
    int32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool digits(const char *text, int n, int32_t *value)
{
    *value = 0;
    for (int i = 0; i < n; i++) {
        if ((unsigned)(text[i] - '0') >= 10u)
            return false;
        *value = *value * 10 + (text[i] - '0');
    }
    return true;
}

enum err market_parse_day(const char *text, int32_t *day)
{
    static const int8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t y, m, d;
    if (!digits(text, 4, &y) || text[4] != '-' || !digits(text + 5, 2, &m) || text[7] != '-' ||
        !digits(text + 8, 2, &d) || text[10] != '\0')
        return ERR_FORMAT;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (y < 1 || m < 1 || m > 12 || d < 1 || d > month_days[m - 1] + (leap && m == 2))
        return ERR_FORMAT;
    *day = day_from_civil(y, m, d);
    return OK;
}

void market_format_day(int32_t day, char out[11])
{
    if (day < DAY_FIRST || day > DAY_LAST) { /* INT32_MIN stands for "none" in reports */
        snprintf(out, 11, "-");
        return;
    }
    int32_t z = day + 719468;
    int32_t era = (z >= 0 ? z : z - 146096) / 146097;
    int32_t day_of_era = z - era * 146097;
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t shifted_month = (5 * day_of_year + 2) / 153;
    int32_t d = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    int32_t m = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    int32_t y = year_of_era + era * 400 + (m <= 2);
    snprintf(out, 11, "%04u-%02u-%02u", (unsigned)y % 10000u, (unsigned)m % 100u,
             (unsigned)d % 100u);
}
