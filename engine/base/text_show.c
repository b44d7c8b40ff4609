/* Text for people: what an attacker wrote must neither move a cursor nor reverse a line nor hide a letter;
 * durations, times and the parts of keys are written one way everywhere. The reading of text stands in
 * text.c. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "engine/base/text.h"

/* Code points nobody sees, or that change how others are seen; in order. */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x0000, 0x001F},    /* C0 controls */
    {0x007F, 0x009F},    /* DEL, C1 controls */
    {0x00AD, 0x00AD},    /* soft hyphen */
    {0x034F, 0x034F},    /* combining grapheme joiner */
    {0x061C, 0x061C},    /* Arabic letter mark */
    {0x115F, 0x1160},    /* Hangul fillers */
    {0x17B4, 0x17B5},    /* Khmer inherent vowels */
    {0x180B, 0x180F},    /* Mongolian variation selectors and vowel separator */
    {0x200B, 0x200F},    /* zero width, direction marks */
    {0x2028, 0x202E},    /* line and paragraph separators, bidi embeddings and overrides */
    {0x2060, 0x206F},    /* word joiner, invisible operators, bidi isolates, deprecated format characters */
    {0x2800, 0x2800},    /* empty Braille pattern */
    {0x3164, 0x3164},    /* Hangul filler */
    {0xE000, 0xF8FF},    /* private use */
    {0xFDD0, 0xFDEF},    /* noncharacters */
    {0xFE00, 0xFE0F},    /* variation selectors */
    {0xFEFF, 0xFEFF},    /* byte order mark */
    {0xFFA0, 0xFFA0},    /* halfwidth Hangul filler */
    {0xFFF0, 0xFFFB},    /* unassigned, interlinear annotation */
    {0x1BCA0, 0x1BCA3},  /* shorthand format controls */
    {0x1D173, 0x1D17A},  /* musical format controls */
    {0xE0000, 0xE0FFF},  /* tags, variation selectors supplement */
    {0xF0000, 0x10FFFF}, /* private use planes */
};

static bool is_hidden(uint32_t code)
{
    if ((code & 0xFFFE) == 0xFFFE) {
        return true; /* the last two of each plane are noncharacters */
    }
    size_t low = 0, high = sizeof hidden / sizeof hidden[0];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code > hidden[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < sizeof hidden / sizeof hidden[0] && code >= hidden[low].first;
}

void text_visible(struct buf *out, const char *text, size_t len)
{
    size_t plain = 0; /* where what may be copied as it is begins */
    for (size_t offset = 0; offset < len;) {
        size_t start = offset;
        int32_t code = text_next(text, len, &offset);
        if (code >= 0 && !is_hidden((uint32_t)code)) {
            continue;
        }
        buf_add(out, text + plain, start - plain);
        plain = offset;
        if (code < 0) {
            buf_printf(out, "\\x{%02x}", (unsigned)(unsigned char)text[start]);
        } else {
            buf_printf(out, "\\u{%" PRIx32 "}", (uint32_t)code);
        }
    }
    buf_add(out, text + plain, len - plain);
}

/* "3 min 41 s": the larger unit, and the smaller one unless it is zero. */
static void two_units(struct buf *out, uint64_t small, uint64_t ratio, const char *large_name,
                      const char *small_name)
{
    buf_printf(out, "%" PRIu64 " %s", small / ratio, large_name);
    if (small % ratio != 0) {
        buf_printf(out, " %" PRIu64 " %s", small % ratio, small_name);
    }
}

void text_duration(struct buf *out, int64_t ms)
{
    uint64_t size = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    uint64_t seconds = size / 1000;
    if (ms < 0) {
        buf_char(out, '-');
    }
    if (size < 1000) {
        buf_printf(out, "%" PRIu64 " ms", size);
    } else if (seconds < 60 && size % 1000 >= 100) {
        buf_printf(out, "%" PRIu64 ".%" PRIu64 " s", seconds, size % 1000 / 100);
    } else if (seconds < 60) {
        buf_printf(out, "%" PRIu64 " s", seconds);
    } else if (seconds < 60 * 60) {
        two_units(out, seconds, 60, "min", "s");
    } else if (seconds < 24 * 60 * 60) {
        two_units(out, seconds / 60, 60, "h", "min");
    } else {
        two_units(out, seconds / (60 * 60), 24, "d", "h");
    }
}

void text_size(struct buf *out, int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double number = (double)bytes;
    size_t unit = 0;
    while (number >= 1023.5 && unit + 1 < sizeof units / sizeof units[0]) {
        number /= 1024;
        unit++;
    }
    buf_printf(out, "%.*f %s", unit > 0 && number < 9.95 ? 1 : 0, number, units[unit]);
}

void text_time_utc(struct buf *out, int64_t ms)
{
    int64_t part = ms % 1000 < 0 ? ms % 1000 + 1000 : ms % 1000;
    time_t seconds = ms / 1000 - (ms % 1000 < 0);
    struct tm tm = {0};
    gmtime_r(&seconds, &tm); /* can't fail: the year of any int64_t of milliseconds fits an int */
    buf_printf(out, "%04ld-%02d-%02dT%02d:%02d:%02d.%03dZ", (long)tm.tm_year + 1900, tm.tm_mon + 1,
               tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)part);
}

void text_key_part(struct buf *out, const char *text)
{
    for (; *text; text++)
        if (*text == '/' || *text == '%' || (unsigned char)*text < ' ')
            buf_printf(out, "%%%02X", (unsigned char)*text);
        else
            buf_char(out, *text);
}

void text_xml(struct buf *out, const char *text, size_t len)
{
    static const char special[] = "&<>\"'\r";
    static const char *const written[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#13;"};

    for (size_t i = 0; i < len; i++) {
        const char *at = text[i] ? strchr(special, text[i]) : NULL;

        if (at)
            buf_text(out, written[at - special]);
        else
            buf_char(out, text[i]);
    }
}
