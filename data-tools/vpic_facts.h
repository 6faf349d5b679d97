// vpic_facts.h: what we know better than vPIC, as data: facts/second_list_makes.tsv and facts/corrections.tsv.
//
// second_list_makes.tsv: make, model (empty: all), reason. corrections.tsv: op, make, model, from, to, match, set,
// reason:
//   remove   configurations that match are dropped
//   keep     configurations that do not match are dropped, unless none would be left
//   replace  configurations that match get the values of `set`
//   add      a configuration with the values of `set` joins those that are there
//   rename   configurations that match belong to the model named in `set` ("model=Silverado 1500"); years do not count
// `match` and `set` are "name=value" pairs joined by '|', in the words of attributes.tsv, "?" for unknown; values of
// `match` may have alternatives after commas. An empty model or year means any. us_engines.tsv has the same form:
// displacements that were sold, for makers whose VIN keys allow any engine of the plant.
#ifndef RF_TOOLS_VPIC_FACTS_H
#define RF_TOOLS_VPIC_FACTS_H

#include "report.h"
#include "vpic_core.h"

struct vpic_facts;
// Missing files are an empty set of facts. Rows that cannot be used are reported; texts are interned into `v`.
enum err vpic_facts_open(const char *dir, struct vpic *v, struct import_report *report, struct vpic_facts **out,
                         struct fault *why);
void vpic_facts_close(struct vpic_facts *f);
bool vpic_facts_second_list(const struct vpic_facts *f, uint32_t make, uint32_t model);
void vpic_facts_rename(const struct vpic_facts *f, struct vpic_core *core);
bool vpic_facts_renames(const struct vpic_facts *f, uint32_t make, uint32_t model); // some row might
// Configurations of one base vehicle, all of one make and model; room for `capacity`. Returns how many there are then.
size_t vpic_facts_correct(const struct vpic_facts *f, unsigned year, uint32_t make, uint32_t model,
                          struct vpic_core *cores, size_t count, size_t capacity);
// Calls for every base vehicle that an `add` row names, so that one vPIC does not know comes into being.
void vpic_facts_each_added(const struct vpic_facts *f,
                           void (*each)(void *arg, uint32_t make, uint32_t model, unsigned from, unsigned to),
                           void *arg);

#endif
