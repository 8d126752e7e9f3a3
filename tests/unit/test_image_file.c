#include "market/image_file.h"
#include "tests/lib/cm.h"
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct err_note note;
static char folder[64];

/* Two sleeves, the second with a symbol that has no bar. */
static struct market_image make_image(double first_close)
{
    static const int32_t day[] = {0, 1, 4}, first_row[] = {0, 3}, bar_session[] = {0, 2},
                         bench_session[] = {0, 1, 2};
    static const char names[][64] = {"AAA", "BBB"};
    static const uint32_t bar_start[] = {0, 2, 2};
    static double close[] = {1, 2, 3};
    close[0] = first_close;
    struct image_view v = {.name = "equity",
                           .asset_class = IMAGE_EQUITY,
                           .n_symbols = 2,
                           .n_sessions = 3,
                           .n_bench = 3,
                           .n_bars = 2,
                           .session_day = day,
                           .symbol_name = names,
                           .first_row = first_row,
                           .bar_start = bar_start,
                           .bar_session = bar_session,
                           .open = close,
                           .high = close,
                           .low = close,
                           .close = close,
                           .volume = close,
                           .bench_session = bench_session,
                           .bench_open = close,
                           .bench_high = close,
                           .bench_low = close,
                           .bench_close = close,
                           .bench_volume = close};
    struct image_view two[] = {v, v};
    two[1].name = "crypto";
    two[1].asset_class = IMAGE_CRYPTO;
    struct market_image image;
    assert_int_equal(image_layout(two, 2, 0.5, &image, &note), OK);
    return image;
}

static void path_of(const struct market_image *image, char path[4096])
{
    assert_int_equal(image_file_path(folder, image->hash, path, 4096), OK);
}

static void write_image(const struct market_image *image)
{
    char path[4096];
    path_of(image, path);
    assert_int_equal(
        image_file_write(folder, strrchr(path, '/') + 1, image->bytes, image->length, &note), OK);
}

static void an_image_reads_back_as_it_was_laid_out(void **state)
{
    (void)state;
    struct market_image image = make_image(1), mapped;
    struct image_view views[IMAGE_SLEEVES_MAX];
    uint32_t n;
    write_image(&image);
    assert_int_equal(market_open_hash(folder, image.hash, &mapped, &note), OK);
    assert_int_equal(mapped.length, image.length);
    assert_memory_equal(mapped.bytes, image.bytes, image.length);
    assert_memory_equal(mapped.bytes, "PLAUIMG1", 8);
    assert_int_equal(image_check(mapped.bytes, mapped.length, views, &n, &note), OK);
    assert_int_equal(n, 2);
    assert_string_equal(views[1].name, "crypto");
    assert_string_equal(views[1].symbol_name[1], "BBB");
    assert_int_equal(views[0].session_day[2], 4);
    assert_int_equal(views[0].bar_session[1], 2);
    assert_true(views[0].bench_close[2] == 3);
    market_image_free(&mapped);
    assert_null(mapped.bytes);
    market_image_free(&image);
}

static void equal_data_has_equal_bytes_and_every_byte_counts(void **state)
{
    (void)state;
    struct market_image a = make_image(1);
    volatile uint8_t *dirt = malloc(a.length);
    assert_non_null(dirt);
    for (size_t i = 0; i < a.length; i++)
        dirt[i] = 0xaa;
    free((void *)dirt); /* the next image is likely to get this memory: padding must not show it */
    struct market_image b = make_image(1), c = make_image(1.5);
    uint8_t hash[IMAGE_HASH_BYTES];
    assert_memory_equal(a.bytes, b.bytes, a.length);
    assert_memory_equal(a.hash, b.hash, sizeof a.hash);
    assert_memory_not_equal(a.hash, c.hash, sizeof a.hash);
    uint8_t *bytes = malloc(a.length);
    assert_non_null(bytes);
    memcpy(bytes, a.bytes, a.length);
    for (size_t i = 0; i < a.length; i++) {
        bool in_hash = i >= offsetof(struct image_header, hash) &&
                       i < offsetof(struct image_header, hash) + IMAGE_HASH_BYTES;
        bytes[i] ^= 1;
        image_hash(bytes, a.length, hash);
        assert_int_equal(memcmp(hash, a.hash, sizeof hash) == 0, in_hash);
        bytes[i] ^= 1;
    }
    free(bytes);
    market_image_free(&a);
    market_image_free(&b);
    market_image_free(&c);
}

/* Write bytes under the image's name, then open by hash. */
static enum err open_damaged(const struct market_image *image, const void *bytes, size_t length)
{
    char path[4096];
    struct market_image mapped;
    path_of(image, path);
    note.text[0] = '\0';
    assert_int_equal(image_file_write(folder, strrchr(path, '/') + 1, bytes, length, NULL), OK);
    enum err e = market_open_hash(folder, image->hash, &mapped, &note);
    assert_int_not_equal(e, OK);
    assert_non_null(strstr(note.text, path));
    assert_null(strchr(note.text, '\n'));
    return e;
}

static void damaged_images_are_refused(void **state)
{
    (void)state;
    struct market_image image = make_image(1), other = make_image(2);
    uint8_t *bytes = malloc(image.length);
    assert_non_null(bytes);
    memcpy(bytes, image.bytes, image.length);
    for (size_t i = 0; i < image.length; i += 7) { /* any flipped bit */
        bytes[i] ^= 0x10;
        enum err e = open_damaged(&image, bytes, image.length);
        assert_true(e == ERR_CORRUPT || (e == ERR_VERSION && i / 8 == 1));
        bytes[i] ^= 0x10;
    }
    for (size_t n = 0; n < image.length; n += 13) /* any truncation */
        assert_int_equal(open_damaged(&image, bytes, n), ERR_CORRUPT);
    assert_int_equal(open_damaged(&image, bytes, image.length - 1), ERR_CORRUPT);
    assert_non_null(strstr(note.text, "truncated market image"));
    assert_int_equal(open_damaged(&image, other.bytes, other.length), ERR_CORRUPT);
    assert_non_null(strstr(note.text, "another image than its name"));
    struct image_header header;
    memcpy(&header, bytes, sizeof header);
    header.version++;
    memcpy(bytes, &header, sizeof header);
    assert_int_equal(open_damaged(&image, bytes, image.length), ERR_VERSION);
    assert_non_null(strstr(note.text, "version 2, expected 1"));
    free(bytes);
    market_image_free(&image);
    market_image_free(&other);
}

static void an_absent_image_is_not_found(void **state)
{
    (void)state;
    static const uint8_t hash[IMAGE_HASH_BYTES] = {1, 2, 3};
    struct market_image out;
    assert_int_equal(market_open_hash(folder, hash, &out, &note), ERR_NOT_FOUND);
    assert_int_equal(market_open_file("/", &out, &note), ERR_CORRUPT);
}

/* Entries of the folder whose names hold ".tmp". */
static int n_temporaries(const char *dir)
{
    char command[256], answer[16] = "";
    snprintf(command, sizeof command, "ls -A %s | grep -c tmp", dir);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    assert_non_null(fgets(answer, sizeof answer, f));
    pclose(f);
    return atoi(answer);
}

/* In a child: what it does to itself (limits, user, mounts) ends with it. Exit 0: as expected; 77:
 * cannot be tried here. */
static int in_child(int (*act)(void))
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(act());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* 0 if the write failed as ERR_IO with the reason in its line. */
static int write_fails(const char *dir, const char *reason)
{
    static char big[1 << 20];
    enum err e = image_file_write(dir, "x.img", big, sizeof big, &note);
    if (e == ERR_IO && strstr(note.text, reason) && strstr(note.text, dir) &&
        strstr(note.text, "PLATEAU_CACHE"))
        return 0;
    fprintf(stderr, "got %d: %s\n", (int)e, note.text);
    return 1;
}

static int file_size_limit(void)
{
    struct rlimit limit = {4096, 4096};
    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &limit) == 0 ? write_fails(folder, "File too large") : 77;
}

static void a_write_cut_short_leaves_nothing(void **state)
{
    (void)state;
    char path[128];
    assert_int_equal(in_child(file_size_limit), 0);
    snprintf(path, sizeof path, "%s/x.img", folder);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(n_temporaries(folder), 0);
}

static int full_disk(void)
{
    char dir[128];
    snprintf(dir, sizeof dir, "%s/full", folder);
    if (mkdir(dir, 0700) != 0 || mount("none", dir, "tmpfs", 0, "size=64k") != 0)
        return 77;
    int failed = write_fails(dir, "No space left on device");
    failed |= n_temporaries(dir) != 0;
    umount(dir);
    return failed;
}

static int read_only_folder(void)
{
    char dir[128], beneath[160];
    snprintf(dir, sizeof dir, "%s/readonly", folder);
    if (mkdir(dir, 0555) != 0 || (geteuid() == 0 && seteuid(65534) != 0))
        return 77;
    snprintf(beneath, sizeof beneath, "%s/cache", dir);
    return write_fails(dir, "Permission denied") | write_fails(beneath, "Permission denied");
}

static int file_in_the_way(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/file", folder);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    if (fd < 0 || close(fd) != 0)
        return 1;
    strcat(path, "/cache");
    return write_fails(path, "Not a directory");
}

static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    int code = in_child(full_disk);
    if (code == 77) {
        print_message("SKIPPED: mounting a small tmpfs needs CAP_SYS_ADMIN\n");
        skip();
    }
    assert_int_equal(code, 0);
}

static void a_folder_that_cannot_be_written_is_named(void **state)
{
    (void)state;
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(in_child(read_only_folder), 0);
    assert_int_equal(in_child(file_in_the_way), 0);
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/plateau_image_XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
CM_MAIN("image_file", IN_FOLDER(an_image_reads_back_as_it_was_laid_out),
        cmocka_unit_test(equal_data_has_equal_bytes_and_every_byte_counts),
        IN_FOLDER(damaged_images_are_refused), IN_FOLDER(an_absent_image_is_not_found),
        IN_FOLDER(a_write_cut_short_leaves_nothing), IN_FOLDER(a_full_disk_leaves_nothing),
        IN_FOLDER(a_folder_that_cannot_be_written_is_named))
