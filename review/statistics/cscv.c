#include "review/statistics/cscv.h"
#include "review/statistics/cscv_sets.h"
#include "review/statistics/cscv_tile.h"
#include "review/statistics/parallel.h"
#include "review/statistics/sample.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* The grid of the dominance tests, annualised Sharpe ratios -10 .. 10. */
enum { GRID = 2001, GRID_ZERO = 1000 };
#define GRID_STEP 0.01
#define SLACK 1e-12

double cscv_key(double sum, double sumsq)
{
    return sumsq == 0.0 ? 0.0 : sum * fabs(sum) / sumsq;
}

double cscv_sharpe(double n_periods, double sum, double sumsq)
{
    if (sumsq == 0.0)
        return 0.0;
    double m2 = sumsq - sum * sum / n_periods, floor = SAMPLE_ZERO_VARIANCE * sumsq;
    m2 = m2 > floor ? m2 : floor;
    return sum / n_periods / sqrt(m2 / (n_periods - 1.0));
}

uint32_t cscv_n_splits(uint32_t n_blocks)
{
    uint64_t c = 1;
    for (uint32_t i = 1; i <= n_blocks / 2; i++)
        c = c * (n_blocks - n_blocks / 2 + i) / i;
    return (uint32_t)c;
}

/* What each thread keeps of its range of configurations. */
struct share {
    struct cscv_tile tile;
    struct cscv_best best;
    uint32_t *less, *equal;
    uint64_t *bins; /* [GRID + 1] out-of-sample Sharpe ratios by grid cell */
};
struct work {
    const struct cscv_input *in;
    struct cscv_sets sets;
    unsigned n_threads;
    struct share *share;
    double *theta; /* computing order: key on the set of the best on its complement */
    size_t stride; /* of the configurations behind the ecdf of all */
};

static double set_sum(const double *blocks, uint32_t n_blocks, uint32_t mask)
{
    double low = 0.0, high = 0.0;
    for (uint32_t b = 0; b < n_blocks / 2; b++)
        low += mask >> b & 1u ? blocks[b] : 0.0;
    for (uint32_t b = n_blocks / 2; b < n_blocks; b++)
        high += mask >> b & 1u ? blocks[b] : 0.0;
    return low + high; /* the order of the tiles' subset sums */
}

static double set_sharpe(const struct cscv_input *in, size_t config, uint32_t mask)
{
    const double *s = in->sum + config * in->n_blocks, *q = in->sumsq + config * in->n_blocks;
    return cscv_sharpe(set_sum(in->n_periods, in->n_blocks, mask), set_sum(s, in->n_blocks, mask),
                       set_sum(q, in->n_blocks, mask)) *
           sqrt(in->periods_per_year);
}

static void fill_tile(struct work *w, struct share *share, size_t at, size_t end)
{
    uint32_t n = end - at < CSCV_TILE ? (uint32_t)(end - at) : CSCV_TILE;
    cscv_tile_fill(&share->tile, w->sets.half, w->in->sum, w->in->sumsq, at, 1, n);
}

static void find_best(void *context, unsigned i, size_t begin, size_t end)
{
    struct work *w = context;
    struct share *share = &w->share[i];
    for (uint32_t c = 0; c < w->sets.n; c++) {
        share->best.key[c] = share->best.bar[c] = -INFINITY;
        share->best.star[c] = (uint32_t)begin;
    }
    for (size_t at = begin; at < end; at += CSCV_TILE) {
        fill_tile(w, share, at, end);
        cscv_tile_best(&share->tile, &w->sets, &share->best);
    }
}

static void count_below(void *context, unsigned i, size_t begin, size_t end)
{
    struct work *w = context;
    struct share *share = &w->share[i];
    struct cscv_count count = {w->theta, share->less, share->equal};
    for (uint32_t c = 0; c < w->sets.n; c++)
        share->less[c] = share->equal[c] = 0;
    for (size_t at = begin; at < end; at += CSCV_TILE) {
        fill_tile(w, share, at, end);
        cscv_tile_count(&share->tile, &w->sets, &count);
    }
}

/* Smallest j with value <= x_j = (j - GRID_ZERO) * 0.01; GRID when above the whole grid. */
static uint32_t grid_cell(double value)
{
    if (!(value > -GRID_ZERO * GRID_STEP))
        return 0;
    if (!(value <= GRID_ZERO * GRID_STEP))
        return GRID;
    int j =
        (int)(value / GRID_STEP + GRID_ZERO) - GRID_ZERO; /* floor, within a step of the answer */
    while (value <= (j - 1) * GRID_STEP)
        j--;
    while (value > j * GRID_STEP)
        j++;
    return (uint32_t)(j + GRID_ZERO);
}

/* Annualised Sharpe ratios of a tile on one set of n_periods days, as cscv_sharpe: q = 0 gives 0 /
 * 0, sorted out after. */
static void tile_sharpe(const struct cscv_tile *t, uint32_t mask, uint32_t half, double n_periods,
                        double root_year, double *sharpe)
{
    uint32_t low = mask & ((1u << half) - 1), high = mask >> half;
    const double *low_s = cscv_tile_row(t->low_s, low), *low_q = cscv_tile_row(t->low_q, low);
    const double *high_s = cscv_tile_row(t->high_s, high), *high_q = cscv_tile_row(t->high_q, high);
    for (uint32_t i = 0; i < CSCV_TILE; i++) {
        double s = low_s[i] + high_s[i], q = low_q[i] + high_q[i];
        double m2 = q - s * s / n_periods, floor = SAMPLE_ZERO_VARIANCE * q;
        m2 = m2 > floor ? m2 : floor;
        double sr = s / n_periods / sqrt(m2 / (n_periods - 1.0)) * root_year;
        sharpe[i] = q <= t->flat ? 0.0 : sr;
    }
}

static void bin_all(void *context, unsigned i, size_t begin, size_t end)
{
    struct work *w = context;
    const struct cscv_input *in = w->in;
    const struct cscv_sets *sets = &w->sets;
    struct share *share = &w->share[i];
    double root_year = sqrt(in->periods_per_year), sharpe[CSCV_TILE];
    for (uint32_t j = 0; j <= GRID; j++)
        share->bins[j] = 0;
    for (size_t k = begin; k < end; k += CSCV_TILE) {
        uint32_t n = end - k < CSCV_TILE ? (uint32_t)(end - k) : CSCV_TILE;
        cscv_tile_fill(&share->tile, sets->half, in->sum, in->sumsq, k * w->stride, w->stride, n);
        for (uint32_t c = 0; c < sets->n; c++) {
            tile_sharpe(&share->tile, sets->mask[c], sets->half, w->theta[c], root_year, sharpe);
            for (uint32_t lane = 0; lane < n; lane++)
                share->bins[grid_cell(sharpe[lane])]++;
        }
    }
}

static void share_free(struct work *w)
{
    for (unsigned i = 0; w->share && i < w->n_threads; i++) {
        cscv_tile_free(&w->share[i].tile);
        free(w->share[i].best.key);
        free(w->share[i].best.star);
        free(w->share[i].bins);
    }
    free(w->share);
    free(w->theta);
    cscv_sets_free(&w->sets);
}

static enum err share_new(struct work *w)
{
    enum err rc = cscv_sets_new(&w->sets, w->in->n_blocks);
    size_t n = w->sets.n;
    if (rc != OK)
        return rc;
    w->theta = malloc(n * sizeof *w->theta);
    w->share = calloc(w->n_threads, sizeof *w->share);
    if (!w->theta || !w->share)
        return ERR_NOMEM;
    for (unsigned i = 0; i < w->n_threads; i++) {
        struct share *s = &w->share[i];
        if ((rc = cscv_tile_new(&s->tile, w->sets.half)) != OK)
            return rc;
        s->best.key = malloc(2 * n * sizeof(double));
        s->best.star = malloc(3 * n * sizeof(uint32_t));
        s->bins = malloc((GRID + 1) * sizeof *s->bins);
        if (!s->best.key || !s->best.star || !s->bins)
            return ERR_NOMEM;
        s->best.bar = s->best.key + n;
        s->less = s->best.star + n;
        s->equal = s->less + n;
    }
    return OK;
}

/* Pass 1 into splits[].star and r_is. Threads hold ascending ranges, so an earlier one wins a tie.
 */
static enum err choose_stars(struct work *w, struct cscv_split *splits)
{
    enum err rc = parallel_ranges(w->n_threads, w->in->n_configs, find_best, w);
    for (uint32_t set = 0; set < w->sets.n && rc == OK; set++) {
        double key = -INFINITY;
        uint32_t star = 0;
        for (unsigned i = 0; i < w->n_threads; i++)
            if (w->share[i].best.key[set] > key) {
                key = w->share[i].best.key[set];
                star = w->share[i].best.star[set];
            }
        splits[w->sets.lexicographic[set]].star = star;
    }
    return rc;
}

/* Pass 2: how each star ranks on the complement of its set. The complement of set c is set n - 1 -
 * c. */
static enum err rank_stars(struct work *w, struct cscv_split *splits)
{
    const struct cscv_input *in = w->in;
    uint32_t n = w->sets.n, n_blocks = in->n_blocks;
    for (uint32_t set = 0; set < n; set++) {
        uint32_t c = w->sets.lexicographic[set];
        size_t star = splits[n - 1 - c].star;
        uint32_t mask = w->sets.mask[c];
        w->theta[set] = cscv_key(set_sum(in->sum + star * n_blocks, n_blocks, mask),
                                 set_sum(in->sumsq + star * n_blocks, n_blocks, mask));
    }
    enum err rc = parallel_ranges(w->n_threads, in->n_configs, count_below, w);
    for (uint32_t set = 0; set < n && rc == OK; set++) {
        struct cscv_split *s = &splits[n - 1 - w->sets.lexicographic[set]];
        s->less = s->equal = 0;
        for (unsigned i = 0; i < w->n_threads; i++) {
            s->less += w->share[i].less[set];
            s->equal += w->share[i].equal[set];
        }
    }
    return rc;
}

static void describe_splits(const struct work *w, struct cscv_split *splits)
{
    const struct cscv_input *in = w->in;
    uint32_t n = w->sets.n, everything = (1u << in->n_blocks) - 1;
    for (uint32_t c = 0; c < n; c++) {
        struct cscv_split *s = &splits[c];
        s->r_is = set_sharpe(in, s->star, w->sets.mask[c]);
        s->r_oos = set_sharpe(in, s->star, everything ^ w->sets.mask[c]);
        double rank = (double)s->less + 0.5 * ((double)s->equal + 1.0);
        s->omega = rank / ((double)in->n_configs + 1.0);
        s->logit = log(s->omega / (1.0 - s->omega));
    }
}

static void regress(struct cscv_result *out, const struct cscv_split *splits)
{
    double n = (double)out->n_splits, xx = 0.0, xy = 0.0, yy = 0.0, x2 = 0.0, y2 = 0.0;
    for (uint32_t c = 0; c < out->n_splits; c++) {
        double x = splits[c].r_is - out->mean_is, y = splits[c].r_oos - out->mean_oos;
        xx += x * x;
        xy += x * y;
        yy += y * y;
        x2 += splits[c].r_is * splits[c].r_is;
        y2 += splits[c].r_oos * splits[c].r_oos;
    }
    out->degr_slope = out->degr_intercept = out->degr_r2 = NAN;
    if (n < 2.0 || xx <= SAMPLE_ZERO_VARIANCE * x2)
        return;
    out->degr_slope = xy / xx;
    out->degr_intercept = out->mean_oos - out->degr_slope * out->mean_is;
    if (yy > SAMPLE_ZERO_VARIANCE * y2)
        out->degr_r2 = xy * xy / (xx * yy);
}

static enum err summarise(const struct work *w, struct cscv_result *out,
                          const struct cscv_split *splits)
{
    uint32_t n = w->sets.n, overfit = 0, losses = 0;
    double is = 0.0, oos = 0.0, logits = 0.0, *sorted = malloc(n * sizeof *sorted);
    if (!sorted)
        return ERR_NOMEM;
    out->n_splits = n;
    for (uint32_t c = 0; c < n; c++) {
        const struct cscv_split *s = &splits[c];
        overfit += 2 * (uint64_t)s->less + s->equal <= w->in->n_configs;
        losses += s->r_oos < w->in->loss_threshold;
        is += s->r_is;
        oos += s->r_oos;
        logits += s->logit;
        sorted[c] = s->logit;
    }
    out->pbo = (double)overfit / n;
    out->prob_loss = (double)losses / n;
    out->mean_is = is / n;
    out->mean_oos = oos / n;
    out->logit_mean = logits / n;
    sample_sort(sorted, n);
    out->logit_median = sample_quantile(sorted, n, 0.5);
    free(sorted);
    regress(out, splits);
    return OK;
}

/* Does the distribution of the picks dominate that of all configurations out of sample? */
static enum err dominance(struct work *w, struct cscv_result *out, const struct cscv_split *splits)
{
    uint64_t picks[GRID + 1] = {0}, all[GRID + 1] = {0};
    for (uint32_t c = 0; c < w->sets.n; c++) {
        w->theta[c] =
            set_sum(w->in->n_periods, w->in->n_blocks, w->sets.mask[c]); /* days of the set */
        picks[grid_cell(splits[c].r_oos)]++;
    }
    enum err rc =
        parallel_ranges(parallel_threads(w->n_threads, out->n_all), out->n_all, bin_all, w);
    if (rc != OK)
        return rc;
    for (unsigned i = 0; i < parallel_threads(w->n_threads, out->n_all); i++)
        for (int j = 0; j <= GRID; j++)
            all[j] += w->share[i].bins[j];
    double n = w->sets.n, n_all = n * (double)out->n_all, area = 0.0;
    uint64_t below = 0, below_all = 0;
    out->fsd = out->ssd = true;
    out->ssd_min = INFINITY;
    out->sd1_max_gap = -INFINITY;
    for (int j = 0; j < GRID; j++) {
        below += picks[j];
        below_all += all[j];
        double f_opt = (double)below / n, f_all = (double)below_all / n_all;
        area += (f_all - f_opt) * GRID_STEP;
        out->fsd &= f_opt <= f_all + SLACK;
        out->ssd &= area >= -SLACK;
        out->ssd_min = area < out->ssd_min ? area : out->ssd_min;
        out->sd1_max_gap = f_opt - f_all > out->sd1_max_gap ? f_opt - f_all : out->sd1_max_gap;
    }
    return OK;
}

enum err cscv_run(const struct cscv_input *in, struct cscv_result *out, struct cscv_split *splits)
{
    if (in->n_blocks < 2 || in->n_blocks % 2 || in->n_blocks > CSCV_BLOCKS_MAX ||
        in->n_configs == 0 || in->n_configs > UINT32_MAX)
        return ERR_RANGE;
    size_t n_tiles = (in->n_configs + CSCV_TILE - 1) / CSCV_TILE;
    struct work w = {.in = in, .n_threads = parallel_threads(in->n_threads, n_tiles), .stride = 1};
    struct cscv_split *own = splits ? NULL : calloc(cscv_n_splits(in->n_blocks), sizeof *own);
    struct cscv_split *s = splits ? splits : own;
    struct cscv_result result = {0};
    if (in->f_all_max && in->n_configs > in->f_all_max)
        w.stride = (in->n_configs + in->f_all_max - 1) / in->f_all_max;
    result.n_all = (in->n_configs + w.stride - 1) / w.stride;
    enum err rc = s ? share_new(&w) : ERR_NOMEM;
    if (rc == OK)
        rc = choose_stars(&w, s);
    if (rc == OK)
        rc = rank_stars(&w, s);
    if (rc == OK) {
        describe_splits(&w, s);
        rc = summarise(&w, &result, s);
    }
    if (rc == OK)
        rc = dominance(&w, &result, s);
    if (rc == OK)
        *out = result;
    share_free(&w);
    free(own);
    return rc;
}
