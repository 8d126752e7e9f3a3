/* Any bytes as an access file, a key file and an allow-list: refused with a line that names the
 * place, or printed again to what reads the same. */
#include "coordinator/allow.h"
#include "proto/access.h"
#include "tests/fuzz/fuzz.h"
#include <assert.h>

static void as_access(const char *text, size_t size)
{
    struct access a, b;
    struct err_note note = {""};
    char out[ACCESS_FILE_MAX];
    enum err err = access_parse(&a, "f", text, size, &note);
    assert(err == OK || (err == ERR_FORMAT && note.text[0]));
    if (err)
        return;
    size_t n = access_print(&a, out, sizeof out);
    assert(n < sizeof out && access_parse(&b, "f", out, n, &note) == OK);
    assert(strcmp(a.address, b.address) == 0 && strcmp(a.name, b.name) == 0 &&
           strcmp(a.coordinator, b.coordinator) == 0 &&
           strcmp(a.own.secret_key, b.own.secret_key) == 0);
}

static void as_keys(const char *text, size_t size)
{
    struct access_keys k;
    struct err_note note = {""};
    enum err err = access_parse_keys(&k, "f", text, size, &note);
    assert(err == ERR_FORMAT || (access_key_is_valid(k.public_key) && !note.text[0]));
}

static void as_list(const char *text, size_t size)
{
    struct allow_list a = {0}, b = {0};
    struct err_note note = {""};
    enum err err = allow_parse(&a, "f", text, size, &note);
    assert(err == OK || (err == ERR_FORMAT && note.text[0]));
    if (err)
        return;
    char *out = allow_print(&a);
    assert(out && allow_parse(&b, "f", out, strlen(out), &note) == OK && a.n == b.n);
    for (size_t i = 0; i < a.n; i++)
        assert(strcmp(a.entries[i].name, b.entries[i].name) == 0 &&
               strcmp(a.entries[i].key, b.entries[i].key) == 0 &&
               a.entries[i].revoked == b.entries[i].revoked);
    free(out);
    allow_free(&a);
    allow_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size);
    as_access(text, size);
    as_keys(text, size);
    as_list(text, size);
    free(text);
    return 0;
}
