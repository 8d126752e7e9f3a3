/* The decision, and the thread behind a real context. */
#include "coordinator/keys.h"
#include "coordinator/zap.h"
#include "tests/lib/cm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define KEY_A "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define KEY_B "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define KEY_C "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
#define LIST "allow site-a " KEY_A "\nrevoke site-b " KEY_B "\n"

static struct zap_frame text_frame(const char *text)
{
    return (struct zap_frame){text, strlen(text)};
}

static enum zap_verdict ask(const char *key, struct zap_peer *peer)
{
    uint8_t raw[ACCESS_KEY_BYTES];
    struct allow_list list;
    struct err_note note;
    assert_int_equal(allow_parse(&list, "allow", LIST, strlen(LIST), &note), OK);
    zmq_z85_decode(raw, key);
    struct zap_frame frames[] = {text_frame("1.0"),      text_frame("7"),
                                 text_frame(ZAP_DOMAIN), text_frame("10.0.0.9\033"),
                                 text_frame("whatever"), text_frame("CURVE"),
                                 {raw, sizeof raw}};
    enum zap_verdict verdict = zap_decide(&list, frames, 7, peer);
    allow_free(&list);
    return verdict;
}

static void keys_are_judged_by_the_list(void **state)
{
    (void)state;
    struct zap_peer peer;
    assert_int_equal(ask(KEY_A, &peer), ZAP_ADMITTED);
    assert_string_equal(peer.name, "site-a");
    assert_string_equal(peer.key, KEY_A);
    assert_string_equal(peer.address, "10.0.0.9?"); /* printable, for a log */
    assert_int_equal(ask(KEY_B, &peer), ZAP_REVOKED_KEY);
    assert_string_equal(peer.name, "site-b");
    assert_int_equal(ask(KEY_C, &peer), ZAP_UNKNOWN_KEY);
    assert_string_equal(peer.name, "");
}

static void whatever_is_no_request_is_refused(void **state)
{
    (void)state;
    struct allow_list none = {0};
    struct zap_peer peer;
    const uint8_t raw[ACCESS_KEY_BYTES] = {0};
    struct zap_frame good[] = {text_frame("1.0"),      text_frame("1"), text_frame(ZAP_DOMAIN),
                               text_frame("10.0.0.9"), text_frame(""),  text_frame("CURVE"),
                               {raw, sizeof raw}};
    struct zap_frame frames[7];
    assert_int_equal(zap_decide(&none, good, 7, &peer), ZAP_UNKNOWN_KEY);
    for (size_t n = 0; n < 7; n++)
        assert_int_equal(zap_decide(&none, good, n, &peer), ZAP_MALFORMED);
    memcpy(frames, good, sizeof good);
    frames[5] = text_frame("NULL");
    assert_int_equal(zap_decide(&none, frames, 6, &peer), ZAP_NO_KEY);
    memcpy(frames, good, sizeof good);
    frames[6].length = ACCESS_KEY_BYTES - 1;
    assert_int_equal(zap_decide(&none, frames, 7, &peer), ZAP_MALFORMED);
    memcpy(frames, good, sizeof good);
    frames[0] = text_frame("2.0");
    assert_int_equal(zap_decide(&none, frames, 7, &peer), ZAP_MALFORMED);
    memcpy(frames, good, sizeof good);
    frames[2] = text_frame("other");
    assert_int_equal(zap_decide(&none, frames, 7, &peer), ZAP_MALFORMED);
}

static void write_list(const char *folder, const char *text)
{
    char path[200], beside[220];
    snprintf(path, sizeof path, "%s/allow", folder);
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *file = fopen(beside, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(rename(beside, path), 0);
}

/* Until the thread has looked at the file again: at most 10 s, a few hundred ms in fact. */
static void wait_for(struct zap *zap, uint32_t generation, bool trouble)
{
    struct zap_stats stats;
    for (unsigned i = 0; i < 1000; i++) {
        zap_stats(zap, &stats);
        if (stats.generation >= generation && (stats.trouble.text[0] != 0) == trouble)
            return;
        nanosleep(&(struct timespec){0, 10 * 1000 * 1000}, NULL);
    }
    fail_msg("generation %u, trouble %s", stats.generation, stats.trouble.text);
}

static void the_list_is_read_again_when_it_changes(void **state)
{
    (void)state;
    char folder[] = "/tmp/plateau-zap-XXXXXX", path[200];
    struct zap *zap = NULL;
    struct err_note note = {""};
    assert_non_null(mkdtemp(folder));
    void *context = zmq_ctx_new();
    write_list(folder, "allow site-a " KEY_A "\n");
    assert_int_equal(zap_start(&zap, context, folder, &note), OK);
    assert_int_equal(zap_check(zap, KEY_A), ZAP_ADMITTED);
    assert_int_equal(zap_check(zap, KEY_B), ZAP_UNKNOWN_KEY);
    write_list(folder, "revoke site-a " KEY_A "\nallow site-b " KEY_B "\n");
    wait_for(zap, 2, false);
    assert_int_equal(zap_check(zap, KEY_A), ZAP_REVOKED_KEY);
    assert_int_equal(zap_check(zap, KEY_B), ZAP_ADMITTED);
    write_list(folder, "half a li"); /* changes nothing but is told */
    wait_for(zap, 2, true);
    assert_int_equal(zap_check(zap, KEY_B), ZAP_ADMITTED);
    zmq_ctx_shutdown(context);
    zap_end(&zap);
    zmq_ctx_term(context);
    snprintf(path, sizeof path, "%s/allow", folder);
    unlink(path);
    rmdir(folder);
}

CM_MAIN("zap", cmocka_unit_test(keys_are_judged_by_the_list),
        cmocka_unit_test(whatever_is_no_request_is_refused),
        cmocka_unit_test(the_list_is_read_again_when_it_changes))
