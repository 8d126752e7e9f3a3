#include "market/sleeve.h"
#include "market/source.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loading {
    const struct market_source *source;
    double max_daily_move;
    struct source_files files;
    struct csv_table benchmark, table;
    struct market_report *report;
    struct err_note *note;
};

void sleeve_free(struct sleeve *sleeve)
{
    calendar_free(&sleeve->calendar);
    bar_columns_free(&sleeve->bars);
    bar_columns_free(&sleeve->bench);
    free(sleeve->symbol);
    free(sleeve->first_row);
    free(sleeve->bar_start);
    *sleeve = (struct sleeve){0};
}

struct image_view sleeve_view(const struct sleeve *s)
{
    return (struct image_view){
        .name = s->name,
        .asset_class = s->asset_class,
        .n_symbols = s->n_symbols,
        .n_sessions = s->calendar.n,
        .n_bench = (uint32_t)s->bench.n,
        .n_bars = s->bars.n,
        .session_day = s->calendar.day,
        .symbol_name = (const char(*)[64])s->symbol,
        .first_row = s->first_row,
        .bar_start = s->bar_start,
        .bar_session = s->bars.session,
        .open = s->bars.v[CSV_OPEN],
        .high = s->bars.v[CSV_HIGH],
        .low = s->bars.v[CSV_LOW],
        .close = s->bars.v[CSV_CLOSE],
        .volume = s->bars.v[CSV_VOLUME],
        .bench_session = s->bench.session,
        .bench_open = s->bench.v[CSV_OPEN],
        .bench_high = s->bench.v[CSV_HIGH],
        .bench_low = s->bench.v[CSV_LOW],
        .bench_close = s->bench.v[CSV_CLOSE],
        .bench_volume = s->bench.v[CSV_VOLUME],
    };
}

static enum err load_benchmark(struct sleeve *s, struct loading *l)
{
    const char *path = l->source->benchmark;
    int32_t first_row;
    enum err e = csv_read(&l->benchmark, path, l->files.benchmark_symbol, l->note);
    if (e != OK)
        return e;
    const struct csv_series *series = &l->benchmark.series[0];
    if (series->n == 0)
        return err_set(l->note, ERR_DATA,
                       "%s: no rows, a benchmark needs at least %d accepted bars", path,
                       MARKET_BENCH_BARS_MIN);
    e = calendar_from_series(&s->calendar, series, s->asset_class);
    if (e == OK)
        e = bars_accept(&s->bench, series, &s->calendar, l->max_daily_move, &first_row,
                        &l->report->symbols[0]);
    if (e != OK)
        return e;
    l->report->n_symbols = 1;
    l->report->n_sessions = s->calendar.n;
    l->report->first_day = s->calendar.day[0];
    l->report->last_day = s->calendar.day[s->calendar.n - 1];
    if (s->bench.n < MARKET_BENCH_BARS_MIN)
        return err_set(l->note, ERR_DATA,
                       "%s: %zu accepted bars of %u rows, a benchmark needs at least %d", path,
                       s->bench.n, series->n, MARKET_BENCH_BARS_MIN);
    return OK;
}

static enum err load_rows(struct loading *l)
{
    enum err e = OK;
    uint32_t index;
    for (uint32_t i = 0; i < l->source->n_universe && e == OK; i++) {
        const char *symbol = l->source->universe[i];
        e = csv_table_add(&l->table, symbol, strlen(symbol), &index);
        if (e == ERR_RANGE)
            e = err_set(l->note, ERR_DATA,
                        "sleeve %s: universe: '%.80s' is not a symbol, expected 1 to %d characters "
                        "without spaces",
                        l->source->sleeve, symbol, CSV_SYMBOL_MAX);
    }
    l->table.closed = l->source->n_universe > 0;
    for (uint32_t i = 0; i < l->files.n && e == OK; i++)
        e = csv_read(&l->table, l->files.paths[i], l->files.folder ? l->files.symbols[i] : NULL,
                     l->note);
    return e;
}

/* One line that lists what fits of it. */
static enum err no_data(const struct loading *l, uint32_t n_symbols)
{
    enum { LIST_BYTES = 400 };
    char list[LIST_BYTES + 80] = "", more[32] = "";
    uint32_t n = 0, n_listed = 0;
    size_t at = 0;
    for (uint32_t i = 0; i < n_symbols; i++) {
        if (l->table.series[i].n)
            continue;
        n++;
        if (at < LIST_BYTES) {
            at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", n > 1 ? ", " : "",
                                   l->table.series[i].symbol);
            n_listed++;
        }
    }
    if (n_listed < n)
        snprintf(more, sizeof more, " and %u more", n - n_listed);
    return err_set(l->note, ERR_DATA,
                   "sleeve %s: no data in %.300s for %u symbol%s of the universe: %s%s; add the "
                   "prices or take them out of the universe",
                   l->source->sleeve, l->source->prices, n, n > 1 ? "s" : "", list, more);
}

/* Wanted series in order; every one must have rows. */
static enum err order_symbols(struct loading *l, uint32_t *n_symbols)
{
    uint32_t n = csv_table_sort(&l->table);
    l->report->n_ignored = l->files.n_ignored + l->table.n_series - n;
    if (n == 0)
        return err_set(l->note, ERR_DATA, "sleeve %s: no symbols in %s, expected %s",
                       l->source->sleeve, l->source->prices,
                       l->files.folder ? "SYMBOL.csv files" : "rows under the header");
    for (uint32_t i = 0; i < n; i++)
        if (l->table.series[i].n == 0)
            return no_data(l, n);
    *n_symbols = n;
    return OK;
}

static enum err accept_symbols(struct sleeve *s, struct loading *l)
{
    struct market_report *report = l->report;
    uint32_t n_seen = 0;
    size_t n_rows = 0;
    const struct csv_series *series = l->table.series;
    assert(s->n_symbols > 0);
    struct market_symbol_report *symbols =
        realloc(report->symbols, (s->n_symbols + 1u) * sizeof *report->symbols);
    report->symbols = symbols ? symbols : report->symbols;
    s->symbol = calloc(s->n_symbols, sizeof *s->symbol);
    s->first_row = calloc(s->n_symbols, sizeof *s->first_row);
    s->bar_start = calloc(s->n_symbols + 1u, sizeof *s->bar_start);
    if (!symbols || !s->symbol || !s->first_row || !s->bar_start)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < s->n_symbols; i++)
        n_rows += series[i].n;
    if (n_rows > UINT32_MAX)
        return err_set(l->note, ERR_DATA, "sleeve %s: %zu rows, expected at most %u", s->name,
                       n_rows, UINT32_MAX);
    enum err e = bar_columns_reserve(&s->bars, n_rows);
    for (uint32_t i = 0; i < s->n_symbols && e == OK; i++) {
        memcpy(s->symbol[i], series[i].symbol, sizeof series[i].symbol);
        e = bars_accept(&s->bars, &series[i], &s->calendar, l->max_daily_move, &s->first_row[i],
                        &symbols[i + 1]);
        s->bar_start[i + 1] = (uint32_t)s->bars.n;
        n_seen += e == OK && s->first_row[i] < (int32_t)s->calendar.n;
    }
    if (e != OK)
        return e;
    report->n_symbols = s->n_symbols + 1;
    if (n_seen == 0) {
        char first[11], last[11];
        market_format_day(report->first_day, first);
        market_format_day(report->last_day, last);
        return err_set(l->note, ERR_DATA,
                       "sleeve %s: no row of %.400s falls on a session of %.400s (%s to %s), "
                       "expected prices of the same dates",
                       s->name, l->source->prices, l->source->benchmark, first, last);
    }
    return OK;
}

enum err sleeve_load(struct sleeve *out, const struct market_source *source, double max_daily_move,
                     struct market_report *report, struct err_note *note)
{
    struct loading l = {
        .source = source, .max_daily_move = max_daily_move, .report = report, .note = note};
    struct sleeve s = {.name = source->sleeve, .asset_class = source->asset_class};
    *report = (struct market_report){.first_day = INT32_MIN, .last_day = INT32_MIN};
    snprintf(report->sleeve, sizeof report->sleeve, "%s", source->sleeve);
    report->symbols = calloc(1, sizeof *report->symbols);
    enum err e = report->symbols ? source_list(&l.files, source, note) : ERR_NOMEM;
    if (e == OK)
        e = load_benchmark(&s, &l);
    if (e == OK)
        e = load_rows(&l);
    if (e == OK)
        e = order_symbols(&l, &s.n_symbols);
    if (e == OK)
        e = accept_symbols(&s, &l);
    csv_table_free(&l.table);
    csv_table_free(&l.benchmark);
    source_files_free(&l.files);
    if (e == OK)
        *out = s;
    else
        sleeve_free(&s);
    return e;
}
