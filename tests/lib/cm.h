/* cmocka and the headers it wants first, and one main for a test file. */
#ifndef TESTS_LIB_CM_H
#define TESTS_LIB_CM_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define CM_MAIN(name, ...)                                                                         \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        return cmocka_run_group_tests_name(name, tests, NULL, NULL);                               \
    }
#endif
