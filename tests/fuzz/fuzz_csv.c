/* Any bytes as a price file: first byte chooses one symbol or a long file. Whatever is accepted
 * must be in order. */
#include "market/bars.h"
#include "tests/fuzz/fuzz.h"
#include <assert.h>
#include <math.h>
#include <string.h>

static void check_series(const struct csv_series *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        assert(i == 0 || s->rows[i - 1].day < s->rows[i].day);
        for (int f = 0; f < CSV_N_FIELDS; f++)
            assert(isfinite(s->rows[i].v[f]) || isnan(s->rows[i].v[f]));
    }
}

static void check_bars(const struct csv_series *s, const struct calendar *calendar)
{
    struct bar_columns bars = {0};
    struct market_symbol_report report;
    int32_t first_row;
    assert(bars_accept(&bars, s, calendar, MARKET_MAX_DAILY_MOVE, &first_row, &report) == OK);
    uint32_t n = report.accepted;
    for (int i = 0; i < MARKET_N_REJECTIONS; i++)
        n += report.rejected[i];
    assert(n == s->n && bars.n == report.accepted);
    for (size_t i = 0; i < bars.n; i++) {
        assert(bars.session[i] >= first_row && (uint32_t)bars.session[i] < calendar->n);
        assert(bars.v[CSV_LOW][i] > 0 && bars.v[CSV_LOW][i] <= bars.v[CSV_HIGH][i]);
    }
    bar_columns_free(&bars);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv_table table = {0};
    struct err_note note = {""};
    if (size == 0)
        return 0;
    /* A copy of just this length: a read past the end is then an error the sanitizer sees. */
    char *bytes = fuzz_copy(data + 1, size - 1);
    enum err e = csv_parse(&table, "f", bytes, size - 1, data[0] & 1 ? NULL : "S", &note);
    assert(e == OK || (e == ERR_DATA && note.text[0] && !strchr(note.text, '\n')));
    struct calendar calendar = {0};
    for (uint32_t i = 0; i < table.n_series && e == OK; i++)
        check_series(&table.series[i]);
    if (e == OK && table.n_series && table.series[0].n &&
        calendar_from_series(&calendar, &table.series[0],
                             data[0] & 2 ? IMAGE_CRYPTO : IMAGE_EQUITY) == OK)
        for (uint32_t i = 0; i < table.n_series; i++)
            check_bars(&table.series[i], &calendar);
    calendar_free(&calendar);
    csv_table_free(&table);
    free(bytes);
    return 0;
}
