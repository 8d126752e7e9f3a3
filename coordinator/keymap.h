/* keymap - a u64 key to a u32 value: peers by routing id, tiles in flight by number. Open
 * addressing; it grows by doubling and never shrinks, so its memory follows the largest number of
 * keys held at once. */
#ifndef COORDINATOR_KEYMAP_H
#define COORDINATOR_KEYMAP_H
#include "proto/err.h"
#include <stdint.h>

#define KEYMAP_NONE UINT32_MAX /* no value may be this */

struct keymap_slot {
    uint64_t key;
    uint32_t value; /* KEYMAP_NONE: free */
};
struct keymap { /* zero is an empty map */
    struct keymap_slot *slots;
    uint32_t capacity, n;
};
void keymap_free(struct keymap *map);
uint32_t keymap_get(const struct keymap *map, uint64_t key);           /* KEYMAP_NONE: not there */
enum err keymap_put(struct keymap *map, uint64_t key, uint32_t value); /* replaces; ERR_NOMEM */
void keymap_remove(struct keymap *map, uint64_t key);
#endif
