/* gc - disk space: runs and the market cache, by age, number and size. */
#include "cli/cli.h"
#include "cli/gc_runs.h"
#include "cli/table.h"
#include "market/cache_list.h"
#include "market/market.h"
#include "proto/byte_size.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOT_GIVEN UINT64_MAX
enum { MS = 1000 };

struct options {
    const char *dir;
    bool runs, cache, dry_run, unfinished;
    int64_t older_than_ms;
    uint64_t keep, max_bytes;
    int format;
};
struct tally {
    struct table *table;
    uint64_t n, bytes;
};

static const char *const columns[] = {"what", "name", "bytes", "last_used", "fate", "why", NULL};
static const char *const cache_kinds[] = {"image", "planes", "key", "unfinished"};

static void row(struct tally *tally, const char *what, const char *name, uint64_t bytes,
                int64_t used_s, const char *fate, const char *why)
{
    char when[32] = "";
    struct tm tm;
    time_t t = used_s;
    if (gmtime_r(&t, &tm))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    table_text(tally->table, what);
    table_text(tally->table, name);
    table_whole(tally->table, (int64_t)bytes);
    table_text(tally->table, when);
    table_text(tally->table, fate);
    table_text(tally->table, why);
}

static const char *fate_of(struct tally *tally, const struct options *o, uint64_t bytes,
                           enum err removed)
{
    if (removed)
        return "stays";
    tally->n++;
    tally->bytes += bytes;
    return o->dry_run ? "would go" : "gone";
}

static int64_t span_s(const struct options *o)
{
    return o->older_than_ms < 0 ? -1 : o->older_than_ms / MS;
}

static enum err collect_runs(const struct options *o, struct tally *tally, struct err_note *note)
{
    struct gc_run *runs = NULL;
    size_t n = 0;
    const struct gc_policy policy = {.now_s = time(NULL),
                                     .older_than_s = span_s(o),
                                     .keep = o->keep,
                                     .max_bytes = o->max_bytes,
                                     .unfinished = o->unfinished};
    enum err err = gc_runs_list(o->dir, &runs, &n, note);
    if (!err)
        gc_runs_plan(runs, n, &policy);
    for (size_t i = 0; !err && i < n; i++) {
        enum err one = runs[i].go ? OK : ERR_BUSY;
        if (runs[i].go && !o->dry_run)
            one = gc_run_remove(o->dir, &runs[i], note);
        err = one == ERR_BUSY ? OK : one;
        if (!err)
            row(tally, "run", runs[i].id, runs[i].bytes, runs[i].used_s,
                fate_of(tally, o, runs[i].bytes, one), runs[i].why);
    }
    free(runs);
    return err || o->dry_run ? err : gc_runs_finish(o->dir, note);
}

static const char *reason(const struct cache_file *file, bool go)
{
    if (file->in_use)
        return "in use";
    if (!go)
        return "";
    return file->kind == CACHE_KEY          ? "its image is not there"
           : file->kind == CACHE_UNFINISHED ? "left unfinished"
                                            : "not used for longest";
}

static enum err collect_cache(const struct options *o, struct tally *tally, struct err_note *note)
{
    struct cache_file *files = NULL;
    size_t n = 0;
    const struct cache_policy policy = {
        .now_s = time(NULL), .older_than_s = span_s(o), .max_bytes = o->max_bytes};
    char *dir = market_default_cache_dir();
    enum err err = dir ? cache_list(dir, &files, &n, note) : ERR_NOMEM;
    bool *go = err ? NULL : calloc(n + 1, sizeof *go);
    if (!err && !go)
        err = ERR_NOMEM;
    if (!err)
        cache_plan(files, n, &policy, go);
    for (size_t i = 0; !err && i < n; i++) {
        enum err one = go[i] ? OK : ERR_BUSY;
        if (go[i] && !o->dry_run)
            one = cache_remove(dir, &files[i], note);
        err = one == ERR_BUSY ? OK : one;
        if (!err)
            row(tally, cache_kinds[files[i].kind], files[i].name, files[i].bytes, files[i].used_s,
                fate_of(tally, o, files[i].bytes, one), reason(&files[i], go[i]));
    }
    free(go);
    free(files);
    free(dir);
    return err;
}

static int collect(const struct options *o)
{
    struct err_note note = {""};
    struct tally tally = {NULL, 0, 0};
    char bytes[32];
    enum err err = table_new(&tally.table, columns);
    if (!err && (o->runs || !o->cache))
        err = collect_runs(o, &tally, &note);
    if (!err && (o->cache || !o->runs))
        err = collect_cache(o, &tally, &note);
    /* What is gone is gone: it is told also when something went wrong after it. */
    enum err printed =
        tally.table ? table_print(tally.table, (enum cli_format)o->format, stdout) : OK;
    table_free(&tally.table);
    byte_size_text(bytes, sizeof bytes, tally.bytes);
    cli_say("%llu %s, %s%s", (unsigned long long)tally.n, o->dry_run ? "would go" : "gone", bytes,
            o->dry_run ? "; nothing was removed" : "");
    err = err ? err : printed;
    return err ? cli_fail(err, &note, NULL) : CLI_OK;
}

int cli_gc(int argc, char **argv)
{
    struct options o = {
        .dir = "runs", .older_than_ms = -1, .keep = NOT_GIVEN, .max_bytes = NOT_GIVEN};
    struct cli_args args;
    const struct cli_option options[] = {
        {"runs", 0, CLI_FLAG, &o.runs, NULL, "only runs", NULL},
        {"cache", 0, CLI_FLAG, &o.cache, NULL, "only the market cache", NULL},
        {"older-than", 0, CLI_DURATION, &o.older_than_ms, "TIME",
         "what was not used for longer: 30d", NULL},
        {"keep", 0, CLI_COUNT, &o.keep, "N", "the N newest runs stay in any case", NULL},
        {"max-size", 0, CLI_BYTES, &o.max_bytes, "SIZE",
         "the oldest go until runs, and likewise the cache, take no more: 10G", NULL},
        {"unfinished", 0, CLI_FLAG, &o.unfinished, NULL, "also runs that could be resumed", NULL},
        {"dry-run", 'n', CLI_FLAG, &o.dry_run, NULL, "say what would go, remove nothing", NULL},
        {"dir", 0, CLI_TEXT, &o.dir, "RUNS", "folder of runs (default: runs)", NULL},
        {"format", 0, CLI_CHOICE, &o.format, "FORM", "form of the list", CLI_FORMATS},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 0, &args);
    return code >= 0 ? code : collect(&o);
}
