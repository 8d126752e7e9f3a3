#include "proto/access.h"
#include "tests/lib/cm.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From libzmq's manual: real keys, of nobody. */
#define PUBLIC "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
#define COORDINATOR "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static const char GOOD[] =
    "# a comment\n\naddress tcp://10.0.0.1:5555\r\n coordinator\t" COORDINATOR
    "\nname site-a\npublic " PUBLIC "\nsecret " SECRET "\n";

static enum err parse(const char *text, struct access *out, struct err_note *note)
{
    note->text[0] = 0;
    return access_parse(out, "x.access", text, strlen(text), note);
}

static void a_file_is_read_and_printed_again_to_the_same(void **state)
{
    (void)state;
    struct access a, b;
    struct err_note note;
    char text[ACCESS_FILE_MAX];
    assert_int_equal(parse(GOOD, &a, &note), OK);
    assert_string_equal(a.address, "tcp://10.0.0.1:5555");
    assert_string_equal(a.coordinator, COORDINATOR);
    assert_string_equal(a.name, "site-a");
    assert_string_equal(a.own.public_key, PUBLIC);
    assert_string_equal(a.own.secret_key, SECRET);
    assert_true(access_print(&a, text, sizeof text) < sizeof text);
    assert_int_equal(parse(text, &b, &note), OK);
    assert_memory_equal(&a, &b, sizeof a);
}

static void a_wrong_line_is_named_and_never_quoted(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "x.access: address is missing"},
        {"address tcp://h:1\naddress tcp://h:1\n", "x.access:2: address is given twice"},
        {"adress tcp://h:1\n", "did you mean address"},
        {"address ipc:///tmp/x\n", "x.access:1: address: tcp://HOST:PORT is expected"},
        {"address tcp://h:0\n", "tcp://HOST:PORT is expected"},
        {"address tcp://h:65536\n", "tcp://HOST:PORT is expected"},
        {"address tcp://*:5555\n", "tcp://HOST:PORT is expected"},
        {"name ../etc\n", "x.access:1: name: a name"},
        {"secret " SECRET "x\n", "x.access:1: secret: a key of 40"},
        {"\nsecret \"" SECRET "\n", "x.access:2: secret: a key of 40"},
        {"secret #####################%%%%%%%%%%%%%%%%%%%\n", "secret: a key of 40"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct access a;
        struct err_note note;
        assert_int_equal(parse(cases[i].text, &a, &note), ERR_FORMAT);
        assert_non_null(strstr(note.text, cases[i].says));
        assert_null(strstr(note.text, "D:)Q[I"));
    }
}

static void a_line_is_bounded_and_holds_no_nul(void **state)
{
    (void)state;
    char text[1024];
    struct access a;
    struct err_note note;
    memset(text, 'a', sizeof text);
    assert_int_equal(access_parse(&a, "f", text, sizeof text, &note), ERR_FORMAT);
    assert_int_equal(access_parse(&a, "f", "name a\0b\n", 9, &note), ERR_FORMAT);
}

static void names_are_plain(void **state)
{
    (void)state;
    assert_true(access_name_is_valid("site-a_1.x"));
    assert_true(access_name_is_valid("a123456789012345678901234567890"));
    assert_false(access_name_is_valid("a1234567890123456789012345678901"));
    assert_false(access_name_is_valid(""));
    assert_false(access_name_is_valid("-x"));
    assert_false(access_name_is_valid(".."));
    assert_false(access_name_is_valid("a/b"));
    assert_false(access_name_is_valid("a b"));
}

static void a_secret_others_can_read_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/plateau-access-XXXXXX", text[sizeof GOOD + 10];
    struct access a;
    struct err_note note = {""};
    size_t length;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, GOOD, sizeof GOOD - 1), sizeof GOOD - 1);
    assert_int_equal(access_load(&a, path, &note), OK);
    static const mode_t open_modes[] = {0640, 0604, 0620, 0601};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(fchmod(fd, open_modes[i]), 0);
        assert_int_equal(access_load(&a, path, &note), ERR_RANGE);
        assert_non_null(strstr(note.text, "chmod 600 "));
    }
    assert_int_equal(fchmod(fd, 0400), 0);
    assert_int_equal(access_load(&a, path, &note), OK);
    assert_int_equal(access_read_secret(path, text, sizeof GOOD - 1, &length, &note), ERR_FORMAT);
    assert_int_equal(access_read_secret("/tmp", text, sizeof text, &length, &note), ERR_FORMAT);
    close(fd);
    unlink(path);
    assert_int_equal(access_load(&a, path, &note), ERR_NOT_FOUND);
}

CM_MAIN("access", cmocka_unit_test(a_file_is_read_and_printed_again_to_the_same),
        cmocka_unit_test(a_wrong_line_is_named_and_never_quoted),
        cmocka_unit_test(a_line_is_bounded_and_holds_no_nul), cmocka_unit_test(names_are_plain),
        cmocka_unit_test(a_secret_others_can_read_is_refused))
