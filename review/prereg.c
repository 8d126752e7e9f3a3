#include "review/prereg.h"
#include "engine/plateau_engine.h"
#include "market/market.h"
#include "spec/doc.h"
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* TEXT_MAX: what doc reads back, quotes and all; longer lists keep their ends and a hash. */
enum { TEXT_MAX = 2000, LINE_SIZE = 2 * TEXT_MAX + 500, CRITERIA_MAX = 1 << 20 };
static const char *const VERSION_TEXT = "1";

struct fact {
    char *group, *name, *text; /* group "": at the top */
};
struct prereg {
    struct fact *facts;
    size_t n, capacity;
    char **criteria; /* lines, for the reader */
    size_t n_criteria;
    bool failed; /* out of memory */
};

/* ---- facts ---- */

static void add(struct prereg *p, const char *group, const char *name, const char *text)
{
    if (p->n == p->capacity) {
        size_t capacity = p->capacity ? 2 * p->capacity : 64;
        struct fact *grown = realloc(p->facts, capacity * sizeof *grown);
        p->failed = p->failed || !grown;
        if (!grown)
            return;
        p->facts = grown;
        p->capacity = capacity;
    }
    struct fact fact = {strdup(group), strdup(name), strdup(text)};
    p->facts[p->n++] = fact;
    p->failed = p->failed || !fact.group || !fact.name || !fact.text;
}

static void addf(struct prereg *p, const char *group, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void addf(struct prereg *p, const char *group, const char *name, const char *format, ...)
{
    char text[TEXT_MAX + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add(p, group, name, text);
}

static void add_hex(struct prereg *p, const char *group, const char *name, const uint8_t hash[32])
{
    char hex[65];
    sodium_bin2hex(hex, sizeof hex, hash, 32);
    add(p, group, name, hex);
}

static const struct fact *find(const struct prereg *p, const char *group, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->facts[i].group, group) == 0 && strcmp(p->facts[i].name, name) == 0)
            return &p->facts[i];
    return NULL;
}

void prereg_free(struct prereg **prereg_p)
{
    struct prereg *p = *prereg_p;
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++) {
        free(p->facts[i].group);
        free(p->facts[i].name);
        free(p->facts[i].text);
    }
    for (size_t i = 0; i < p->n_criteria; i++)
        free(p->criteria[i]);
    free(p->facts);
    free(p->criteria);
    free(p);
    *prereg_p = NULL;
}

/* ---- of a job ---- */

static void add_periods(struct prereg *p, const struct job *job)
{
    static const char *const regime[] = {"none", "bear", "range"};
    for (uint32_t i = 0; i < job->n_periods; i++) {
        char start[11], end[11];
        market_format_day(job->periods[i].start_day, start);
        market_format_day(job->periods[i].end_day, end);
        addf(p, "periods", job->periods[i].name, "%s .. %s%s", start, end,
             job->periods[i].locked ? " locked" : "");
    }
    for (uint32_t i = 0; i < job->n_scenarios; i++) {
        const struct job_scenario *s = &job->scenarios[i];
        addf(p, "scenarios", s->name, "slippage x %.17g, flash crash %s, regime %s",
             s->slippage_multiplier, s->flash_crash ? "yes" : "no",
             s->regime < 3 ? regime[s->regime] : "unknown");
    }
    for (uint32_t i = 0; i < job->n_sleeves; i++)
        add(p, "sleeves", job->sleeves[i].name, job->sleeves[i].strategy);
}

/* "4 levels: 20 30 50 100"; thousands of them are their ends and a hash. */
static void add_axis(struct prereg *p, const struct sweep_axis *axis)
{
    char text[TEXT_MAX + 1];
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    int used = snprintf(text, sizeof text, "%u levels:", axis->n_levels);
    for (uint32_t l = 0; l < axis->n_levels; l++) {
        if (used < TEXT_MAX)
            used += snprintf(text + used, sizeof text - (size_t)used, " %s", axis->texts[l]);
        crypto_hash_sha256_update(&state, (const uint8_t *)axis->texts[l],
                                  strlen(axis->texts[l]) + 1);
    }
    crypto_hash_sha256_final(&state, hash);
    if (used >= TEXT_MAX) {
        char hex[65];
        sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
        snprintf(text, sizeof text, "%u levels: %s .. %s, sha256 %s", axis->n_levels,
                 axis->texts[0], axis->texts[axis->n_levels - 1], hex);
    }
    add(p, "axes", axis->path, text);
}

static void add_sweep(struct prereg *p, const struct sweep *sweep)
{
    static const char *const method[] = {"grid", "random", "lhs", "sobol"};
    const struct sweep_plan *plan = sweep_plan(sweep);
    if (plan->method == SWEEP_GRID)
        addf(p, "", "points", "%llu, grid", (unsigned long long)sweep_n_points(sweep));
    else
        addf(p, "", "points", "%llu, %s, seed %llu", (unsigned long long)sweep_n_points(sweep),
             method[plan->method], (unsigned long long)plan->sample_seed);
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++)
        add_axis(p, sweep_axis(sweep, a));
    for (uint32_t w = 0; w < plan->n_where; w++) {
        char name[16];
        snprintf(name, sizeof name, "%u", w + 1);
        add(p, "where", name, plan->where[w]);
    }
}

/* The name an enumeration's or a switch's value has, or NULL. */
static const char *value_name(const struct plateau_config *config, const struct job_value *value)
{
    const struct plateau_field *field;
    uint32_t index, n = 0;
    if (!config || plateau_config_find(config, value->path, &index, &field, NULL) != OK)
        return NULL;
    if (field->type == PLATEAU_BOOLEAN)
        return value->value != 0 ? "true" : "false";
    while (field->type == PLATEAU_ENUM && field->names[n])
        n++;
    return value->value >= 0 && value->value < n ? field->names[(uint32_t)value->value] : NULL;
}

/* The shortest decimal that reads back to the same bits. */
static void add_number(struct prereg *p, const char *group, const char *name, double value)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    add(p, group, name, text);
}

static bool is_swept(const struct sweep *sweep, const char *path)
{
    bool seed = strcmp(path, "portfolio.seed") == 0;
    for (uint32_t a = 0; a < sweep_n_axes(sweep); a++) {
        const char *axis = sweep_axis(sweep, a)->path;
        if (strcmp(axis, path) == 0 || (seed && strcmp(axis, "run.seed") == 0))
            return true;
    }
    return false;
}

static void add_frozen(struct prereg *p, const struct job *job)
{
    struct plateau_config *config = NULL;
    enum err err = plateau_config_new(&config);
    for (uint32_t s = 0; !err && s < job->n_sleeves; s++)
        err =
            plateau_config_add_sleeve(config, job->sleeves[s].name, job->sleeves[s].strategy, NULL);
    if (err) /* a strategy this engine has not: values stay numbers */
        plateau_config_free(&config);
    for (uint32_t v = 0; v < job->n_values; v++) {
        const struct job_value *value = &job->values[v];
        const char *name = value_name(config, value);
        if (is_swept(job->sweep, value->path))
            continue;
        if (name)
            add(p, "frozen", value->path, name);
        else
            add_number(p, "frozen", value->path, value->value);
    }
    plateau_config_free(&config);
}

static void add_folds(struct prereg *p, const struct folds *folds)
{
    const struct folds_walk *w = &folds->walk;
    const struct folds_cpcv *c = &folds->cpcv;
    if (w->train)
        addf(p, "folds", "walk_forward", "train %u, test %u, step %u, gap %u%s", w->train, w->test,
             w->step, w->gap, w->anchored ? ", anchored" : "");
    if (c->groups)
        addf(p, "folds", "cpcv", "%u of %u groups, purge %u, embargo %u", c->test, c->groups,
             c->purge, c->embargo);
}

enum err prereg_of_job(struct prereg **out, const struct job *job)
{
    struct prereg *p = calloc(1, sizeof *p);
    if (!p || sodium_init() < 0) {
        free(p);
        return ERR_NOMEM;
    }
    add_hex(p, "", "spec_sha256", job->spec_sha256);
    add_hex(p, "", "data_blake2b", job->image_hash);
    add(p, "", "engine_id", job->engine_id);
    add(p, "", "objective", job->objective ? job->objective : "sharpe");
    addf(p, "", "blocks", "%u", job->n_blocks);
    add_periods(p, job);
    add_sweep(p, job->sweep);
    add_frozen(p, job);
    add_folds(p, &job->folds);
    if (p->failed) {
        prereg_free(&p);
        return ERR_NOMEM;
    }
    *out = p;
    return OK;
}

/* ---- criteria ---- */

static void add_line(struct prereg *p, const char *text, size_t length)
{
    char **grown = realloc(p->criteria, (p->n_criteria + 1) * sizeof *grown);
    char *line = strndup(text, length);
    if (grown)
        p->criteria = grown;
    if (grown && line)
        p->criteria[p->n_criteria++] = line;
    else
        free(line);
    p->failed = p->failed || !grown || !line;
}

enum err prereg_add_criteria(struct prereg *prereg, const char *text, size_t length)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const uint8_t *)text, length);
    add_hex(prereg, "", "criteria_sha256", hash);
    for (size_t at = 0; at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t n = end ? (size_t)(end - text) - at : length - at;
        add_line(prereg, text + at, n < TEXT_MAX ? n : TEXT_MAX);
        at += n + 1;
    }
    return prereg->failed ? ERR_NOMEM : OK;
}

enum err prereg_add_criteria_file(struct prereg *prereg, const char *path, struct err_note *note)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return err_set(note, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    char *text = malloc(CRITERIA_MAX + 1);
    size_t n = text ? fread(text, 1, CRITERIA_MAX + 1, file) : 0;
    enum err err = OK;
    if (!text)
        err = err_set(note, ERR_NOMEM, "out of memory");
    else if (ferror(file))
        err = err_set(note, ERR_IO, "%s: cannot read: %s", path, strerror(errno));
    else if (n > CRITERIA_MAX || memchr(text, 0, n))
        err = err_set(note, ERR_FORMAT, "%s: criteria are a text of at most 1 MiB", path);
    else
        err = prereg_add_criteria(prereg, text, n);
    free(text);
    fclose(file);
    return err;
}

bool prereg_has_criteria(const struct prereg *prereg)
{
    return find(prereg, "", "criteria_sha256") != NULL;
}

/* ---- writing ---- */

/* A JSON string is a YAML one. */
static void put_string(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\u%04x", c);
        else
            putc(c, out);
    }
    putc('"', out);
}

/* JSON and YAML differ in braces and commas alone. */
static void put_pair(FILE *out, bool json, bool first, const char *indent, const char *name,
                     const char *text)
{
    fprintf(out, "%s%s", json && !first ? ",\n" : "", indent);
    if (!json && *indent == '\0') /* our own names need no quotes */
        fputs(name, out);
    else
        put_string(out, name);
    fputs(": ", out);
    put_string(out, text);
    if (!json)
        putc('\n', out);
}

static void put_groups(const struct prereg *p, FILE *out, bool json)
{
    const char *group = "";
    for (size_t i = 0; i < p->n; i++) {
        const struct fact *fact = &p->facts[i];
        bool opens = fact->group[0] && strcmp(fact->group, group) != 0;
        if (!fact->group[0])
            continue;
        if (json && opens)
            fprintf(out, "%s,\n  \"%s\": {\n", group[0] ? "\n  }" : "", fact->group);
        else if (opens)
            fprintf(out, "%s:\n", fact->group);
        put_pair(out, json, opens, json ? "    " : "  ", fact->name, fact->text);
        group = fact->group;
    }
    if (json && group[0])
        fputs("\n  }", out);
}

enum err prereg_write(const struct prereg *prereg, const char *made, FILE *out,
                      enum prereg_form form)
{
    bool json = form == PREREG_JSON;
    const char *indent = json ? "  " : "";
    fputs(json ? "{\n"
               : "# Pre-registration: what the run will be and what it will be judged by.\n"
                 "# plateau check RUN --prereg THIS names every departure from it.\n",
          out);
    put_pair(out, json, true, indent, "version", VERSION_TEXT);
    put_pair(out, json, false, indent, "made", made);
    for (size_t i = 0; i < prereg->n; i++)
        if (!prereg->facts[i].group[0])
            put_pair(out, json, false, indent, prereg->facts[i].name, prereg->facts[i].text);
    put_groups(prereg, out, json);
    if (prereg->n_criteria) {
        fputs(json ? ",\n  \"criteria\": [\n" : "criteria:\n", out);
        for (size_t i = 0; i < prereg->n_criteria; i++) {
            fputs(json ? (i ? ",\n    " : "    ") : "  - ", out);
            put_string(out, prereg->criteria[i]);
            fputs(json ? "" : "\n", out);
        }
        fputs(json ? "\n  ]" : "", out);
    }
    fputs(json ? "\n}\n" : "", out);
    return fflush(out) == 0 && !ferror(out) ? OK : ERR_IO;
}

/* ---- reading ---- */

static const char *const GROUPS[] = {"periods", "scenarios", "sleeves", "axes",
                                     "where",   "frozen",    "folds"};
static const char *const TOP[] = {"version",      "made",      "spec_sha256",
                                  "data_blake2b", "engine_id", "objective",
                                  "blocks",       "points",    "criteria_sha256"};
enum { N_GROUPS = sizeof GROUPS / sizeof GROUPS[0], N_TOP = sizeof TOP / sizeof TOP[0] };

static enum err read_group(struct prereg *p, const struct doc_node *root, const char *group,
                           struct err_note *note)
{
    const struct doc_node *map = doc_get(root, group);
    enum err err = map ? doc_want(map, DOC_MAP, note, group, "a map") : OK;
    for (uint32_t i = 0; map && !err && i < map->n; i++) {
        err = doc_want(map->items[i], DOC_SCALAR, note, map->keys[i], "a text");
        if (!err)
            add(p, group, map->keys[i], map->items[i]->text);
    }
    return err;
}

static enum err read_top(struct prereg *p, const struct doc_node *root, struct err_note *note)
{
    enum err err = OK;
    for (unsigned t = 0; !err && t < N_TOP; t++) {
        const struct doc_node *node = doc_get(root, TOP[t]);
        if (!node && strcmp(TOP[t], "criteria_sha256") == 0)
            continue;
        if (!node)
            return doc_fail(root, note, TOP[t],
                            "missing: this is no pre-registration, or it was "
                            "cut short");
        err = doc_want(node, DOC_SCALAR, note, TOP[t], "a text");
        if (!err && t == 0 && strcmp(node->text, VERSION_TEXT) != 0)
            return doc_fail(node, note, TOP[t], "found %s, this plateau knows %s", node->text,
                            VERSION_TEXT);
        if (!err && strcmp(TOP[t], "made") != 0 && t > 0)
            add(p, "", TOP[t], node->text);
    }
    return err;
}

static enum err read_root(struct prereg *p, const struct doc_node *root, struct err_note *note)
{
    const char *known[N_GROUPS + N_TOP + 1];
    memcpy(known, GROUPS, sizeof GROUPS);
    memcpy(known + N_GROUPS, TOP, sizeof TOP);
    known[N_GROUPS + N_TOP] = "criteria";
    enum err err = doc_want(root, DOC_MAP, note, "", "a pre-registration");
    if (!err)
        err = doc_check_keys(root, note, "", known, N_GROUPS + N_TOP + 1);
    if (!err)
        err = read_top(p, root, note);
    for (unsigned g = 0; !err && g < N_GROUPS; g++)
        err = read_group(p, root, GROUPS[g], note);
    return err;
}

enum err prereg_read(struct prereg **out, const char *path, struct err_note *note)
{
    struct doc doc = {0};
    struct prereg *p = calloc(1, sizeof *p);
    if (!p)
        return err_set(note, ERR_NOMEM, "out of memory");
    enum err err = doc_read(&doc, path, note);
    if (!err)
        err = read_root(p, doc.root, note);
    doc_free(&doc);
    if (!err && p->failed)
        err = err_set(note, ERR_NOMEM, "out of memory");
    if (err) {
        prereg_free(&p);
        return err;
    }
    *out = p;
    return OK;
}

/* ---- comparing ---- */

static void tell_fact(const struct fact *fact, const char *registered, const char *found,
                      void (*tell)(void *ctx, const char *line), void *ctx)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof line, "%.60s%s%.300s: registered %.2000s, found %.2000s", fact->group,
             fact->group[0] ? "." : "", fact->name, registered, found);
    if (tell)
        tell(ctx, line);
}

unsigned prereg_compare(const struct prereg *registered, const struct prereg *found,
                        void (*tell)(void *ctx, const char *line), void *ctx)
{
    unsigned n = 0;
    for (size_t i = 0; i < registered->n; i++) {
        const struct fact *want = &registered->facts[i];
        const struct fact *is = find(found, want->group, want->name);
        if (is && strcmp(want->text, is->text) == 0)
            continue;
        tell_fact(want, want->text, is ? is->text : "nothing", tell, ctx);
        n++;
    }
    for (size_t i = 0; i < found->n; i++) {
        const struct fact *is = &found->facts[i];
        bool criteria = strcmp(is->name, "criteria_sha256") == 0 && !is->group[0];
        if (criteria || find(registered, is->group, is->name))
            continue;
        tell_fact(is, "nothing", is->text, tell, ctx);
        n++;
    }
    return n;
}
