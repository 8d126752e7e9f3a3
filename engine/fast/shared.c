#include "engine/fast/shared.h"
#include "engine/fast/state.h"
#include "engine/strategies/momentum.h"
#include <stdlib.h>
#include <string.h>

#define PLANES_MAGIC 0x314e4c5055414c50ull /* the bytes "PLAUPLN1" */
#define PLANES_ALIGN 64u
#define LENGTH_MAX UINT32_MAX /* of an indicator, bars */

struct planes_header {
    uint64_t magic, length; /* bytes of the whole */
    uint32_t n, reserved;
};
struct planes_entry {
    struct plateau_plane plane;
    uint64_t offset;
};
_Static_assert(sizeof(struct planes_header) == 24 && sizeof(struct planes_entry) == 24,
               "no padding: equal planes have equal bytes");

/* ---- which ones ---- */

struct list {
    struct plateau_plane *at;
    size_t n, room;
};

static enum err need(struct list *list, uint32_t sleeve, enum indicator_kind kind, double length)
{
    const struct plateau_plane plane = {sleeve, (uint32_t)kind, (uint32_t)length, 0};
    for (size_t i = 0; i < list->n; i++)
        if (memcmp(&list->at[i], &plane, sizeof plane) == 0)
            return OK;
    if (list->n == list->room) {
        size_t room = list->room ? 2 * list->room : 32;
        struct plateau_plane *grown = realloc(list->at, room * sizeof *grown);
        if (!grown)
            return ERR_NOMEM;
        list->at = grown;
        list->room = room;
    }
    list->at[list->n++] = plane;
    return OK;
}

/* As fast_candidates() and the batch ask for them. */
static enum err sleeve_needs(struct list *list, uint32_t q, const struct fast_rules *r)
{
    const struct fast_entry_key *k = &r->entry;
    const struct {
        double n;
        enum indicator_kind kind;
        bool needed;
    } planes[] = {
        {MOMENTUM_MA_FAST, INDICATOR_MA, true},
        {MOMENTUM_MA_SLOW, INDICATOR_MA, true},
        {MOMENTUM_MA_LONG, INDICATOR_MA, k->require_ma200 != 0},
        {k->trend_ma, INDICATOR_MA, k->require_trend != 0},
        {r->exit_ma, INDICATOR_MA, true},
        {k->breakout_fast, INDICATOR_HC, true},
        {k->breakout_slow, INDICATOR_HC, true},
        {k->atr_period, INDICATOR_ATR, true},
        {k->atr_period, INDICATOR_VOL_MULT, true},
        {k->adv_lookback, INDICATOR_ADV, true},
        {k->roc_period, INDICATOR_ROC, true},
    };
    enum err e = OK;
    for (size_t i = 0; i < sizeof planes / sizeof planes[0] && !e; i++)
        if (planes[i].needed)
            e = need(list, q, planes[i].kind, planes[i].n);
    return e;
}

enum err plateau_planes_add(const struct plateau_config *config, struct plateau_plane **planes,
                            size_t *n, size_t *room)
{
    struct list list = {*planes, *n, *room};
    enum err e = OK;
    for (uint32_t q = 0; q < config->n_sleeves && !e; q++) {
        const struct strategy_fast *fast = config->sleeve[q].strategy->fast;
        struct fast_rules rules;
        if (!fast)
            continue; /* the general path keeps no planes */
        fast->rules(config_params(config, q), &rules);
        e = sleeve_needs(&list, q, &rules);
    }
    *planes = list.at;
    *n = list.n;
    *room = list.room;
    return e;
}

/* ---- making ---- */

static size_t aligned(size_t bytes)
{
    return (bytes + PLANES_ALIGN - 1) / PLANES_ALIGN * PLANES_ALIGN;
}

static size_t plane_bytes(const struct plateau_engine *engine, uint32_t sleeve)
{
    return ((size_t)engine->views[sleeve].n_bars + PLANE_PAD) * sizeof(double);
}

static size_t first_offset(size_t n)
{
    return aligned(sizeof(struct planes_header) + n * sizeof(struct planes_entry));
}

size_t plateau_planes_bytes(const struct plateau_engine *engine, const struct plateau_plane *planes,
                            size_t n)
{
    size_t bytes = first_offset(n);
    for (size_t i = 0; i < n; i++)
        bytes += aligned(plane_bytes(engine, planes[i].sleeve));
    return bytes;
}

enum err plateau_planes_make(struct plateau_engine *engine, const struct plateau_plane *planes,
                             size_t n, void *out)
{
    uint8_t *bytes = out;
    size_t at = first_offset(n), length = plateau_planes_bytes(engine, planes, n);
    const struct planes_header header = {PLANES_MAGIC, length, (uint32_t)n, 0};
    enum err e = engine_fast(engine);
    if (e)
        return e;
    memset(bytes, 0, first_offset(n));
    memcpy(bytes, &header, sizeof header);
    for (size_t i = 0; i < n && !e; i++) {
        const struct plateau_plane *p = &planes[i];
        const struct planes_entry entry = {*p, at};
        size_t size = plane_bytes(engine, p->sleeve);
        const double *plane;
        cache_begin(engine->fast->cache); /* those before may go: they are copied */
        e = fast_plane(engine->fast, p->sleeve, (enum indicator_kind)p->kind, p->n, &plane);
        if (e)
            break;
        memcpy(bytes + sizeof header + i * sizeof entry, &entry, sizeof entry);
        memcpy(bytes + at, plane, size);
        memset(bytes + at + size, 0, aligned(size) - size);
        at += aligned(size);
    }
    engine->fast_state_free(
        &engine->fast); /* its own copies would stay in the cache beside the shared ones */
    return e;
}

/* ---- using ---- */

static bool entry_fits(const struct plateau_engine *engine, const struct planes_entry *entry,
                       size_t length)
{
    const struct plateau_plane *p = &entry->plane;
    if (p->sleeve >= engine->n_sleeves || p->kind >= N_INDICATOR_KINDS || p->n == 0)
        return false;
    size_t size = plane_bytes(engine, p->sleeve);
    return entry->offset % PLANES_ALIGN == 0 && entry->offset <= length &&
           size <= length - entry->offset;
}

enum err plateau_planes_use(struct plateau_engine *engine, const void *bytes, size_t length)
{
    const struct planes_header *header = bytes;
    engine->planes = NULL;
    engine->n_planes = 0;
    if (!bytes)
        return OK;
    if (length < sizeof *header || header->magic != PLANES_MAGIC || header->length != length ||
        header->n > (length - sizeof *header) / sizeof(struct planes_entry))
        return ERR_CORRUPT;
    const struct planes_entry *entries = (const void *)(header + 1);
    for (uint32_t i = 0; i < header->n; i++)
        if (!entry_fits(engine, &entries[i], length))
            return ERR_CORRUPT;
    engine->planes = bytes;
    engine->n_planes = header->n;
    return OK;
}

const double *fast_shared_plane(const struct plateau_engine *engine, uint32_t sleeve,
                                enum indicator_kind kind, uint32_t n)
{
    const uint8_t *bytes = engine->planes;
    const struct plateau_plane wanted = {sleeve, (uint32_t)kind, n, 0};
    for (uint32_t i = 0; i < engine->n_planes; i++) {
        const struct planes_entry *entry =
            (const void *)(bytes + sizeof(struct planes_header) + i * sizeof *entry);
        if (memcmp(&entry->plane, &wanted, sizeof wanted) == 0)
            return (const void *)(bytes + entry->offset);
    }
    return NULL;
}
