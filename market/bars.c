#include "market/bars.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const MARKET_REJECTION_NAME[MARKET_N_REJECTIONS] = {
    "off_calendar", "not_finite", "not_positive", "ohlc_order", "negative_volume", "daily_move"};

void calendar_free(struct calendar *calendar)
{
    free(calendar->day);
    *calendar = (struct calendar){0};
}

enum err calendar_from_series(struct calendar *out, const struct csv_series *benchmark,
                              enum image_asset_class asset_class)
{
    struct calendar c = {0};
    if (benchmark->n == 0)
        return ERR_EMPTY;
    int32_t first = benchmark->rows[0].day, last = benchmark->rows[benchmark->n - 1].day;
    c.n = asset_class == IMAGE_CRYPTO ? (uint32_t)(last - first) + 1 : benchmark->n;
    c.day = malloc(c.n * sizeof *c.day);
    if (!c.day)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < c.n; i++)
        c.day[i] = asset_class == IMAGE_CRYPTO ? first + (int32_t)i : benchmark->rows[i].day;
    *out = c;
    return OK;
}

void bar_columns_free(struct bar_columns *bars)
{
    free(bars->session);
    for (int i = 0; i < CSV_N_FIELDS; i++)
        free(bars->v[i]);
    *bars = (struct bar_columns){0};
}

enum err bar_columns_reserve(struct bar_columns *bars, size_t n)
{
    if (n <= bars->capacity)
        return OK;
    size_t capacity = n > bars->capacity * 2 ? n : bars->capacity * 2;
    int32_t *session = realloc(bars->session, capacity * sizeof *session);
    if (!session)
        return ERR_NOMEM;
    bars->session = session;
    for (int i = 0; i < CSV_N_FIELDS; i++) {
        double *v = realloc(bars->v[i], capacity * sizeof *v);
        if (!v)
            return ERR_NOMEM;
        bars->v[i] = v;
    }
    bars->capacity = capacity;
    return OK;
}

/* Rules (a)-(e); MARKET_N_REJECTIONS: accepted. previous_close follows every row that passes
 * (a)-(d), for a jump of one row must not hide all that come after it. */
static enum market_rejection judge(const double *v, double max_daily_move, double *previous_close)
{
    double o = v[CSV_OPEN], h = v[CSV_HIGH], l = v[CSV_LOW], c = v[CSV_CLOSE],
           volume = v[CSV_VOLUME];
    if (!isfinite(o) || !isfinite(h) || !isfinite(l) || !isfinite(c) || !isfinite(volume))
        return MARKET_NOT_FINITE;
    if (o <= 0 || h <= 0 || l <= 0 || c <= 0)
        return MARKET_NOT_POSITIVE;
    if (!(l <= o && o <= h && l <= c && c <= h))
        return MARKET_OHLC_ORDER;
    if (volume < 0)
        return MARKET_NEGATIVE_VOLUME;
    double previous = *previous_close;
    *previous_close = c;
    if (previous > 0 && fabs(c / previous - 1) > max_daily_move)
        return MARKET_DAILY_MOVE;
    return MARKET_N_REJECTIONS;
}

enum err bars_accept(struct bar_columns *bars, const struct csv_series *series,
                     const struct calendar *calendar, double max_daily_move, int32_t *first_row,
                     struct market_symbol_report *report)
{
    if (bar_columns_reserve(bars, bars->n + series->n) != OK)
        return ERR_NOMEM;
    struct market_symbol_report rep = {
        .rows = series->n, .first_day = INT32_MIN, .last_day = INT32_MIN};
    memcpy(rep.symbol, series->symbol, sizeof rep.symbol);
    double previous_close = 0; /* none yet */
    uint32_t session = 0, first = calendar->n, last = calendar->n;
    for (uint32_t i = 0; i < series->n; i++) {
        const struct csv_row *row = &series->rows[i];
        while (session < calendar->n && calendar->day[session] < row->day)
            session++;
        if (session == calendar->n || calendar->day[session] != row->day) {
            rep.rejected[MARKET_OFF_CALENDAR]++;
            continue;
        }
        first = first == calendar->n ? session : first;
        last = session;
        enum market_rejection why = judge(row->v, max_daily_move, &previous_close);
        if (why != MARKET_N_REJECTIONS) {
            rep.rejected[why]++;
            continue;
        }
        rep.first_day = rep.accepted ? rep.first_day : row->day;
        rep.last_day = row->day;
        rep.accepted++;
        bars->session[bars->n] = (int32_t)session;
        for (int f = 0; f < CSV_N_FIELDS; f++)
            bars->v[f][bars->n] = row->v[f];
        bars->n++;
    }
    if (first < calendar->n) {
        rep.missing_sessions = last - first + 1 - rep.accepted;
        rep.sessions_after = calendar->n - 1 - last;
    }
    *first_row = (int32_t)first;
    *report = rep;
    return OK;
}
