#include "review/statistics/draws.h"
#include "engine/philox.h"

static void fill(struct draws *self, uint32_t block)
{
    const uint32_t counter[4] = {block, self->iteration, (uint32_t)self->unit,
                                 self->tag << 24 | (uint32_t)(self->unit >> 32 & 0xffffffu)};
    philox_seeded(self->seed, counter, self->word);
    self->block = block;
}

void draws_start(struct draws *self, uint64_t seed, uint32_t tag, uint64_t unit, uint32_t iteration)
{
    *self = (struct draws){.seed = seed, .unit = unit, .tag = tag, .iteration = iteration};
    fill(self, 0);
}

uint32_t draws_word(struct draws *self, uint64_t position)
{
    if ((uint32_t)(position / 4) != self->block)
        fill(self, (uint32_t)(position / 4));
    return self->word[position % 4];
}

uint64_t draws_below(struct draws *self, uint64_t position, uint64_t n)
{
    return draws_word(self, position) * n >> 32;
}
