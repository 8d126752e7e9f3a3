/* Runs a fuzz target over files and folders of inputs and over cuts and bit flips of each: the
 * corpus as a plain test. */
#include "tests/fuzz/fuzz.h"
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

enum { CUTS = 64, FLIPS = 256, INPUT_MAX = 1 << 20 };

static void run_variations(uint8_t *bytes, size_t n)
{
    LLVMFuzzerTestOneInput(bytes, n);
    for (size_t i = 0; i < CUTS && n; i++)
        LLVMFuzzerTestOneInput(bytes, n * i / CUTS);
    for (size_t i = 0; i < FLIPS && n; i++) {
        size_t at = n * i / FLIPS;
        bytes[at] ^= (uint8_t)(1u << (i % 8));
        LLVMFuzzerTestOneInput(bytes, n);
        bytes[at] ^= (uint8_t)(1u << (i % 8));
    }
}

static int run_file(const char *path)
{
    static uint8_t bytes[INPUT_MAX];
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    run_variations(bytes, n);
    return 1;
}

static int run_folder(const char *path)
{
    int n = 0;
    DIR *dir = opendir(path);
    for (struct dirent *d; dir && (d = readdir(dir));) {
        char file[4096];
        if (d->d_name[0] == '.' ||
            snprintf(file, sizeof file, "%s/%s", path, d->d_name) >= (int)sizeof file)
            continue;
        n += run_file(file);
    }
    if (dir)
        closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    int n = 0;
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) == 0)
            n += S_ISDIR(st.st_mode) ? run_folder(argv[i]) : run_file(argv[i]);
    }
    printf("%d inputs replayed\n", n);
    return n > 0 ? 0 : 1;
}
