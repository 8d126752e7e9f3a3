/* source - the files one sleeve's data comes from, named and counted before any is read. */
#ifndef MARKET_SOURCE_H
#define MARKET_SOURCE_H
#include "market/market.h"
#include <stdbool.h>

struct source_files {
    bool folder;             /* one file per symbol; else paths[0] is one long file */
    uint32_t n, n_ignored;   /* n_ignored: files of the folder outside the universe */
    char **paths, **symbols; /* [n], bytewise by symbol; symbols NULL for a long file */
    char *benchmark_symbol;
};
/* Folder: SYMBOL.csv or SYMBOL.csv.zst of the universe's symbols, or of all but the benchmark's own
 * file. A universe symbol without file is left to the caller. ERR_NOT_FOUND, ERR_DATA. */
enum err source_list(struct source_files *out, const struct market_source *source,
                     struct err_note *note);
void source_files_free(struct source_files *files);
#endif
