#include "cli/versions.h"
#include <cairo.h>
#include <hdf5.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <yaml.h>
#include <zmq.h>
#include <zstd.h>

static const char *zmq_text(void)
{
    static char text[32];
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    snprintf(text, sizeof text, "%d.%d.%d", major, minor, patch);
    return text;
}

static const char *hdf5_text(void)
{
    static char text[32];
    unsigned major = 0, minor = 0, patch = 0;
    H5get_libversion(&major, &minor, &patch);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, patch);
    return text;
}

static const char *compiler_text(void)
{
    return __VERSION__;
}

const struct version VERSIONS[N_VERSIONS] = {
    {"zeromq", zmq_text},
    {"hdf5", hdf5_text},
    {"sqlite", sqlite3_libversion},
    {"yaml", yaml_get_version_string},
    {"zstd", ZSTD_versionString},
    {"sodium", sodium_version_string},
    {"cairo", cairo_version_string},
    {"compiler", compiler_text},
};
