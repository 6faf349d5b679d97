#include "trouble_code.h"

#include <ctype.h>

#include "base/buf.h"
#include "names.h"

static const char *const urgency_names[TROUBLE_URGENCY_COUNT] = {"", "routine", "soon", "stop"};

const char *trouble_urgency_name(enum trouble_urgency urgency) { return urgency < TROUBLE_URGENCY_COUNT ? urgency_names[urgency] : ""; }

bool trouble_urgency_parse(struct slice text, enum trouble_urgency *out) {
    for (unsigned i = 0; i < TROUBLE_URGENCY_COUNT; i++)
        if (slice_is(text, urgency_names[i])) {
            *out = (enum trouble_urgency)i;
            return true;
        }
    return false;
}

bool trouble_code_is(struct slice text) {
    if (text.n != TROUBLE_CODE_LENGTH || !memchr("PBCU", toupper((unsigned char)text.p[0]), 4)) return false;
    for (unsigned i = 1; i < TROUBLE_CODE_LENGTH; i++)
        if (!isxdigit((unsigned char)text.p[i])) return false;
    return text.p[1] >= '0' && text.p[1] <= '3';
}

static void upper(struct slice code, char *out) {
    for (unsigned i = 0; i < TROUBLE_CODE_LENGTH; i++) out[i] = (char)toupper((unsigned char)code.p[i]);
    out[TROUBLE_CODE_LENGTH] = 0;
}

// ---- what the structure says ------------------------------------------------------------------------------------------
struct words { const char *en, *zh; };

static const struct words systems[4] = {
    {"Powertrain", "动力系统"}, {"Body", "车身系统"}, {"Chassis", "底盘系统"}, {"Network", "车载网络"}};

// Subsystems of powertrain codes by their third character; P1 to P3 keep them where the standard gives them a meaning.
static const struct words subsystems[16] = {
    {"fuel and air metering, auxiliary emission controls", "燃油与进气计量及辅助排放控制"},
    {"fuel and air metering", "燃油与进气计量"},
    {"fuel and air metering, injectors", "燃油与进气计量（喷油）"},
    {"ignition or misfire", "点火或失火"},
    {"auxiliary emission controls", "辅助排放控制"},
    {"vehicle speed, idle control and auxiliary inputs", "车速、怠速控制及辅助输入"},
    {"control unit and its outputs", "控制单元及输出电路"},
    {"transmission", "变速箱"},
    {"transmission", "变速箱"},
    {"transmission", "变速箱"},
    {"hybrid or electric drive", "混合动力或电驱动"},
    {"hybrid or electric drive", "混合动力或电驱动"},
    {"hybrid or electric drive", "混合动力或电驱动"},
};

static unsigned hex_value(char c) { return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A') + 10; }

// Which the standard defines: P0, P2, P34 and up, B0, C0, U0, U3; the rest is each maker's own.
static bool standard(const char *code) {
    if (code[1] == '0') return true;
    if (code[0] == 'P') return code[1] == '2' || (code[1] == '3' && code[2] >= '4');
    return code[0] == 'U' && code[1] == '3';
}

static enum err tell_family(struct arena *a, struct trouble_code *out) {
    const char *code = out->code;
    const struct words *system = &systems[code[0] == 'P' ? 0 : code[0] == 'B' ? 1 : code[0] == 'C' ? 2 : 3];
    bool general = standard(code);
    struct words sub = code[0] == 'P' && code[1] == '0' ? subsystems[hex_value(code[2])] : (struct words){NULL, NULL};
    out->text = arena_printf(a, "%s code%s%s, %s", system->en, sub.en ? ": " : "", sub.en ? sub.en : "",
                             general ? "defined by the standard" : "defined by the vehicle's maker");
    out->text_zh = arena_printf(a, "%s故障码%s%s，%s", system->zh, sub.zh ? "：" : "", sub.zh ? sub.zh : "",
                                general ? "标准通用码" : "厂家自定义码");
    return out->text.p && out->text_zh.p ? ERR_OK : ERR_NO_MEMORY;
}

// ---- records ----------------------------------------------------------------------------------------------------------
static enum err types_find(struct view *v, struct slice slugs, struct trouble_code *out) {
    while (slugs.n > 0 && out->type_count < TROUBLE_CODE_TYPES_MAX) {
        enum err err = names_find(v->snapshot, NAMES_TYPE, slice_cut(&slugs, '|'), &out->types[out->type_count]);
        if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
        out->type_count += err == ERR_OK;
    }
    return ERR_OK;
}

enum err trouble_code_load(struct view *v, struct slice code, struct trouble_code *out) {
    struct slice value;
    *out = (struct trouble_code){.known = false};
    if (!trouble_code_is(code)) return ERR_BAD_REQUEST;
    upper(code, out->code);
    enum err err = db_get(v->snapshot, TABLE_TROUBLE_CODE, slice_str(out->code), &value);
    if (err == ERR_NOT_FOUND) return tell_family(v->arena, out);
    TRY(err);
    struct reader r = reader_of(value);
    uint8_t urgency = reader_u8(&r);
    out->known = true;
    out->urgency = urgency < TROUBLE_URGENCY_COUNT ? (enum trouble_urgency)urgency : TROUBLE_UNRATED;
    out->text = reader_string(&r);
    out->text_zh = reader_string(&r);
    struct slice types = reader_string(&r);
    return r.bad ? ERR_DAMAGED : types_find(v, types, out);
}

enum err trouble_code_put(struct txn *t, struct arena *scratch, struct slice code, enum trouble_urgency urgency, struct slice text,
                          struct slice text_zh, struct slice types, struct fault *why) {
    char key[TROUBLE_CODE_LENGTH + 1];
    struct buf record;
    if (!trouble_code_is(code)) return fault_set(why, ERR_BAD_REQUEST, "code", "\"%.*s\" is no trouble code", SLICE_ARGS(code));
    if (text.n == 0 || text_zh.n == 0) return fault_set(why, ERR_BAD_REQUEST, "text", "a trouble code needs a text in both languages");
    upper(code, key);
    buf_init(&record, scratch, 256);
    buf_u8(&record, (uint8_t)urgency);
    buf_string(&record, text);
    buf_string(&record, text_zh);
    buf_string(&record, types);
    return record.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_TROUBLE_CODE, slice_str(key), buf_slice(&record));
}
