/* table - rows of text for stdout in one of the forms every verb offers: an aligned table, CSV or
 * JSON lines in an array.
 *
 * Cells are added left to right; after the last column the next row begins. Numbers are printed
 * alike in all forms; JSON has no NaN or infinity, so they become null there and an empty field in
 * CSV. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H
#include "cli/cli.h"

struct table;
/* columns: NULL-terminated names. ERR_NOMEM. The caller ends it with table_free(). */
enum err table_new(struct table **out, const char *const *columns);
void table_free(struct table **table_p);
/* Out of memory is remembered and returned by table_print. */
void table_text(struct table *table, const char *text);
/* digits: significant digits; 17 writes a double that reads back to the same bits. */
void table_number(struct table *table, double value, int digits);
void table_whole(struct table *table, int64_t value);
/* Prints all rows. ERR_NOMEM, ERR_IO. */
enum err table_print(const struct table *table, enum cli_format format, FILE *out);
/* One JSON string with quotes and escapes. */
void table_json_string(FILE *out, const char *text);
#endif
