#include "coordinator/journal.h"
#include "tests/lib/cm.h"
#include "tests/lib/null_job.h"
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_TILES = 100, ROW = 32 };

struct fixture {
    char folder[64];
    struct job job;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/plateau-test-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    null_job_make(&f->job, "test", 10, 80, 8, 1, ROW);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    job_free(&f->job);
    int failed = system(command);
    free(f);
    return failed;
}

static struct journal *opened(struct fixture *f)
{
    struct journal *journal = NULL;
    struct err_note note = {""};
    enum err err = journal_open(&journal, f->folder, &f->job, false, &note);
    if (err)
        fail_msg("%s", note.text);
    return journal;
}

/* A row whose bytes follow from its tile. */
static struct journal_row row_of(uint64_t tile, uint8_t *bytes, size_t length)
{
    memset(bytes, (int)(tile & 0xff), length);
    struct journal_row row = {.tile = tile,
                              .epoch = 1,
                              .compute_us = 5,
                              .worker = "w1",
                              .bytes = bytes,
                              .length = length};
    return row;
}

static enum err commit_one(struct journal *journal, uint64_t tile, struct err_note *note)
{
    uint8_t bytes[8 * ROW];
    struct journal_row row = row_of(tile, bytes, sizeof bytes);
    return journal_commit(journal, &row, 1, note);
}

static void what_was_committed_is_there_after_opening_again(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = opened(f);
    uint8_t a[40], b[50], done[13] = {0};
    uint64_t n_done, n_failed, n_excluded;
    struct journal_row rows[2] = {row_of(3, a, sizeof a), row_of(77, b, sizeof b)}, got;
    rows[0].n_failed = 2;
    rows[1].n_excluded = 5;
    rows[1].epoch = 4;
    assert_int_equal(journal_commit(journal, rows, 2, NULL), OK);
    journal_close(&journal);
    assert_null(journal);
    journal = opened(f);
    assert_int_equal(journal_done(journal, done, N_TILES, &n_done, NULL), OK);
    assert_int_equal(n_done, 2);
    assert_int_equal(done[0], 1 << 3);
    assert_int_equal(done[77 / 8], 1 << (77 % 8));
    assert_int_equal(journal_counts(journal, &n_failed, &n_excluded, NULL), OK);
    assert_int_equal(n_failed, 2);
    assert_int_equal(n_excluded, 5);
    assert_int_equal(journal_get(journal, 77, &got, NULL), OK);
    assert_int_equal(got.length, 50);
    assert_memory_equal(got.bytes, b, 50);
    assert_int_equal(got.epoch, 4);
    assert_string_equal(got.worker, "w1");
    assert_int_equal(journal_get(journal, 4, &got, NULL), ERR_NOT_FOUND);
    journal_close(&journal);
}

/* Promise 1: the first result counts. */
static void a_second_row_of_a_tile_is_left_out(void **state)
{
    struct journal *journal = opened(*state);
    uint8_t first[8], second[8];
    struct journal_row row = row_of(1, first, sizeof first),
                       other = row_of(1, second, sizeof second), got;
    second[0] = 99;
    assert_int_equal(journal_commit(journal, &row, 1, NULL), OK);
    assert_int_equal(journal_commit(journal, &other, 1, NULL), OK);
    assert_int_equal(journal_get(journal, 1, &got, NULL), OK);
    assert_int_equal(got.bytes[0], 1);
    journal_close(&journal);
}

static enum err note_order(void *ctx, const struct journal_row *row)
{
    uint64_t *next = ctx;
    assert_int_equal(row->tile, *next);
    *next += 10;
    return *next == 60 ? ERR_INTERRUPTED : OK;
}

static void rows_are_visited_in_tile_order_until_told_to_stop(void **state)
{
    struct journal *journal = opened(*state);
    uint64_t next = 0;
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(commit_one(journal, (i * 7 % 10) * 10, NULL), OK);
    assert_int_equal(journal_each(journal, note_order, &next, NULL), ERR_INTERRUPTED);
    assert_int_equal(next, 60);
    journal_close(&journal);
}

static void sql(struct fixture *f, const char *statement)
{
    char path[200];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/" JOURNAL_FILE, f->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static enum err accept(void *ctx, const struct journal_row *row)
{
    (void)ctx;
    (void)row;
    return OK;
}

static void a_bad_checksum_names_the_tile(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = opened(f);
    struct journal_row row;
    struct err_note note = {""};
    assert_int_equal(commit_one(journal, 41, NULL), OK);
    assert_int_equal(commit_one(journal, 42, NULL), OK);
    journal_close(&journal);
    sql(f, "UPDATE tile SET bytes = CAST(zeroblob(256) AS BLOB) WHERE tile = 42");
    journal = opened(f);
    assert_int_equal(journal_get(journal, 41, &row, NULL), OK);
    assert_int_equal(journal_get(journal, 42, &row, &note), ERR_CORRUPT);
    assert_non_null(strstr(note.text, "tile 42"));
    assert_int_equal(journal_each(journal, accept, NULL, &note), ERR_CORRUPT);
    journal_close(&journal);
}

/* A row under another tile's number fails its checksum too: the number is part of it. */
static void a_row_cannot_pass_for_another(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = opened(f);
    struct journal_row row;
    assert_int_equal(commit_one(journal, 41, NULL), OK);
    journal_close(&journal);
    sql(f, "UPDATE tile SET tile = 40");
    journal = opened(f);
    assert_int_equal(journal_get(journal, 40, &row, NULL), ERR_CORRUPT);
    journal_close(&journal);
}

static void expect_mismatch(struct fixture *f, const char *word)
{
    struct journal *journal = NULL;
    struct err_note note = {""};
    assert_int_equal(journal_open(&journal, f->folder, &f->job, false, &note), ERR_MISMATCH);
    assert_non_null(strstr(note.text, word));
    assert_null(journal);
}

static void the_journal_of_another_run_is_refused(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = opened(f);
    journal_close(&journal);
    f->job.spec_sha256[0] ^= 1;
    expect_mismatch(f, "sweep");
    f->job.spec_sha256[0] ^= 1;
    f->job.image_hash[0] ^= 1;
    expect_mismatch(f, "market data");
    f->job.image_hash[0] ^= 1;
    f->job.tile_points = 16;
    expect_mismatch(f, "tile size");
    f->job.tile_points = 8;
    f->job.engine_id[0] ^= 1;
    expect_mismatch(f, "engine");
    f->job.engine_id[0] ^= 1;
    journal = opened(f);
    journal_close(&journal);
}

static void a_tile_that_the_run_has_not_is_damage(void **state)
{
    struct journal *journal = opened(*state);
    uint8_t done[1] = {0};
    uint64_t n_done;
    assert_int_equal(commit_one(journal, 50, NULL), OK);
    assert_int_equal(journal_done(journal, done, 8, &n_done, NULL), ERR_CORRUPT);
    journal_close(&journal);
}

static void a_file_that_is_no_journal_is_damage(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = NULL;
    struct err_note note = {""};
    char path[200];
    snprintf(path, sizeof path, "%s/" JOURNAL_FILE, f->folder);
    FILE *file = fopen(path, "w");
    for (unsigned i = 0; i < 5000; i++)
        fputs("this is not a database; ", file);
    fclose(file);
    assert_int_equal(journal_open(&journal, f->folder, &f->job, false, &note), ERR_CORRUPT);
    assert_non_null(strstr(note.text, "damaged"));
    assert_null(journal);
}

/* Promise 2: a process that is killed between two commits, or in one, loses nothing that was
 * reported. */
static void a_kill_in_mid_commit_loses_nothing_reported(void **state)
{
    struct fixture *f = *state;
    int reported[2];
    uint8_t done[(1u << 17) / 8];
    uint64_t n_done;
    for (unsigned round = 0; round < 5; round++) {
        assert_int_equal(pipe(reported), 0);
        memset(done, 0, sizeof done);
        pid_t pid = fork();
        if (pid == 0) {
            struct journal *journal = NULL;
            if (journal_open(&journal, f->folder, &f->job, false, NULL))
                _exit(1);
            for (uint64_t tile = round * 10000;; tile++)
                if (commit_one(journal, tile, NULL) || write(reported[1], &tile, sizeof tile) < 0)
                    _exit(1);
        }
        close(reported[1]);
        uint64_t last = 0;
        for (unsigned i = 0; i < 3 + 7 * round; i++)
            assert_int_equal(read(reported[0], &last, sizeof last), sizeof last);
        kill(pid, SIGKILL);
        while (read(reported[0], &last, sizeof last) == sizeof last)
            ;
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        close(reported[0]);
        struct journal *journal = opened(f);
        assert_int_equal(journal_done(journal, done, 1u << 17, &n_done, NULL), OK);
        for (uint64_t tile = round * 10000; tile <= last; tile++)
            assert_true(done[tile / 8] >> (tile % 8) & 1);
        assert_int_equal(journal_each(journal, accept, NULL, NULL), OK);
        journal_close(&journal);
    }
}

/* A file size limit is a disk that is full: the commit fails with a clear line, and what was there
 * stays. */
static void a_full_disk_loses_nothing_that_was_saved(void **state)
{
    struct fixture *f = *state;
    pid_t pid = fork();
    if (pid == 0) {
        static uint8_t large[1u << 20];
        struct journal *journal = NULL;
        struct err_note note = {""};
        struct journal_row row;
        uint64_t n_done;
        uint8_t done[13] = {0};
        signal(SIGXFSZ, SIG_IGN);
        if (journal_open(&journal, f->folder, &f->job, false, &note) ||
            commit_one(journal, 1, &note))
            _exit(1);
        if (setrlimit(RLIMIT_FSIZE, &(struct rlimit){600000, 600000}))
            _exit(2);
        row = row_of(2, large, sizeof large);
        if (journal_commit(journal, &row, 1, &note) != ERR_IO ||
            !strstr(note.text, "cannot save results"))
            _exit(3);
        if (journal_done(journal, done, N_TILES, &n_done, &note) || n_done != 1 || done[0] != 2)
            _exit(4);
        if (commit_one(journal, 3, &note)) /* a small one still fits */
            _exit(5);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    struct journal *journal = opened(f);
    uint8_t done[13] = {0};
    uint64_t n_done;
    assert_int_equal(journal_done(journal, done, N_TILES, &n_done, NULL), OK);
    assert_int_equal(done[0], 1 << 1 | 1 << 3);
    journal_close(&journal);
}

static void a_directory_that_may_not_be_written_is_a_clear_error(void **state)
{
    struct fixture *f = *state;
    pid_t pid = fork();
    if (pid == 0) {
        struct journal *journal = NULL;
        struct err_note note = {""};
        chmod(f->folder, 0555);
        if (geteuid() == 0 && seteuid(65534))
            _exit(1);
        enum err err = journal_open(&journal, f->folder, &f->job, false, &note);
        _exit(err == ERR_IO && strstr(note.text, "writable") ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    chmod(f->folder, 0755);
    assert_int_equal(status, 0);
}

static void a_network_file_system_gets_an_exclusive_rollback_journal(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = NULL, *second = NULL;
    struct err_note note = {""};
    char path[200];
    struct stat st;
    assert_int_equal(journal_open_on(&journal, f->folder, FS_NETWORK, &f->job, false, &note), OK);
    assert_int_equal(commit_one(journal, 1, &note), OK);
    snprintf(path, sizeof path, "%s/" JOURNAL_FILE "-wal", f->folder);
    assert_int_not_equal(stat(path, &st), 0);
    assert_int_equal(journal_open_on(&second, f->folder, FS_NETWORK, &f->job, false, &note),
                     ERR_BUSY);
    assert_non_null(strstr(note.text, "network file system"));
    journal_close(&journal);
}

static void network_file_systems_are_known_by_their_numbers(void **state)
{
    (void)state;
    const char *name;
    enum fs_kind kind;
    assert_int_equal(fs_kind_of_magic(0x6969, &name), FS_NETWORK);
    assert_string_equal(name, "NFS");
    assert_int_equal(fs_kind_of_magic(0xfffffffffe534d42UL, &name),
                     FS_NETWORK); /* f_type is signed on some machines */
    assert_int_equal(fs_kind_of_magic(0xef53, &name), FS_LOCAL); /* ext4 */
    assert_int_equal(fs_kind_of_path("/no/such/place", &kind, &name, NULL), ERR_NOT_FOUND);
}

static void a_dispute_is_remembered(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = opened(f);
    uint8_t bytes[8];
    struct journal_row second = row_of(1, bytes, sizeof bytes);
    uint64_t n;
    assert_int_equal(journal_n_disputes(journal, &n, NULL), OK);
    assert_int_equal(n, 0);
    assert_int_equal(journal_dispute(journal, &second, NULL), OK);
    journal_close(&journal);
    journal = opened(f);
    assert_int_equal(journal_n_disputes(journal, &n, NULL), OK);
    assert_int_equal(n, 1);
    journal_close(&journal);
}

struct contests {
    unsigned n;
    uint64_t tile;
    char second[64];
};
static enum err count_contest(void *ctx, const struct journal_row *first, const char *second)
{
    struct contests *c = ctx;
    c->n++;
    c->tile = first->tile;
    snprintf(c->second, sizeof c->second, "%s", second);
    return OK;
}

static struct contests open_contests(struct journal *journal)
{
    struct contests c = {0};
    assert_int_equal(journal_each_contest(journal, count_contest, &c, NULL), OK);
    return c;
}

/* What was seen stays: the decision moves the first result aside. */
static void a_contest_is_open_until_it_is_decided(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = opened(f);
    struct journal_row row;
    uint8_t a[8], b[9];
    struct journal_row first = row_of(1, a, sizeof a), second = row_of(1, b, sizeof b);
    snprintf(second.worker, sizeof second.worker, "other");
    assert_int_equal(journal_commit(journal, &first, 1, NULL), OK);
    assert_int_equal(open_contests(journal).n, 0);
    assert_int_equal(journal_second(journal, 1, &row, NULL), ERR_NOT_FOUND);
    assert_int_equal(journal_dispute(journal, &second, NULL), OK);
    journal_close(&journal);
    journal = opened(f);
    struct contests c = open_contests(journal);
    assert_int_equal(c.n, 1);
    assert_int_equal(c.tile, 1);
    assert_string_equal(c.second, "other");
    assert_int_equal(journal_second(journal, 1, &row, NULL), OK);
    assert_int_equal(row.length, sizeof b);
    assert_int_equal(journal_judge(journal, &second, &second, "two agree", NULL), OK);
    assert_int_equal(open_contests(journal).n, 0);
    assert_int_equal(journal_get(journal, 1, &row, NULL), OK);
    assert_int_equal(row.length, sizeof b);
    assert_string_equal(row.worker, "other");
    assert_int_equal(journal_second(journal, 1, &row, NULL), OK); /* the first, kept beside */
    assert_int_equal(row.length, sizeof a);
    assert_int_equal(journal_dispute(journal, &first, NULL), OK); /* yet another worker differs */
    assert_int_equal(open_contests(journal).n, 1);
    uint64_t n;
    assert_int_equal(journal_n_disputes(journal, &n, NULL), OK);
    assert_int_equal(n, 1); /* tiles */
    journal_close(&journal);
}

static enum err see_tile(void *ctx, uint64_t tile)
{
    *(uint64_t *)ctx = tile;
    return OK;
}

/* All tiles or none; what they were is kept. */
static void a_retried_tile_is_open_again_and_on_record(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = opened(f);
    struct journal_row row;
    uint8_t a[8], b[9];
    struct journal_row second = row_of(1, b, sizeof b);
    const uint64_t with_a_missing_one[] = {1, 3}, there[] = {1, 2};
    uint64_t n = 0, tile = 0;
    struct journal_row first = row_of(1, a, sizeof a);
    assert_int_equal(journal_commit(journal, &first, 1, NULL), OK);
    assert_int_equal(commit_one(journal, 2, NULL), OK);
    assert_int_equal(journal_dispute(journal, &second, NULL), OK);
    assert_int_equal(journal_each_disputed(journal, see_tile, &tile, NULL), OK);
    assert_int_equal(tile, 1);
    assert_int_equal(journal_retry(journal, with_a_missing_one, 2, "test", NULL), ERR_NOT_FOUND);
    assert_int_equal(journal_get(journal, 1, &row, NULL), OK);
    assert_int_equal(journal_retry(journal, there, 2, "test", NULL), OK);
    assert_int_equal(journal_get(journal, 1, &row, NULL), ERR_NOT_FOUND);
    assert_int_equal(journal_get(journal, 2, &row, NULL), ERR_NOT_FOUND);
    assert_int_equal(journal_n_disputes(journal, &n, NULL), OK);
    assert_int_equal(n, 0);
    assert_int_equal(commit_one(journal, 1, NULL), OK); /* and computed again */
    journal_close(&journal);
    sqlite3 *db;
    sqlite3_stmt *query;
    char path[200];
    snprintf(path, sizeof path, "%s/" JOURNAL_FILE, f->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*), count(DISTINCT tile) FROM retried",
                                        -1, &query, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(query, 0), 3); /* two rows and the result beside one */
    assert_int_equal(sqlite3_column_int(query, 1), 2);
    sqlite3_finalize(query);
    sqlite3_close(db);
}

static void a_reader_sees_the_rows_while_they_are_written(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = opened(f), *reader = NULL;
    struct journal_row row;
    assert_int_equal(commit_one(journal, 1, NULL), OK);
    assert_int_equal(journal_open(&reader, f->folder, &f->job, true, NULL), OK);
    assert_int_equal(journal_get(reader, 1, &row, NULL), OK);
    assert_int_equal(commit_one(journal, 2, NULL), OK);
    assert_int_equal(journal_get(reader, 2, &row, NULL), OK);
    assert_int_not_equal(commit_one(reader, 3, NULL), OK);
    journal_close(&reader);
    journal_close(&journal);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("journal", T(what_was_committed_is_there_after_opening_again),
        T(a_second_row_of_a_tile_is_left_out), T(rows_are_visited_in_tile_order_until_told_to_stop),
        T(a_bad_checksum_names_the_tile), T(a_row_cannot_pass_for_another),
        T(the_journal_of_another_run_is_refused), T(a_tile_that_the_run_has_not_is_damage),
        T(a_file_that_is_no_journal_is_damage), T(a_kill_in_mid_commit_loses_nothing_reported),
        T(a_full_disk_loses_nothing_that_was_saved),
        T(a_directory_that_may_not_be_written_is_a_clear_error),
        T(a_network_file_system_gets_an_exclusive_rollback_journal),
        T(network_file_systems_are_known_by_their_numbers), T(a_dispute_is_remembered),
        T(a_contest_is_open_until_it_is_decided), T(a_retried_tile_is_open_again_and_on_record),
        T(a_reader_sees_the_rows_while_they_are_written))
