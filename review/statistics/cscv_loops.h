/* cscv_loops - the two inner loops of cscv_tile.c for one register width; included once for each,
 * with CSCV_LANES   doubles of a register CSCV_NAME(x) the name of x for this width CSCV_TARGET the
 * function attribute that allows it A vector wider than the machine's registers is taken apart
 * badly by the compiler, hence one build for each. No guard: it is meant to be included again. */
typedef double CSCV_NAME(lanes) __attribute__((vector_size(CSCV_LANES * sizeof(double))));
typedef int64_t CSCV_NAME(marks) __attribute__((vector_size(CSCV_LANES * sizeof(int64_t))));

/* Rows of the subset sums behind a set, and x = S |S| and q = Q of vector v of them. */
#define CSCV_ROWS(self, low, high)                                                                 \
    const lanes *high_s = (const lanes *)cscv_tile_row((self)->high_s, high),                      \
                *high_q = (const lanes *)cscv_tile_row((self)->high_q, high),                      \
                *low_s = (const lanes *)cscv_tile_row((self)->low_s, low),                         \
                *low_q = (const lanes *)cscv_tile_row((self)->low_q, low)
#define CSCV_LOAD(v)                                                                               \
    const lanes s = low_s[v] + high_s[v], q = low_q[v] + high_q[v];                                \
    const lanes x = s * (lanes)((marks)s & INT64_MAX)

CSCV_TARGET static void CSCV_NAME(best)(const struct cscv_tile *self, const struct cscv_sets *sets,
                                        struct cscv_best *best)
{
    typedef CSCV_NAME(lanes) lanes;
    typedef CSCV_NAME(marks) marks;
    uint32_t n_masks = 1u << sets->half, set = 0;
    for (uint32_t high = 0; high < n_masks; high++) {
        uint32_t bits = sets->half - (uint32_t)__builtin_popcount(high);
        for (uint32_t i = sets->first[bits]; i < sets->first[bits + 1]; i++, set++) {
            CSCV_ROWS(self, sets->low[i], high);
            double bar = best->bar[set];
            marks above = {0};
            int64_t any = 0;
            for (unsigned v = 0; v < CSCV_TILE / CSCV_LANES; v++) {
                CSCV_LOAD(v);
                above |= x > bar * q;
            }
            for (unsigned l = 0; l < CSCV_LANES; l++)
                any |= above[l];
            if (any || self->exact)
                raise_best(self, sets->low[i], high, set, best);
        }
    }
}

CSCV_TARGET static void CSCV_NAME(count)(const struct cscv_tile *self, const struct cscv_sets *sets,
                                         struct cscv_count *count)
{
    typedef CSCV_NAME(lanes) lanes;
    typedef CSCV_NAME(marks) marks;
    uint32_t n_masks = 1u << sets->half, set = 0;
    for (uint32_t high = 0; high < n_masks; high++) {
        uint32_t bits = sets->half - (uint32_t)__builtin_popcount(high);
        for (uint32_t i = sets->first[bits]; i < sets->first[bits + 1]; i++, set++) {
            CSCV_ROWS(self, sets->low[i], high);
            double theta = count->theta[set], under = beside(theta, -1.0),
                   over = beside(theta, 1.0);
            marks less = {0}, more = {0};
            int64_t n_less = 0, n_more = 0;
            for (unsigned v = 0; v < CSCV_TILE / CSCV_LANES; v++) {
                CSCV_LOAD(v);
                less -= x < under * q;
                more -= x > over * q;
            }
            for (unsigned l = 0; l < CSCV_LANES; l++) {
                n_less += less[l];
                n_more += more[l];
            }
            settle(self, sets->low[i], high, set, (uint32_t)n_less, (uint32_t)n_more, count);
        }
    }
}
#undef CSCV_ROWS
#undef CSCV_LOAD
#undef CSCV_LANES
#undef CSCV_NAME
#undef CSCV_TARGET
