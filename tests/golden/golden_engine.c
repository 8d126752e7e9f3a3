#include "tests/golden/golden.h"
#include <stdio.h>

int golden_engine(const char *dir, const char *data_root)
{
    fprintf(stderr, "plateau-golden: %s with data of %s: this build judges statistics only\n", dir,
            data_root);
    return 1;
}
