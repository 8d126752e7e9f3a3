/* Every offset and index of an image is compared with what is there before anything follows it: a
 * damaged file must not take the process with it. */
#include "engine/image.h"
#include <stdbool.h>
#include <string.h>

struct check {
    const uint8_t *bytes;
    size_t length;
    const char *what; /* the first array found wrong */
};

/* A pointer to n elements of the given size at an offset, or NULL and what noted. */
static const void *array(struct check *c, uint64_t offset, uint64_t n, size_t size,
                         const char *what)
{
    if (offset % 8 == 0 && offset <= c->length && n <= (c->length - offset) / size)
        return c->bytes + offset;
    if (!c->what)
        c->what = what;
    return NULL;
}

static void view_sleeve(struct check *c, const struct image_sleeve *s, struct image_view *v)
{
    *v = (struct image_view){
        .name = s->name,
        .asset_class = (enum image_asset_class)s->asset_class,
        .n_symbols = s->n_symbols,
        .n_sessions = s->n_sessions,
        .n_bench = s->n_bench,
        .n_bars = s->n_bars,
        .session_day = array(c, s->session_day, s->n_sessions, sizeof(int32_t), "session_day"),
        .symbol_name = (const char(*)[64])array(c, s->symbol_name, s->n_symbols, 64, "symbol_name"),
        .first_row = array(c, s->first_row, s->n_symbols, sizeof(int32_t), "first_row"),
        .bar_start =
            array(c, s->bar_start, (uint64_t)s->n_symbols + 1, sizeof(uint32_t), "bar_start"),
        .bar_session = array(c, s->bar_session, s->n_bars, sizeof(int32_t), "bar_session"),
        .open = array(c, s->open, s->n_bars, sizeof(double), "open"),
        .high = array(c, s->high, s->n_bars, sizeof(double), "high"),
        .low = array(c, s->low, s->n_bars, sizeof(double), "low"),
        .close = array(c, s->close, s->n_bars, sizeof(double), "close"),
        .volume = array(c, s->volume, s->n_bars, sizeof(double), "volume"),
        .bench_session = array(c, s->bench_session, s->n_bench, sizeof(int32_t), "bench_session"),
        .bench_open = array(c, s->bench_open, s->n_bench, sizeof(double), "bench_open"),
        .bench_high = array(c, s->bench_high, s->n_bench, sizeof(double), "bench_high"),
        .bench_low = array(c, s->bench_low, s->n_bench, sizeof(double), "bench_low"),
        .bench_close = array(c, s->bench_close, s->n_bench, sizeof(double), "bench_close"),
        .bench_volume = array(c, s->bench_volume, s->n_bench, sizeof(double), "bench_volume"),
    };
}

static bool is_name(const char name[64])
{
    return name[0] && memchr(name, '\0', 64);
}

/* Sessions of a series: within the calendar and ascending. */
static bool is_series(const int32_t *session, uint64_t n, uint32_t n_sessions)
{
    for (uint64_t i = 0; i < n; i++)
        if (session[i] < 0 || (uint32_t)session[i] >= n_sessions ||
            (i > 0 && session[i] <= session[i - 1]))
            return false;
    return true;
}

/* The name of the first array whose content is not in order; NULL if all are. */
static const char *disorder(const struct image_view *v)
{
    if (!is_name(v->name) || strchr(v->name, '.'))
        return "name";
    if (v->asset_class != IMAGE_EQUITY && v->asset_class != IMAGE_CRYPTO)
        return "asset_class";
    if (v->n_symbols > IMAGE_SYMBOLS_MAX || v->n_sessions > INT32_MAX || v->n_bars > UINT32_MAX)
        return "counts";
    for (uint32_t t = 1; t < v->n_sessions; t++)
        if (v->session_day[t] <= v->session_day[t - 1])
            return "session_day";
    for (uint32_t s = 0; s < v->n_symbols; s++)
        if (!is_name(v->symbol_name[s]) ||
            (s > 0 && strcmp(v->symbol_name[s - 1], v->symbol_name[s]) >= 0))
            return "symbol_name";
    if (v->bar_start[0] != 0 || v->bar_start[v->n_symbols] != v->n_bars)
        return "bar_start";
    for (uint32_t s = 0; s < v->n_symbols; s++)
        if (v->bar_start[s] > v->bar_start[s + 1])
            return "bar_start";
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        uint32_t from = v->bar_start[s], n = v->bar_start[s + 1] - from;
        if (!is_series(v->bar_session + from, n, v->n_sessions))
            return "bar_session";
    }
    return is_series(v->bench_session, v->n_bench, v->n_sessions) ? NULL : "bench_session";
}

enum err image_check(const void *image, size_t length, struct image_view *views,
                     uint32_t *n_sleeves, struct err_note *note)
{
    const struct image_header *header = image;
    if (length < sizeof *header || header->magic != IMAGE_MAGIC)
        return err_set(note, ERR_CORRUPT, "market image: not one, or cut short");
    if (header->version != IMAGE_VERSION)
        return err_set(note, ERR_VERSION,
                       "market image: version %u, expected %u: build it again from its sources",
                       header->version, IMAGE_VERSION);
    if (header->length != length)
        return err_set(note, ERR_CORRUPT, "market image: %zu bytes, expected %llu", length,
                       (unsigned long long)header->length);
    if (header->n_sleeves == 0 || header->n_sleeves > IMAGE_SLEEVES_MAX ||
        length < sizeof *header + header->n_sleeves * sizeof(struct image_sleeve))
        return err_set(note, ERR_CORRUPT, "market image: n_sleeves %u, expected 1 to %u",
                       header->n_sleeves, IMAGE_SLEEVES_MAX);
    const struct image_sleeve *sleeves = (const struct image_sleeve *)(header + 1);
    struct image_view checked[IMAGE_SLEEVES_MAX];
    for (uint32_t s = 0; s < header->n_sleeves; s++) {
        struct check c = {.bytes = image, .length = length};
        view_sleeve(&c, &sleeves[s], &checked[s]);
        const char *what = c.what ? c.what : disorder(&checked[s]);
        if (what)
            return err_set(
                note, ERR_CORRUPT,
                "market image: sleeve %u: %s is damaged: build it again from its sources", s, what);
    }
    memcpy(views, checked, header->n_sleeves * sizeof *views);
    *n_sleeves = header->n_sleeves;
    return OK;
}
