#include "proto/byte_size.h"
#include "proto/quantity.h"
#include <stdio.h>

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

enum err byte_size_parse(const char *text, uint64_t *bytes, struct err_note *note)
{
    static const struct quantity_unit UNITS[] = {
        {"B", 1},    {"K", KIB},   {"KB", KIB},  {"KiB", KIB}, {"M", MIB},
        {"MB", MIB}, {"MiB", MIB}, {"G", GIB},   {"GB", GIB},  {"GiB", GIB},
        {"T", TIB},  {"TB", TIB},  {"TiB", TIB}, {NULL, 0}};
    enum err err = quantity_parse(text, UNITS, BYTE_SIZE_MAX, bytes);
    if (err == ERR_RANGE)
        return err_set(note, err, "found \"%.60s\", expected at most 1024T", text);
    if (err)
        return err_set(note, err, "found \"%.60s\", expected " BYTE_SIZE_HELP, text);
    return OK;
}

void byte_size_text(char *out, size_t size, uint64_t bytes)
{
    static const char *const NAMES[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < KIB) {
        snprintf(out, size, "%llu byte%s", (unsigned long long)bytes, bytes == 1 ? "" : "s");
        return;
    }
    double value = (double)bytes / KIB;
    unsigned unit = 0;
    while (value >= 1023.95 && unit + 1 < sizeof NAMES / sizeof NAMES[0]) {
        value /= KIB;
        unit++;
    }
    snprintf(out, size, "%.1f %s", value, NAMES[unit]);
}
