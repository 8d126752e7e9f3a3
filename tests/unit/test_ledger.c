#include "review/ledger.h"
#include "tests/lib/cm.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOBODY = 65534 };
struct fixture {
    char folder[64], file[100];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/plateau-test-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->file, sizeof f->file, "%s/deep/down/ledger.db", f->folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    int failed = system(command);
    free(f);
    return failed;
}

/* Spread over all 64 bits, as hashes are. */
static uint64_t hash_of(uint64_t i)
{
    i += UINT64_C(0x9e3779b97f4a7c15);
    i = (i ^ i >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    i = (i ^ i >> 27) * UINT64_C(0x94d049bb133111eb);
    return i ^ i >> 31;
}

static struct ledger *opened(const char *file)
{
    struct ledger *ledger = NULL;
    struct err_note note = {""};
    if (ledger_open(&ledger, file, &note) != OK)
        fail_msg("%s", note.text);
    return ledger;
}

static enum err record(struct ledger *ledger, const char *strategy, uint64_t first, size_t n,
                       struct err_note *note)
{
    uint64_t *hashes = malloc((n + 1) * sizeof *hashes);
    for (size_t i = 0; i < n; i++)
        hashes[i] = hash_of(first + i);
    enum err err = ledger_record_points(ledger, strategy, "d", hashes, n, note);
    free(hashes);
    return err;
}

static uint64_t distinct(struct ledger *ledger, const char *strategy, const char *data)
{
    uint64_t n = 99999;
    assert_int_equal(ledger_distinct(ledger, strategy, data, &n, NULL), OK);
    return n;
}

static void a_point_counts_once_over_all_runs(void **state)
{
    const struct fixture *f = *state;
    struct ledger *ledger = opened(f->file);
    uint64_t twice[] = {5, UINT64_MAX, 5, 0, 0, UINT64_MAX, 5};
    assert_int_equal(distinct(ledger, "s", "d"), 0);
    assert_int_equal(ledger_record_points(ledger, "s", "d", twice, 7, NULL), OK);
    assert_int_equal(distinct(ledger, "s", "d"), 3);
    assert_int_equal(record(ledger, "s", 0, 1000, NULL), OK);
    assert_int_equal(distinct(ledger, "s", "d"), 1003);
    ledger_close(&ledger);
    assert_null(ledger);
    ledger = opened(f->file); /* another run, later, half of it known */
    assert_int_equal(record(ledger, "s", 500, 1000, NULL), OK);
    assert_int_equal(distinct(ledger, "s", "d"), 1503);
    ledger_close(&ledger);
}

static void books_are_apart(void **state)
{
    const struct fixture *f = *state;
    struct ledger *ledger = opened(f->file);
    uint64_t one = 1;
    assert_int_equal(record(ledger, "s", 0, 10, NULL), OK);
    assert_int_equal(ledger_record_points(ledger, "s", "other data", &one, 1, NULL), OK);
    assert_int_equal(record(ledger, "other strategy", 0, 20, NULL), OK);
    assert_int_equal(distinct(ledger, "s", "d"), 10);
    assert_int_equal(distinct(ledger, "s", "other data"), 1);
    assert_int_equal(distinct(ledger, "other strategy", "d"), 20);
    assert_int_equal(distinct(ledger, "other strategy", "other data"), 0);
    ledger_close(&ledger);
}

/* Batches of child c overlap with the other's: 0 .. 99, 50 .. 149, ... and shifted by 25. */
static int write_many(const char *file, uint64_t shift)
{
    struct ledger *ledger = NULL;
    struct err_note note = {""};
    enum err err = ledger_open(&ledger, file, &note);
    for (uint64_t i = 0; !err && i < 40; i++)
        err = record(ledger, "s", shift + 50 * i, 100, &note);
    ledger_close(&ledger);
    if (err)
        fprintf(stderr, "%s\n", note.text);
    return err ? 1 : 0;
}

static void two_processes_at_once_lose_nothing(void **state)
{
    const struct fixture *f = *state;
    pid_t children[2];
    for (int c = 0; c < 2; c++) { /* both also make the file and its folders */
        children[c] = fork();
        if (children[c] == 0)
            _exit(write_many(f->file, (uint64_t)c * 25));
    }
    for (int c = 0; c < 2; c++) {
        int status = -1;
        assert_int_equal(waitpid(children[c], &status, 0), children[c]);
        assert_int_equal(status, 0);
    }
    struct ledger *ledger = opened(f->file);
    assert_int_equal(distinct(ledger, "s", "d"), 39 * 50 + 100 + 25);
    ledger_close(&ledger);
}

/* In a process that is nobody, as root may write everywhere. */
static int read_only_answers(const char *file)
{
    struct ledger *ledger = NULL;
    struct err_note note = {""};
    uint64_t n = 0, times = 0;
    if (geteuid() == 0 && setuid(NOBODY) != 0)
        return 1;
    if (ledger_open(&ledger, file, &note) != OK)
        return 2;
    if (ledger_distinct(ledger, "s", "d", &n, &note) != OK || n != 10)
        return 3;
    if (ledger_openings(ledger, "s", "d", 0, 9, &times, &note) != OK || times != 0)
        return 4;
    if (record(ledger, "s", 0, 20, &note) != ERR_IO || !strstr(note.text, file) ||
        !strstr(note.text, "--ledger"))
        return 5;
    ledger_close(&ledger);
    return 0;
}

static void a_read_only_ledger_answers_and_says_what_it_cannot_do(void **state)
{
    const struct fixture *f = *state;
    struct ledger *ledger = opened(f->file);
    assert_int_equal(record(ledger, "s", 0, 10, NULL), OK);
    ledger_close(&ledger);
    assert_int_equal(chmod(f->folder, 0755), 0);
    assert_int_equal(chmod(f->file, 0444), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(read_only_answers(f->file));
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
    ledger = opened(f->file);
    assert_int_equal(distinct(ledger, "s", "d"), 10);
    ledger_close(&ledger);
}

static void refuse(const char *file, enum err expected)
{
    struct ledger *ledger = NULL;
    struct err_note note = {""};
    assert_int_equal(ledger_open(&ledger, file, &note), expected);
    assert_null(ledger);
    assert_non_null(strstr(note.text, file));
}

static void sql(const char *file, const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void what_is_no_ledger_is_left_alone(void **state)
{
    const struct fixture *f = *state;
    char path[200];
    struct stat before, after;
    snprintf(path, sizeof path, "%s/notes.txt", f->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 200; i++)
        fputs("these are my notes\n", file);
    fclose(file);
    assert_int_equal(stat(path, &before), 0);
    refuse(path, ERR_CORRUPT);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    snprintf(path, sizeof path, "%s/other.db", f->folder);
    sql(path, "CREATE TABLE cooking(recipe TEXT)");
    refuse(path, ERR_CORRUPT);
    refuse(f->folder, ERR_IO); /* a folder */
    struct ledger *ledger = opened(f->file);
    ledger_close(&ledger);
    sql(f->file, "PRAGMA user_version=2");
    refuse(f->file, ERR_VERSION);
}

static uint64_t openings(struct ledger *ledger, int32_t start, int32_t end)
{
    uint64_t n = 99;
    assert_int_equal(ledger_openings(ledger, "s", "d", start, end, &n, NULL), OK);
    return n;
}

static void open_point(struct ledger *ledger, int32_t start, int32_t end, uint64_t point)
{
    const struct ledger_opening opening = {start, end, point, "run-1"};
    assert_int_equal(ledger_record_opening(ledger, "s", "d", &opening, NULL), OK);
}

static void openings_count_looks_at_dates_that_meet(void **state)
{
    const struct fixture *f = *state;
    struct ledger *ledger = opened(f->file);
    assert_int_equal(openings(ledger, 100, 199), 0);
    open_point(ledger, 100, 199, UINT64_MAX);
    open_point(ledger, 100, 199, UINT64_MAX); /* a second look at the record */
    assert_int_equal(openings(ledger, 100, 199), 1);
    open_point(ledger, 107, 206, 7); /* moved by a week */
    assert_int_equal(openings(ledger, 100, 199), 2);
    open_point(ledger, 200, 300, 8);
    assert_int_equal(openings(ledger, 100, 199), 2);
    assert_int_equal(openings(ledger, 199, 200), 3);
    open_point(ledger, 50, 100, UINT64_MAX); /* the same point where its dates look better */
    assert_int_equal(openings(ledger, 100, 199), 3);
    assert_int_equal(openings(ledger, 0, 49), 0);
    assert_int_equal(openings(ledger, 301, 400), 0);
    assert_int_equal(distinct(ledger, "s", "d"), 0); /* an opening is no trial of its own */
    ledger_close(&ledger);
}

static void the_file_is_found_where_the_page_says(void **state)
{
    (void)state;
    char path[LEDGER_PATH_MAX];
    setenv("PLATEAU_LEDGER", "/p/l.db", 1);
    setenv("XDG_DATA_HOME", "/x", 1);
    setenv("HOME", "/h", 1);
    assert_int_equal(ledger_path(path, "given.db", NULL), OK);
    assert_string_equal(path, "given.db");
    assert_int_equal(ledger_path(path, NULL, NULL), OK);
    assert_string_equal(path, "/p/l.db");
    unsetenv("PLATEAU_LEDGER");
    assert_int_equal(ledger_path(path, NULL, NULL), OK);
    assert_string_equal(path, "/x/plateau/ledger.db");
    setenv("XDG_DATA_HOME", "relative", 1);
    assert_int_equal(ledger_path(path, NULL, NULL), OK);
    assert_string_equal(path, "/h/.local/share/plateau/ledger.db");
    unsetenv("HOME");
    struct err_note note = {""};
    assert_int_equal(ledger_path(path, NULL, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "--ledger"));
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void a_million_points_take_little_time_and_room(void **state)
{
    const struct fixture *f = *state;
    struct ledger *ledger = opened(f->file);
    struct stat st;
    const size_t n = 1000000;
    double start = seconds();
    assert_int_equal(record(ledger, "s", 0, n, NULL), OK);
    double once = seconds();
    assert_int_equal(record(ledger, "s", 0, n, NULL), OK); /* the run again: nothing is written */
    double again = seconds();
    assert_int_equal(distinct(ledger, "s", "d"), n);
    ledger_close(&ledger);
    assert_int_equal(stat(f->file, &st), 0);
    print_message("10^6 points: %.2f s, again %.2f s, %.1f MB\n", once - start, again - once,
                  (double)st.st_size / 1e6);
    assert_true(st.st_size < (off_t)(16 * n)); /* 8 bytes a hash, and what half-filled pages cost */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
CM_MAIN("ledger", TEST(a_point_counts_once_over_all_runs), TEST(books_are_apart),
        TEST(two_processes_at_once_lose_nothing),
        TEST(a_read_only_ledger_answers_and_says_what_it_cannot_do),
        TEST(what_is_no_ledger_is_left_alone), TEST(openings_count_looks_at_dates_that_meet),
        TEST(a_million_points_take_little_time_and_room),
        cmocka_unit_test(the_file_is_found_where_the_page_says))
