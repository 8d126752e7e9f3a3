/* plateau-worker with cells that do harm, for tests alone: linked with
 * -Wl,--wrap=cell_compute_span, so that the worker itself knows nothing of it.
 *
 *   PLATEAU_POISON  words, each about the spans that hold one cell of one tile (numbers both):
 *     kill:TILE:CELL     the process ends by SIGSEGV
 *     hang:TILE:CELL     it never ends
 *     slow:TILE:CELL:MS  it takes that much longer; a file begun.PID in the folder
 *                        PLATEAU_POISON_DIR says that it was begun
 *     lie:TILE:CELL:N    its bits are wrong, otherwise in each, in the first N processes that
 *                        compute it (counted by files lie.1 .. in the folder PLATEAU_POISON_DIR) */
#include "worker/cell.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err __real_cell_compute_span(struct cell_engine *cells, uint64_t tile, uint32_t first_cell,
                                  uint32_t n_cells, struct codec_writer *out);
enum err __wrap_cell_compute_span(struct cell_engine *cells, uint64_t tile, uint32_t first_cell,
                                  uint32_t n_cells, struct codec_writer *out);

/* Which of the first n processes to ask; 0: a later one. O_EXCL lets each number be taken once. */
static int place_among(unsigned n)
{
    static int answer = -1;
    const char *folder = getenv("PLATEAU_POISON_DIR");
    char path[4200];
    for (unsigned i = 1; folder && answer < 0 && i <= n; i++) {
        snprintf(path, sizeof path, "%s/lie.%u", folder, i);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0)
            continue;
        dprintf(fd, "%ld\n", (long)getpid());
        close(fd);
        answer = (int)i;
    }
    if (answer < 0)
        answer = 0;
    return answer;
}

static void take_longer(unsigned ms)
{
    const char *folder = getenv("PLATEAU_POISON_DIR");
    char path[4200];
    snprintf(path, sizeof path, "%s/begun.%ld", folder ? folder : "", (long)getpid());
    int fd = folder ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (fd >= 0)
        close(fd);
    usleep(ms * 1000);
}

enum err __wrap_cell_compute_span(struct cell_engine *cells, uint64_t tile, uint32_t first_cell,
                                  uint32_t n_cells, struct codec_writer *out)
{
    unsigned long long at;
    unsigned cell, n;
    char word[8], text[1000];
    size_t start = out->length;
    int lie = 0;
    snprintf(text, sizeof text, "%s", getenv("PLATEAU_POISON") ? getenv("PLATEAU_POISON") : "");
    char *rest = NULL;
    for (char *w = strtok_r(text, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        n = 0;
        if (sscanf(w, "%7[a-z]:%llu:%u:%u", word, &at, &cell, &n) < 3 || at != tile ||
            cell < first_cell || cell >= first_cell + n_cells)
            continue;
        if (strcmp(word, "kill") == 0) {
            signal(SIGSEGV, SIG_DFL); /* a sanitizer would make an exit of it */
            raise(SIGSEGV);
        }
        if (strcmp(word, "slow") == 0)
            take_longer(n);
        while (strcmp(word, "hang") == 0)
            pause();
        if (strcmp(word, "lie") == 0)
            lie = place_among(n);
    }
    enum err err = __real_cell_compute_span(cells, tile, first_cell, n_cells, out);
    if (!err && lie && out->length > start + 8)
        out->bytes[start + 7] ^= (uint8_t)lie; /* a number of the first cell */
    return err;
}
