#include "tests/golden/golden.h"
#include <dirent.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool golden_differs(struct golden_difference *why, const char *path, const char *format, ...)
{
    va_list args;
    snprintf(why->path, sizeof why->path, "%s", path);
    va_start(args, format);
    vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
    return false;
}

json_t *golden_number(double x)
{
    if (isnan(x))
        return json_string("nan");
    if (isinf(x))
        return json_string(x > 0 ? "inf" : "-inf");
    return json_real(x);
}

double golden_double(const json_t *value)
{
    if (json_is_number(value))
        return json_number_value(value);
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    if (strcmp(text, "inf") == 0)
        return INFINITY;
    return strcmp(text, "-inf") == 0 ? -INFINITY : NAN;
}

static bool scalar_equal(const json_t *want, const json_t *got, double rtol, double atol)
{
    if (json_is_integer(want)) /* an index or a count: exact, however it is kept */
        return json_is_number(got) && json_number_value(got) == (double)json_integer_value(want);
    if (!json_is_real(want))
        return json_equal(want, got);
    double a = json_real_value(want);
    return json_is_number(got) && fabs(a - json_number_value(got)) <= atol + rtol * fabs(a);
}

static bool array_equal(const json_t *want, const json_t *got, double rtol, double atol,
                        const char *path, struct golden_difference *why)
{
    if (!json_is_array(got) || json_array_size(got) != json_array_size(want))
        return golden_differs(why, path, "expected %zu elements, got %zu", json_array_size(want),
                              json_array_size(got));
    for (size_t i = 0; i < json_array_size(want); i++) {
        char below[GOLDEN_TEXT_MAX];
        snprintf(below, sizeof below, "%s[%zu]", path, i);
        if (!golden_equal(json_array_get(want, i), json_array_get(got, i), rtol, atol, below, why))
            return false;
    }
    return true;
}

bool golden_equal(const json_t *want, const json_t *got, double rtol, double atol, const char *path,
                  struct golden_difference *why)
{
    if (!got)
        return golden_differs(why, path, "missing");
    if (json_is_array(want))
        return array_equal(want, got, rtol, atol, path, why);
    if (json_is_object(want)) {
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)want, key,
                            value) /* reads only; the macro lacks a const form */
        {
            char below[GOLDEN_TEXT_MAX];
            snprintf(below, sizeof below, "%s.%s", path, key);
            if (!golden_equal(value, json_object_get(got, key), rtol, atol, below, why))
                return false;
        }
        return true;
    }
    if (scalar_equal(want, got, rtol, atol))
        return true;
    char *a = json_dumps(want, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    char *b = json_dumps(got, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    golden_differs(why, path, "expected %s, got %s", a ? a : "?", b ? b : "?");
    free(a);
    free(b);
    return false;
}

static int is_case(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 5 && strcmp(entry->d_name + n - 5, ".json") == 0;
}

static bool run_file(const char *dir, const char *name, golden_case *run, void *context)
{
    char path[4096];
    json_error_t error;
    struct golden_difference why = {"", ""};
    snprintf(path, sizeof path, "%s/%s", dir, name);
    json_t *one = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    bool ok = one ? run(one, dir, context, &why)
                  : golden_differs(&why, name, "line %d: %s", error.line, error.text);
    if (!ok)
        printf("FAILED %s: %s: %s\n", name, why.path, why.text);
    json_decref(one);
    return ok;
}

int golden_run(const char *dir, golden_case *run, void *context)
{
    struct dirent **entries;
    int n = scandir(dir, &entries, is_case, alphasort), passed = 0;
    if (n < 0) {
        fprintf(stderr, "plateau-golden: cannot read the folder %s\n", dir);
        return 1;
    }
    for (int i = 0; i < n; i++) {
        passed += run_file(dir, entries[i]->d_name, run, context);
        free(entries[i]);
    }
    free(entries);
    if (n == 0)
        fprintf(stderr, "plateau-golden: no case (*.json) in %s\n", dir);
    printf("%d passed, %d failed\n", passed, n - passed);
    return n == 0 || passed < n;
}
