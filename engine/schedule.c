#include "engine/schedule.h"
#include "engine/canonical.h"
#include "engine/civil.h"
#include "engine/philox.h"
#include <stdlib.h>

static const double BEAR_BELOW = -0.05, RANGE_FROM = -0.02, RANGE_TO = 0.02;

static bool in_regime(enum plateau_regime regime, double month_return)
{
    if (regime == PLATEAU_REGIME_BEAR)
        return month_return < BEAR_BELOW;
    return month_return >= RANGE_FROM && month_return <= RANGE_TO;
}

/* Whether the month of a date is one of the regime's: the benchmark's last close of the month
 * against that of the latest earlier month that has one, the first month against its own first
 * close. */
static bool month_in_regime(const struct image_view *bench, enum plateau_regime regime,
                            int32_t month)
{
    double base = bench->n_bench ? bench->bench_close[0] : 0, last = 0;
    bool any = false;
    for (uint32_t i = 0; i < bench->n_bench; i++) {
        int32_t m = civil_month_number(bench->session_day[bench->bench_session[i]]);
        if (m > month)
            break;
        if (m < month)
            base = bench->bench_close[i];
        else {
            last = bench->bench_close[i];
            any = true;
        }
    }
    return any && in_regime(regime, last / base - 1);
}

static void mark_regime(struct schedule *s, const struct calendars *c,
                        const struct image_view *bench, enum plateau_regime regime)
{
    int32_t month = INT32_MIN;
    bool in = false;
    for (uint32_t i = 0; i < s->n; i++) {
        int32_t m = civil_month_number(c->run_day[s->first + i]);
        if (m != month)
            in = month_in_regime(bench, regime, m);
        month = m;
        s->flags[i] = in ? SCHEDULE_PROCESSED : 0;
        if (!in && i > 0 && s->flags[i - 1])
            s->flags[i - 1] |= SCHEDULE_STRETCH_END;
    }
    if (s->n && s->flags[s->n - 1])
        s->flags[s->n - 1] |= SCHEDULE_STRETCH_END;
}

/* Drawn as if every date were processed, so that scenarios compose. */
static void mark_crashes(struct schedule *s, const struct calendars *c, uint64_t seed)
{
    for (uint32_t i = 0, end; i < s->n; i = end) {
        struct civil date = civil_from_day(c->run_day[s->first + i]);
        int32_t quarter = (date.month + 2) / 3;
        for (end = i; end < s->n; end++) {
            struct civil d = civil_from_day(c->run_day[s->first + end]);
            if (d.year != date.year || (d.month + 2) / 3 != quarter)
                break;
        }
        uint32_t at = i + philox_crash_number(seed, date.year, (uint32_t)quarter, end - i);
        s->crash_day[s->n_crash++] = c->run_day[s->first + at];
        if (s->flags[at])
            s->flags[at] |= SCHEDULE_CRASH;
    }
}

static void record(struct schedule *s, const struct calendars *c, const struct image_view *views)
{
    const struct session_calendar *cal = &c->calendar[c->of_sleeve[0]];
    double previous = nan_canonical();
    for (uint32_t i = 0; i < s->n; i++) {
        if (!(s->flags[i] & SCHEDULE_PROCESSED))
            continue;
        int32_t session = cal->latest[s->first + i];
        int32_t bar = session < 0 ? -1 : c->bench_latest[0][session];
        double close = bar < 0 ? nan_canonical() : views[0].bench_close[bar];
        uint32_t d = s->n_recorded++;
        s->day[d] = c->run_day[s->first + i];
        s->bench_return[d] = d == 0 && bar >= 0 ? 0 : close / previous - 1;
        previous = close;
    }
    nan_canonicalise(s->bench_return, s->n_recorded);
}

enum err schedule_new(struct schedule **out, const struct calendars *calendars,
                      const struct image_view *views, uint64_t seed,
                      const struct plateau_scenario *scenario, const struct plateau_period *period)
{
    struct schedule *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    calendars_period(calendars, period, &s->first, &s->n);
    s->flags = calloc((size_t)s->n + 1, sizeof *s->flags);
    s->day = calloc((size_t)s->n + 1, sizeof *s->day);
    s->bench_return = calloc((size_t)s->n + 1, sizeof *s->bench_return);
    s->crash_day = calloc((size_t)s->n + 1, sizeof *s->crash_day);
    if (!s->flags || !s->day || !s->bench_return || !s->crash_day) {
        schedule_free(&s);
        return ERR_NOMEM;
    }
    if (scenario->regime == PLATEAU_REGIME_NONE)
        for (uint32_t i = 0; i < s->n; i++)
            s->flags[i] = SCHEDULE_PROCESSED;
    else
        mark_regime(s, calendars, &views[0], scenario->regime);
    if (scenario->flash_crash)
        mark_crashes(s, calendars, seed);
    record(s, calendars, views);
    *out = s;
    return OK;
}

void schedule_free(struct schedule **schedule_p)
{
    struct schedule *s = *schedule_p;
    if (!s)
        return;
    free(s->flags);
    free(s->day);
    free(s->bench_return);
    free(s->crash_day);
    free(s);
    *schedule_p = NULL;
}
