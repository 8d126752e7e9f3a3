#include "review/point_identity.h"
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "sleeves.16.STRATEGY." before a path. */
enum { PATH_MAX_CANONICAL = JOB_PATH_MAX + JOB_NAME_MAX + 32 };

struct axis_terms {
    uint64_t *term; /* [n_levels] */
};
struct point_identity {
    const struct sweep *sweep;
    uint32_t n_axes;
    uint64_t base; /* sum over the fields no axis sets */
    struct axis_terms axes[SWEEP_AXES_MAX];
};

void point_strategy_key(const struct job *job, char out[POINT_KEY_MAX])
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t s = 0; s < job->n_sleeves; s++)
        used += (size_t)snprintf(out + used, POINT_KEY_MAX - used, "%s%s", s ? "+" : "",
                                 job->sleeves[s].strategy);
}

void point_data_hash(const struct job *job, char out[POINT_DATA_MAX])
{
    sodium_bin2hex(out, POINT_DATA_MAX, job->image_hash, JOB_HASH_BYTES);
}

/* The seed has a second name in sweep files; a sleeve is its place and its strategy. */
static void canonical_path(const struct job *job, const char *path, char out[PATH_MAX_CANONICAL])
{
    static const char prefix[] = "sleeves.";
    const char *name = path + sizeof prefix - 1;
    const char *plain = strcmp(path, "run.seed") == 0 ? "portfolio.seed" : path;
    size_t n = strlen(plain); /* a job's path is at most JOB_PATH_MAX long */
    n = n < PATH_MAX_CANONICAL ? n : PATH_MAX_CANONICAL - 1;
    memcpy(out, plain, n);
    out[n] = '\0';
    if (strncmp(path, prefix, sizeof prefix - 1) != 0)
        return;
    for (uint32_t s = 0; s < job->n_sleeves; s++) {
        size_t length = strlen(job->sleeves[s].name);
        if (strncmp(name, job->sleeves[s].name, length) != 0 || name[length] != '.')
            continue;
        snprintf(out, PATH_MAX_CANONICAL, "%s%u.%s.%s", prefix, s, job->sleeves[s].strategy,
                 name + length + 1);
        return;
    }
}

static uint64_t term_of(const char *canonical, double value)
{
    uint8_t bytes[8], hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    uint64_t bits, term = 0;
    value += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &value, sizeof bits);
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(bits >> (8 * i));
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (const uint8_t *)canonical, strlen(canonical) + 1);
    crypto_generichash_update(&state, bytes, sizeof bytes);
    crypto_generichash_final(&state, hash, sizeof hash);
    for (unsigned i = 0; i < 8; i++)
        term |= (uint64_t)hash[i] << (8 * i);
    return term;
}

static bool axis_terms(struct point_identity *identity, const struct job *job, uint32_t a,
                       char path[PATH_MAX_CANONICAL])
{
    const struct sweep_axis *axis = sweep_axis(job->sweep, a);
    uint64_t *term = calloc(axis->n_levels, sizeof *term);
    if (!term)
        return false;
    canonical_path(job, axis->path, path);
    for (uint32_t l = 0; l < axis->n_levels; l++)
        term[l] = term_of(path, axis->values[l]);
    identity->axes[a].term = term;
    return true;
}

enum err point_identity_new(struct point_identity **out, const struct job *job)
{
    char path[PATH_MAX_CANONICAL], (*axis_path)[PATH_MAX_CANONICAL];
    struct point_identity *identity = calloc(1, sizeof *identity);
    axis_path = calloc(SWEEP_AXES_MAX, sizeof *axis_path);
    bool good = identity && axis_path && sodium_init() >= 0;
    if (good) {
        identity->sweep = job->sweep;
        identity->n_axes = sweep_n_axes(job->sweep);
    }
    for (uint32_t a = 0; good && a < identity->n_axes; a++)
        good = axis_terms(identity, job, a, axis_path[a]);
    for (uint32_t v = 0; good && v < job->n_values; v++) {
        bool swept = false;
        canonical_path(job, job->values[v].path, path);
        for (uint32_t a = 0; a < identity->n_axes; a++)
            swept = swept || strcmp(path, axis_path[a]) == 0;
        if (!swept)
            identity->base += term_of(path, job->values[v].value);
    }
    free(axis_path);
    if (!good) {
        point_identity_free(&identity);
        return ERR_NOMEM;
    }
    *out = identity;
    return OK;
}

void point_identity_free(struct point_identity **identity_p)
{
    if (!*identity_p)
        return;
    for (uint32_t a = 0; a < SWEEP_AXES_MAX; a++)
        free((*identity_p)->axes[a].term);
    free(*identity_p);
    *identity_p = NULL;
}

/* The finisher of MurmurHash3 (public domain): spreads the sum over all bits, one to one. */
static uint64_t finish(uint64_t h)
{
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}

uint64_t point_identity_hash(const struct point_identity *identity, uint64_t point)
{
    uint32_t levels[SWEEP_AXES_MAX];
    uint64_t sum = identity->base;
    sweep_levels(identity->sweep, point, levels);
    for (uint32_t a = 0; a < identity->n_axes; a++)
        sum += identity->axes[a].term[levels[a]];
    return finish(sum);
}
