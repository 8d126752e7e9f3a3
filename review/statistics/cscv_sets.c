#include "review/statistics/cscv_sets.h"
#include <stdbool.h>
#include <stdlib.h>

/* Lexicographic successor of an ascending choice of k out of n; false after the last. */
static bool next_choice(uint32_t *choice, uint32_t k, uint32_t n)
{
    uint32_t i = k;
    while (i > 0 && choice[i - 1] == n - k + i - 1)
        i--;
    if (i == 0)
        return false;
    choice[i - 1]++;
    for (; i < k; i++)
        choice[i] = choice[i - 1] + 1;
    return true;
}

static uint32_t n_choices(uint32_t n, uint32_t k)
{
    uint64_t c = 1;
    for (uint32_t i = 1; i <= k; i++)
        c = c * (n - k + i) / i;
    return (uint32_t)c;
}

/* Lower masks by their number of bits, and where the sets of each upper mask begin. */
static void lay_out(struct cscv_sets *self)
{
    uint32_t n_masks = 1u << self->half, at = 0;
    for (uint32_t bits = 0; bits <= self->half; bits++) {
        self->first[bits] = at;
        for (uint32_t m = 0; m < n_masks; m++)
            if ((uint32_t)__builtin_popcount(m) == bits)
                self->low[at++] = m;
    }
    self->first[self->half + 1] = at;
    at = 0;
    for (uint32_t high = 0; high < n_masks; high++) {
        uint32_t bits = self->half - (uint32_t)__builtin_popcount(high);
        self->start[high] = at;
        at += self->first[bits + 1] - self->first[bits];
    }
}

enum err cscv_sets_new(struct cscv_sets *out, uint32_t n_blocks)
{
    struct cscv_sets s = {.half = n_blocks / 2};
    uint32_t n_masks = 1u << s.half, choice[64] = {0}, *position;
    s.n = n_choices(n_blocks, s.half);
    s.low = calloc(n_masks, sizeof *s.low);
    s.start = malloc(n_masks * sizeof *s.start);
    s.lexicographic = malloc(s.n * sizeof *s.lexicographic);
    s.mask = calloc(s.n, sizeof *s.mask);
    position =
        malloc(n_masks * sizeof *position); /* of a lower mask among those with as many bits */
    if (!s.low || !s.start || !s.lexicographic || !s.mask || !position) {
        cscv_sets_free(&s);
        free(position);
        return ERR_NOMEM;
    }
    lay_out(&s);
    for (uint32_t i = 0; i < n_masks; i++)
        position[s.low[i]] = i - s.first[__builtin_popcount(s.low[i])];
    for (uint32_t i = 0; i < s.half; i++)
        choice[i] = i;
    for (uint32_t c = 0; c < s.n; c++) {
        uint32_t mask = 0;
        for (uint32_t i = 0; i < s.half; i++)
            mask |= 1u << choice[i];
        s.mask[c] = mask;
        s.lexicographic[s.start[mask >> s.half] + position[mask & (n_masks - 1)]] = c;
        next_choice(choice, s.half, n_blocks);
    }
    free(position);
    *out = s;
    return OK;
}

void cscv_sets_free(struct cscv_sets *self)
{
    free(self->low);
    free(self->start);
    free(self->lexicographic);
    free(self->mask);
    *self = (struct cscv_sets){0};
}
