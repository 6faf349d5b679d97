// api_routes.h: every handler of the application, by file. Read by routes.c, which says what path each answers, and by
// the files that hold them.
#ifndef RF_SERVER_API_ROUTES_H
#define RF_SERVER_API_ROUTES_H

#include "server/router.h"

// api_picker.c
enum err api_makes(struct request *rq, struct fault *why);
enum err api_models(struct request *rq, struct fault *why);
enum err api_years(struct request *rq, struct fault *why);
enum err api_vehicles(struct request *rq, struct fault *why);
// api_options.c
enum err api_vehicle_options(struct request *rq, struct fault *why);
// api_vehicle.c
enum err api_vehicle_get(struct request *rq, struct fault *why);
enum err api_vehicle_types(struct request *rq, struct fault *why);
enum err api_vehicle_suggest(struct request *rq, struct fault *why);

// api_vocabulary.c
enum err api_types(struct request *rq, struct fault *why);
enum err api_brands(struct request *rq, struct fault *why);
enum err api_attributes(struct request *rq, struct fault *why);

// api_product.c
enum err api_product_get(struct request *rq, struct fault *why);
enum err api_product_vehicles(struct request *rq, struct fault *why);
enum err api_product_put(struct request *rq, struct fault *why);
enum err api_product_delete(struct request *rq, struct fault *why);
// api_vin.c
enum err api_vin_get(struct request *rq, struct fault *why);
enum err api_vin_post(struct request *rq, struct fault *why);
// api_interchange.c
enum err api_interchange(struct request *rq, struct fault *why);
// api_fitment.c
enum err api_fitment(struct request *rq, struct fault *why);

// api_maintenance.c
enum err api_maintenance(struct request *rq, struct fault *why);
// api_cockpit.c
enum err api_cockpit_stream(struct request *rq, struct fault *why);
enum err api_cockpit_suggest(struct request *rq, struct fault *why);
// api_needs.c
enum err api_user_needs(struct request *rq, struct fault *why);
// api_rules.c
enum err api_rules_get(struct request *rq, struct fault *why);
enum err api_rules_put(struct request *rq, struct fault *why);
enum err api_rules_delete(struct request *rq, struct fault *why);

// api_events.c
enum err api_events_post(struct request *rq, struct fault *why);
// api_users.c
enum err api_user_get(struct request *rq, struct fault *why);
enum err api_user_put(struct request *rq, struct fault *why);
enum err api_user_delete(struct request *rq, struct fault *why);
// api_generations.c
enum err api_generations_post(struct request *rq, struct fault *why);

// api_exclusions.c
enum err api_exclusions_get(struct request *rq, struct fault *why);
enum err api_exclusions_put(struct request *rq, struct fault *why);
enum err api_exclusions_delete(struct request *rq, struct fault *why);
// api_synonyms.c
enum err api_synonyms_get(struct request *rq, struct fault *why);
enum err api_synonyms_put(struct request *rq, struct fault *why);
enum err api_synonyms_delete(struct request *rq, struct fault *why);
// api_tyres.c
enum err api_tyres(struct request *rq, struct fault *why);
enum err api_tyre_scenes_get(struct request *rq, struct fault *why);
enum err api_tyre_scenes_put(struct request *rq, struct fault *why);
enum err api_tyre_scenes_delete(struct request *rq, struct fault *why);
// api_views.c
enum err api_views_get(struct request *rq, struct fault *why);
enum err api_views_put(struct request *rq, struct fault *why);
enum err api_views_delete(struct request *rq, struct fault *why);
// api_vehicle_put.c
enum err api_vehicle_put(struct request *rq, struct fault *why);
// api_bulk.c
extern const struct stream api_bulk;
// api_imports.c
enum err api_imports_post(struct request *rq, struct fault *why);
enum err api_imports_get(struct request *rq, struct fault *why);
enum err api_imports_rollback(struct request *rq, struct fault *why);

// api_workshops.c
enum err api_workshops_list(struct request *rq, struct fault *why);
enum err api_workshop_get(struct request *rq, struct fault *why);
enum err api_workshop_slots(struct request *rq, struct fault *why);
// api_cities.c
enum err api_cities(struct request *rq, struct fault *why);
// api_holds.c
enum err api_holds_post(struct request *rq, struct fault *why);

// api_coverage.c
enum err api_coverage(struct request *rq, struct fault *why);
// api_reports.c
enum err api_zero_results(struct request *rq, struct fault *why);

// openapi.c
enum err openapi_get(struct request *rq, struct fault *why);

#endif
