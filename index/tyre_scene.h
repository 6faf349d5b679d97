// tyre_scene.h: what a driver wants of tyres in one scene (commute, winter, quiet, ...), as rules over products' attributes: data that
// an owner edits, not code.
//
// A rule holds for a product whose attribute has one of its words, or a number within its bound; an attribute the product does not
// have meets no rule. A product's score in a scene is the sum of the weights of the rules that hold, over the sum of the scene's
// positive weights: at most 1, below 0 for what speaks against the scene. Facts are in facts/tyre_scenes.tsv.
//
// TABLE_TYRE_SCENE: scene's id -> owner u8 (0: the facts, 1: put over HTTP), name, name_zh, rule count varint, rules {attribute, value,
// weight f32, reason, reason_zh}.
#ifndef RF_INDEX_TYRE_SCENE_H
#define RF_INDEX_TYRE_SCENE_H

#include "base/json.h"
#include "view.h"

enum {
    TYRE_SCENE_RULES_MAX = 64,
    TYRE_SCENE_VALUES_MAX = 8,  // words of one rule
    TYRE_SCENE_ID_BYTES = 40,   // letters, digits, '_', '-'; a dealer's begin with the dealer's id and ':' (key_view.h)
};

struct tyre_scene_rule {
    struct slice attribute, value; // "season", "winter|all_season"; "noise_db", "<=68"
    float weight;
    struct slice reason, reason_zh;
};
struct tyre_scene {
    struct slice id, name, name_zh;
    bool own; // put by the owner: the facts' file leaves it alone
    unsigned rule_count;
    struct tyre_scene_rule *rules;
};

// ---- the data -------------------------------------------------------------------------------------------------------------------
enum err tyre_scene_load(struct view *v, struct slice id, struct tyre_scene *out); // ERR_NOT_FOUND
enum err tyre_scene_each(struct view *v, enum err (*each)(void *arg, const struct tyre_scene *scene), void *arg); // by id
// {"id","name","name_zh","rules":[{"attribute","value","weight","reason","reason_zh"}]}. ERR_BAD_REQUEST with the field.
enum err tyre_scene_from_json(struct arena *a, const struct json *body, struct tyre_scene *out, struct fault *why);
void tyre_scene_json(struct json_writer *w, const struct tyre_scene *scene);
enum err tyre_scene_put(struct txn *t, struct arena *scratch, const struct tyre_scene *scene, struct fault *why); // replaces
enum err tyre_scene_delete(struct txn *t, struct slice id, struct fault *why);                                    // ERR_NOT_FOUND
// The facts' file, row by row: removes the scenes that came from it before; then a row without an attribute begins a scene, another one
// adds a rule to it. Scenes an owner has put stay as they are.
enum err tyre_scenes_clear(struct txn *t, struct arena *scratch);
enum err tyre_scene_row(struct txn *t, struct view *v, const struct slice cells[8], struct fault *why);

// ---- products ---------------------------------------------------------------------------------------------------------------------
// A scene with its words looked up in the products' dictionaries, for one request.
struct tyre_scene_test {
    uint32_t attribute; // 0: no product has it
    unsigned value_count;
    uint32_t values[TYRE_SCENE_VALUES_MAX];
    char bound; // '<', '>' or 0: words
    double limit;
};
struct tyre_scene_tests {
    const struct tyre_scene *scene;
    struct tyre_scene_test *tests; // [rule_count]
    float most;                    // the sum of positive weights
};
enum err tyre_scene_tests_begin(struct view *v, const struct tyre_scene *scene, struct tyre_scene_tests *out);
// The product's score; *best is the rule that speaks for it most, NULL where none does.
float tyre_scene_score(struct view *v, const struct tyre_scene_tests *t, uint32_t product, const struct tyre_scene_rule **best);

#endif
