/* The loader, its command line and its document.
 *
 * -OutputFormat Text: without it errors come as XML, which is for another PowerShell. The document is ASCII
 * with its own printer: the console's input may be of any code page; and Windows PowerShell makes a time of a
 * string that begins with "\/Date(", so no slash may be escaped. The timer is a compiled expression because
 * no script block can run on its thread; where that can't be had, the far side's shell ends the script. */
#include "connectors/worker/powershell.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "connectors/worker/base64.h"
#include "engine/base/text.h"
#include "engine/base/world.h"

static const char loader[] =
    "$ErrorActionPreference='Stop';$ProgressPreference='SilentlyContinue'\n"
    "try{[Console]::OutputEncoding=New-Object Text.UTF8Encoding $false}catch{}\n"
    "$l=@($input)\n"
    "if($l.Count -ne 3 -or \"$($l[1].Length)\" -ne $l[0] -or $l[2] -ne '.'){[Environment]::Exit(125)}\n"
    "$j=ConvertFrom-Json $l[1];$soar=$j.v\n"
    "try{$e=[Linq.Expressions.Expression]\n"
    "$x=$e::Call([Environment].GetMethod('Exit'),[Linq.Expressions.Expression[]]@($e::Constant(124)))\n"
    "$p=[Linq.Expressions.ParameterExpression[]]@($e::Parameter([object]))\n"
    "$soarTimer=New-Object Threading.Timer($e::Lambda([Threading.TimerCallback],$x,$p).Compile(),$null,"
    "[int]$j.t,-1)\n"
    "}catch{}\n"
    "$s=[ScriptBlock]::Create($j.s)\n"
    "[Console]::Out.Write($j.m+\"`n\");[Console]::Error.Write($j.m+\"`n\")\n"
    "Remove-Variable 'l','j','e','x','p' -ErrorAction SilentlyContinue\n"
    "& $s\n";

const char *powershell_loader(void)
{
    return loader;
}

static char command[8192]; /* longer is none that cmd.exe takes */

static void make_command(void)
{
    BUF_SCOPED wide = {0}, text = {0};
    for (const char *c = loader; *c; c++) { /* UTF-16LE */
        buf_char(&wide, *c);
        buf_char(&wide, '\0');
    }
    buf_text(&text,
             "powershell -NoProfile -NonInteractive -InputFormat Text -OutputFormat Text -EncodedCommand ");
    base64_encode(&text, wide.data, wide.len);
    memcpy(command, text.data, text.len + 1); /* a test holds it to 8,191 */
}

const char *powershell_command(void)
{
    if (command[0] == '\0')
        make_command();
    return command;
}

void powershell_mark(char ret_mark[POWERSHELL_MARK_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[POWERSHELL_MARK_LEN / 2];
    const struct world *world = world_system();
    world->random(world->arg, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        ret_mark[2 * i] = digits[bytes[i] >> 4];
        ret_mark[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret_mark[POWERSHELL_MARK_LEN] = '\0';
}

static void put_unit(struct buf *out, uint32_t unit)
{
    buf_printf(out, "\\u%04" PRIx32, unit);
}

static int put_string(struct buf *out, const char *text, size_t len, struct soar_err *err)
{
    size_t offset = 0;
    buf_char(out, '"');
    while (offset < len) {
        int32_t code = text_next(text, len, &offset);
        if (code < 0)
            return soar_err_set(err, SOAR_INVALID, "a text for PowerShell is not UTF-8");
        if (code == '"' || code == '\\')
            buf_printf(out, "\\%c", (int)code);
        else if (code >= 0x20 && code < 0x7f)
            buf_char(out, (char)code);
        else if (code < 0x10000)
            put_unit(out, (uint32_t)code);
        else {
            put_unit(out, 0xd800 + (((uint32_t)code - 0x10000) >> 10));
            put_unit(out, 0xdc00 + (((uint32_t)code - 0x10000) & 0x3ff));
        }
    }
    buf_char(out, '"');
    return 0;
}

static int put_value(struct buf *out, const struct value *value, struct soar_err *err);

static int put_items(struct buf *out, const struct value *value, struct soar_err *err)
{
    bool map = value->kind == VALUE_MAP;
    buf_char(out, map ? '{' : '[');
    for (size_t i = 0; i < value_count(value); i++) {
        if (i)
            buf_char(out, ',');
        if (map) {
            const struct value *key = &value->map->keys[i];
            if (key->kind != VALUE_STRING)
                return soar_err_set(err, SOAR_INVALID, "a name among values for PowerShell is no text");
            if (put_string(out, key->text, key->len, err))
                return -1;
            buf_char(out, ':');
        }
        if (put_value(out, map ? &value->map->values[i] : value_at(value, i), err))
            return -1;
    }
    buf_char(out, map ? '}' : ']');
    return 0;
}

static int put_value(struct buf *out, const struct value *value, struct soar_err *err)
{
    switch ((int)value->kind) {
    case VALUE_NULL:
        buf_text(out, "null");
        return 0;
    case VALUE_BOOL:
        buf_text(out, value->boolean ? "true" : "false");
        return 0;
    case VALUE_INT:
        buf_printf(out, "%" PRId64, value->integer);
        return 0;
    case VALUE_UINT:
        buf_printf(out, "%" PRIu64, value->natural);
        return 0;
    case VALUE_DOUBLE:
        if (!isfinite(value->real))
            break;
        buf_printf(out, "%.17g", value->real);
        return 0;
    case VALUE_STRING:
        return put_string(out, value->text, value->len, err);
    case VALUE_LIST:
    case VALUE_MAP:
        return put_items(out, value, err);
    default:
        break;
    }
    return soar_err_set(err, SOAR_INVALID, "a value for PowerShell is none that JSON has");
}

int powershell_payload(struct buf *out, const struct powershell_script *script, const char *mark,
                       int64_t left_ms, struct soar_err *err)
{
    BUF_SCOPED line;
    buf_init(&line, 0);
    if (script->values && script->values->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "values is not a map");
    buf_printf(&line, "{\"m\":\"%s\",\"t\":%" PRId64 ",\"s\":", mark,
               left_ms < 1           ? 1
               : left_ms > INT32_MAX ? INT32_MAX
                                     : left_ms);
    if (put_string(&line, script->text, script->len, err))
        return -1;
    buf_text(&line, ",\"v\":");
    if (script->values ? put_value(&line, script->values, err) : 0)
        return -1;
    buf_text(&line, script->values ? "}" : "{}}");
    buf_printf(out, "%zu\n", line.len);
    buf_add(out, line.data, line.len);
    buf_text(out, "\n.\n");
    return out->failed
               ? soar_err_set(err, SOAR_INVALID, "script and values are longer than %zu bytes", out->max)
               : 0;
}
