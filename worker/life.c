#include "worker/life.h"
#include "proto/byte_size.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tile is begun only if two of the slowest kind would still fit, and a moment to hand it in. */
enum { HAND_IN_MS = 1000 };
#define FIELD "RssAnon:" /* of /proc/self/status, in KiB */

void life_start(struct life *life, const struct life_limits *limits, int64_t now_ms)
{
    *life = (struct life){.limits = *limits, .start_ms = now_ms, .idle_ms = now_ms};
}

void life_loading(struct life *life, int64_t now_ms)
{
    life->idle_ms = now_ms;
}

void life_tile_begun(struct life *life, int64_t now_ms)
{
    life->computing = true;
    life->tile_ms = now_ms;
}

void life_tile_ended(struct life *life, int64_t now_ms, uint64_t own_bytes)
{
    int64_t took_ms = now_ms - life->tile_ms;
    life->computing = false;
    life->idle_ms = now_ms;
    life->n_tiles++;
    life->own_bytes = own_bytes;
    if (took_ms > life->slowest_ms)
        life->slowest_ms = took_ms;
}

/* Never more than half of the time: a short life is still worth a tile. */
static int64_t margin_ms(const struct life *life)
{
    int64_t margin = 2 * life->slowest_ms + HAND_IN_MS;
    return margin < life->limits.time_ms / 2 ? margin : life->limits.time_ms / 2;
}

static enum life_verdict in_time(const struct life *life, int64_t now_ms, struct err_note *line)
{
    int64_t age_ms = now_ms - life->start_ms;
    if (life->limits.time_ms == 0 || age_ms < life->limits.time_ms - margin_ms(life))
        return LIFE_GO_ON;
    err_set(line, OK, "--time-limit: leaves after %.1f s and %llu tiles", (double)age_ms / 1000,
            (unsigned long long)life->n_tiles);
    return age_ms < life->limits.time_ms ? LIFE_LEAVE : LIFE_STOP;
}

enum life_verdict life_verdict_at(const struct life *life, int64_t now_ms, struct err_note *line)
{
    const struct life_limits *limits = &life->limits;
    char own[32], limit[32];
    enum life_verdict verdict = in_time(life, now_ms, line);
    if (verdict != LIFE_GO_ON)
        return verdict;
    if (limits->idle_ms && !life->computing && now_ms - life->idle_ms >= limits->idle_ms) {
        err_set(line, OK, "--idle-timeout: nothing to compute for %.1f s, leaves",
                (double)(now_ms - life->idle_ms) / 1000);
        return LIFE_LEAVE;
    }
    if (limits->tiles && life->n_tiles >= limits->tiles) {
        err_set(line, OK, "--recycle-after: %llu tiles, starts afresh",
                (unsigned long long)life->n_tiles);
        return LIFE_RECYCLE;
    }
    if (limits->bytes && life->own_bytes > limits->bytes) {
        byte_size_text(own, sizeof own, life->own_bytes);
        byte_size_text(limit, sizeof limit, limits->bytes);
        err_set(line, OK, "--max-rss: %s of its own memory, over %s, starts afresh", own, limit);
        return LIFE_RECYCLE;
    }
    return LIFE_GO_ON;
}

uint64_t life_own_bytes(void)
{
    char line[200];
    uint64_t kib = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, FIELD, strlen(FIELD)) == 0) {
            kib = strtoull(line + strlen(FIELD), NULL, 10);
            break;
        }
    if (file)
        fclose(file);
    return kib << 10;
}
