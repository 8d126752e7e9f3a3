#include "engine/image.h"
#include "tests/lib/cm.h"
#include "tests/lib/synthetic_market.h"
#include <stdlib.h>
#include <string.h>

static void make(struct synthetic_market *market)
{
    struct synthetic_spec spec = {
        .seed = 9,
        .kind = SYNTHETIC_DIRTY,
        .n_sleeves = 2,
        .last_day = INT32_MAX,
        .sleeve = {{"equity", IMAGE_EQUITY, 4, 40, 16000}, {"crypto", IMAGE_CRYPTO, 3, 50, 16000}}};
    assert_int_equal(synthetic_market_new(market, &spec), OK);
}

static enum err check(const void *bytes, size_t length, struct err_note *note)
{
    struct image_view views[IMAGE_SLEEVES_MAX];
    uint32_t n;
    return image_check(bytes, length, views, &n, note);
}

static void a_good_image_is_seen_through_its_views(void **state)
{
    (void)state;
    struct synthetic_market market;
    struct image_view views[IMAGE_SLEEVES_MAX];
    uint32_t n;
    make(&market);
    assert_int_equal(image_check(market.bytes, market.length, views, &n, NULL), OK);
    assert_int_equal(n, 2);
    assert_string_equal(views[1].name, "crypto");
    assert_int_equal(views[1].asset_class, IMAGE_CRYPTO);
    assert_int_equal(views[0].n_sessions, 40);
    assert_int_equal(views[0].n_bench, 40);
    assert_string_equal(views[0].symbol_name[1], "S0002");
    assert_true(views[0].high[0] >= views[0].low[0]);
    synthetic_market_free(&market);
}

/* Every copy lies in a block of its own length, so that a sanitizer sees the first byte read past
 * it. */
static void a_cut_image_is_refused_at_every_length(void **state)
{
    (void)state;
    struct synthetic_market market;
    make(&market);
    for (size_t n = 0; n < market.length; n += n < 2048 ? 1 : 97) {
        char *cut = malloc(n ? n : 1);
        assert_non_null(cut);
        memcpy(cut, market.bytes, n);
        assert_int_equal(check(cut, n, NULL), ERR_CORRUPT);
        if (n >= sizeof(struct image_header)) { /* and if the header knows it is short */
            ((struct image_header *)cut)->length = n;
            assert_int_equal(check(cut, n, NULL), ERR_CORRUPT);
        }
        free(cut);
    }
    synthetic_market_free(&market);
}

/* A changed number is refused, or leads nowhere outside the image: an engine made of it runs. */
static void a_changed_byte_is_refused_or_harmless(void **state)
{
    (void)state;
    struct synthetic_market market;
    make(&market);
    unsigned char *bytes = market.bytes;
    size_t refused = 0, tables = sizeof(struct image_header) + 2 * sizeof(struct image_sleeve);
    for (size_t at = 0; at < market.length; at += at < tables ? 1 : 53)
        for (int bit = 0; bit < 8; bit += 7) {
            struct plateau_engine *engine = NULL;
            bytes[at] ^= (unsigned char)(1 << bit);
            enum err e = plateau_engine_new(&engine, bytes, market.length, 0, NULL);
            refused += e != OK;
            assert_true(e == OK || e == ERR_CORRUPT || e == ERR_VERSION || e == ERR_DATA);
            plateau_engine_free(&engine);
            bytes[at] ^= (unsigned char)(1 << bit);
        }
    assert_true(refused > 500);
    assert_int_equal(check(bytes, market.length, NULL), OK);
    synthetic_market_free(&market);
}

static void another_version_is_named(void **state)
{
    (void)state;
    struct synthetic_market market;
    struct err_note note = {""};
    make(&market);
    ((struct image_header *)market.bytes)->version = IMAGE_VERSION + 1;
    assert_int_equal(check(market.bytes, market.length, &note), ERR_VERSION);
    assert_non_null(strstr(note.text, "version 2, expected 1"));
    synthetic_market_free(&market);
}

static void a_symbol_in_two_sleeves_is_refused(void **state)
{
    (void)state;
    struct synthetic_market market;
    struct image_view views[IMAGE_SLEEVES_MAX];
    struct plateau_engine *engine = NULL;
    struct err_note note = {""};
    uint32_t n;
    make(&market);
    assert_int_equal(image_check(market.bytes, market.length, views, &n, NULL), OK);
    memcpy((char *)(uintptr_t)views[1].symbol_name[0], "S0000", 6); /* it was S0001 */
    assert_int_equal(plateau_engine_new(&engine, market.bytes, market.length, 0, &note), ERR_DATA);
    assert_non_null(strstr(note.text, "S0000"));
    synthetic_market_free(&market);
}

CM_MAIN("engine image", cmocka_unit_test(a_good_image_is_seen_through_its_views),
        cmocka_unit_test(a_cut_image_is_refused_at_every_length),
        cmocka_unit_test(a_changed_byte_is_refused_or_harmless),
        cmocka_unit_test(another_version_is_named),
        cmocka_unit_test(a_symbol_in_two_sleeves_is_refused))
