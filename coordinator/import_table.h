/* import_table - a CSV file as text in rows and columns, for files whose columns are anybody's.
 *
 * Prices have a reader of their own (market/csv.h), which knows what its columns mean; this one
 * knows nothing. Comma-separated, plain or .zst; fields may be quoted, but not broken over lines;
 * lines may end in CRLF; a byte order mark and empty lines are passed over; spaces around a field
 * are not part of it. */
#ifndef COORDINATOR_IMPORT_TABLE_H
#define COORDINATOR_IMPORT_TABLE_H
#include "proto/err.h"
#include <stdint.h>

#define IMPORT_FIELDS_MAX (UINT64_C(1) << 28) /* of one file: 2 GiB of pointers */

struct import_table {
    const char *path; /* borrowed, for messages */
    char *bytes;      /* the file; fields point into it */
    uint32_t n_columns;
    uint64_t n_rows;
    char **header;  /* [n_columns] */
    char **fields;  /* [n_rows][n_columns] */
    uint32_t *line; /* [n_rows], from 1 */
};
/* ERR_NOT_FOUND, ERR_IO; ERR_FORMAT with "path:line: what, expected": no header, no rows, a row of
 * another length than the header, a quote that is not closed. The caller ends it with
 * import_table_free(). */
enum err import_table_read(struct import_table *out, const char *path, struct err_note *note);
void import_table_free(struct import_table *table);
char *import_table_field(const struct import_table *table, uint64_t row, uint32_t column);
#endif
