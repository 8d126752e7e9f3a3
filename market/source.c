#include "market/source.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

struct entry {
    char *path, *symbol;
};

/* Length of the name without .csv or .csv.zst; 0: not a price file. */
static size_t stem_length(const char *name)
{
    static const char *const suffix[] = {".csv.zst", ".csv"};
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
        size_t m = strlen(suffix[i]);
        if (n > m && strcasecmp(name + n - m, suffix[i]) == 0)
            return n - m;
    }
    return 0;
}

/* The name of a price file without folder, .csv and .zst; caller frees. NULL: no memory. */
static char *symbol_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t n = stem_length(name);
    return strndup(name, n ? n : strlen(name));
}

void source_files_free(struct source_files *files)
{
    for (uint32_t i = 0; i < files->n; i++) {
        free(files->paths[i]);
        if (files->symbols)
            free(files->symbols[i]);
    }
    free(files->paths);
    free(files->symbols);
    free(files->benchmark_symbol);
    *files = (struct source_files){0};
}

static int by_symbol(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->symbol, ((const struct entry *)b)->symbol);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct listing {
    const struct market_source *source;
    const char **universe; /* sorted copy */
    struct stat benchmark;
    struct entry *entries;
    uint32_t n, capacity, n_ignored;
};

static bool in_universe(const struct listing *l, const char *symbol)
{
    return l->source->n_universe == 0 ||
           bsearch(&symbol, l->universe, l->source->n_universe, sizeof *l->universe, by_text);
}

static enum err add_file(struct listing *l, const char *name, size_t n_stem, struct err_note *note)
{
    struct stat st;
    struct entry e = {.symbol = strndup(name, n_stem)};
    if (asprintf(&e.path, "%s/%s", l->source->prices, name) < 0)
        e.path = NULL;
    enum err failed = e.path && e.symbol ? OK : ERR_NOMEM;
    if (failed == OK && stat(e.path, &st) != 0)
        failed = err_set(note, ERR_IO, "%s: cannot read: %s", e.path, strerror(errno));
    bool keep = failed == OK && S_ISREG(st.st_mode);
    if (keep && l->source->n_universe == 0)
        keep = st.st_dev != l->benchmark.st_dev || st.st_ino != l->benchmark.st_ino;
    if (keep && !in_universe(l, e.symbol)) {
        l->n_ignored += st.st_dev != l->benchmark.st_dev || st.st_ino != l->benchmark.st_ino;
        keep = false;
    }
    if (keep && l->n == l->capacity) {
        uint32_t capacity = l->capacity ? l->capacity * 2 : 64;
        struct entry *entries =
            capacity <= IMAGE_SYMBOLS_MAX ? realloc(l->entries, capacity * sizeof *entries) : NULL;
        failed = entries ? OK : ERR_NOMEM;
        l->entries = entries ? entries : l->entries;
        l->capacity = entries ? capacity : l->capacity;
    }
    if (keep && failed == OK) {
        l->entries[l->n++] = e;
        return OK;
    }
    free(e.path);
    free(e.symbol);
    return failed;
}

static enum err list_folder(struct listing *l, struct err_note *note)
{
    DIR *dir = opendir(l->source->prices);
    if (!dir)
        return err_set(note, ERR_IO, "%s: cannot list: %s", l->source->prices, strerror(errno));
    enum err e = OK;
    for (struct dirent *d; e == OK && (d = readdir(dir));) {
        size_t n_stem = d->d_name[0] == '.' ? 0 : stem_length(d->d_name);
        if (n_stem)
            e = add_file(l, d->d_name, n_stem, note);
    }
    closedir(dir);
    if (l->n)
        qsort(l->entries, l->n, sizeof *l->entries, by_symbol);
    for (uint32_t i = 1; i < l->n && e == OK; i++)
        if (strcmp(l->entries[i - 1].symbol, l->entries[i].symbol) == 0)
            e = err_set(note, ERR_DATA, "%s and %s: two files of one symbol, expected one",
                        l->entries[i - 1].path, l->entries[i].path);
    return e;
}

static enum err take_entries(struct source_files *f, struct listing *l)
{
    f->paths = calloc(l->n + 1, sizeof *f->paths);
    f->symbols = calloc(l->n + 1, sizeof *f->symbols);
    if (!f->paths || !f->symbols)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < l->n; i++) {
        f->paths[i] = l->entries[i].path;
        f->symbols[i] = l->entries[i].symbol;
        l->entries[i] = (struct entry){0};
    }
    f->n = l->n;
    f->n_ignored = l->n_ignored;
    return OK;
}

static enum err check_universe(const struct listing *l, struct err_note *note)
{
    for (uint32_t i = 1; i < l->source->n_universe; i++)
        if (strcmp(l->universe[i - 1], l->universe[i]) == 0)
            return err_set(note, ERR_DATA, "sleeve %s: the universe names %s twice, expected once",
                           l->source->sleeve, l->universe[i]);
    return OK;
}

enum err source_list(struct source_files *out, const struct market_source *source,
                     struct err_note *note)
{
    struct source_files f = {0};
    struct listing l = {.source = source};
    struct stat prices;
    enum err e = OK;
    if (stat(source->benchmark, &l.benchmark) != 0)
        return err_set(note, ERR_NOT_FOUND,
                       "sleeve %s: benchmark %s: %s; expected a price file of one series",
                       source->sleeve, source->benchmark, strerror(errno));
    if (stat(source->prices, &prices) != 0)
        return err_set(
            note, ERR_NOT_FOUND,
            "sleeve %s: prices %s: %s; expected a folder of SYMBOL.csv files or one long file",
            source->sleeve, source->prices, strerror(errno));
    f.folder = S_ISDIR(prices.st_mode);
    f.benchmark_symbol = symbol_of(source->benchmark);
    l.universe = calloc(source->n_universe + 1u, sizeof *l.universe);
    if (!f.benchmark_symbol || !l.universe)
        e = ERR_NOMEM;
    for (uint32_t i = 0; i < source->n_universe && e == OK; i++)
        l.universe[i] = source->universe[i];
    if (e == OK) {
        qsort(l.universe, source->n_universe, sizeof *l.universe, by_text);
        e = check_universe(&l, note);
    }
    if (e == OK && f.folder) {
        e = list_folder(&l, note);
        e = e == OK ? take_entries(&f, &l) : e;
    } else if (e == OK) {
        f.paths = calloc(1, sizeof *f.paths);
        e = f.paths && (f.paths[0] = strdup(source->prices)) ? OK : ERR_NOMEM;
        f.n = e == OK;
    }
    for (uint32_t i = 0; i < l.n; i++) {
        free(l.entries[i].path);
        free(l.entries[i].symbol);
    }
    free(l.entries);
    free(l.universe);
    if (e == OK)
        *out = f;
    else
        source_files_free(&f);
    return e;
}
