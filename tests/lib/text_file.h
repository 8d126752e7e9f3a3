/* text_file - a file with given bytes, for readers that want a path. */
#ifndef TESTS_LIB_TEXT_FILE_H
#define TESTS_LIB_TEXT_FILE_H
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* path: a template ending in XXXXXX, overwritten with the name; the caller unlinks it. */
static inline const char *text_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file || fputs(text, file) < 0 || fclose(file))
        abort();
    return path;
}
#endif
