/* facts - named values about one thing, one a line; the same names in all forms: an aligned list,
 * CSV (name,value) or one JSON object. */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H
#include "cli/cli.h"

struct facts;
enum err facts_new(struct facts **out); /* ERR_NOMEM; the caller ends it with facts_free() */
void facts_free(struct facts **facts_p);
/* Out of memory is remembered and returned by facts_print. */
void facts_text(struct facts *facts, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void facts_whole(struct facts *facts, const char *name, uint64_t value);
void facts_number(struct facts *facts, const char *name, double value, int digits);
/* ERR_NOMEM, ERR_IO. */
enum err facts_print(const struct facts *facts, enum cli_format format, FILE *out);
#endif
