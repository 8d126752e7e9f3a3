/* walk_forward and cpcv: which stretches of the selection series are chosen on and judged on. */
#include "proto/folds.h"
#include "spec/loader.h"
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct length { /* a field that counts sessions or groups */
    const char *key;
    uint64_t min, max;
    bool required;
    uint32_t *to;
};

static enum err read_lengths(struct loader *loader, const struct doc_node *node,
                             const char *section, const struct length *lengths, unsigned n)
{
    enum err err = OK;
    for (unsigned i = 0; i < n && !err; i++) {
        const struct doc_node *at = doc_get(node, lengths[i].key);
        char field[64];
        uint64_t value;
        snprintf(field, sizeof field, "%s.%s", section, lengths[i].key);
        if (!at && lengths[i].required)
            return doc_fail(node, loader->note, field,
                            "missing, expected a whole number %llu .. "
                            "%llu",
                            (unsigned long long)lengths[i].min, (unsigned long long)lengths[i].max);
        if (!at)
            continue;
        err = value_integer(at, loader->note, field, lengths[i].min, lengths[i].max, &value);
        if (!err)
            *lengths[i].to = (uint32_t)value;
    }
    return err;
}

static enum err read_walk(struct loader *loader, const struct doc_node *node)
{
    static const char *const known[] = {"train", "test", "step", "anchored", "gap"};
    struct folds_walk walk = {0};
    const struct length lengths[] = {{"train", 2, FOLDS_DAYS_MAX, true, &walk.train},
                                     {"test", 1, FOLDS_DAYS_MAX, true, &walk.test},
                                     {"step", 1, FOLDS_DAYS_MAX, false, &walk.step},
                                     {"gap", 0, FOLDS_DAYS_MAX, false, &walk.gap}};
    const struct doc_node *at;
    enum err err = doc_want(node, DOC_MAP, loader->note, "walk_forward",
                            "a map: {train: 252, test: 63}, in sessions");
    if (!err)
        err = doc_check_keys(node, loader->note, "walk_forward", known, COUNT(known));
    if (!err)
        err = read_lengths(loader, node, "walk_forward", lengths, COUNT(lengths));
    if (!err && (at = doc_get(node, "anchored")))
        err = value_boolean(at, loader->note, "walk_forward.anchored", &walk.anchored);
    if (walk.step == 0)
        walk.step = walk.test;
    if (!err)
        loader->spec->job.folds.walk = walk;
    return err;
}

static enum err read_cpcv(struct loader *loader, const struct doc_node *node)
{
    static const char *const known[] = {"groups", "test", "purge", "embargo"};
    struct folds folds = {0};
    struct folds_cpcv *cpcv = &folds.cpcv;
    const struct length lengths[] = {{"groups", 2, FOLDS_GROUPS_MAX, true, &cpcv->groups},
                                     {"test", 1, FOLDS_GROUPS_MAX - 1, true, &cpcv->test},
                                     {"purge", 0, FOLDS_DAYS_MAX, false, &cpcv->purge},
                                     {"embargo", 0, FOLDS_DAYS_MAX, false, &cpcv->embargo}};
    enum err err = doc_want(node, DOC_MAP, loader->note, "cpcv",
                            "a map: {groups: 6, test: 2, purge: 20, embargo: 5}");
    if (!err)
        err = doc_check_keys(node, loader->note, "cpcv", known, COUNT(known));
    if (!err)
        err = read_lengths(loader, node, "cpcv", lengths, COUNT(lengths));
    if (err)
        return err;
    if (cpcv->test >= cpcv->groups)
        return doc_fail(node, loader->note, "cpcv.test", "found %u of %u groups, expected fewer",
                        cpcv->test, cpcv->groups);
    if (folds_fault(&folds))
        return doc_fail(node, loader->note, "cpcv",
                        "%u of %u groups make %u splits, expected at most %u", cpcv->test,
                        cpcv->groups, folds_n_splits(&folds), FOLDS_SPLITS_MAX);
    loader->spec->job.folds.cpcv = *cpcv;
    return OK;
}

enum err section_folds(struct loader *loader, const struct doc_node *walk_forward,
                       const struct doc_node *cpcv)
{
    enum err err = walk_forward ? read_walk(loader, walk_forward) : OK;
    return err || !cpcv ? err : read_cpcv(loader, cpcv);
}
