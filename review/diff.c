#include "review/diff.h"
#include "market/market.h"
#include "proto/result.h"
#include "review/statistics/agreement.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- the same point ---- */

static const struct sweep_axis *find_axis(const struct job *job, const char *path)
{
    for (uint32_t a = 0; a < sweep_n_axes(job->sweep); a++)
        if (strcmp(sweep_axis(job->sweep, a)->path, path) == 0)
            return sweep_axis(job->sweep, a);
    return NULL;
}

static const double *find_value(const struct job *job, const char *path)
{
    for (uint32_t v = 0; v < job->n_values; v++)
        if (strcmp(job->values[v].path, path) == 0)
            return &job->values[v].value;
    return NULL;
}

static uint64_t mix(uint64_t h)
{
    h ^= h >> 30;
    h *= 0xbf58476d1ce4e5b9u;
    h ^= h >> 27;
    h *= 0x94d049bb133111ebu;
    return h ^ h >> 31;
}

static uint64_t hash_text(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 1099511628211u;
    return mix(h);
}

static uint64_t hash_value(uint64_t h, double value)
{
    uint64_t bits;
    value = value == 0 ? 0 : value; /* -0 is 0 */
    memcpy(&bits, &value, sizeof bits);
    return mix(h + mix(bits));
}

/* Keys of a run's points: the sum of one hash a parameter, so that the order of axes is nothing. */
struct keys {
    const struct job *job;
    uint64_t base;                   /* of what is no axis here */
    uint64_t *level[SWEEP_AXES_MAX]; /* [n_levels] of each axis */
};

static void keys_free(struct keys *keys)
{
    for (uint32_t a = 0; a < SWEEP_AXES_MAX; a++)
        free(keys->level[a]);
}

/* An axis the other run has neither as axis nor as value is no part of the key if it has one level;
 * with more, nothing can match but by chance of the levels' names, so it stays. */
static bool is_compared(const struct sweep_axis *axis, const struct job *other)
{
    return axis->n_levels > 1 || find_axis(other, axis->path) || find_value(other, axis->path);
}

static enum err keys_make(struct keys *out, const struct job *job, const struct job *other)
{
    struct keys keys = {.job = job};
    for (uint32_t a = 0; a < sweep_n_axes(job->sweep); a++) {
        const struct sweep_axis *axis = sweep_axis(job->sweep, a);
        const struct sweep_axis *theirs = find_axis(other, axis->path);
        bool by_name =
            theirs && (axis->spacing == SWEEP_CATEGORICAL || theirs->spacing == SWEEP_CATEGORICAL);
        uint64_t seed = hash_text(1, axis->path);
        keys.level[a] = calloc(axis->n_levels, sizeof *keys.level[a]);
        if (!keys.level[a]) {
            keys_free(&keys);
            return ERR_NOMEM;
        }
        for (uint32_t l = 0; l < axis->n_levels && is_compared(axis, other); l++)
            keys.level[a][l] =
                by_name ? hash_text(seed, axis->texts[l]) : hash_value(seed, axis->values[l]);
    }
    for (uint32_t a = 0; a < sweep_n_axes(other->sweep); a++) {
        const char *path = sweep_axis(other->sweep, a)->path;
        const double *value = find_value(job, path);
        if (!find_axis(job, path) && value)
            keys.base += hash_value(hash_text(1, path), *value);
    }
    *out = keys;
    return OK;
}

static uint64_t key_of(const struct keys *keys, uint64_t point)
{
    uint32_t levels[SWEEP_AXES_MAX];
    uint64_t key = keys->base;
    sweep_levels(keys->job->sweep, point, levels);
    for (uint32_t a = 0; a < sweep_n_axes(keys->job->sweep); a++)
        if (keys->level[a])
            key += keys->level[a][levels[a]];
    return mix(key);
}

struct slot {
    uint64_t key, point, last; /* first free and last point of b + 1; point 0: free */
};

static struct slot *find_slot(struct slot *slots, uint64_t mask, uint64_t key)
{
    uint64_t s = key & mask;
    while (slots[s].point && slots[s].key != key)
        s = (s + 1) & mask;
    return &slots[s];
}

/* A sample may meet the same parameters more than once: the first of one run is the first of the
 * other, the second the second; where one run has more of them, those share the last. */
static void match_points(struct diff_match *m, const struct keys *a, const struct keys *b,
                         struct slot *slots, uint64_t mask, uint64_t *next)
{
    for (uint64_t i = 0; i < m->n_b; i++) {
        m->a_of[i] = DIFF_NONE;
        if (sweep_excluded(b->job->sweep, i))
            continue;
        uint64_t key = key_of(b, i);
        struct slot *slot = find_slot(slots, mask, key);
        if (slot->point) {
            next[slot->last - 1] = i + 1;
            slot->last = i + 1;
        } else {
            *slot = (struct slot){.key = key, .point = i + 1, .last = i + 1};
        }
    }
    for (uint64_t i = 0; i < m->n_a; i++) {
        struct slot *slot = find_slot(slots, mask, key_of(a, i));
        m->b_of[i] = DIFF_NONE;
        if (!slot->point || sweep_excluded(a->job->sweep, i))
            continue;
        m->b_of[i] = slot->point - 1;
        m->a_of[slot->point - 1] = i;
        if (next[slot->point - 1])
            slot->point = next[slot->point - 1];
        m->n_both++;
    }
    for (uint64_t i = 0; i < m->n_b; i++) /* the rest of a chain goes with its last match */
        if (m->a_of[i] != DIFF_NONE && next[i] && m->a_of[next[i] - 1] == DIFF_NONE)
            m->a_of[next[i] - 1] = m->a_of[i];
}

enum err diff_match_make(struct diff_match *out, const struct job *a, const struct job *b)
{
    struct diff_match m = {.n_a = sweep_n_points(a->sweep), .n_b = sweep_n_points(b->sweep)};
    struct keys keys_a = {.job = a}, keys_b = {.job = b};
    uint64_t size = 16;
    while (size < 2 * m.n_b)
        size *= 2;
    struct slot *slots = calloc(size, sizeof *slots);
    m.b_of = malloc(m.n_a * sizeof *m.b_of);
    m.a_of = malloc(m.n_b * sizeof *m.a_of);
    uint64_t *next = calloc(m.n_b + 1, sizeof *next); /* of the same parameters in b, + 1 */
    enum err err = slots && m.a_of && m.b_of && next ? keys_make(&keys_a, a, b) : ERR_NOMEM;
    if (!err)
        err = keys_make(&keys_b, b, a);
    if (!err)
        match_points(&m, &keys_a, &keys_b, slots, size - 1, next);
    keys_free(&keys_a);
    keys_free(&keys_b);
    free(slots);
    free(next);
    if (err) {
        diff_match_free(&m);
        return err;
    }
    *out = m;
    return OK;
}

void diff_match_free(struct diff_match *match)
{
    free(match->a_of);
    free(match->b_of);
    *match = (struct diff_match){0};
}

/* ---- surfaces ---- */

bool diff_moved(double a, double b, double tolerance)
{
    if (isnan(a) || isnan(b))
        return isnan(a) != isnan(b);
    return a != b && !(fabs(b - a) <= tolerance); /* inf - number is more than any tolerance */
}

static uint64_t best_of(const struct diff_side *side, uint64_t n, int better)
{
    uint64_t best = DIFF_NONE;
    for (uint64_t i = 0; i < n; i++)
        if (!isnan(side->values[i]) &&
            (best == DIFF_NONE || (better < 0 ? side->values[i] < side->values[best]
                                              : side->values[i] > side->values[best])))
            best = i;
    return best;
}

static uint64_t count_alone(const uint64_t *other, const uint8_t *status, uint64_t n)
{
    uint64_t alone = 0;
    for (uint64_t i = 0; i < n; i++)
        alone += other[i] == DIFF_NONE && status[i] != STATUS_EXCLUDED;
    return alone;
}

enum err diff_surface_make(struct diff_surface *out, const struct diff_match *match,
                           const struct diff_side *a, const struct diff_side *b, int better,
                           double tolerance)
{
    struct diff_surface s = {.max_move = NAN, .mean_move = NAN, .max_point = DIFF_NONE};
    struct agreement agreement = {.spearman = NAN};
    double *aligned = malloc((match->n_a + 1) * sizeof *aligned), sum = 0;
    if (!aligned)
        return ERR_NOMEM;
    s.n_only_a = count_alone(match->b_of, a->status, match->n_a);
    s.n_only_b = count_alone(match->a_of, b->status, match->n_b);
    for (uint64_t i = 0; i < match->n_a; i++) {
        uint64_t j = match->b_of[i];
        aligned[i] = NAN;
        if (j == DIFF_NONE)
            continue;
        aligned[i] = b->values[j];
        s.n_both++;
        s.n_status += a->status[i] != b->status[j];
        s.n_moved += diff_moved(a->values[i], b->values[j], tolerance);
        if (isnan(a->values[i]) || isnan(b->values[j]))
            continue;
        double move = a->values[i] == b->values[j] ? 0 : fabs(b->values[j] - a->values[i]);
        s.n_compared++;
        sum += move;
        if (s.max_point == DIFF_NONE || move > s.max_move) {
            s.max_move = move;
            s.max_point = i;
        }
    }
    if (s.n_compared)
        s.mean_move = sum / (double)s.n_compared;
    s.best_a = best_of(a, match->n_a, better);
    s.best_b = best_of(b, match->n_b, better);
    enum err err =
        agreement_measure(&agreement, a->values, aligned, match->n_a, AGREEMENT_PICK_BEST);
    free(aligned);
    if (err)
        return err;
    s.spearman = agreement.spearman;
    *out = s;
    return OK;
}

/* ---- why ---- */

struct list {
    struct diff_reasons reasons;
    uint32_t room;
    bool failed;
};

__attribute__((format(printf, 4, 5))) static void add(struct list *list, const char *a,
                                                      const char *b, const char *what, ...)
{
    if (strcmp(a, b) == 0)
        return;
    if (list->reasons.n == list->room) {
        list->room = list->room ? 2 * list->room : 16;
        struct diff_reason *more = realloc(list->reasons.at, list->room * sizeof *more);
        if (!more) {
            list->failed = true;
            list->room = list->reasons.n;
            return;
        }
        list->reasons.at = more;
    }
    struct diff_reason *r = &list->reasons.at[list->reasons.n++];
    va_list args;
    va_start(args, what);
    vsnprintf(r->what, sizeof r->what, what, args);
    va_end(args);
    snprintf(r->a, sizeof r->a, "%s", a);
    snprintf(r->b, sizeof r->b, "%s", b);
}

enum { TEXT = 128, SHOWN_HASH_BYTES = 8 };

static void hex(const uint8_t *hash, char out[TEXT])
{
    for (int i = 0; i < SHOWN_HASH_BYTES; i++)
        snprintf(out + (size_t)2 * (size_t)i, 3, "%02x", hash[i]);
}

static void compare_heads(struct list *list, const struct job *a, const char *build_a,
                          const struct job *b, const char *build_b)
{
    static const char imported[] = "imported";
    char data_a[TEXT] = "", data_b[TEXT] = "";
    bool known_a = strcmp(a->engine_id, imported) != 0,
         known_b = strcmp(b->engine_id, imported) != 0;
    char id_a[17], id_b[17];
    snprintf(id_a, sizeof id_a, "%.16s", a->engine_id);
    snprintf(id_b, sizeof id_b, "%.16s", b->engine_id);
    add(list, id_a, id_b, "engine");
    add(list, build_a, build_b, "build");
    hex(a->image_hash, data_a);
    hex(b->image_hash, data_b);
    if (known_a && known_b)
        add(list, data_a, data_b, "data");
    else /* nobody knows whether they are the same */
        add(list, known_a ? data_a : "not known",
            known_b   ? data_b
            : known_a ? "not known"
                      : "not known either",
            "data");
    hex(a->spec_sha256, data_a);
    hex(b->spec_sha256, data_b);
    add(list, data_a, data_b, known_a || known_b ? "sweep file" : "imported files");
    add(list, a->objective, b->objective, "objective");
}

static void value_text(const double *value, char out[TEXT])
{
    out[0] = '\0';
    if (value)
        snprintf(out, TEXT, "%.17g", *value);
}

/* What is an axis in either run is told as an axis. */
static void compare_values(struct list *list, const struct job *a, const struct job *b)
{
    char text_a[TEXT], text_b[TEXT];
    for (uint32_t v = 0; v < a->n_values; v++) {
        const char *path = a->values[v].path;
        if (find_axis(a, path) || find_axis(b, path))
            continue;
        value_text(&a->values[v].value, text_a);
        value_text(find_value(b, path), text_b);
        add(list, text_a, text_b, "value %s", path);
    }
    for (uint32_t v = 0; v < b->n_values; v++) {
        const char *path = b->values[v].path;
        if (find_axis(a, path) || find_axis(b, path) || find_value(a, path))
            continue;
        value_text(&b->values[v].value, text_b);
        add(list, "", text_b, "value %s", path);
    }
}

/* The levels of an axis, a fixed value, or nothing. */
static void axis_text(const struct job *job, const char *path, char out[TEXT])
{
    const struct sweep_axis *axis = find_axis(job, path);
    const double *value = find_value(job, path);
    out[0] = '\0';
    if (!axis && value)
        snprintf(out, TEXT, "fixed %.17g", *value);
    if (!axis)
        return;
    uint64_t all = 0; /* of every level: those that are not shown may differ */
    for (uint32_t l = 0; l < axis->n_levels; l++)
        all = hash_text(all + 1, axis->texts[l]);
    if (axis->n_levels <= 8) {
        size_t n = 0;
        for (uint32_t l = 0; l < axis->n_levels && n < TEXT; l++)
            n += (size_t)snprintf(out + n, TEXT - n, "%s%.12s", l ? " " : "", axis->texts[l]);
        return;
    }
    snprintf(out, TEXT, "%u levels %.24s .. %.24s (%08x)", axis->n_levels, axis->texts[0],
             axis->texts[axis->n_levels - 1], (unsigned)(all >> 32));
}

static void compare_axes(struct list *list, const struct job *a, const struct job *b)
{
    char text_a[TEXT], text_b[TEXT];
    for (uint32_t i = 0; i < sweep_n_axes(a->sweep); i++) {
        const char *path = sweep_axis(a->sweep, i)->path;
        axis_text(a, path, text_a);
        axis_text(b, path, text_b);
        add(list, text_a, text_b, "axis %s", path);
    }
    for (uint32_t i = 0; i < sweep_n_axes(b->sweep); i++) {
        const char *path = sweep_axis(b->sweep, i)->path;
        if (find_axis(a, path))
            continue;
        axis_text(a, path, text_a);
        axis_text(b, path, text_b);
        add(list, text_a, text_b, "axis %s", path);
    }
    static const char *const method[] = {"grid", "random", "lhs", "sobol"};
    const struct sweep_plan *x = sweep_plan(a->sweep), *y = sweep_plan(b->sweep);
    add(list, method[x->method], method[y->method], "sampling");
    uint32_t n = x->n_where > y->n_where ? x->n_where : y->n_where;
    for (uint32_t i = 0; i < n; i++)
        add(list, i < x->n_where ? x->where[i] : "", i < y->n_where ? y->where[i] : "", "where %u",
            i + 1);
}

static void scenario_text(const struct job *job, const char *name, char out[TEXT])
{
    static const char *const regime[] = {"none", "bear", "range"};
    out[0] = '\0';
    for (uint32_t s = 0; s < job->n_scenarios; s++)
        if (strcmp(job->scenarios[s].name, name) == 0)
            snprintf(out, TEXT, "slippage %g, flash crash %s, regime %s",
                     job->scenarios[s].slippage_multiplier,
                     job->scenarios[s].flash_crash ? "yes" : "no",
                     regime[job->scenarios[s].regime]);
}

static void period_text(const struct job *job, const char *name, char out[TEXT])
{
    out[0] = '\0';
    for (uint32_t p = 0; p < job->n_periods; p++) {
        const struct job_period *period = &job->periods[p];
        char from[11], to[11];
        if (strcmp(period->name, name) != 0)
            continue;
        market_format_day(period->start_day, from); /* "-": not known */
        market_format_day(period->end_day, to);
        snprintf(out, TEXT, "%s to %s%s", from, to, period->locked ? ", locked" : "");
    }
}

/* What choosing again and again is asked of: other folds, other windows and paths. */
static void compare_folds(struct list *list, const struct folds *a, const struct folds *b)
{
    char text[2][TEXT] = {"", ""};
    const struct folds *const of[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        const struct folds_walk *w = &of[i]->walk;
        if (w->train)
            snprintf(text[i], TEXT, "train %u, test %u, step %u, gap %u%s", w->train, w->test,
                     w->step, w->gap, w->anchored ? ", anchored" : "");
    }
    add(list, text[0], text[1], "walk_forward");
    text[0][0] = text[1][0] = '\0';
    for (int i = 0; i < 2; i++) {
        const struct folds_cpcv *c = &of[i]->cpcv;
        if (c->groups)
            snprintf(text[i], TEXT, "groups %u, test %u, purge %u, embargo %u", c->groups, c->test,
                     c->purge, c->embargo);
    }
    add(list, text[0], text[1], "cpcv");
}

static void compare_lists(struct list *list, const struct job *a, const struct job *b)
{
    char text_a[TEXT], text_b[TEXT];
    for (int side = 0; side < 2; side++) {
        const struct job *job = side ? b : a;
        for (uint32_t s = 0; s < job->n_scenarios; s++) {
            scenario_text(a, job->scenarios[s].name, text_a);
            scenario_text(b, job->scenarios[s].name, text_b);
            if (side == 0 || !text_a[0])
                add(list, text_a, text_b, "scenario %s", job->scenarios[s].name);
        }
        for (uint32_t p = 0; p < job->n_periods; p++) {
            period_text(a, job->periods[p].name, text_a);
            period_text(b, job->periods[p].name, text_b);
            if (side == 0 || !text_a[0])
                add(list, text_a, text_b, "period %s", job->periods[p].name);
        }
    }
}

enum err diff_reasons_make(struct diff_reasons *out, const struct job *a, const char *build_a,
                           const struct job *b, const char *build_b)
{
    struct list list = {0};
    compare_heads(&list, a, build_a, b, build_b);
    compare_values(&list, a, b);
    compare_axes(&list, a, b);
    compare_lists(&list, a, b);
    compare_folds(&list, &a->folds, &b->folds);
    if (list.failed) {
        free(list.reasons.at);
        return ERR_NOMEM;
    }
    *out = list.reasons;
    return OK;
}
