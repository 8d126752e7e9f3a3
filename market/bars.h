/* bars - which rows of a symbol become accepted bars: engine.md section 1, in its order. */
#ifndef MARKET_BARS_H
#define MARKET_BARS_H
#include "market/csv.h"
#include "market/market.h"

struct calendar {
    int32_t *day; /* ascending */
    uint32_t n;
};
void calendar_free(struct calendar *calendar);
/* Equity: the dates of the benchmark's rows; crypto: every day from the first to the last. */
enum err calendar_from_series(struct calendar *out, const struct csv_series *benchmark,
                              enum image_asset_class asset_class);

/* Accepted bars of any number of symbols, one after the other; arrays grow together. */
struct bar_columns {
    size_t n, capacity;
    int32_t *session;
    double *v[CSV_N_FIELDS];
};
void bar_columns_free(struct bar_columns *bars);
enum err bar_columns_reserve(struct bar_columns *bars, size_t n); /* room for n bars in all */
/* Appends the accepted bars of one series. *first_row: session of its first row on the calendar,
 * calendar->n if none. */
enum err bars_accept(struct bar_columns *bars, const struct csv_series *series,
                     const struct calendar *calendar, double max_daily_move, int32_t *first_row,
                     struct market_symbol_report *report);
#endif
