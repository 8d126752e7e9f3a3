/* sleeve - one sleeve's data loaded: calendar, benchmark and accepted bars of every symbol, ready
 * to be laid out. */
#ifndef MARKET_SLEEVE_H
#define MARKET_SLEEVE_H
#include "market/bars.h"

struct sleeve {
    const char *name; /* borrowed from the source */
    struct calendar calendar;
    char (*symbol)[64];  /* bytewise order */
    int32_t *first_row;  /* [n_symbols] */
    uint32_t *bar_start; /* [n_symbols + 1] */
    struct bar_columns bars, bench;
    enum image_asset_class asset_class;
    uint32_t n_symbols;
};
/* ERR_DATA, ERR_NOT_FOUND, ERR_IO, ERR_NOMEM. *report is filled as far as loading came. */
enum err sleeve_load(struct sleeve *out, const struct market_source *source, double max_daily_move,
                     struct market_report *report, struct err_note *note);
void sleeve_free(struct sleeve *sleeve);
/* Borrowed pointers into the sleeve. */
struct image_view sleeve_view(const struct sleeve *sleeve);
#endif
