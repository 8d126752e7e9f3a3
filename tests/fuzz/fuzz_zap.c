/* Any frames as a request for admission, against a list of one allowed and one revoked key: nobody
 * is admitted but the holder of the allowed key, in a whole request. A frame is a length byte and
 * so many bytes; the length 255 stands for the allowed key's 32 bytes, 254 for the revoked one's.
 */
#include "coordinator/zap.h"
#include "tests/fuzz/fuzz.h"
#include <assert.h>
#include <ctype.h>

enum { FRAMES_MAX = 12, ALLOWED = 255, REVOKED = 254, REQUEST = 7 };

static const char LIST[] = "allow a 0000000000000000000000000000000000000000\n"
                           "revoke b 1111111111111111111111111111111111111111\n";

static void check_peer(const struct zap_peer *peer)
{
    assert(strlen(peer->address) < sizeof peer->address && strlen(peer->name) <= ACCESS_NAME_MAX);
    for (const char *c = peer->address; *c; c++)
        assert(isgraph((unsigned char)*c));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t allowed[ACCESS_KEY_BYTES]; /* Z85 of zeros is 40 zeros */
    static uint8_t revoked[ACCESS_KEY_BYTES];
    struct allow_list list = {0};
    struct zap_frame frames[FRAMES_MAX];
    struct zap_peer peer;
    struct err_note note = {""};
    size_t n = 0;
    bool has_key = false;
    uint8_t *bytes = fuzz_copy(data, size);
    assert(allow_parse(&list, "f", LIST, sizeof LIST - 1, &note) == OK);
    for (unsigned i = 0; i < ACCESS_KEY_BYTES; i += 4) /* "11111" is 85^4 + 85^3 + 85^2 + 85 + 1 */
        memcpy(revoked + i, "\x03\x26\x00\x2d", 4);
    for (size_t at = 0; at < size && n < FRAMES_MAX; n++) {
        uint8_t length = bytes[at++];
        if (length == ALLOWED || length == REVOKED) {
            frames[n] = (struct zap_frame){length == ALLOWED ? allowed : revoked, ACCESS_KEY_BYTES};
            has_key |= length == ALLOWED;
            continue;
        }
        size_t left = size - at, take = length < left ? length : left;
        frames[n] = (struct zap_frame){bytes + at, take};
        has_key |= take == ACCESS_KEY_BYTES && memcmp(bytes + at, allowed, take) == 0;
        at += take;
    }
    enum zap_verdict verdict = zap_decide(&list, frames, n, &peer);
    assert(verdict != ZAP_ADMITTED || (has_key && n == REQUEST && strcmp(peer.name, "a") == 0));
    assert(verdict < N_ZAP_VERDICTS);
    assert(verdict != ZAP_REVOKED_KEY || strcmp(peer.name, "b") == 0);
    check_peer(&peer);
    allow_free(&list);
    free(bytes);
    return 0;
}
