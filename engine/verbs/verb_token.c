/* `token`: a secret for the API that nobody has chosen: 256 bits of chance in 62 letters. soard is given its
 * digest alone, so a configuration that is read by others gives nothing away. */
#include "engine/base/digest.h"
#include "engine/base/world.h"
#include "engine/verbs/verb_parts.h"

enum { TOKEN_BYTES = 32, TOKEN_LETTERS = 43 }; /* 62^43 is just above 2^256 */

/* A long division by 62, a letter a time; the number is used up. */
static char letter_of(uint8_t number[TOKEN_BYTES])
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    unsigned rest = 0;

    for (size_t i = 0; i < TOKEN_BYTES; i++) {
        unsigned part = rest << 8 | number[i];
        number[i] = (uint8_t)(part / 62);
        rest = part % 62;
    }
    return letters[rest];
}

VERB_FN(verb_token)
{
    const struct world *world = world_system();
    uint8_t number[TOKEN_BYTES];
    char hex[DIGEST_HEX];
    struct value_builder map;
    BUF_SCOPED token = {0};

    (void)request;
    (void)err;
    world->random(world->arg, number, sizeof number);
    buf_text(&token, "soar_");
    for (int i = 0; i < TOKEN_LETTERS; i++)
        buf_char(&token, letter_of(number));
    digest_sha256_hex(token.data, token.len, hex);
    value_build(&map, context->arena);
    value_put_text(&map, "token", value_text(context->arena, buf_string(&token)));
    value_put_text(&map, "sha256", value_text(context->arena, hex));
    *ret_answer = value_end_map(&map);
    return 0;
}

void verb_print_token(const struct value *answer, const struct report_style *style, struct buf *out)
{
    (void)style;
    buf_printf(out, "%s\n", value_get_string(answer, "token", ""));
    buf_printf(out,
               "\nfor its owner; nobody else is shown it again. In the configuration, under `people:`:\n"
               "  NAME: {roles: [viewer], token: \"sha256:%s\"}\n",
               value_get_string(answer, "sha256", ""));
}
