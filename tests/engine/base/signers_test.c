/* Property: what ssh-keygen and git sign is verified, by each kind of key; one changed byte, another key,
 * another namespace, a key out of its time or a second signature is refused with its reason; a line of the
 * signers' file that isn't understood refuses the file. Method: keys, files and commits made by the real
 * programs in a directory of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/signers.h"

static char dir[64] = "/tmp/signers_test.XXXXXX";
static struct arena *arena;
enum { NOW = 1790000000 }; /* September 2026 */

static void run(const char *script)
{
    char *command = NULL;
    assert_true(asprintf(&command, "set -e; cd %s; { %s; } >/dev/null 2>&1", dir, script) > 0);
    int rc = system(command);
    if (rc != 0)
        fail_msg("failed: %s", command);
    free(command);
}

static char *text_of(const char *name, size_t *ret_len)
{
    char *text = NULL;
    struct soar_err err;
    if (file_read(arena, arena_printf(arena, "%s/%s", dir, name), 1 << 20, &text, ret_len, &err))
        fail_msg("%s", err.text);
    return text;
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    assert_non_null(mkdtemp(dir));
    run("for k in 'ed25519' 'ecdsa -b 256' 'ecdsa -b 384' 'ecdsa -b 521' 'rsa -b 2048'; do "
        "ssh-keygen -q -t $k -N '' -C x -f \"$(echo key-$k | tr -d ' ')\"; done; ssh-keygen -q -t rsa -b "
        "1024 "
        "-N '' -f key-small; printf 'some text' >text");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    run("cd /; rm -rf \"$OLDPWD\"");
    return 0;
}

static const char *const keys[] = {"key-ed25519", "key-ecdsa-b256", "key-ecdsa-b384", "key-ecdsa-b521",
                                   "key-rsa-b2048"};
enum { KEYS = sizeof keys / sizeof *keys };

static int verify(const char *namespace, const char *text, const char *signature_file, struct soar_err *err)
{
    size_t len;
    struct sshsig sshsig;
    char *signature = text_of(signature_file, &len);
    return sshsig_parse(arena, signature, len, &sshsig, err) ||
                   sshsig_verify(&sshsig, namespace, text, strlen(text), err)
               ? -1
               : 0;
}

static void each_kind_of_key(void **state)
{
    struct soar_err err = {0};
    (void)state;
    for (size_t i = 0; i < KEYS; i++) {
        run(arena_printf(arena, "rm -f text.sig; ssh-keygen -Y sign -f %s -n git text", keys[i]));
        if (verify("git", "some text", "text.sig", &err))
            fail_msg("%s: %s", keys[i], err.text);
        assert_int_equal(verify("git", "some texT", "text.sig", &err), -1);
        assert_int_equal(err.class, SOAR_DENIED);
        assert_int_equal(verify("file", "some text", "text.sig", &err), -1);
        assert_int_equal(err.class, SOAR_DENIED);
    }
}

static void other_hash_and_small_key(void **state)
{
    struct soar_err err = {0};
    (void)state;
    run("rm -f text.sig; ssh-keygen -Y sign -O hashalg=sha256 -f key-ed25519 -n git text");
    assert_int_equal(verify("git", "some text", "text.sig", &err), 0);
    run("rm -f text.sig; ssh-keygen -Y sign -f key-small -n git text || touch too-small");
    if (system(arena_printf(arena, "test -e %s/too-small", dir)) != 0)
        assert_int_equal(verify("git", "some text", "text.sig", &err), -1);
}

/* Each byte of the signature, flipped: never good, never a crash. */
static void no_byte_is_spare(void **state)
{
    size_t len;
    struct sshsig sshsig;
    (void)state;
    run("rm -f text.sig; ssh-keygen -Y sign -f key-ed25519 -n git text");
    char *signature = text_of("text.sig", &len);
    for (size_t i = 0; i < len; i++) {
        char *changed = arena_copy(arena, signature, len);
        if (changed[i] == '\n')
            continue;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        bool good = sshsig_parse(arena, changed, len, &sshsig, NULL) == 0 &&
                    sshsig_verify(&sshsig, "git", "some text", 9, NULL) == 0;
        if (good) /* only the key's own name or the hash's could be, and they are signed or compared */
            fail_msg("byte %zu changed, and it is good", i);
    }
    for (size_t i = 0; i < len; i++)
        assert_int_equal(sshsig_parse(arena, signature, i, &sshsig, NULL) == 0, i >= len - 1);
}

static void base64_is_strict(void **state)
{
    size_t len;
    (void)state;
    assert_memory_equal(sshsig_base64(arena, "aGk=", 4, &len), "hi", 2);
    assert_int_equal(len, 2);
    static const char *const bad[] = {"", "a", "aGk", "aGl=", "a=k=", "aG k", "====", "aGk=aGk="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(sshsig_base64(arena, bad[i], strlen(bad[i]), &len));
}

/* --- the signers' file */

static struct signers parsed(const char *text)
{
    struct signers signers;
    struct soar_err err;
    if (signers_parse(arena, text, strlen(text), &signers, &err))
        fail_msg("%s", err.text);
    return signers;
}

static const char *refused(const char *text)
{
    struct signers signers;
    struct soar_err err = {0};
    assert_int_equal(signers_parse(arena, text, strlen(text), &signers, &err), -1);
    return arena_string(arena, err.text);
}

static const char *public_of(const char *key)
{
    size_t len;
    char *text = text_of(arena_printf(arena, "%s.pub", key), &len);
    text[len - 1] = '\0';
    return text;
}

static void lines_of_the_file(void **state)
{
    const char *key = public_of("key-ed25519");
    (void)state;
    struct signers signers =
        parsed(arena_printf(arena,
                            "# who may\n\nana@corp.example,ana %s\n  bo namespaces=\"git,file\" %s\r\n"
                            "cy valid-after=\"20260101Z\",valid-before=\"202701312359Z\" %s\n",
                            key, key, public_of("key-rsa-b2048")));
    assert_int_equal(signers.count, 3);
    assert_string_equal(signers.items[0].principals, "ana@corp.example,ana");
    assert_int_equal(signers.items[1].line, 4);
    assert_string_equal(signers.items[1].namespaces, "git,file");
    assert_int_equal(signers.items[2].after_s, 1767225600);
    assert_int_equal(signers.items[2].before_s, 1801439940);
    assert_string_equal(refused(""), "it names no key");
    assert_non_null(strstr(refused(arena_printf(arena, "a cert-authority %s", key)), "not supported"));
    assert_non_null(strstr(refused(arena_printf(arena, "a %s\nb no-touch %s", key, key)), "line 2: unknown"));
    assert_non_null(strstr(refused(arena_printf(arena, "a valid-before=\"20260231\" %s", key)), "a time"));
    assert_non_null(strstr(refused(arena_printf(arena, "a namespaces=\"!git\" %s", key)), "patterns"));
    assert_non_null(strstr(refused(arena_printf(arena, "!a %s", key)), "without"));
    assert_non_null(strstr(refused(arena_printf(arena, "*@a,!b@a %s", key)), "without"));
    static const char *const twice[] = {"namespaces=\"git\"", "valid-after=\"20260101\"",
                                        "valid-before=\"20260101Z\""};
    for (size_t i = 0; i < sizeof twice / sizeof *twice; i++) /* one of them was meant to forbid */
        assert_non_null(strstr(refused(arena_printf(arena, "a %s,%s %s", twice[i], twice[i], key)), "twice"));
    assert_non_null(strstr(refused("a ssh-ed25519 AAAA"), "not one of type"));
    assert_non_null(strstr(refused("a ssh-ed25519"), "expected"));
}

/* --- commits */

static const char *commit_by(const char *key, const char *more)
{
    run(arena_printf(
        arena,
        "rm -rf r; git init -q r; cd r; git config user.name ana; git config user.email a@b; "
        "git config gpg.format ssh; git config user.signingkey ../%s; echo x >x; git add x; %s "
        "git commit -q %s -m 'subject\n\ngpgsig in the text'; git cat-file commit HEAD >../commit",
        key ? key : "none", more, key ? "-S" : ""));
    return "commit";
}

static const char *checked(const struct signers *signers, int64_t now_s)
{
    size_t len;
    struct soar_err err = {0};
    char shown[KNOWN_FINGERPRINT_BYTES];
    const char *text = text_of("commit", &len);
    const struct signer *signer = signers_check(signers, text, len, now_s, shown, &err);
    return signer ? signer->principals : arena_string(arena, err.text);
}

#define AT "GIT_COMMITTER_DATE='1780000000 +0200' GIT_AUTHOR_DATE='1780000000 +0200'"

static void commits(void **state)
{
    (void)state;
    struct signers both =
        parsed(arena_printf(arena, "bo %s\nana %s\n", public_of("key-rsa-b2048"), public_of("key-ed25519")));
    struct signers other = parsed(arena_printf(arena, "bo %s\n", public_of("key-rsa-b2048")));
    commit_by("key-ed25519", AT);
    assert_string_equal(checked(&both, NOW), "ana");
    assert_non_null(strstr(checked(&other, NOW), "is not among the signers"));
    commit_by("key-rsa-b2048", AT);
    assert_string_equal(checked(&both, NOW), "bo");
    commit_by(NULL, AT);
    assert_string_equal(checked(&both, NOW), "it is not signed");
}

static void a_key_has_its_time(void **state)
{
    const char *key = public_of("key-ed25519");
    (void)state;
    commit_by("key-ed25519", AT); /* 28 May 2026 */
    struct signers ended = parsed(arena_printf(arena, "ana valid-before=\"20260501Z\" %s\n", key));
    struct signers since = parsed(arena_printf(arena, "ana valid-before=\"20260601Z\" %s\n", key));
    struct signers later = parsed(arena_printf(arena, "ana valid-after=\"20260601Z\" %s\n", key));
    struct signers file = parsed(arena_printf(arena, "ana namespaces=\"file\" %s\n", key));
    assert_non_null(strstr(checked(&ended, NOW), "no longer valid when it was committed"));
    assert_non_null(strstr(checked(&since, NOW), "no longer valid when it was looked at"));
    assert_string_equal(checked(&since, 1780000100), "ana");
    assert_non_null(strstr(checked(&later, NOW), "not valid yet"));
    assert_non_null(strstr(checked(&file, NOW), "may sign file"));
}

static void a_commit_is_whole(void **state)
{
    size_t len;
    (void)state;
    struct signers signers = parsed(arena_printf(arena, "ana %s\n", public_of("key-ed25519")));
    char shown[KNOWN_FINGERPRINT_BYTES];
    struct soar_err err = {0};
    commit_by("key-ed25519", AT);
    char *text = text_of("commit", &len);
    for (size_t i = 0; i < len; i++) { /* each byte, and each beginning */
        char *changed = arena_copy(arena, text, len);
        changed[i] ^= 1;
        if (signers_check(&signers, changed, len, NOW, shown, NULL))
            fail_msg("byte %zu changed, and it is good", i);
        if (signers_check(&signers, text, i, NOW, shown, NULL))
            fail_msg("the first %zu bytes alone are good", i);
    }
    char *sig = strstr(text, "gpgsig "), *sig_end = strstr(sig, "-----END SSH SIGNATURE-----\n") + 28;
    char *twice =
        arena_printf(arena, "%.*s%.*s%s", (int)(sig_end - text), text, (int)(sig_end - sig), sig, sig_end);
    assert_null(signers_check(&signers, twice, strlen(twice), NOW, shown, &err));
    assert_non_null(strstr(err.text, "2 signatures"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_key),   cmocka_unit_test(other_hash_and_small_key),
        cmocka_unit_test(no_byte_is_spare),   cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(lines_of_the_file),  cmocka_unit_test(commits),
        cmocka_unit_test(a_key_has_its_time), cmocka_unit_test(a_commit_is_whole),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
