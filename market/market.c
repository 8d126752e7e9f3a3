#include "market/market.h"
#include "market/image_file.h"
#include "market/sleeve.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void market_report_free(struct market_report *reports, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        free(reports[i].symbols);
        reports[i] = (struct market_report){0};
    }
}

/* A symbol belongs to one sleeve only. Both lists are in bytewise order. */
static enum err check_clash(const struct sleeve *a, const struct sleeve *b, struct err_note *note)
{
    for (uint32_t i = 0, j = 0; i < a->n_symbols && j < b->n_symbols;) {
        int order = strcmp(a->symbol[i], b->symbol[j]);
        if (order == 0)
            return err_set(note, ERR_DATA,
                           "symbol %s is in sleeve %s and in sleeve %s, expected one of them: take "
                           "it out of a universe",
                           a->symbol[i], a->name, b->name);
        i += order < 0;
        j += order > 0;
    }
    return OK;
}

static enum err check_sources(const struct market_source *sources, uint32_t n,
                              double max_daily_move, struct err_note *note)
{
    if (n == 0 || n > IMAGE_SLEEVES_MAX)
        return err_set(note, ERR_RANGE, "%u sleeves, expected 1 to %u", n, IMAGE_SLEEVES_MAX);
    if (!(max_daily_move > 0) || !isfinite(max_daily_move))
        return err_set(note, ERR_RANGE, "max_daily_move: %g, expected a fraction above 0",
                       max_daily_move);
    for (uint32_t i = 0; i < n; i++) {
        size_t length = strlen(sources[i].sleeve);
        if (length == 0 || length > IMAGE_SYMBOL_NAME_MAX)
            return err_set(note, ERR_RANGE, "sleeve name '%.80s', expected 1 to %u characters",
                           sources[i].sleeve, IMAGE_SYMBOL_NAME_MAX);
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(sources[i].sleeve, sources[j].sleeve) == 0)
                return err_set(note, ERR_DATA, "two sleeves are named %s, expected different names",
                               sources[i].sleeve);
    }
    return OK;
}

enum err market_build(const struct market_source *sources, uint32_t n, double max_daily_move,
                      struct market_image *out, struct market_report *reports,
                      struct err_note *note)
{
    struct sleeve sleeves[IMAGE_SLEEVES_MAX] = {0};
    struct image_view views[IMAGE_SLEEVES_MAX];
    struct market_report own[IMAGE_SLEEVES_MAX] = {0};
    struct market_report *to = reports ? reports : own;
    if (reports)
        memset(reports, 0, n * sizeof *reports);
    enum err e = check_sources(sources, n, max_daily_move, note);
    if (e != OK)
        return e;
    for (uint32_t i = 0; i < n && e == OK; i++)
        e = sleeve_load(&sleeves[i], &sources[i], max_daily_move, &to[i], note);
    for (uint32_t i = 0; i < n && e == OK; i++) {
        for (uint32_t j = 0; j < i && e == OK; j++)
            e = check_clash(&sleeves[j], &sleeves[i], note);
        views[i] = sleeve_view(&sleeves[i]);
    }
    if (e == OK)
        e = image_layout(views, n, max_daily_move, out, note);
    if (e == ERR_NOMEM && note && !note->text[0])
        err_set(note, e, "out of memory while loading market data");
    for (uint32_t i = 0; i < n; i++)
        sleeve_free(&sleeves[i]);
    market_report_free(own, IMAGE_SLEEVES_MAX);
    return e;
}
