#include "worker/facts.h"
#include <fenv.h>
#include <gnu/libc-version.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

const char *worker_vector(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return "AVX-512";
    return __builtin_cpu_supports("avx2") ? "AVX2" : "SSE2";
#elif defined(__aarch64__)
    return "NEON";
#else
    return "none";
#endif
}

/* One fact; what would end it early is replaced. Beyond size it is left out as a whole. */
static void put(char *text, size_t size, const char *name, const char *value)
{
    size_t used = strlen(text);
    int n = snprintf(text + used, size - used, "%s%s=%s", used ? ";" : "", name, value);
    if (n < 0 || (size_t)n >= size - used) {
        text[used] = '\0';
        return;
    }
    for (char *c = text + used + (used ? 1 : 0) + strlen(name) + 1; *c; c++)
        if (*c == ';' || (unsigned char)*c < ' ')
            *c = ' ';
}

/* The first line of /proc/cpuinfo that has a name in it. */
static void cpu_name(char *out, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "re");
    snprintf(out, size, "unknown");
    while (file && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (!colon || (strncmp(line, "model name", 10) != 0 && strncmp(line, "CPU part", 8) != 0))
            continue;
        snprintf(out, size, "%.*s", (int)strcspn(colon + 1 + strspn(colon + 1, " "), "\n"),
                 colon + 1 + strspn(colon + 1, " "));
        break;
    }
    if (file)
        fclose(file);
}

/* Modes of the floating-point unit that would change bits; no program of ours sets them. */
static const char *float_mode(void)
{
    if (fegetround() != FE_TONEAREST)
        return "not to nearest";
#if defined(__x86_64__)
    if (_mm_getcsr() & 0x8040) /* flush to zero, denormals are zero */
        return "flushes to zero";
#endif
    return "IEEE";
}

void worker_facts(char *text, size_t size)
{
    char value[160];
    struct utsname system;
    const char *locale = setlocale(LC_NUMERIC, NULL);
    text[0] = '\0';
    cpu_name(value, sizeof value);
    put(text, size, "cpu", value);
    put(text, size, "vector", worker_vector());
    put(text, size, "floats", float_mode());
    put(text, size, "libc", gnu_get_libc_version());
    put(text, size, "locale", locale ? locale : "?");
    put(text, size, "build", "plateau " PLATEAU_VERSION " " __VERSION__);
    if (uname(&system) == 0) {
        snprintf(value, sizeof value, "%.60s %.60s %.30s", system.sysname, system.release,
                 system.machine);
        put(text, size, "system", value);
    }
}
