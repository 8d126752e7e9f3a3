/* csv - price rows from CSV text, grouped by symbol, sorted by date. Says what is in the file,
 * judges no bar (bars.h does).
 *
 * The header names the columns in any order and letter case: date, open, high, low, close, volume,
 * and symbol (also "ticker" or "name") in a long file; other columns are ignored. Dates are
 * YYYY-MM-DD. Fields may be quoted, lines may end in CRLF, rows may come in any order. A malformed
 * row is an error with its line; a field that is not a finite number is only a NaN, for engine.md
 * section 1 (a) rejects its row. */
#ifndef MARKET_CSV_H
#define MARKET_CSV_H
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_COLUMNS_MAX 64
#define CSV_SYMBOL_MAX 63
#define CSV_ROWS_MAX (1u << 31) /* of one table; 48 bytes a row */

enum csv_field { CSV_OPEN, CSV_HIGH, CSV_LOW, CSV_CLOSE, CSV_VOLUME, CSV_N_FIELDS };
struct csv_row {
    int32_t day;            /* since 1970-01-01 */
    uint32_t line;          /* of the file, from 1 */
    double v[CSV_N_FIELDS]; /* NaN: absent or not a finite number */
};
struct csv_series {
    char symbol[CSV_SYMBOL_MAX + 1];
    bool wanted; /* rows of the others are neither checked nor kept */
    uint32_t n, capacity;
    struct csv_row *rows; /* by date, no date twice */
};
struct csv_table {
    struct csv_series *series;
    uint32_t n_series, capacity;
    uint32_t *slots; /* hash index: series + 1, 0 = free */
    uint32_t n_slots;
    bool closed; /* symbols not added before are not wanted */
};

void csv_table_free(struct csv_table *table);
/* The series of a symbol (made if need be, wanted unless the table is closed). ERR_RANGE: not a
 * symbol. */
enum err csv_table_add(struct csv_table *table, const char *symbol, size_t length, uint32_t *index);
/* Wanted series first, bytewise by symbol; returns how many they are. */
uint32_t csv_table_sort(struct csv_table *table);
/* Adds the rows of one file; name stands in messages. symbol: all rows are its own (a symbol column
 * must then hold one value only); NULL: a long file. ERR_DATA with "name:line: what, expected". */
enum err csv_parse(struct csv_table *table, const char *name, const char *bytes, size_t length,
                   const char *symbol, struct err_note *note);
/* The same from a file, plain or .zst. */
enum err csv_read(struct csv_table *table, const char *path, const char *symbol,
                  struct err_note *note);
#endif
