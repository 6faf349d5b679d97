// routes.c: every path the server answers, with its scope and the query parameters it takes. openapi.c describes each. Keys with a view
// may call what says ROUTE_VIEW and nothing else.
#include "server/api_near.h"
#include "server/api_routes.h"
#include "server/api_search.h"
#include "server/app.h"
#include "server/health.h"

#define PARAMS(...) .params = (const char *const[]){__VA_ARGS__, NULL}

const struct route routes[] = {
    // the picker
    {METHOD_GET, "/v1/makes", SCOPE_SEARCH, ROUTE_VIEW, api_makes, PARAMS("market", "all", "lang")},
    {METHOD_GET, "/v1/models", SCOPE_SEARCH, ROUTE_VIEW, api_models, PARAMS("make", "market", "all", "lang")},
    {METHOD_GET, "/v1/years", SCOPE_SEARCH, ROUTE_VIEW, api_years, PARAMS("make", "model", "market", "all", "lang")},
    {METHOD_GET, "/v1/vehicles", SCOPE_SEARCH, ROUTE_VIEW, api_vehicles,
     PARAMS("make", "model", "year", "market", "all", "limit", "offset", "lang")},
    {METHOD_GET, "/v1/vehicles/options", SCOPE_SEARCH, ROUTE_VIEW, api_vehicle_options,
     PARAMS("make", "model", "year", "attrs", "market", "all", "limit", "offset", "lang")},
    {METHOD_GET, "/v1/vehicles/suggest", SCOPE_SEARCH, ROUTE_VIEW, api_vehicle_suggest, PARAMS("q", "user", "market", "limit", "lang")},
    {METHOD_GET, "/v1/vehicles/{id}", SCOPE_SEARCH, ROUTE_VIEW, api_vehicle_get, PARAMS("lang")},
    {METHOD_GET, "/v1/vehicles/{id}/types", SCOPE_SEARCH, ROUTE_VIEW, api_vehicle_types, PARAMS("attrs", "market", "lang")},
    {METHOD_GET, "/v1/vin/{vin}", SCOPE_SEARCH, ROUTE_VIEW, api_vin_get, PARAMS("lang")},
    {METHOD_POST, "/v1/vin", SCOPE_SEARCH, ROUTE_VIEW, api_vin_post, PARAMS("lang")},

    // words
    {METHOD_GET, "/v1/types", SCOPE_SEARCH, ROUTE_VIEW, api_types, PARAMS("lang")},
    {METHOD_GET, "/v1/brands", SCOPE_SEARCH, 0, api_brands, PARAMS("lang")},
    {METHOD_GET, "/v1/attributes", SCOPE_SEARCH, ROUTE_VIEW, api_attributes, PARAMS("lang")},

    // products and fitment
    {METHOD_GET, "/v1/products/{id}", SCOPE_SEARCH, ROUTE_VIEW, api_product_get, PARAMS("currency", "lang")},
    {METHOD_PUT, "/v1/products/{id}", SCOPE_WRITE, ROUTE_BULK | ROUTE_VIEW, .handler = api_product_put},
    {METHOD_DELETE, "/v1/products/{id}", SCOPE_WRITE, ROUTE_VIEW, .handler = api_product_delete},
    {METHOD_GET, "/v1/products/{id}/vehicles", SCOPE_SEARCH, ROUTE_VIEW, api_product_vehicles, PARAMS("limit", "offset", "lang")},
    {METHOD_GET, "/v1/interchange/{number}", SCOPE_SEARCH, ROUTE_VIEW, api_interchange, PARAMS("brand", "limit", "offset", "currency", "lang")},
    {METHOD_GET, "/v1/fitment", SCOPE_SEARCH, ROUTE_VIEW, api_fitment, PARAMS("product", "vehicle", "attrs", "market", "lang")},

    // the data while it serves
    {METHOD_GET, "/v1/exclusions", SCOPE_SEARCH, 0, api_exclusions_get, PARAMS("product", "vehicle", "limit", "offset")},
    {METHOD_PUT, "/v1/exclusions", SCOPE_WRITE, 0, .handler = api_exclusions_put},
    {METHOD_DELETE, "/v1/exclusions", SCOPE_WRITE, 0, api_exclusions_delete, PARAMS("product", "vehicle")},
    {METHOD_GET, "/v1/synonyms", SCOPE_SEARCH, 0, api_synonyms_get, PARAMS("id", "limit", "offset")},
    {METHOD_PUT, "/v1/synonyms", SCOPE_WRITE, 0, .handler = api_synonyms_put},
    {METHOD_DELETE, "/v1/synonyms", SCOPE_WRITE, 0, api_synonyms_delete, PARAMS("id")},
    {METHOD_GET, "/v1/views", SCOPE_ADMIN, 0, api_views_get, PARAMS("id")},
    {METHOD_PUT, "/v1/views", SCOPE_ADMIN, 0, .handler = api_views_put},
    {METHOD_DELETE, "/v1/views", SCOPE_ADMIN, 0, api_views_delete, PARAMS("id")},
    {METHOD_PUT, "/v1/vehicles/{id}", SCOPE_WRITE, ROUTE_BULK, .handler = api_vehicle_put},
    {METHOD_POST, "/v1/bulk", SCOPE_WRITE, .stream = &api_bulk},
    {METHOD_GET, "/v1/reports/zero_results", SCOPE_ADMIN, 0, api_zero_results, PARAMS("limit")},
    {METHOD_GET, "/v1/reports/coverage", SCOPE_ADMIN, 0, api_coverage, PARAMS("service", "city", "lang")},
    {METHOD_GET, "/v1/imports", SCOPE_ADMIN, 0, api_imports_get, PARAMS("job")},
    {METHOD_POST, "/v1/imports", SCOPE_ADMIN, 0, .handler = api_imports_post},
    {METHOD_POST, "/v1/imports/{id}/rollback", SCOPE_ADMIN, 0, .handler = api_imports_rollback},

    // search and recommendation
    {METHOD_GET, "/v1/search", SCOPE_SEARCH, ROUTE_VIEW, .handler = api_search, .params = api_search_params},
    {METHOD_GET, "/v1/suggest", SCOPE_SEARCH, ROUTE_VIEW, .handler = api_suggest, .params = api_suggest_params},
    {METHOD_POST, "/v1/recommend", SCOPE_SEARCH, ROUTE_VIEW, .handler = api_recommend, .params = api_recommend_params},
    {METHOD_POST, "/v1/rerank", SCOPE_SEARCH, ROUTE_VIEW, .params = api_rerank_params, .stream = &api_rerank},

    // what a car needs
    {METHOD_GET, "/v1/maintenance", SCOPE_SEARCH, ROUTE_VIEW, api_maintenance,
     PARAMS("vehicle", "attrs", "market", "odometer_km", "months", "use", "history", "inspection", "user", API_NEAR_PARAMS, "lang", "currency")},
    {METHOD_POST, "/v1/cockpit/suggest", SCOPE_SEARCH, ROUTE_VIEW, api_cockpit_suggest, PARAMS("fields", "lang", "currency", "market")},
    {METHOD_GET, "/v1/cockpit/stream", SCOPE_SEARCH | SCOPE_EVENTS, 0, api_cockpit_stream, PARAMS("users", "lang", "currency")},
    {METHOD_GET, "/v1/rules", SCOPE_SEARCH, 0, api_rules_get, PARAMS("kind", "id", "service", "limit", "offset")},
    {METHOD_PUT, "/v1/rules", SCOPE_WRITE, 0, .handler = api_rules_put},
    {METHOD_DELETE, "/v1/rules", SCOPE_WRITE, 0, api_rules_delete, PARAMS("kind", "id")},

    // tyres by driving scene
    {METHOD_GET, "/v1/tyres", SCOPE_SEARCH, ROUTE_VIEW, api_tyres,
     PARAMS("vehicle", "attrs", "market", "scene", "user", "plus", "filters", API_NEAR_PARAMS, "limit", "offset", "lang", "currency")},
    {METHOD_GET, "/v1/tyres/scenes", SCOPE_SEARCH, ROUTE_VIEW, .handler = api_tyre_scenes_get},
    {METHOD_PUT, "/v1/tyres/scenes", SCOPE_WRITE, ROUTE_VIEW, .handler = api_tyre_scenes_put},
    {METHOD_DELETE, "/v1/tyres/scenes", SCOPE_WRITE, ROUTE_VIEW, api_tyre_scenes_delete, PARAMS("id")},

    // workshops
    {METHOD_GET, "/v1/workshops", SCOPE_SEARCH, ROUTE_VIEW, api_workshops_list,
     PARAMS(API_NEAR_PARAMS, "service", "product", "quantity", "in_stock", "make", "vehicle", "attrs", "market", "open_at", "limit", "currency", "lang")},
    {METHOD_GET, "/v1/cities", SCOPE_SEARCH, ROUTE_VIEW, .handler = api_cities},
    {METHOD_GET, "/v1/workshops/{id}", SCOPE_SEARCH, ROUTE_VIEW, api_workshop_get, PARAMS("lang")},
    {METHOD_GET, "/v1/workshops/{id}/slots", SCOPE_SEARCH, ROUTE_VIEW, api_workshop_slots, PARAMS("date")},
    {METHOD_POST, "/v1/workshops/{id}/holds", SCOPE_EVENTS, ROUTE_VIEW, .handler = api_holds_post},

    // people; what is known of a person is not for keys that a page carries
    {METHOD_POST, "/v1/events", SCOPE_EVENTS, ROUTE_BULK | ROUTE_VIEW, .handler = api_events_post},
    {METHOD_GET, "/v1/users/{id}", SCOPE_WRITE, 0, api_user_get, PARAMS("lang")},
    {METHOD_GET, "/v1/users/{id}/needs", SCOPE_WRITE, 0, api_user_needs, PARAMS("lang", "currency", "market")},
    {METHOD_PUT, "/v1/users/{id}", SCOPE_WRITE, 0, api_user_put, PARAMS("lang")},
    {METHOD_DELETE, "/v1/users/{id}", SCOPE_WRITE, 0, .handler = api_user_delete},

    // running it
    {METHOD_POST, "/v1/generations", SCOPE_ADMIN, 0, .handler = api_generations_post},
    {METHOD_GET, "/healthz", .flags = ROUTE_QUIET, .handler = health_alive},
    {METHOD_GET, "/readyz", .flags = ROUTE_QUIET, .handler = health_ready},
    {METHOD_GET, "/metrics", SCOPE_ADMIN, ROUTE_QUIET, .handler = health_metrics},
    {METHOD_GET, "/openapi.json", .handler = openapi_get},

    // the page; its own state may be in the query
    {METHOD_GET, "/", .flags = ROUTE_ANY_PARAMS, .handler = static_index},
    {METHOD_GET, "/{file}", .flags = ROUTE_ANY_PARAMS, .handler = static_file_get},
    {METHOD_GET, "/js/{path...}", .flags = ROUTE_ANY_PARAMS, .handler = static_js_get},
    {METHOD_GET, "/web/{path...}", .flags = ROUTE_ANY_PARAMS, .handler = static_file_get},
};
const size_t routes_count = sizeof routes / sizeof *routes;
