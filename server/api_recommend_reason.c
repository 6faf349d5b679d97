// Sentences and numbers for a recommendation. A product that is evidence and has been deleted since counts, but is not named.
#include "server/api_recommend.h"

#include "index/product.h"

#define EVIDENCE_SHOWN 3

struct sentence { const char *en, *zh; }; // %s: a product's title or a type's name

static const struct sentence plain[RECOMMEND_REASONS] = {
    [RECOMMEND_TASTE] = {"Like what you looked at and bought", "和您看过、买过的相近"},
    [RECOMMEND_BRAND] = {"A brand you chose before", "您选过的品牌"},
    [RECOMMEND_POPULAR] = {"Popular with other owners", "车主热销"},
    [RECOMMEND_RATED] = {"Rated highly", "好评居多"},
    [RECOMMEND_IN_STOCK] = {"In stock now", "现货"},
    [RECOMMEND_PRICE] = {"In the price range you usually choose", "符合您常选的价位"},
    [RECOMMEND_NEW] = {"New", "新品"},
    [RECOMMEND_PROMOTED] = {"Recommended by the shop", "店铺推荐"},
    [RECOMMEND_GOES_WITH] = {"Goes with what is in view", "与您正在看的搭配"},
    [RECOMMEND_SAME_TYPE] = {"An alternative of the same kind", "同类可替换"},
    [RECOMMEND_ALIKE] = {"Often chosen by the same people", "选它的人也常选"},
    [RECOMMEND_BOUGHT_WITH] = {"Often bought together", "常一起购买"},
    [RECOMMEND_COMPLEMENT] = {"Often needed together", "常需一起更换"},
    [RECOMMEND_RISING] = {"On the rise", "近期上升"},
};
static const struct sentence about[RECOMMEND_REASONS] = { // what is in view or in the cart
    [RECOMMEND_GOES_WITH] = {"Goes with %s", "与 %s 搭配"},
    [RECOMMEND_SAME_TYPE] = {"An alternative to %s", "可替代 %s"},
    [RECOMMEND_ALIKE] = {"Chosen by the same people as %s", "选 %s 的人也常选"},
    [RECOMMEND_BOUGHT_WITH] = {"Often bought together with %s", "常与 %s 一起购买"},
    [RECOMMEND_COMPLEMENT] = {"Often needed together with %s", "常与 %s 一起更换"},
};

enum deed { LOOKED_AT, CARTED, BOUGHT, RATED, ACCEPTED, DEEDS };
static const struct sentence because[DEEDS][2] = { // [1]: for this car
    [LOOKED_AT] = {{"Because you looked at %s", "因为您看过 %s"}, {"Because you looked at %s for this car", "因为您为这辆车看过 %s"}},
    [CARTED] = {{"Because you put %s in your cart", "因为您加购过 %s"}, {"Because you put %s in your cart for this car", "因为您为这辆车加购过 %s"}},
    [BOUGHT] = {{"Because you bought %s", "因为您买过 %s"}, {"Because you bought %s for this car", "因为您为这辆车买过 %s"}},
    [RATED] = {{"Because you liked %s", "因为您好评过 %s"}, {"Because you liked %s for this car", "因为您为这辆车好评过 %s"}},
    [ACCEPTED] = {{"Because you accepted %s", "因为您采纳过 %s"}, {"Because you accepted %s for this car", "因为您为这辆车采纳过 %s"}},
};
static const struct sentence itself[DEEDS] = {
    [LOOKED_AT] = {"You looked at it", "您看过这件商品"}, [CARTED] = {"You put it in your cart", "您加购过这件商品"},
    [BOUGHT] = {"You bought it before", "您买过这件商品"}, [RATED] = {"You liked it", "您好评过这件商品"},
    [ACCEPTED] = {"You accepted it", "您采纳过这件商品"},
};

static enum deed deed_of(enum event_type type) {
    switch (type) {
    case EVENT_CART: return CARTED;
    case EVENT_PURCHASE:
    case EVENT_INSTALL:
    case EVENT_REDEEM:
    case EVENT_SERVICE: return BOUGHT;
    case EVENT_RATING: return RATED;
    case EVENT_ACCEPT: return ACCEPTED;
    default: return LOOKED_AT;
    }
}

// ---- names ------------------------------------------------------------------------------------------------------------------------
static bool load_named(struct app_worker *w, uint32_t product, struct product *out) {
    if (columns_facts(w->view, product)->flags & FACT_DELETED) return false;
    return product_load(w->view, product, out) == ERR_OK;
}

static struct slice title_of(const struct product *p, bool zh) {
    struct slice title = zh && p->title_zh.n ? p->title_zh : p->title;
    return title.n ? title : p->external_id;
}

static const char *text_of(const struct sentence *s, bool zh) { return zh ? s->zh : s->en; }

static struct slice fill_in(struct arena *a, const char *sentence, struct slice title) { // empty: no memory
    const char *hole = strstr(sentence, "%s");
    size_t before = (size_t)(hole - sentence), after = strlen(hole + 2);
    char *out = arena_alloc(a, before + title.n + after);
    if (!out) return SLICE_NONE;
    memcpy(out, sentence, before);
    memcpy(out + before, title.p, title.n);
    memcpy(out + before + title.n, hole + 2, after);
    return slice_of(out, before + title.n + after);
}

// ---- the sentence -----------------------------------------------------------------------------------------------------------------
static struct slice because_of(struct app_worker *w, const struct recommendation *hit, const struct recommend_evidence *e,
                               const struct reason_style *style) {
    struct product p;
    if (e->product == hit->product) return slice_str(text_of(&itself[deed_of(e->type)], style->zh));
    if (!load_named(w, e->product, &p)) return SLICE_NONE;
    const struct sentence *s = &because[deed_of(e->type)][style->fits_car(style->arg, e->product)];
    return fill_in(w->view->arena, text_of(s, style->zh), title_of(&p, style->zh));
}

// The first of the evidence, most first, that lifts the product and can still be named.
static struct slice with_evidence(struct app_worker *w, const struct recommendation *hit, const struct recommend_why *why,
                                  const struct reason_style *style) {
    bool own = why->reason == RECOMMEND_TASTE;
    struct product p;
    for (unsigned i = 0; i < why->evidence_count && why->evidence[i].share > 0.0f; i++) {
        const struct recommend_evidence *e = &why->evidence[i];
        struct slice text = SLICE_NONE;
        if (own && !e->about) text = because_of(w, hit, e, style);
        else if (!own && e->about && about[why->reason].en && load_named(w, e->product, &p))
            text = fill_in(w->view->arena, text_of(&about[why->reason], style->zh), title_of(&p, style->zh));
        if (text.n) return text;
    }
    if (!own && about[why->reason].en && style->about && load_named(w, style->about, &p))
        return fill_in(w->view->arena, text_of(&about[why->reason], style->zh), title_of(&p, style->zh));
    return slice_str(text_of(&plain[why->reason], style->zh));
}

// ---- numbers ----------------------------------------------------------------------------------------------------------------------
static void evidence_json(struct app_worker *w, struct json_writer *j, const struct recommend_why *why, const struct reason_style *style) {
    struct product p;
    json_key_open(j, "evidence", '[');
    for (unsigned i = 0; i < why->evidence_count; i++) {
        const struct recommend_evidence *e = &why->evidence[i];
        if (!style->all && (i == EVIDENCE_SHOWN || e->share <= 0.0f)) break;
        bool named = load_named(w, e->product, &p);
        json_open(j, '{');
        json_key_str(j, "event", e->about ? "in_view" : event_type_name(e->type));
        api_key_text(j, "product", named ? p.external_id : SLICE_NONE);
        api_key_text(j, "title", named ? title_of(&p, style->zh) : SLICE_NONE);
        json_key_double(j, "share", (double)e->share);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void parts_json(struct json_writer *j, const struct recommend_why *why) {
    json_key_open(j, "explain", '{');
    json_key_str(j, "reason", recommend_reason_name(why->reason));
    json_key_open(j, "parts", '{');
    for (unsigned f = 0; f < RANK_FEATURES; f++) json_key_double(j, rank_feature_name(f), (double)why->features[f]);
    for (unsigned p = 0; p < RECOMMEND_PARTS; p++) json_key_double(j, recommend_part_name(p), (double)why->parts[p]);
    json_close(j, '}');
    json_close(j, '}');
}

enum err recommend_reason_json(struct app_worker *w, struct json_writer *j, const struct recommendation *hit,
                               const struct recommend_why *why, const struct reason_style *style) {
    json_key_string(j, "reason", with_evidence(w, hit, why, style));
    evidence_json(w, j, why, style);
    if (style->all) parts_json(j, why);
    return ERR_OK;
}
