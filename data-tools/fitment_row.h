// fitment_row.h: one row of a shop's fitment table (fitment_csv.h) or of a marketplace's compatibility list (ebay.h) while it is being
// read: what its words mean, and the application made of it.
//
// Words that name an attribute but no value anybody knows, and words of engines and trims that are not understood, become open text
// conditions, "Engine: EA888". Nothing a row says about which cars it means is dropped.
#ifndef RF_TOOLS_FITMENT_ROW_H
#define RF_TOOLS_FITMENT_ROW_H

#include "attribute_words.h"
#include "index/base/limits.h"
#include "notes.h"
#include "sink.h"
#include "vehicle_words.h"

enum { FITMENT_PAIRS_MAX = 96, FITMENT_YEARS_MAX = 32 };

struct fitment_row {
    struct arena *arena;                 // of the row
    const struct attribute_words *words; // may be NULL
    const struct notes *notes;           // may be NULL
    struct slice make, model, external;  // external: instead of make, model and years
    struct slice position, label;
    uint16_t quantity;
    unsigned year_count, pair_count, condition_count;
    struct year_range years[FITMENT_YEARS_MAX];
    struct pair pairs[FITMENT_PAIRS_MAX];
    struct condition_doc conditions[LIMIT_CONDITIONS];
};

void fitment_row_start(struct fitment_row *r, struct arena *a, const struct attribute_words *words, const struct notes *notes);

// Each takes one cell; empty is fine. ERR_BAD_REQUEST with a message for what makes the row unusable, ERR_NO_MEMORY.
enum err fitment_row_years(struct fitment_row *r, struct slice text, struct fault *why);
enum err fitment_row_quantity(struct fitment_row *r, struct slice text, struct fault *why);
// Values of an attribute, '|' between alternatives.
enum err fitment_row_attribute(struct fitment_row *r, struct slice name, struct slice text, struct fault *why);
// The same, as they stand.
enum err fitment_row_verbatim(struct fitment_row *r, struct slice name, struct slice text, struct fault *why);
enum err fitment_row_engine(struct fitment_row *r, struct slice text, struct fault *why);
enum err fitment_row_trim(struct fitment_row *r, struct slice text, struct fault *why);
// Words as vehicle_words.h reads them; the unknown ones are asked for under `label`.
enum err fitment_row_words(struct fitment_row *r, struct slice label, const struct vehicle_words *w, struct fault *why);
// Notes, '|' or a line end between them; ';' too where there is no '|'. Informational ones are left out.
enum err fitment_row_notes(struct fitment_row *r, struct slice text, struct fault *why);
// "label: text", an open question.
enum err fitment_row_unknown(struct fitment_row *r, struct slice label, struct slice text, struct fault *why);

// The application; one vehicle per range of years, in the row's arena.
enum err fitment_row_application(const struct fitment_row *r, struct slice source, uint64_t line, struct application_doc *out);

#endif
