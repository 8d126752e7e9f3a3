/* plateau-golden - judges the engine and the statistics by cases with known answers. */
#include "tests/golden/golden.h"
#include <stdio.h>
#include <string.h>

static const char USAGE[] =
    "usage: plateau-golden engine DIR --data ROOT\n"
    "       plateau-golden statistics DIR\n"
    "\n"
    "Runs every case (*.json) of DIR, names each failure with its first difference and ends with\n"
    "\"N passed, M failed\". Exit code: 0 all passed, 1 a failure or no case, 2 usage.\n"
    "ROOT is laid out as data/: sp500/, benchmarks/, crypto/ ...\n"
    "\n"
    "example: plateau-golden statistics tests/golden/statistics\n";

int main(int argc, char **argv)
{
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(USAGE, stdout);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "statistics") == 0)
        return golden_statistics(argv[2]);
    if (argc == 5 && strcmp(argv[1], "engine") == 0) {
        if (strcmp(argv[3], "--data") == 0)
            return golden_engine(argv[2], argv[4]);
        if (strcmp(argv[2], "--data") == 0)
            return golden_engine(argv[4], argv[3]);
    }
    fputs(USAGE, stderr);
    return 2;
}
