#include "coordinator/crew.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 20, FACTS_MAX = 32 };

void crew_free(struct crew *crew)
{
    free(crew->members);
    *crew = (struct crew){0};
}

/* ---- one worker's text ---- */

struct fact { /* into the text */
    const char *name, *value;
    int name_length, value_length;
};

/* The next NAME=VALUE; false: none. What is not of that form is passed over. */
static bool next_fact(const char **text, struct fact *out)
{
    while (**text) {
        const char *start = *text, *end = start + strcspn(start, ";");
        const char *equals = memchr(start, '=', (size_t)(end - start));
        *text = *end ? end + 1 : end;
        if (!equals || equals == start)
            continue;
        *out = (struct fact){start, equals + 1, (int)(equals - start), (int)(end - equals - 1)};
        return true;
    }
    return false;
}

static bool same_name(const struct fact *a, const struct fact *b)
{
    return a->name_length == b->name_length &&
           memcmp(a->name, b->name, (size_t)a->name_length) == 0;
}

static bool same_value(const struct fact *a, const struct fact *b)
{
    return a->value_length == b->value_length &&
           memcmp(a->value, b->value, (size_t)a->value_length) == 0;
}

static bool find_fact(const char *text, const struct fact *wanted, struct fact *out)
{
    while (next_fact(&text, out))
        if (same_name(out, wanted))
            return true;
    return false;
}

/* ---- the crew ---- */

static struct crew_member *find(const struct crew *crew, const char *name)
{
    for (uint32_t i = 0; i < crew->n; i++)
        if (strcmp(crew->members[i].name, name) == 0)
            return &crew->members[i];
    return NULL;
}

static struct crew_member *new_member(struct crew *crew)
{
    if (crew->n == CREW_MAX)
        return NULL;
    if (crew->n == crew->capacity) {
        uint32_t capacity = crew->capacity ? 2 * crew->capacity : 16;
        struct crew_member *grown = realloc(crew->members, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        crew->members = grown;
        crew->capacity = capacity;
    }
    return &crew->members[crew->n++];
}

static bool is_new_value(const struct crew *crew, const struct fact *fact)
{
    struct fact known;
    for (uint32_t i = 0; i < crew->n; i++)
        if (find_fact(crew->members[i].facts, fact, &known) && same_value(&known, fact))
            return false;
    return true;
}

static bool differs(const struct crew *crew, const char *facts, char *out, size_t size)
{
    struct fact fact, first;
    while (crew->n > 0 && next_fact(&facts, &fact)) {
        if (!find_fact(crew->members[0].facts, &fact, &first) || !is_new_value(crew, &fact))
            continue;
        snprintf(out, size, "%.*s: %.*s here, %.*s on %s", fact.name_length, fact.name,
                 fact.value_length, fact.value, first.value_length, first.value,
                 crew->members[0].name);
        return true;
    }
    return false;
}

bool crew_add(struct crew *crew, const char *name, const char *facts, char *fact, size_t size)
{
    bool new_fact = differs(crew, facts, fact, size);
    struct crew_member *member = find(crew, name);
    if (!member)
        member = new_member(crew);
    if (member) {
        snprintf(member->name, sizeof member->name, "%s", name);
        snprintf(member->facts, sizeof member->facts, "%s", facts);
    }
    return new_fact;
}

const char *crew_facts(const struct crew *crew, const char *name)
{
    const struct crew_member *member = find(crew, name);
    return member ? member->facts : "";
}

/* ---- as JSON ---- */

/* A peer's bytes need not be UTF-8: what is not is left out. */
static void put(json_t *object, const char *key, int key_length, json_t *value)
{
    char name[MSG_TEXT_MAX + 1];
    snprintf(name, sizeof name, "%.*s", key_length, key);
    json_object_set_new(object, name, value); /* refuses what is no UTF-8; takes the value */
}

json_t *crew_object(const char *facts)
{
    json_t *object = json_object();
    struct fact fact;
    for (int n = 0; n < FACTS_MAX && next_fact(&facts, &fact); n++)
        put(object, fact.name, fact.name_length,
            json_stringn(fact.value, (size_t)fact.value_length));
    return object;
}

static json_t *child(json_t *object, const char *key, json_t *(*make)(void))
{
    json_t *found = json_object_get(object, key);
    if (!found)
        json_object_set_new(object, key, make());
    return json_object_get(object, key);
}

json_t *crew_differences(const struct crew *crew)
{
    json_t *facts = json_object(), *own, *value;
    const char *name;
    void *next;
    for (uint32_t i = 0; i < crew->n; i++) {
        own = crew_object(crew->members[i].facts);
        json_object_foreach(own, name, value)
        {
            json_t *values = child(facts, name, json_object);
            json_t *names = child(values, json_string_value(value), json_array);
            if (json_array_size(names) < NAMES_MAX)
                json_array_append_new(names, json_string(crew->members[i].name));
        }
        json_decref(own);
    }
    json_object_foreach_safe(facts, next, name, value)
    {
        if (json_object_size(value) < 2)
            json_object_del(facts, name);
    }
    return facts;
}
