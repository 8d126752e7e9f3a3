/* The figures of a review, and the schema that tells others about them. */
#include "review/figures.h"
#include "tests/lib/cm.h" /* cmocka and the headers it wants first */
#include <jansson.h>
#include <string.h>

static json_t *load_schema(void)
{
    json_error_t where;
    json_t *schema = json_load_file(PLATEAU_SOURCE_DIR "/docs/review.schema.json", 0, &where);
    if (!schema)
        fail_msg("docs/review.schema.json, line %d: %s", where.line, where.text);
    return schema;
}

static json_t *inside(json_t *object, const char *name)
{
    return json_object_get(json_object_get(object, "properties"), name);
}

/* Group by group, name by name, text by text: no more and no less. */
static void the_schema_lists_every_figure(void **state)
{
    (void)state;
    json_t *schema = load_schema(), *figures = inside(schema, "figures");
    size_t listed = 0;
    for (int i = 0; i < N_FIGURES; i++) {
        json_t *figure = inside(inside(figures, FIGURES[i].group), FIGURES[i].name);
        if (!figure)
            fail_msg("docs/review.schema.json lacks %s.%s", FIGURES[i].group, FIGURES[i].name);
        assert_string_equal(json_string_value(json_object_get(figure, "description")),
                            FIGURES[i].text);
        assert_string_equal(json_string_value(json_object_get(figure, "$ref")),
                            strcmp(FIGURES[i].unit, "flag") == 0 ? "#/$defs/flag"
                                                                 : "#/$defs/number");
    }
    const char *name;
    json_t *group;
    json_object_foreach(json_object_get(figures, "properties"), name, group) listed +=
        json_object_size(json_object_get(group, "properties"));
    assert_int_equal(listed, N_FIGURES);
    json_decref(schema);
}

static void the_schema_lists_every_reason_and_limit(void **state)
{
    (void)state;
    json_t *schema = load_schema(), *verdict = inside(schema, "verdict");
    json_t *items = json_object_get(inside(verdict, "reasons"), "items");
    json_t *names = json_object_get(inside(items, "name"), "enum");
    assert_int_equal(json_array_size(names), VERDICT_N_REASONS + 1);
    for (int i = 0; i < VERDICT_N_REASONS; i++)
        assert_string_equal(json_string_value(json_array_get(names, (size_t)i)),
                            VERDICT_REASON_NAME[i]);
#define X(name, value, text) assert_non_null(inside(inside(verdict, "limits"), #name));
    VERDICT_LIMIT_TABLE(X)
#undef X
    json_decref(schema);
}

/* A group that comes twice would be two groups of results.h5 under one name. */
static void groups_are_together_and_names_differ(void **state)
{
    (void)state;
    for (int i = 0; i < N_FIGURES; i++)
        for (int j = i + 1; j < N_FIGURES; j++) {
            bool same_group = strcmp(FIGURES[i].group, FIGURES[j].group) == 0;
            assert_false(same_group && strcmp(FIGURES[i].name, FIGURES[j].name) == 0);
            if (same_group)
                assert_string_equal(FIGURES[j - 1].group, FIGURES[j].group);
        }
}

CM_MAIN("figures", cmocka_unit_test(the_schema_lists_every_figure),
        cmocka_unit_test(the_schema_lists_every_reason_and_limit),
        cmocka_unit_test(groups_are_together_and_names_differ))
