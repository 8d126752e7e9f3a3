#include "coordinator/allow.h"
#include "tests/lib/cm.h"
#include <stdlib.h>
#include <string.h>

#define KEY_A "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define KEY_B "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static enum err parse(struct allow_list *list, const char *text, struct err_note *note)
{
    note->text[0] = 0;
    return allow_parse(list, "allow", text, strlen(text), note);
}

static void a_list_is_read_and_printed_again_to_the_same(void **state)
{
    (void)state;
    struct allow_list a, b;
    struct err_note note;
    assert_int_equal(parse(&a, "# x\nallow site-a " KEY_A "\n\n revoke  site-b\t" KEY_B, &note),
                     OK);
    assert_int_equal(a.n, 2);
    assert_false(allow_find(&a, KEY_A)->revoked);
    assert_true(allow_find(&a, KEY_B)->revoked);
    char *text = allow_print(&a);
    assert_int_equal(parse(&b, text, &note), OK);
    assert_int_equal(b.n, 2);
    assert_memory_equal(a.entries, b.entries, 2 * sizeof *a.entries);
    free(text);
    allow_free(&a);
    allow_free(&b);
}

static void a_wrong_line_is_named(void **state)
{
    (void)state;
    static const char *const cases[] = {"allow a " KEY_A "\nallow b " KEY_A "\n",
                                        "\nallow a\n",
                                        "\nallow a " KEY_A " more\n",
                                        "\nallow a " KEY_A " more and more\n",
                                        "\nAllow a " KEY_A "\n",
                                        "\nallow ../a " KEY_A "\n",
                                        "\nallow a short\n"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct allow_list list = {0};
        struct err_note note;
        assert_int_equal(parse(&list, cases[i], &note), ERR_FORMAT);
        assert_non_null(strstr(note.text, "allow:2: "));
        assert_int_equal(list.n, 0);
    }
}

static void revoking_a_name_ends_all_its_keys(void **state)
{
    (void)state;
    struct allow_list list;
    struct err_note note;
    assert_int_equal(parse(&list, "allow a " KEY_A "\nallow a " KEY_B "\n", &note), OK);
    assert_int_equal(allow_revoke(&list, "b"), 0);
    assert_int_equal(allow_revoke(&list, "a"), 2);
    assert_int_equal(allow_revoke(&list, "a"), 0);
    assert_true(list.entries[0].revoked && list.entries[1].revoked);
    allow_free(&list);
}

CM_MAIN("allow", cmocka_unit_test(a_list_is_read_and_printed_again_to_the_same),
        cmocka_unit_test(a_wrong_line_is_named),
        cmocka_unit_test(revoking_a_name_ends_all_its_keys))
