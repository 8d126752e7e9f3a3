#include "coordinator/keymap.h"
#include <assert.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 16 };

void keymap_free(struct keymap *map)
{
    free(map->slots);
    *map = (struct keymap){0};
}

static uint32_t home(const struct keymap *map, uint64_t key)
{
    key ^= key >> 31;
    key *= 0x9e3779b97f4a7c15ULL;
    return (uint32_t)(key >> 32) & (map->capacity - 1);
}

/* The slot that holds key, or the free one where it would go. */
static uint32_t probe(const struct keymap *map, uint64_t key)
{
    uint32_t i = home(map, key);
    while (map->slots[i].value != KEYMAP_NONE && map->slots[i].key != key)
        i = (i + 1) & (map->capacity - 1);
    return i;
}

uint32_t keymap_get(const struct keymap *map, uint64_t key)
{
    return map->n ? map->slots[probe(map, key)].value : KEYMAP_NONE;
}

static enum err grow(struct keymap *map)
{
    struct keymap bigger = {.capacity = map->capacity ? 2 * map->capacity : CAPACITY_MIN,
                            .n = map->n};
    bigger.slots = malloc(bigger.capacity * sizeof *bigger.slots);
    if (!bigger.slots)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < bigger.capacity; i++)
        bigger.slots[i].value = KEYMAP_NONE;
    for (uint32_t i = 0; i < map->capacity; i++)
        if (map->slots[i].value != KEYMAP_NONE)
            bigger.slots[probe(&bigger, map->slots[i].key)] = map->slots[i];
    free(map->slots);
    *map = bigger;
    return OK;
}

enum err keymap_put(struct keymap *map, uint64_t key, uint32_t value)
{
    assert(value != KEYMAP_NONE);
    if (2 * (map->n + 1) > map->capacity && grow(map))
        return ERR_NOMEM;
    struct keymap_slot *slot = &map->slots[probe(map, key)];
    map->n += slot->value == KEYMAP_NONE;
    *slot = (struct keymap_slot){key, value};
    return OK;
}

/* Later members of the cluster move up into the hole, so that no probe stops short of them. */
void keymap_remove(struct keymap *map, uint64_t key)
{
    uint32_t mask = map->capacity - 1, hole = map->n ? probe(map, key) : 0;
    if (map->n == 0 || map->slots[hole].value == KEYMAP_NONE)
        return;
    for (uint32_t i = (hole + 1) & mask; map->slots[i].value != KEYMAP_NONE; i = (i + 1) & mask) {
        uint32_t wants = home(map, map->slots[i].key);
        if (((i - wants) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole].value = KEYMAP_NONE;
    map->n--;
}
