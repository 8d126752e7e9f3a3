/* The journal on a disk that fails: the power cut at every single operation of opening, two commits
 * and closing, with every kind of loss; and every write or sync failing once. Each time: the first
 * commit, once returned, is there, whole; the second is there whole or not at all. */
#include "coordinator/journal.h"
#include "tests/lib/cm.h"
#include "tests/lib/null_job.h"
#include "tests/sim/disk.h"

enum { ROWS = 5, BYTES = 30000, OPERATIONS_MAX = 1000, SEEDS = 3 };

struct fixture {
    struct job job;
    uint8_t bytes[2 * ROWS][BYTES];
    struct journal_row rows[2 * ROWS];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    null_job_make(&f->job, "disk", 2 * ROWS, 8, 8, 1, 32);
    for (unsigned i = 0; i < 2 * ROWS; i++) {
        memset(f->bytes[i], (int)i + 1, BYTES);
        f->rows[i] = (struct journal_row){
            .tile = i, .epoch = 1, .worker = "w", .bytes = f->bytes[i], .length = BYTES};
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    disk_mount(NULL);
    job_free(&f->job);
    free(f);
    return 0;
}

/* Opens, commits twice, closes. Number of commits that returned. */
static unsigned work(struct fixture *f, enum err *err)
{
    struct journal *journal = NULL;
    unsigned n = 0;
    *err = journal_open_on(&journal, "sim", FS_LOCAL, &f->job, false, NULL);
    while (!*err && n < 2) {
        *err = journal_commit(journal, f->rows + n * ROWS, ROWS, NULL);
        n += *err == OK;
    }
    journal_close(&journal);
    return n;
}

/* All of commit c is there, or nothing. */
static bool is_there(struct fixture *f, struct journal *journal, unsigned c)
{
    struct journal_row row;
    unsigned n = 0;
    for (unsigned i = c * ROWS; i < (c + 1) * ROWS; i++) {
        enum err err = journal_get(journal, i, &row, NULL);
        if (err == ERR_NOT_FOUND)
            continue;
        assert_int_equal(err, OK);
        assert_int_equal(row.length, BYTES);
        assert_memory_equal(row.bytes, f->bytes[i], BYTES);
        n++;
    }
    if (n != 0 && n != ROWS)
        fail_msg("%u of a commit's %d rows are there", n, ROWS);
    return n == ROWS;
}

/* What is left opens, holds what was promised, and takes what is missing. */
static void expect_whole(struct fixture *f, unsigned n_returned)
{
    struct journal *journal = NULL;
    struct err_note note = {""};
    if (journal_open_on(&journal, "sim", FS_LOCAL, &f->job, false, &note))
        fail_msg("after the crash: %s", note.text);
    for (unsigned c = 0; c < 2; c++)
        if (!is_there(f, journal, c) && c < n_returned)
            fail_msg("commit %u returned and is lost", c);
    assert_int_equal(journal_commit(journal, f->rows, 2 * ROWS, NULL), OK);
    assert_true(is_there(f, journal, 0) && is_there(f, journal, 1));
    journal_close(&journal);
}

static void a_power_failure_at_any_operation_loses_no_commit_that_returned(void **state)
{
    struct fixture *f = *state;
    bool reached = true;
    unsigned n_cuts = 0, n_by_commits[3] = {0};
    for (uint64_t n = 0; reached; n++) {
        assert_true(n < OPERATIONS_MAX);
        for (unsigned k = 0; k < 2 + SEEDS; k++) {
            enum err err;
            struct disk *disk = disk_new(n << 8 | k);
            disk_mount(disk);
            disk_fault_in(disk, DISK_POWER, n);
            unsigned n_returned = work(f, &err);
            reached = disk_is_off(disk);
            disk_power_on(disk, k == 0 ? DISK_LOSE_ALL : k == 1 ? DISK_LOSE_NONE : DISK_LOSE_SOME);
            expect_whole(f, n_returned);
            disk_free(&disk);
            n_cuts += reached;
            n_by_commits[n_returned]++;
        }
    }
    assert_true(n_cuts > 100 && n_by_commits[0] && n_by_commits[1] && n_by_commits[2]);
}

/* Killed between writing and syncing, started again, and only then the power fails: what the second
 * start read back was told to workers as saved. */
static void what_a_second_start_reads_survives_a_later_power_failure(void **state)
{
    struct fixture *f = *state;
    bool reached = true;
    for (uint64_t n = 0; reached; n++) {
        enum err err;
        struct journal *journal = NULL;
        bool there[2];
        struct disk *disk = disk_new(n);
        disk_mount(disk);
        disk_fault_in(disk, DISK_POWER, n);
        work(f, &err);
        reached = disk_is_off(disk);
        disk_process_died(disk);
        assert_int_equal(journal_open_on(&journal, "sim", FS_LOCAL, &f->job, false, NULL), OK);
        for (unsigned c = 0; c < 2; c++)
            there[c] = is_there(f, journal, c);
        disk_cut_power(disk);
        journal_close(&journal);
        disk_power_on(disk, DISK_LOSE_ALL);
        expect_whole(f, there[0] ? 1 + there[1] : 0);
        disk_free(&disk);
    }
}

static void a_failed_write_or_sync_is_an_error_and_loses_nothing(void **state)
{
    struct fixture *f = *state;
    for (enum disk_fault fault = 0; fault < DISK_POWER; fault++) {
        bool failed = true;
        for (uint64_t n = 0; failed; n++) {
            enum err err;
            struct disk *disk = disk_new(n);
            disk_mount(disk);
            disk_fault_in(disk, fault, n);
            unsigned n_returned = work(f, &err);
            failed = n_returned < 2;
            assert_true(n < OPERATIONS_MAX);
            assert_int_equal(err == OK, n_returned == 2);
            disk_cut_power(disk);
            disk_power_on(disk, DISK_LOSE_SOME);
            expect_whole(f, n_returned);
            disk_free(&disk);
        }
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("journal on a failing disk",
        T(a_power_failure_at_any_operation_loses_no_commit_that_returned),
        T(what_a_second_start_reads_survives_a_later_power_failure),
        T(a_failed_write_or_sync_is_an_error_and_loses_nothing))
