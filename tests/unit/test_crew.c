/* What workers say of their machines, and in what they differ. */
#include "coordinator/crew.h"
#include "tests/lib/cm.h"
#include "worker/facts.h"
#include <stdio.h>
#include <string.h>

static void a_difference_is_told_once_for_each_value(void **state)
{
    (void)state;
    struct crew crew = {0};
    char fact[200];
    assert_false(crew_add(&crew, "a", "cpu=X;libc=2.36", fact, sizeof fact));
    assert_false(crew_add(&crew, "b", "cpu=X;libc=2.36", fact, sizeof fact));
    assert_true(crew_add(&crew, "c", "cpu=Y;libc=2.36", fact, sizeof fact));
    assert_string_equal(fact, "cpu: Y here, X on a");
    assert_false(crew_add(&crew, "d", "cpu=Y;libc=2.36", fact, sizeof fact));
    assert_false(crew_add(&crew, "c", "cpu=Y;libc=2.36", fact, sizeof fact)); /* came back */
    json_t *differences = crew_differences(&crew);
    char *text = json_dumps(differences, JSON_COMPACT);
    assert_string_equal(text, "{\"cpu\":{\"X\":[\"a\",\"b\"],\"Y\":[\"c\",\"d\"]}}");
    free(text);
    json_decref(differences);
    crew_free(&crew);
}

static void whatever_a_peer_says_is_taken(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "", ";;;", "=", "a", "a=", "=b;c=d", "\xff\xfe=\xff;x=1", "x=1;x=2;x=3", "x==;y=;z"};
    struct crew crew = {0};
    char fact[16];
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char name[8];
        snprintf(name, sizeof name, "w%zu", i);
        crew_add(&crew, name, odd[i], fact, sizeof fact);
        json_t *object = crew_object(odd[i]);
        assert_non_null(object);
        json_decref(object);
    }
    json_t *differences = crew_differences(&crew);
    char *text = json_dumps(differences, 0);
    assert_non_null(text);
    free(text);
    json_decref(differences);
    crew_free(&crew);
}

static void a_worker_of_this_machine_says_something(void **state)
{
    (void)state;
    char text[WORKER_FACTS_MAX], small[24];
    worker_facts(text, sizeof text);
    assert_non_null(strstr(text, "floats=IEEE"));
    assert_non_null(strstr(text, "libc="));
    worker_facts(small, sizeof small); /* whole facts or none */
    assert_true(strlen(small) < sizeof small);
    assert_true(small[0] == '\0' || strchr(small, '='));
    json_t *object = crew_object(text);
    assert_string_equal(json_string_value(json_object_get(object, "vector")), worker_vector());
    json_decref(object);
}

CM_MAIN("crew", cmocka_unit_test(a_difference_is_told_once_for_each_value),
        cmocka_unit_test(whatever_a_peer_says_is_taken),
        cmocka_unit_test(a_worker_of_this_machine_says_something))
