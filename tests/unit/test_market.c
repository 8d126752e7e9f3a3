#include "market/image_file.h"
#include "market/market.h"
#include "tests/lib/cm.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

enum { BENCH_ROWS = 300, FIRST_DAY = 18262 /* 2020-01-01 */ };

static struct err_note note;
static char folder[64];
static char text[1 << 20];

static const char *in_folder(const char *name)
{
    static char paths[64][256]; /* no test names more, so a path lasts as long as its test */
    static unsigned next;
    char *path = paths[next++ % 64];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *content, size_t length)
{
    FILE *f = fopen(in_folder(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(content, 1, length, f), length);
    assert_int_equal(fclose(f), 0);
}

/* A series of n rows on consecutive days; newest first if asked. symbol: a last column. */
static size_t series(char *to, int n, bool newest_first, const char *symbol, bool header)
{
    size_t at = 0;
    if (header)
        at += (size_t)sprintf(to, "date,open,high,low,close,volume%s\n", symbol ? ",symbol" : "");
    for (int i = 0; i < n; i++) {
        char day[11];
        int k = newest_first ? n - 1 - i : i;
        market_format_day(FIRST_DAY + k, day);
        at += (size_t)sprintf(to + at, "%s,%d.5,%d.75,%d.25,%d.5,%d%s%s\n", day, 100 + k % 9,
                              100 + k % 9, 100 + k % 9, 100 + k % 9, 1000 + k, symbol ? "," : "",
                              symbol ? symbol : "");
    }
    return at;
}

static void put_series(const char *name, int n, bool newest_first)
{
    put(name, text, series(text, n, newest_first, NULL, true));
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/plateau_market_XXXXXX");
    if (!mkdtemp(folder) || mkdir(in_folder("p"), 0755) != 0 || mkdir(in_folder("q"), 0755) != 0)
        return -1;
    put_series("p/BENCH.csv", BENCH_ROWS, false);
    put_series("p/AAA.csv", 200, false);
    put_series("p/BBB.csv", 100, true);
    put_series("q/CCC.csv", 50, false);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static struct market_source source_of(const char *prices)
{
    return (struct market_source){.sleeve = "equity",
                                  .asset_class = IMAGE_EQUITY,
                                  .prices = in_folder(prices),
                                  .benchmark = in_folder("p/BENCH.csv")};
}

static struct market_image built(const struct market_source *sources, uint32_t n,
                                 struct market_report *reports)
{
    struct market_image image;
    enum err e = market_build(sources, n, 0.5, &image, reports, &note);
    if (e != OK)
        print_error("%s\n", note.text);
    assert_int_equal(e, OK);
    return image;
}

/* Refused with this code and a line that holds these words. */
static void refused(const struct market_source *sources, uint32_t n, enum err code,
                    const char *words)
{
    struct market_image image;
    struct market_report reports[4];
    note.text[0] = '\0';
    enum err e = market_build(sources, n, 0.5, &image, reports, &note);
    if (!strstr(note.text, words))
        print_error("%s\n", note.text);
    assert_non_null(strstr(note.text, words));
    assert_null(strchr(note.text, '\n'));
    assert_int_equal(e, code);
    market_report_free(reports, n);
}

static void a_folder_becomes_an_image_and_a_report(void **state)
{
    (void)state;
    struct market_source source = source_of("p");
    struct market_report report;
    struct image_view v[IMAGE_SLEEVES_MAX];
    uint32_t n;
    put("p/notes.txt", "not prices", 10);
    struct market_image image = built(&source, 1, &report);
    assert_int_equal(image_check(image.bytes, image.length, v, &n, &note), OK);
    assert_int_equal(n, 1);
    assert_int_equal(v->n_symbols, 2); /* the benchmark's own file is not a symbol */
    assert_string_equal(v->symbol_name[0], "AAA");
    assert_string_equal(v->symbol_name[1], "BBB");
    assert_int_equal(v->n_sessions, BENCH_ROWS);
    assert_int_equal(v->n_bench, BENCH_ROWS);
    assert_int_equal(v->n_bars, 300);
    assert_int_equal(v->bar_start[1], 200);
    assert_int_equal(v->bar_session[200], 0); /* BBB's file runs backwards, its bars do not */
    assert_true(v->close[205] == 105.5 && v->volume[299] == 1099);
    assert_int_equal(report.n_symbols, 3);
    assert_string_equal(report.symbols[0].symbol, "BENCH");
    assert_string_equal(report.symbols[2].symbol, "BBB");
    assert_int_equal(report.symbols[2].accepted, 100);
    assert_int_equal(report.symbols[2].sessions_after, 200);
    assert_int_equal(report.first_day, FIRST_DAY);
    assert_int_equal(report.last_day, FIRST_DAY + BENCH_ROWS - 1);
    market_report_free(&report, 1);
    market_image_free(&image);
}

/* However the same bars are stored, they are the same image. */
static void folder_long_file_and_archive_give_the_same_bytes(void **state)
{
    (void)state;
    static const char *const universe[] = {"BBB", "AAA"};
    struct market_source source = source_of("p");
    struct market_image a = built(&source, 1, NULL);
    size_t n = series(text, 200, false, "AAA", true);
    n += series(text + n, 100, true, "BBB", false);
    put("long.csv", text, n);
    source.prices = in_folder("long.csv");
    struct market_image b = built(&source, 1, NULL);
    static char packed[1 << 20];
    n += series(text + n, 9, false, "ZZZ", false);
    size_t m = ZSTD_compress(packed, sizeof packed, text, n, 1);
    put("long.csv.zst", packed, m);
    source.prices = in_folder("long.csv.zst");
    source.universe = universe;
    source.n_universe = 2;
    struct market_report report;
    struct market_image c = built(&source, 1, &report);
    assert_int_equal(report.n_ignored, 1);
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.bytes, b.bytes, a.length);
    assert_memory_equal(a.hash, c.hash, sizeof a.hash);
    market_report_free(&report, 1);
    market_image_free(&a);
    market_image_free(&b);
    market_image_free(&c);
}

static void a_universe_picks_its_symbols_and_may_hold_the_benchmark(void **state)
{
    (void)state;
    static const char *const universe[] = {"BENCH", "BBB"};
    struct market_source source = source_of("p");
    struct market_report report;
    source.universe = universe;
    source.n_universe = 2;
    struct market_image image = built(&source, 1, &report);
    assert_int_equal(report.n_symbols, 3);
    assert_int_equal(report.n_ignored, 1);
    assert_string_equal(report.symbols[1].symbol, "BBB");
    assert_string_equal(report.symbols[2].symbol, "BENCH");
    market_report_free(&report, 1);
    market_image_free(&image);
}

static void sleeves_stand_side_by_side(void **state)
{
    (void)state;
    struct market_source two[] = {source_of("p"), source_of("q")};
    struct image_view v[IMAGE_SLEEVES_MAX];
    uint32_t n;
    two[1].sleeve = "crypto";
    two[1].asset_class = IMAGE_CRYPTO;
    struct market_image image = built(two, 2, NULL);
    assert_int_equal(image_check(image.bytes, image.length, v, &n, &note), OK);
    assert_int_equal(n, 2);
    assert_string_equal(v[1].name, "crypto");
    assert_int_equal(v[1].asset_class, IMAGE_CRYPTO);
    assert_string_equal(v[1].symbol_name[0], "CCC");
    market_image_free(&image);
}

static void wrong_sources_are_refused_in_one_line(void **state)
{
    (void)state;
    static const char *const unknown[] = {"AAA", "NOPE", "WHAT"}, *const twice[] = {"AAA", "AAA"},
                             *const odd[] = {"A A"};
    struct market_source s = source_of("absent");
    refused(&s, 1, ERR_NOT_FOUND,
            "absent: No such file or directory; expected a folder of SYMBOL.csv files or one long "
            "file");
    s = source_of("p");
    s.benchmark = in_folder("NONE.csv");
    refused(&s, 1, ERR_NOT_FOUND, "NONE.csv: No such file or directory; expected a price file");
    s = source_of("p");
    s.universe = unknown;
    s.n_universe = 3;
    refused(&s, 1, ERR_DATA, "for 2 symbols of the universe: NOPE, WHAT; add the prices");
    s.universe = twice;
    s.n_universe = 2;
    refused(&s, 1, ERR_DATA, "names AAA twice");
    s.universe = odd;
    s.n_universe = 1;
    refused(&s, 1, ERR_DATA, "'A A' is not a symbol");
    put("p/EMPTY.csv", "date,open,high,low,close,volume\n", 32);
    s = source_of("p");
    refused(&s, 1, ERR_DATA, "for 1 symbol of the universe: EMPTY");
    put("p/EMPTY.csv", "", 0);
    refused(&s, 1, ERR_DATA, "p/EMPTY.csv: the file is empty");
    unlink(in_folder("p/EMPTY.csv"));
    put("p/AAA.csv.zst", "x", 1);
    refused(&s, 1, ERR_DATA, "two files of one symbol");
    s = source_of("q");
    unlink(in_folder("q/CCC.csv"));
    refused(&s, 1, ERR_DATA, "no symbols in");
}

static void wrong_benchmarks_are_refused_in_one_line(void **state)
{
    (void)state;
    struct market_source s = source_of("p");
    put_series("p/BENCH.csv", MARKET_BENCH_BARS_MIN - 1, false);
    refused(&s, 1, ERR_DATA,
            "BENCH.csv: 249 accepted bars of 249 rows, a benchmark needs at least 250");
    put_series("p/BENCH.csv", MARKET_BENCH_BARS_MIN, false);
    struct market_image image = built(&s, 1, NULL);
    market_image_free(&image);
    put("p/BENCH.csv", "date,open,high,low,close,volume\n", 32);
    refused(&s, 1, ERR_DATA, "BENCH.csv: no rows, a benchmark needs at least 250");
    size_t n = (size_t)sprintf(text, "date,open,high,low,close,volume\n");
    for (int i = 0; i < BENCH_ROWS; i++)
        n += (size_t)sprintf(text + n, "1999-%02d-%02d,1,1,1,1,1\n", i / 28 % 12 + 1, i % 28 + 1);
    put("p/BENCH.csv", text, n);
    refused(&s, 1, ERR_DATA, "falls on a session of");
    assert_non_null(strstr(note.text, "1999-01-01 to 1999-11-20"));
}

static void a_symbol_in_two_sleeves_is_refused(void **state)
{
    (void)state;
    struct market_source two[] = {source_of("p"), source_of("q")};
    two[1].sleeve = "other";
    put_series("q/BBB.csv", 50, false);
    refused(two, 2, ERR_DATA, "symbol BBB is in sleeve equity and in sleeve other");
    two[1].sleeve = "equity";
    refused(two, 2, ERR_DATA, "two sleeves are named equity");
}

/* ---- the cache ---- */

static struct market_image opened(const struct market_source *source)
{
    struct market_image image;
    enum err e = market_open_cached(in_folder("cache"), source, 1, 0.5, &image, &note);
    if (e != OK)
        print_error("%s\n", note.text);
    assert_int_equal(e, OK);
    return image;
}

static void the_cache_builds_once_and_again_when_a_source_changed(void **state)
{
    (void)state;
    struct market_source source = source_of("p");
    struct stat first, second;
    struct market_image a = opened(&source), direct = built(&source, 1, NULL);
    assert_memory_equal(a.hash, direct.hash, sizeof a.hash);
    assert_int_equal(stat(a.path, &first), 0);
    struct market_image b = opened(&source);
    assert_string_equal(a.path, b.path);
    assert_int_equal(stat(b.path, &second), 0);
    assert_int_equal(first.st_ino, second.st_ino); /* not written again */
    put_series("p/AAA.csv", 201, false);
    struct market_image c = opened(&source);
    assert_memory_not_equal(a.hash, c.hash, sizeof a.hash);
    struct market_image d;
    assert_int_equal(market_open_cached(in_folder("cache"), &source, 1, 0.4, &d, &note), OK);
    assert_memory_not_equal(c.hash, d.hash, sizeof c.hash); /* options count */
    assert_int_equal(market_open_hash(in_folder("cache"), direct.hash, &b, &note), OK);
    market_image_free(&b);
    market_image_free(&a);
    market_image_free(&c);
    market_image_free(&d);
    market_image_free(&direct);
}

static void set_time(const char *path, struct timespec mtime)
{
    struct timespec times[2] = {mtime, mtime};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void size_alone_or_a_nanosecond_alone_is_a_change(void **state)
{
    (void)state;
    struct market_source source = source_of("p");
    const char *path = in_folder("p/AAA.csv");
    struct stat st;
    struct market_image a = opened(&source);
    assert_int_equal(stat(path, &st), 0);
    put_series("p/AAA.csv", 199, false);
    set_time(path, st.st_mtim);
    struct market_image b = opened(&source);
    assert_memory_not_equal(a.hash, b.hash, sizeof a.hash);
    size_t n = series(text, 199, false, NULL, true);
    text[n - 2] ^= 1; /* a digit of the last volume */
    put("p/AAA.csv", text, n);
    st.st_mtim.tv_nsec += st.st_mtim.tv_nsec < 999999999 ? 1 : -1;
    set_time(path, st.st_mtim);
    struct market_image c = opened(&source);
    assert_memory_not_equal(b.hash, c.hash, sizeof b.hash);
    market_image_free(&a);
    market_image_free(&b);
    market_image_free(&c);
}

/* A hit reads the cache only: what a source holds is not looked at while its size and time stay. */
static void an_unchanged_source_is_not_read(void **state)
{
    (void)state;
    struct market_source source = source_of("p");
    struct market_image a = opened(&source);
    struct stat st;
    assert_int_equal(stat(in_folder("p/AAA.csv"), &st), 0);
    FILE *f = fopen(in_folder("p/AAA.csv"), "r+b");
    assert_non_null(f);
    fputs("XXXX", f);
    fclose(f);
    set_time(in_folder("p/AAA.csv"), st.st_mtim);
    struct market_image b = opened(&source);
    assert_memory_equal(a.hash, b.hash, sizeof a.hash);
    market_image_free(&a);
    market_image_free(&b);
}

static void overwrite(const char *path, size_t keep, bool flip)
{
    struct stat st;
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(stat(path, &st), 0);
    if (flip) {
        FILE *f = fopen(path, "r+b");
        assert_non_null(f);
        fseek(f, (long)keep, SEEK_SET);
        int c = fgetc(f);
        fseek(f, (long)keep, SEEK_SET);
        fputc(c ^ 1, f);
        fclose(f);
    } else {
        assert_int_equal(truncate(path, (off_t)keep), 0);
    }
}

static void a_damaged_image_is_built_again(void **state)
{
    (void)state;
    struct market_source source = source_of("p");
    for (int damage = 0; damage < 3; damage++) {
        struct market_image a = opened(&source), again;
        char path[4096];
        uint8_t hash[IMAGE_HASH_BYTES];
        strcpy(path, a.path);
        memcpy(hash, a.hash, sizeof hash);
        size_t length = a.length;
        market_image_free(&a);
        overwrite(path, damage == 0 ? length / 2 : length - 9, damage == 2);
        assert_int_equal(market_open_hash(in_folder("cache"), hash, &again, &note), ERR_CORRUPT);
        again = opened(&source);
        assert_memory_equal(again.hash, hash, sizeof hash);
        market_image_free(&again);
    }
}

static void a_damaged_key_only_costs_a_build(void **state)
{
    (void)state;
    struct market_source source = source_of("p");
    struct market_image a = opened(&source);
    char command[256];
    snprintf(command, sizeof command,
             "for f in %s/cache/*.key; do chmod 644 $f; echo zz > $f; done", folder);
    assert_int_equal(system(command), 0);
    struct market_image b = opened(&source);
    assert_memory_equal(a.hash, b.hash, sizeof a.hash);
    market_image_free(&a);
    market_image_free(&b);
}

static void builders_may_race(void **state)
{
    (void)state;
    enum { BUILDERS = 4 };
    struct market_source source = source_of("p");
    pid_t pid[BUILDERS];
    fflush(NULL);
    for (int i = 0; i < BUILDERS; i++) {
        pid[i] = fork();
        if (pid[i] == 0) {
            struct market_image image;
            _exit(market_open_cached(in_folder("cache"), &source, 1, 0.5, &image, &note) == OK ? 0
                                                                                               : 1);
        }
    }
    for (int i = 0; i < BUILDERS; i++) {
        int status;
        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_int_equal(status, 0);
    }
    char command[128];
    snprintf(command, sizeof command, "test $(ls -A %s/cache | wc -l) = 2",
             folder); /* image and key */
    assert_int_equal(system(command), 0);
}

/* As another user, since root may write everywhere. */
static int read_only_cache(const struct market_source *source)
{
    struct market_image image;
    if (geteuid() == 0 && seteuid(65534) != 0)
        return 77;
    enum err e = market_open_cached(in_folder("cache"), source, 1, 0.5, &image, &note);
    return e == ERR_IO && strstr(note.text, "Permission denied; set PLATEAU_CACHE") ? 0 : 1;
}

static int read_only_hit(const struct market_source *source)
{
    struct market_image image;
    if (geteuid() == 0 && seteuid(65534) != 0)
        return 77;
    return market_open_cached(in_folder("cache"), source, 1, 0.5, &image, &note) == OK ? 0 : 1;
}

static int in_child(int (*act)(const struct market_source *), const struct market_source *source)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(act(source));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_read_only_cache_serves_what_it_has_and_says_what_it_cannot(void **state)
{
    (void)state;
    struct market_source source = source_of("p");
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(mkdir(in_folder("cache"), 0755), 0);
    struct market_image image = opened(&source);
    market_image_free(&image);
    assert_int_equal(chmod(in_folder("cache"), 0555), 0);
    assert_int_equal(in_child(read_only_hit, &source), 0);
    put_series("p/AAA.csv", 150, false);
    assert_int_equal(in_child(read_only_cache, &source), 0);
    assert_int_equal(chmod(in_folder("cache"), 0755), 0);
}

static void the_cache_folder_follows_the_environment(void **state)
{
    (void)state;
    setenv("PLATEAU_CACHE", "/somewhere", 1);
    char *dir = market_default_cache_dir();
    assert_string_equal(dir, "/somewhere");
    free(dir);
    unsetenv("PLATEAU_CACHE");
    setenv("XDG_CACHE_HOME", "/xdg", 1);
    dir = market_default_cache_dir();
    assert_string_equal(dir, "/xdg/plateau");
    free(dir);
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", "/home/u", 1);
    dir = market_default_cache_dir();
    assert_string_equal(dir, "/home/u/.cache/plateau");
    free(dir);
}

/* ---- the data that is shipped ---- */

static void shipped_prices_load_as_their_readme_says(void **state)
{
    (void)state;
    struct market_source source = {.sleeve = "equity",
                                   .asset_class = IMAGE_EQUITY,
                                   .prices =
                                       PLATEAU_SOURCE_DIR "/data/sp500/sp500_2013_2018.csv.zst",
                                   .benchmark = PLATEAU_SOURCE_DIR "/data/benchmarks/SPY.csv"};
    struct market_report report;
    struct market_image image = built(&source, 1, &report);
    uint32_t rows = 0, rejected[MARKET_N_REJECTIONS] = {0};
    for (uint32_t i = 1; i < report.n_symbols; i++) {
        rows += report.symbols[i].rows;
        for (int k = 0; k < MARKET_N_REJECTIONS; k++)
            rejected[k] += report.symbols[i].rejected[k];
    }
    assert_int_equal(report.n_symbols, 506);
    assert_int_equal(rows, 619040);
    assert_int_equal(rejected[MARKET_NOT_FINITE], 11);
    assert_int_equal(rejected[MARKET_OHLC_ORDER], 12);
    assert_int_equal(rejected[MARKET_DAILY_MOVE], 6);
    market_report_free(&report, 1);
    market_image_free(&image);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
CM_MAIN("market", IN_FOLDER(a_folder_becomes_an_image_and_a_report),
        IN_FOLDER(folder_long_file_and_archive_give_the_same_bytes),
        IN_FOLDER(a_universe_picks_its_symbols_and_may_hold_the_benchmark),
        IN_FOLDER(sleeves_stand_side_by_side), IN_FOLDER(wrong_sources_are_refused_in_one_line),
        IN_FOLDER(wrong_benchmarks_are_refused_in_one_line),
        IN_FOLDER(a_symbol_in_two_sleeves_is_refused),
        IN_FOLDER(the_cache_builds_once_and_again_when_a_source_changed),
        IN_FOLDER(size_alone_or_a_nanosecond_alone_is_a_change),
        IN_FOLDER(an_unchanged_source_is_not_read), IN_FOLDER(a_damaged_image_is_built_again),
        IN_FOLDER(a_damaged_key_only_costs_a_build), IN_FOLDER(builders_may_race),
        IN_FOLDER(a_read_only_cache_serves_what_it_has_and_says_what_it_cannot),
        cmocka_unit_test(the_cache_folder_follows_the_environment),
        cmocka_unit_test(shipped_prices_load_as_their_readme_says))
