/* Property: however the bytes are cut into pieces, chatter, output and end are told apart the same way; what
 * isn't a mark is output. Method: streams fed whole and in pieces of every size, compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/ssh/ssh_stream.h"
#include "engine/base/limits.h"

#define NONCE "0123456789abcdef0123456789abcdef"

static void feed(struct ssh_stream *stream, const char *bytes, size_t piece)
{
    ssh_stream_init(stream, NONCE);
    size_t len = strlen(bytes);
    for (size_t at = 0; at < len; at += piece)
        ssh_stream_add(stream, bytes + at, len - at < piece ? len - at : piece);
    ssh_stream_eof(stream);
}

static void check(const char *bytes, const char *chatter, const char *text, bool begun, int exit)
{
    for (size_t piece = 1; piece <= strlen(bytes) + 1; piece++) {
        struct ssh_stream stream;
        feed(&stream, bytes, piece);
        assert_string_equal(buf_string(&stream.chatter), chatter);
        assert_string_equal(buf_string(&stream.text), text);
        assert_int_equal(stream.begun, begun);
        assert_int_equal(stream.ended, exit >= 0);
        if (exit >= 0)
            assert_int_equal(stream.exit, exit);
        ssh_stream_done(&stream);
    }
}

static void told_apart(void **state)
{
    (void)state;
    check("", "", "", false, -1);
    check("Welcome\n", "Welcome\n", "", false, -1);
    check(NONCE "\n" NONCE "0\n", "", "", true, 0);
    check("hi\n" NONCE "\nout\nno newline" NONCE "137\n", "hi\n", "out\nno newline", true, 137);
    check(NONCE "\nout" NONCE "1\nleft behind", "", "out", true, 1);
    check(NONCE "\ncut off", "", "cut off", true, -1);
    check(NONCE "\nout" NONCE "12", "", "out" NONCE "12", true, -1); /* no newline: it was cut there */
}

static void no_mark(void **state)
{
    (void)state;
    check(NONCE "7\n", NONCE "7\n", "", false, -1);                    /* an end before the beginning */
    check(NONCE "\n" NONCE "\n" NONCE "0\n", "", NONCE "\n", true, 0); /* a second beginning is output */
    check(NONCE "\n" NONCE "12345\n" NONCE "3\n", "", NONCE "12345\n", true,
          3); /* no exit status is that long */
    check("0123" NONCE "\n0123456789abcdef0123456789abcde" NONCE "0\n", "0123",
          "0123456789abcdef0123456789abcde", true, 0);
}

static void bounded(void **state)
{
    (void)state;
    static char chunk[100000];
    struct ssh_stream stream;
    memset(chunk, 'x', sizeof chunk);
    ssh_stream_init(&stream, NONCE);
    ssh_stream_add(&stream, chunk, sizeof chunk);
    assert_true(stream.chatter.len <= 1024 && stream.hold.len < 64);
    ssh_stream_add(&stream, "\n" NONCE "\n", 34);
    for (int i = 0; i < 10; i++)
        ssh_stream_add(&stream, chunk, sizeof chunk);
    ssh_stream_add(&stream, NONCE "0\n", 34);
    assert_true(stream.ended);
    assert_int_equal(stream.text.len, LIMIT_ANSWER_BYTES);
    assert_int_equal(stream.cut, 1000000 - LIMIT_ANSWER_BYTES);
    ssh_stream_done(&stream);
}

struct sunk {
    struct buf bytes;
    size_t room;
};

static int sink(void *arg, const char *bytes, size_t len)
{
    struct sunk *sunk = arg;
    size_t fits = len < sunk->room ? len : sunk->room;
    buf_add(&sunk->bytes, bytes, fits);
    sunk->room -= fits;
    return fits < len ? -1 : 0;
}

static void check_sunk(const char *bytes, size_t len, const char *text, size_t text_len, int exit)
{
    for (size_t piece = 1; piece <= len + 1; piece++) {
        struct ssh_stream stream;
        struct sunk sunk = {.room = SIZE_MAX};
        ssh_stream_init(&stream, NONCE);
        ssh_stream_sink(&stream, sink, &sunk);
        for (size_t at = 0; at < len; at += piece)
            ssh_stream_add(&stream, bytes + at, len - at < piece ? len - at : piece);
        ssh_stream_eof(&stream);
        assert_int_equal(stream.ended, exit >= 0);
        if (exit >= 0)
            assert_int_equal(stream.exit, exit);
        assert_int_equal(sunk.bytes.len, text_len);
        assert_memory_equal(buf_string(&sunk.bytes), text, text_len);
        assert_int_equal(stream.text.len, 0);
        buf_done(&sunk.bytes);
        ssh_stream_done(&stream);
    }
}

#define SUNK(text, exit) check_sunk(NONCE "\n" text, sizeof(NONCE "\n" text) - 1, text, sizeof text - 1, exit)
#define SUNK_END(text, number)                                                                               \
    check_sunk("hi" NONCE "\n" text NONCE #number "\n", sizeof("hi" NONCE "\n" text NONCE #number "\n") - 1, \
               text, sizeof text - 1, number)

/* An image of a memory may hold the mark itself, even as it stands at the end. */
static void anything_into_a_sink(void **state)
{
    (void)state;
    SUNK_END("", 0);
    SUNK_END("a\0b\377\n", 0);
    SUNK_END("a" NONCE "\n" NONCE "0\n" NONCE "7\nb\0" NONCE, 3);
    SUNK_END(NONCE "0\n", 124);
    SUNK_END("0123456789abcdef0123456789abcde", 0);
    SUNK("cut off\0" NONCE, -1);
    SUNK("cut off" NONCE "0", -1);
    SUNK("not the end" NONCE "0\nx", -1);
}

static void full_sink(void **state)
{
    (void)state;
    struct ssh_stream stream;
    struct sunk sunk = {.room = 5};
    ssh_stream_init(&stream, NONCE);
    ssh_stream_sink(&stream, sink, &sunk);
    ssh_stream_add(&stream, NONCE "\n0123456789" NONCE "\nabc" NONCE "0\n", 113);
    assert_true(stream.full);
    assert_false(stream.ended);
    ssh_stream_add(&stream, "more", 4);
    ssh_stream_eof(&stream);
    assert_string_equal(buf_string(&sunk.bytes), "01234");
    buf_done(&sunk.bytes);
    ssh_stream_done(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(told_apart), cmocka_unit_test(no_mark),
                                       cmocka_unit_test(bounded), cmocka_unit_test(anything_into_a_sink),
                                       cmocka_unit_test(full_sink)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
