/* life - when a worker leaves by itself: limits of time, idleness, tiles and memory. A function of
 * what happened and when; worker/net.c asks it and obeys.
 *
 * Leaving is draining: the tile in hand is finished, handed in and acked; what was leased beyond it
 * goes to others. Only when its time is over does a worker leave a tile behind. */
#ifndef WORKER_LIFE_H
#define WORKER_LIFE_H
#include "proto/err.h"
#include <stdbool.h>
#include <stdint.h>

struct life_limits { /* 0: none */
    int64_t time_ms; /* since the start: gone by then */
    int64_t idle_ms; /* nothing to compute for that long */
    uint64_t tiles;  /* computed: then a fresh process takes over */
    uint64_t bytes;  /* of memory of its own (not the image and planes all share): likewise */
};
struct life { /* read by all; written here */
    struct life_limits limits;
    int64_t start_ms, idle_ms, tile_ms; /* idle_ms: since when; tile_ms: of the tile in hand */
    int64_t slowest_ms;
    uint64_t n_tiles, own_bytes;
    bool computing;
};
void life_start(struct life *life, const struct life_limits *limits, int64_t now_ms);
/* No tile, but no idleness either: a job is being loaded. */
void life_loading(struct life *life, int64_t now_ms);
void life_tile_begun(struct life *life, int64_t now_ms);
void life_tile_ended(struct life *life, int64_t now_ms, uint64_t own_bytes);

enum life_verdict {
    LIFE_GO_ON,
    LIFE_LEAVE,   /* drain, for good */
    LIFE_RECYCLE, /* drain, and a fresh process is wanted */
    LIFE_STOP     /* at once */
};
/* The line says why; it may be NULL. */
enum life_verdict life_verdict_at(const struct life *life, int64_t now_ms, struct err_note *line);
/* Memory of this process that is its own, bytes; 0 if the system does not tell. */
uint64_t life_own_bytes(void);
#endif
