// key_view.h: what an API key may see: a brand's, a dealer's or a region's part of the catalogue, as data. Many keys may name one view.
//
// `filters` (filter.h's grammar; not `fit`, which needs a car) says which products are in the assortment, by the shop's own prices and
// stock; empty: all. A product with an attribute `dealer` is that dealer's own: it is in the views of this dealer whatever the filter
// says, and in no other dealer's or region's. `market` is forced on every request. `dealer` names whose price list (dealer_price.h),
// scenes, packages and workshops belong to the keys; what a dealer owns has an id that begins with the dealer's id and ':'.
// `territories` further limit workshops to those districts, cities or countries and what lies in them: a path stands for all that begin with it by
// whole segments ("CN/Jiangsu" for "CN/Jiangsu/Suzhou", not for "CN/Jiangsu2").
//
// TABLE_KEY_VIEW: id -> name, filters, market, dealer, currency u8, territory count varint, territories.
#ifndef RF_INDEX_KEY_VIEW_H
#define RF_INDEX_KEY_VIEW_H

#include "base/json.h"
#include "base/keyfile.h"
#include "product.h"
#include "view.h"

enum {
    KEY_VIEW_TERRITORIES_MAX = 64,
    KEY_VIEW_FILTER_BYTES = 2048,
    KEY_VIEW_DEALER_BYTES = 32, // letters, digits, '_' and '-', as of a view's own id (keyfile.h)
};

struct key_view {
    struct slice id, name, filters, market, dealer;
    enum currency currency; // of prices in `filters`
    unsigned territory_count;
    struct slice territories[KEY_VIEW_TERRITORIES_MAX];
};

enum err key_view_load(struct view *v, struct slice id, struct key_view *out);       // ERR_NOT_FOUND; slices into the snapshot
enum err key_view_decode(struct slice id, struct slice record, struct key_view *out); // ERR_DAMAGED; slices into `record`
enum err key_view_each(struct view *v, enum err (*each)(void *arg, const struct key_view *view), void *arg); // by id

// {"id","name","filters","market","currency","dealer","territories":[]}. ERR_BAD_REQUEST with the field.
enum err key_view_from_json(const struct json *body, struct key_view *out, struct fault *why);
void key_view_json(struct json_writer *w, const struct key_view *view);
// Replaces. ERR_BAD_REQUEST: filters or market that cannot be understood.
enum err key_view_put(struct txn *t, struct arena *scratch, const struct key_view *view, struct fault *why);
enum err key_view_delete(struct txn *t, struct slice id, struct fault *why); // ERR_NOT_FOUND

bool key_view_dealer_is(struct slice text); // whether it can be a dealer's id
// Whose an id is: what stands before its first ':'; empty: the shop's.
struct slice key_view_owner(struct slice id);

#endif
