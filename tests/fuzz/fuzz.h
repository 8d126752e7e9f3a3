/* fuzz - what every target shares. A target is a file tests/fuzz/fuzz_NAME.c with
 * LLVMFuzzerTestOneInput; its seeds are tests/fuzz/corpus/NAME. Preset fuzz links it with
 * libFuzzer, every other preset with replay.c, which runs the corpus. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The caller frees. malloc gives alignment that a slice of the input has not. */
static inline void *fuzz_copy(const void *bytes, size_t size)
{
    void *copy = calloc(1, size ? size : 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}
#endif
