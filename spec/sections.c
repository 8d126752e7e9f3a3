/* run, periods and scenarios. */
#include "engine/metrics.h"
#include "proto/decimal.h"
#include "spec/loader.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define SLIPPAGE_MAX 100.0
enum { BLOCKS_DEFAULT = 16 };

/* ---- run ---- */

static enum err read_objective(struct loader *loader, const struct doc_node *node)
{
    const char *known[N_METRICS];
    for (int m = 0; m < N_METRICS; m++)
        known[m] = METRIC_INFO[m].name;
    const char *text = node ? node->text : "sharpe";
    enum err err =
        node ? doc_want(node, DOC_SCALAR, loader->note, "run.objective", "a metric") : OK;
    if (err)
        return err;
    for (int m = 0; m < N_METRICS; m++)
        if (!strcmp(known[m], text)) {
            if (METRIC_INFO[m].better == 0)
                return doc_fail(node, loader->note, "run.objective",
                                "found %s, expected a metric that has a better side", text);
            loader->spec->job.objective = strdup(text);
            return loader->spec->job.objective ? OK : ERR_NOMEM;
        }
    const char *near = err_nearest(text, known, N_METRICS);
    return doc_fail(node, loader->note, "run.objective", "found '%.80s', expected a metric%s%s%s",
                    text, near ? " (did you mean " : ", such as sharpe, calmar or sortino",
                    near ? near : "", near ? "?)" : "");
}

static enum err read_seed(struct loader *loader, const struct doc_node *node)
{
    const struct plateau_field *field;
    char text[SWEEP_TEXT_MAX + 1];
    uint32_t index;
    double value;
    enum err err =
        plateau_config_find(loader->spec->base, "portfolio.seed", &index, &field, loader->note);
    if (!err)
        err = value_read(node, loader->note, "run.seed", field, text, &value);
    if (err)
        return err;
    loader->texts[index] = strdup(text);
    plateau_config_set_index(loader->spec->base, index, value);
    return loader->texts[index] ? OK : ERR_NOMEM;
}

/* The sweep file's name without folder and ending, as far as it is a name. */
static enum err default_name(struct loader *loader, char name[JOB_NAME_MAX + 1])
{
    const char *slash = strrchr(loader->spec->path, '/');
    snprintf(name, JOB_NAME_MAX + 1, "%s", slash ? slash + 1 : loader->spec->path);
    char *dot = strrchr(name, '.');
    if (dot && dot > name)
        *dot = 0;
    return value_check_name(loader->docs[0].root, loader->note, "run.name", name)
               ? doc_fail(loader->docs[0].root, loader->note, "run.name",
                          "missing, and the file's own name does not serve: expected a name")
               : OK;
}

enum err section_run(struct loader *loader, const struct doc_node *node)
{
    static const char *const known[] = {"name", "seed", "objective", "blocks"};
    struct job *job = &loader->spec->job;
    char name[JOB_NAME_MAX + 1];
    uint64_t blocks = BLOCKS_DEFAULT;
    enum err err = OK;
    if (node)
        err = doc_want(node, DOC_MAP, loader->note, "run", "a map");
    if (!err && node)
        err = doc_check_keys(node, loader->note, "run", known, COUNT(known));
    if (err)
        return err;
    const struct doc_node *at = doc_get(node, "name");
    err = at ? value_name(at, loader->note, "run.name", name) : default_name(loader, name);
    if (!err && !(job->name = strdup(name)))
        err = ERR_NOMEM;
    if (!err && (at = doc_get(node, "seed")))
        err = read_seed(loader, at);
    if (!err)
        err = read_objective(loader, doc_get(node, "objective"));
    if (!err && (at = doc_get(node, "blocks"))) {
        err = value_integer(at, loader->note, "run.blocks", 2, JOB_BLOCKS_MAX, &blocks);
        if (!err && blocks % 2)
            err = doc_fail(at, loader->note, "run.blocks",
                           "found '%s', expected an even number: halves of blocks are compared",
                           at->text);
    }
    job->n_blocks = (uint32_t)blocks;
    return err;
}

/* ---- periods ---- */

struct period {
    const struct doc_node *node;
    struct job_period job;
    bool exclusive, may_overlap;
};

static enum err read_day(struct loader *loader, const struct doc_node *map, const char *field,
                         const char *key, int32_t *day)
{
    const struct doc_node *node = doc_get(map, key);
    char path[JOB_NAME_MAX + 20];
    snprintf(path, sizeof path, "%s.%s", field, key);
    if (!node)
        return doc_fail(map, loader->note, path, "missing, expected a date such as 2015-12-31");
    enum err err = doc_want(node, DOC_SCALAR, loader->note, path, "a date such as 2015-12-31");
    if (!err && market_parse_day(node->text, day))
        err = doc_fail(node, loader->note, path, "found %s, expected a date such as 2015-12-31",
                       doc_found(node));
    return err;
}

static enum err read_period(struct loader *loader, const char *name, const struct doc_node *node,
                            struct period *out)
{
    static const char *const known[] = {"start", "end", "locked", "exclusive", "overlap"};
    char field[JOB_NAME_MAX + 20];
    struct period p = {.node = node};
    const struct doc_node *at;
    enum err err = value_check_name(node, loader->note, "periods", name);
    if (err)
        return err;
    snprintf(field, sizeof field, "periods.%s", name);
    strcpy(p.job.name, name);
    err = doc_want(node, DOC_MAP, loader->note, field, "a map with start and end");
    if (!err)
        err = doc_check_keys(node, loader->note, field, known, COUNT(known));
    if (!err)
        err = read_day(loader, node, field, "start", &p.job.start_day);
    if (!err)
        err = read_day(loader, node, field, "end", &p.job.end_day);
    if (!err && p.job.end_day < p.job.start_day)
        err = doc_fail(node, loader->note, field, "ends before it starts");
    if (!err && (at = doc_get(node, "locked")))
        err = value_boolean(at, loader->note, field, &p.job.locked);
    if (!err && (at = doc_get(node, "exclusive")))
        err = value_boolean(at, loader->note, field, &p.exclusive);
    if (!err && (at = doc_get(node, "overlap"))) {
        if (at->kind != DOC_SCALAR || strcmp(at->text, "allowed") != 0)
            err = doc_fail(at, loader->note, field, "overlap: found %s, expected allowed",
                           doc_found(at));
        else if (p.job.locked || p.exclusive)
            err = doc_fail(at, loader->note, field,
                           "overlap: allowed does not go with locked or exclusive");
        p.may_overlap = true;
    }
    *out = p;
    return err;
}

/* The same days in two periods would be counted as new evidence: it must be said that this is
 * meant, and by neither side refused. */
static enum err check_overlap(struct loader *loader, const struct period *a, const struct period *b)
{
    if (a->job.end_day < b->job.start_day || b->job.end_day < a->job.start_day)
        return OK;
    bool refused = a->exclusive || b->exclusive || a->job.locked || b->job.locked;
    if (!refused && (a->may_overlap || b->may_overlap))
        return OK;
    char field[JOB_NAME_MAX + 20];
    snprintf(field, sizeof field, "periods.%s", b->job.name);
    return doc_fail(b->node, loader->note, field, "overlaps %s (line %u): expected other dates%s",
                    a->job.name, a->node->line, refused ? "" : ", or overlap: allowed");
}

static int by_start(const void *a, const void *b)
{
    const struct period *x = a, *y = b;
    if (x->job.start_day != y->job.start_day)
        return x->job.start_day < y->job.start_day ? -1 : 1;
    return strcmp(x->job.name, y->job.name);
}

enum err section_periods(struct loader *loader, const struct doc_node *node)
{
    struct period periods[JOB_PERIODS_MAX];
    struct job *job = &loader->spec->job;
    uint32_t n_open = 0;
    if (!node || node->n == 0)
        return doc_fail(node ? node : loader->docs[0].root, loader->note, "periods",
                        "missing, expected at least one, such as train: {start: 2013-02-08, end: "
                        "2015-12-31}");
    enum err err = doc_want(node, DOC_MAP, loader->note, "periods", "a map of periods");
    if (!err && node->n > JOB_PERIODS_MAX)
        err = doc_fail(node, loader->note, "periods", "found %u, expected at most %d", node->n,
                       JOB_PERIODS_MAX);
    for (uint32_t i = 0; i < node->n && !err; i++) {
        err = read_period(loader, node->keys[i], node->items[i], &periods[i]);
        for (uint32_t j = 0; j < i && !err; j++)
            err = check_overlap(loader, &periods[j], &periods[i]);
    }
    if (err)
        return err;
    /* In order of time, so that the order of keys means nothing and train's returns come before
     * validation's. */
    qsort(periods, node->n, sizeof periods[0], by_start);
    for (uint32_t i = 0; i < node->n; i++) {
        job->periods[i] = periods[i].job;
        n_open += !periods[i].job.locked;
    }
    job->n_periods = node->n;
    if (n_open == 0)
        return doc_fail(node, loader->note, "periods",
                        "all are locked, expected at least one that is not");
    return OK;
}

/* ---- scenarios ---- */

static const char *const scenario_names[] = {"baseline",    "slippage_2x",  "slippage_3x",
                                             "bear_months", "range_months", "flash_crash"};

/* slippage_2x, slippage_2.5x: the factor is in the name. */
static bool slippage_factor(const char *name, double *factor)
{
    static const char prefix[] = "slippage_";
    char *end;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return false;
    name += sizeof prefix - 1;
    *factor = decimal_value(name, &end);
    return *name >= '0' && *name <= '9' && end > name && !strcmp(end, "x") && *factor >= 0 &&
           *factor <= SLIPPAGE_MAX;
}

static enum err read_named(struct loader *loader, const struct doc_node *node, const char *name,
                           struct job_scenario *s)
{
    if (!strcmp(name, "baseline"))
        return OK;
    if (slippage_factor(name, &s->slippage_multiplier))
        return OK;
    if (!strcmp(name, "bear_months"))
        s->regime = PLATEAU_REGIME_BEAR;
    else if (!strcmp(name, "range_months"))
        s->regime = PLATEAU_REGIME_RANGE;
    else if (!strcmp(name, "flash_crash"))
        s->flash_crash = true;
    else {
        const char *near = err_nearest(name, scenario_names, COUNT(scenario_names));
        return doc_fail(node, loader->note, "scenarios",
                        "found '%.80s', expected baseline, slippage_<k>x, bear_months, "
                        "range_months, flash_crash or {name, slippage, flash_crash, regime}%s%s%s",
                        name, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    }
    return OK;
}

static enum err read_regime(struct loader *loader, const struct doc_node *node, uint8_t *regime)
{
    static const char *const names[] = {"none", "bear", "range"};
    if (node->kind == DOC_SCALAR)
        for (unsigned i = 0; i < COUNT(names); i++)
            if (!strcmp(node->text, names[i])) {
                *regime = (uint8_t)i;
                return OK;
            }
    return doc_fail(node, loader->note, "scenarios.regime",
                    "found %s, expected none, bear or range", doc_found(node));
}

static enum err read_composed(struct loader *loader, const struct doc_node *node,
                              struct job_scenario *s)
{
    static const char *const known[] = {"name", "slippage", "flash_crash", "regime"};
    static const struct plateau_field slippage = {
        .path = "slippage", .type = PLATEAU_NUMBER, .min = 0, .max = SLIPPAGE_MAX, .unit = "1"};
    char text[SWEEP_TEXT_MAX + 1];
    const struct doc_node *at = doc_get(node, "name");
    enum err err = doc_check_keys(node, loader->note, "scenarios", known, COUNT(known));
    if (!err && !at)
        err = doc_fail(node, loader->note, "scenarios.name", "missing, expected a name");
    if (!err)
        err = value_name(at, loader->note, "scenarios.name", s->name);
    if (!err && (at = doc_get(node, "slippage")))
        err = value_read(at, loader->note, "scenarios.slippage", &slippage, text,
                         &s->slippage_multiplier);
    if (!err && (at = doc_get(node, "flash_crash")))
        err = value_boolean(at, loader->note, "scenarios.flash_crash", &s->flash_crash);
    if (!err && (at = doc_get(node, "regime")))
        err = read_regime(loader, at, &s->regime);
    return err;
}

static bool is_baseline(const struct job_scenario *s)
{
    return s->slippage_multiplier == 1 && !s->flash_crash && s->regime == 0;
}

static enum err add_scenario(struct loader *loader, const struct doc_node *node,
                             const struct job_scenario *s)
{
    struct job *job = &loader->spec->job;
    if (is_baseline(s)) { /* it has its place already */
        if (strcmp(s->name, "baseline") != 0)
            return doc_fail(node, loader->note, "scenarios", "%s changes nothing: it is baseline",
                            s->name);
        return OK;
    }
    if (!strcmp(s->name, "baseline"))
        return doc_fail(node, loader->note, "scenarios",
                        "baseline changes nothing: expected another name");
    for (uint32_t i = 0; i < job->n_scenarios; i++) {
        const struct job_scenario *t = &job->scenarios[i];
        if (!strcmp(s->name, t->name) ||
            (s->slippage_multiplier == t->slippage_multiplier && s->flash_crash == t->flash_crash &&
             s->regime == t->regime))
            return doc_fail(node, loader->note, "scenarios", "%s is there already, as %s", s->name,
                            t->name);
    }
    if (job->n_scenarios == JOB_SCENARIOS_MAX)
        return doc_fail(node, loader->note, "scenarios", "more than %d", JOB_SCENARIOS_MAX);
    job->scenarios[job->n_scenarios++] = *s;
    return OK;
}

enum err section_scenarios(struct loader *loader, const struct doc_node *node)
{
    struct job *job = &loader->spec->job;
    bool baseline = false;
    enum err err = OK;
    job->scenarios[0] = (struct job_scenario){.name = "baseline", .slippage_multiplier = 1};
    job->n_scenarios = 1;
    if (!node)
        return OK;
    err = doc_want(node, DOC_LIST, loader->note, "scenarios", "a list");
    for (uint32_t i = 0; !err && i < node->n; i++) {
        const struct doc_node *item = node->items[i];
        struct job_scenario s = {.slippage_multiplier = 1};
        if (item->kind == DOC_MAP) {
            err = read_composed(loader, item, &s);
        } else {
            err = value_name(item, loader->note, "scenarios", s.name);
            if (!err)
                err = read_named(loader, item, s.name, &s);
        }
        if (!err && is_baseline(&s) && baseline)
            err = doc_fail(item, loader->note, "scenarios", "baseline is there already");
        if (!err) {
            baseline |= is_baseline(&s);
            err = add_scenario(loader, item, &s);
        }
    }
    if (!err && !baseline)
        err = loader_warn(loader, "scenarios: baseline added: the others are compared with it");
    return err;
}
