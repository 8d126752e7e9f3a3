/* civil - days since 1970-01-01 as dates of the proleptic Gregorian calendar, UTC. */
#ifndef ENGINE_CIVIL_H
#define ENGINE_CIVIL_H
#include <stdbool.h>
#include <stdint.h>

struct civil {
    int32_t year, month; /* month 1..12 */
};

/* Howard Hinnant's days_from_civil, inverted: eras of 400 years beginning on 1 March. */
static inline struct civil civil_from_day(int32_t day)
{
    int64_t z = (int64_t)day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;                                      /* day of era */
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365; /* year of era */
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);               /* from 1 March */
    int64_t mp = (5 * doy + 2) / 153;                                    /* month from March */
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    return (struct civil){(int32_t)(yoe + era * 400 + (month <= 2)), (int32_t)month};
}

/* Months since year 0: equal for the dates of one month, one more for the next month. */
static inline int32_t civil_month_number(int32_t day)
{
    struct civil c = civil_from_day(day);
    return c.year * 12 + c.month - 1;
}

static inline bool civil_is_weekend(int32_t day)
{
    int32_t weekday = (int32_t)(((int64_t)day + 3) % 7); /* 1970-01-01 was a Thursday; 0 = Monday */
    if (weekday < 0)
        weekday += 7;
    return weekday >= 5;
}
#endif
