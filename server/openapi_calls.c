// openapi_calls.c: what every call and every query parameter means, as data (openapi.h).
#include "server/openapi.h"

#define PRODUCT_BODY                                                                                                   \
    "brand*:string,type*:string,id:string,kind:string,number:string,title:string,title_zh:string,price:object,"        \
    "prices:array,rating:object,image:string,attributes:object,universal:boolean,non_vehicle:boolean,stock:integer,"   \
    "popularity:number,created:string,oe:array,interchange:array,kit:array,pack_quantity:integer,applications:array"
#define PRODUCT_MEMBERS                                                                                                \
    "id:string,kind:string,brand:string,number:string,type:string,title:string,title_zh:string,price:object,"          \
    "rating:object,image:string,attributes:object,universal:boolean,stock:integer"
#define VEHICLE_MEMBERS                                                                                                \
    "id:string,market:string,make:string,model:string,year:integer,name:string,name_zh:string,attrs:object,"           \
    "configurations:integer"
#define VIN_MEMBERS                                                                                                    \
    "vin:string,valid:boolean,check_digit_ok:boolean,year:integer,make:string,makes:array,model:string,models:array,"  \
    "series:string,maker:string,maker_zh:string,plant:string,region:string,country:string,attrs:object,"               \
    "possible:object,vehicle:object,vehicles:array,configurations:integer,suggestions:array,unknown:array"
#define USER_MEMBERS                                                                                                   \
    "id:string,identities:array,garage:array,consent:object,home:object,stage:object,segment:object,value_score:number,recent:array"

static const struct openapi_call calls[] = {
    {METHOD_GET, "/v1/makes", "Makes, with how many models and base vehicles each has", NULL, NULL, "makes:array"},
    {METHOD_GET, "/v1/models", "Models of a make", "make", NULL, "models:array"},
    {METHOD_GET, "/v1/years", "Model years of a model, newest first, with the base vehicle of each", "make,model", NULL, "years:array"},
    {METHOD_GET, "/v1/vehicles", "Base vehicles of a make, newest first", "make", NULL, "vehicles:array,total:integer"},
    {METHOD_GET, "/v1/vehicles/options", "What is left to choose, in any order, with how many remain for each value", NULL, NULL,
     "options:array,vehicles:array,total:integer"},
    {METHOD_GET, "/v1/vehicles/suggest", "Typeahead over vehicles: prefixes, Chinese, pinyin, a year in any place, generations and "
     "badges, one typing error; the user's own first", "q", NULL,
     "vehicles:array,took_us:integer"},
    {METHOD_GET, "/v1/vehicles/{id}", "A base vehicle, its configurations and what varies among them", NULL, NULL,
     VEHICLE_MEMBERS ",configuration_list:array,varies:array"},
    {METHOD_GET, "/v1/vehicles/{id}/types", "Product types that fit or may fit the vehicle, with counts", NULL, NULL, "types:array"},
    {METHOD_GET, "/v1/vin/{vin}", "What a VIN stands for, as far as it can be known, and repairs of one wrong character", NULL, NULL,
     VIN_MEMBERS},
    {METHOD_POST, "/v1/vin", "The same for up to 1000 VINs, in their order", NULL, "vins*:array", "results:array"},
    {METHOD_GET, "/v1/types", "All product types and their groups", NULL, NULL, "types:array,groups:array"},
    {METHOD_GET, "/v1/brands", "All brands", NULL, NULL, "brands:array"},
    {METHOD_GET, "/v1/attributes", "Attributes of vehicles with labels, units and legal values", NULL, NULL, "attributes:array"},
    {METHOD_GET, "/v1/products/{id}", "A product with its numbers and applications", NULL, NULL,
     PRODUCT_MEMBERS ",prices:array,non_vehicle:boolean,popularity:number,created:string,oe:array,interchange:array,"
     "pack_quantity:integer,kit:array,in_kits:array,group:string,variants:array,applications:array"},
    {METHOD_PUT, "/v1/products/{id}", "Add or replace a product; visible when the answer arrives", NULL, PRODUCT_BODY, "id:string"},
    {METHOD_DELETE, "/v1/products/{id}", "Delete a product", NULL, NULL, NULL},
    {METHOD_GET, "/v1/products/{id}/vehicles", "What a product fits: the base vehicles that exist and match, years as ranges", NULL, NULL,
     "vehicles:array,total:integer,total_vehicles:integer,class:string,universal:boolean,by_specification:boolean,unresolved:integer"},
    {METHOD_GET, "/v1/interchange/{number}",
     "Products that stand for a part number, a maker's or another brand's, with the chain of numbers that led to each", NULL, NULL,
     "number:string,canonical:string,brands:array,products:array,total:integer,truncated:boolean"},
    {METHOD_GET, "/v1/fitment", "Whether a product fits a car: verdict, reasons, and the question that would decide",
     "product,vehicle", NULL, "verdict:string,because:array,question:object"},
    {METHOD_GET, "/v1/exclusions", "What somebody said does not fit, whatever the files say", NULL, NULL, "exclusions:array,total:integer"},
    {METHOD_PUT, "/v1/exclusions", "Say that a product does not fit a base vehicle or one configuration; counts when the answer arrives. "
     "who is the key's id when it is left out", NULL,
     "product*:string,vehicle*:string,who:string,why*:string", "product:string,vehicle:string,who:string,why:string"},
    {METHOD_DELETE, "/v1/exclusions", "Take it back", "product,vehicle", NULL, NULL},
    {METHOD_GET, "/v1/synonyms", "Rules which phrase of a query also means which", NULL, NULL, "synonyms:array,total:integer"},
    {METHOD_PUT, "/v1/synonyms", "Add or replace a rule: phrases that stand for each other, or from that also means to; counts when the "
     "answer arrives", NULL, "id*:string,phrases:array,from:string,to:array", "id:string,phrases:array,from:string,to:array"},
    {METHOD_DELETE, "/v1/synonyms", "Take a rule back", "id", NULL, NULL},
    {METHOD_GET, "/v1/views", "What API keys with a view may see", NULL, NULL, "views:array"},
    {METHOD_PUT, "/v1/views", "Add or replace a view; the next request of its keys goes by it", NULL,
     "id*:string,name:string,filters:string,market:string,currency:string,dealer:string,territories:array",
     "id:string,name:string,filters:string,market:string,currency:string,dealer:string,territories:array"},
    {METHOD_DELETE, "/v1/views", "Delete a view; its keys are refused from then on", "id", NULL, NULL},
    {METHOD_PUT, "/v1/vehicles/{id}", "Add or replace a base vehicle with the configurations its owner knows of; what fits it is "
     "found at once", NULL,
     "make*:string,model*:string,year*:integer,name_zh:string,market:string,configurations:array,external:array",
     "id:string,configurations:integer"},
    {METHOD_POST, "/v1/bulk", "Changes of the data, one JSON object a line, any number of lines, applied in order; each is answered when "
     "it is on disk", NULL,
     "op*:string,kind*:string,id:string,brand:string,number:string,type:string,application:object,prices:array,stock:integer,"
     "product:string,vehicle:string,who:string,why:string,phrases:array,from:string,to:array,near:array,hours:string,services:array,"
     "makes:array,depots:array,dealer:string,territory:array,floor:number,ceiling:number,workshop:string,depot:string,items:object",
     "line:integer,ok:boolean,error:object"},
    {METHOD_GET, "/v1/imports", "The newest imports, and the files that are being imported", NULL, NULL, "batches:array,jobs:array"},
    {METHOD_POST, "/v1/imports", "Import a file of bulk lines from the folder staging of the data, in the background; 202", NULL,
     "path*:string,sources:string,dry_run:boolean", "job:integer"},
    {METHOD_POST, "/v1/imports/{id}/rollback", "Take the newest import back", NULL, "", "id:integer,restored:integer,kept:integer"},
    {METHOD_GET, "/v1/search", "Search products by words, numbers and fitment, ranked for a person", NULL, NULL,
     "query_id:string,took_us:integer,understood:object,vehicle_options:array,total:integer,hits:array,number_matches:array,"
     "facets:object,facet_stats:object,question:object,dropped:array"},
    {METHOD_GET, "/v1/tyres", "Tyres for a car by driving scene: its own size first, then sizes it may have, then permitted substitutes; larger "
     "wheels where plus= asks for them; axles of different sizes in pairs", "vehicle", NULL,
     "query_id:string,took_us:integer,vehicle:object,scene:string,sizes:array,staggered:boolean,total:integer,left_out:integer,hits:array,"
     "question:object"},
    {METHOD_GET, "/v1/tyres/scenes", "Driving scenes and what each asks of tyres", NULL, NULL, "scenes:array"},
    {METHOD_PUT, "/v1/tyres/scenes", "Add or replace a scene", NULL, "id*:string,name*:string,name_zh:string,rules*:array",
     "id:string,name:string,name_zh:string,own:boolean,rules:array"},
    {METHOD_DELETE, "/v1/tyres/scenes", "Delete a scene", "id", NULL, NULL},
    {METHOD_GET, "/v1/reports/zero_results", "Queries that found nothing, or something only after words of them were given up, most frequent "
     "first", NULL, NULL, "queries:array"},
    {METHOD_GET, "/v1/suggest", "One typeahead for everything: completed queries, vehicles (the user's own first), product types, products; "
     "with the places of what was typed in highlights, in UTF-16 code units", "q", NULL,
     "took_us:integer,queries:array,vehicles:array,types:array,products:array"},
    {METHOD_POST, "/v1/recommend", "Products by one of five models: for_you, related and bought_together (with product, cart or session), "
     "similar (to product), trending (in the market asked for, else the car's); for the car, else the garage's. Each hit says why: reason, and evidence [{event, product, title, "
     "share of the score}]. diversity 0 to 1 (0.1); tiers labels good, better and best of a type; explain adds all parts of each score "
     "and what was left out as bought lately", NULL,
     "user:string,session:array,vehicle:string,attrs:object,market:string,surface:string,model:string,product:string,cart:array,"
     "filters:string,limit:integer,diversity:number,currency:string,explain:boolean,tiers:boolean,near:array,"
     "datum:string,radius_m:number",
     "query_id:string,took_us:integer,model:string,hits:array,excluded:array"},
    {METHOD_POST, "/v1/rerank", "Re-rank lists, or with a limit the whole catalogue, one JSON object a line, any number of lines; answered line by line", NULL,
     "user:string,vehicle:string,attrs:object,market:string,items:array,limit:integer", "user:string,items:array,dropped:array"},
    {METHOD_GET, "/v1/workshops", "The nearest workshops that can do a service, or fit a product, on a car, each with the first free slot and "
     "where the pieces come from; utc_offset is how many minutes its clock is from UTC at earliest", "near", NULL,
     "workshops:array,partial:boolean,query_id:string,took_us:integer"},
    {METHOD_GET, "/v1/cities", "The cities that have workshops, most of them first: names, the middle of the workshops, and how many", NULL, NULL,
     "cities:array"},
    {METHOD_GET, "/v1/workshops/{id}", "A workshop as it was put; utc_offset is without daylight saving", NULL, NULL,
     "id:string,name:string,near:array,services:array,makes:array,bays:integer,slot_minutes:integer,hours:string,utc_offset:integer,"
     "rating:object,qualification:string,deposit:string,dealer:string,depots:array"},
    {METHOD_GET, "/v1/workshops/{id}/slots", "The times of a day a workshop can be booked for, and how many cars it has room for then; "
     "utc_offset of a slot is how many minutes the workshop's clock is from UTC then", NULL, NULL,
     "workshop:string,slot_minutes:integer,utc_offset:integer,slots:array"},
    {METHOD_POST, "/v1/workshops/{id}/holds", "Hold a slot, for a service or to have a product fitted; release or redeem a hold. A hold frees "
     "itself when ttl_s seconds have passed; redeeming takes the pieces out of stock. id is the caller's own: a repeated take finds the "
     "first", NULL,
     "action:string,service:string,product:string,quantity:integer,start:integer,user:string,ttl_s:integer,id:string,hold:string",
     "hold:string,workshop:string,state:string,start:integer,utc_offset:integer,expires:integer,service:string,product:string,quantity:integer,"
     "parts:string,depot:string"},
    {METHOD_GET, "/v1/reports/coverage", "Which share of people and of districts has a workshop within 3 km that can do a service, by service "
     "and by city; the cities are those of the service asked for, the services those of the city", NULL, NULL,
     "radius_m:integer,users_known:integer,users:integer,users_share:number,districts:integer,districts_share:number,services:array,"
     "cities:array,query_id:string,took_us:integer"},
    {METHOD_GET, "/v1/maintenance", "What a car needs, when and why, with the products that fit, the labour, what it costs and, "
     "with near, the nearest workshops that can do what comes up soon", NULL, NULL,
     "query_id:string,took_us:integer,vehicle:object,odometer_km:integer,months:integer,use:string,km_per_year:integer,km_per_year_source:string,"
     "rules_version:integer,items:array,packages:array,total:object,total_complete:boolean,quotes:object"},
    {METHOD_POST, "/v1/cockpit/suggest", "The few services that matter to a car now, by fault codes, sensors, mileage and history, each with the "
     "product that fits best and, with near, the nearest workshops that can; fields=short stays under 2 KB. Accept, dismiss and snooze are events with the service (value: days)", NULL,
     "vehicle:string,attrs:object,market:string,odometer_km:integer,months:integer,use:string,dtc:array,sensors:object,history:array,near:array,datum:string,"
     "radius_m:number,user:string,lang:string,currency:string,fields:string,limit:integer",
     "query_id:string,took_us:integer,vehicle:object,suggestions:array"},
    {METHOD_GET, "/v1/cockpit/stream", "Server-sent events: what becomes due when telemetry or an inspection comes in, as {user, suggestions: the "
     "cockpit's short form, more}. With keys of the people whose events come with the key, one stream per key; without keys, or to narrow, of those in "
     "users=. Last-Event-ID goes on from there; an event gap says that some were lost, an event replaced, the last, that another stream was opened with the "
     "key. A service is told once while it is due", NULL, NULL, NULL},
    {METHOD_GET, "/v1/rules", "Rules when a service is due on which cars, whose figures they are, and how often rules changed", NULL, NULL,
     "rules:array,total:integer,version:integer"},
    {METHOD_PUT, "/v1/rules", "Add or replace a rule of kind service; of the rules about a car the most specific one wins", NULL,
     "kind*:string,id*:string,service*:string,vehicle:string,make:string,model:string,years:array,attrs:object,scheduled:boolean,km:integer,"
     "months:integer,first_km:integer,first_months:integer,severe:number,highway:number,amount:number,unit:string,fluid:string,types:array,"
     "labour:string,source:string,note:string,note_zh:string",
     "id:string,service:string,source:string,version:integer"},
    {METHOD_DELETE, "/v1/rules", "Take a rule back", "id", NULL, NULL},
    {METHOD_POST, "/v1/events", "Record an event or an array of them: all or nothing, on disk when answered, idempotent by id", NULL,
     "id*:string,user*:string,type*:string,ts:integer,product:string,service:string,query:string,query_id:string,"
     "position:integer,surface:string,vehicle:string,value:number",
     "accepted:integer,duplicates:integer"},
    {METHOD_GET, "/v1/users/{id}", "What is known of a person, with lifecycle stage and segment and their reasons", NULL, NULL, USER_MEMBERS},
    {METHOD_GET, "/v1/users/{id}/needs", "What a person needs, car by car: services due, interest shown, the evidence, and the next best offer: "
     "the most urgent service, or where nothing is due what was looked at",
     NULL, NULL, "id:string,cars:array,cars_left_out:integer,intents:array,searches:array,query_id:string,took_us:integer"},
    {METHOD_PUT, "/v1/users/{id}", "Set garage, consent, home or identities; what is absent stays", NULL,
     "identities:array,garage:array,consent:object,home:object", USER_MEMBERS},
    {METHOD_DELETE, "/v1/users/{id}", "Erase a person with all events", NULL, NULL, NULL},
    {METHOD_POST, "/v1/generations", "Switch to a trained generation that lies in the data folder", NULL, "id*:string,force:boolean", "id:string"},
    {METHOD_GET, "/healthz", "200 as long as the server answers", NULL, NULL, "status:string"},
    {METHOD_GET, "/readyz", "200 when ready, 503 while starting or draining", NULL, NULL, "status:string"},
    {METHOD_GET, "/metrics", "Figures for Prometheus, as text", NULL, NULL, NULL},
    {METHOD_GET, "/openapi.json", "This description", NULL, NULL, "openapi:string,info:object,paths:object,components:object"},
    {METHOD_GET, "/", "The storefront page", NULL, NULL, NULL},
    {METHOD_GET, "/{file}", "A file of the page", NULL, NULL, NULL},
    {METHOD_GET, "/js/{path...}", "A script of the page", NULL, NULL, NULL},
    {METHOD_GET, "/web/{path...}", "A file of the page", NULL, NULL, NULL},
};

static const struct { const char *name, *means; } params[] = {
    {"all", "1 includes heavy trucks, buses and upfitters"},
    {"attrs", "What else is known of the car: displacement:1.4|2.0,fuel:gasoline,abs:?; and where "
              "applications differ, which are meant: position:front, quantity:2"},
    {"brand", "A brand or maker; without it numbers of every brand are looked at, each by itself"},
    {"city", "An area districts lie in: CN/Shanghai"},
    {"currency", "CNY or USD; by default that of the language"},
    {"datum", "gcj02 when near= is in GCJ-02"},
    {"date", "A day of the workshop's wall clock, 2026-11-23; today by default"},
    {"explain", "1 adds every number behind a position and by what of the query it was found: matched.words have the text, its tier, and how it came from "
                "what was typed: exact, prefix, plural, joined, cut, synonym or typo"},
    {"facet_limit", "How many values of a facet at most, 1 to 100"},
    {"facet_prefix", "brand:mi leaves the values of that facet that begin so"},
    {"facet_sort", "count (most frequent first) or value"},
    {"facets", "Names to count by, separated by commas: brand, type, kind, class, fit, rating, in_stock, price (ranges), attributes.NAME"},
    {"fields", "In the cockpit: short. Elsewhere only these members of each hit: id, score, verdict, position, quantity. For a car the verdict always comes; "
               "the answer is query_id, took_us, total, hits, number_matches, and facets when asked for"},
    {"filters", "brand:Mann AND (price < 5000 OR rating >= 4) AND attributes.width:205 TO 225"},
    {"scene", "a driving scene: commute, highway, offroad, winter, sport, quiet, or one of the owner's (/v1/tyres/scenes)"},
    {"plus", "wheels larger by so many inches, 1 or 2: what fits them comes first"},
    {"group", "variants: hits name the same article for other positions, so that a list can show them as one"},
    {"history", "What was done: service:odometer_km:date, separated by commas; odometer_km or date may be empty. odometer:48000:2025-03-01 is a "
                "reading alone"},
    {"highlight", "0 leaves out where in a hit's texts what was searched for stands: highlights:{title, title_zh, number}, each a list of "
                  "[at, length] in UTF-16 code units. Never there without q or with fields"},
    {"id", "Only the rule, scene or view of this id"},
    {"in_stock", "1: only workshops that have the product on the shelf"},
    {"inspection", "What was measured: reading:value, separated by commas: oil_life_pct, brake_pad_mm, tread_mm, battery_soh_pct, "
                   "brake_fluid_water_pct, coolant_test (ok, weak, bad), drive_battery_soh_pct; the worst of several counts"},
    {"job", "Only this job"},
    {"kind", "The kind of rule: service"},
    {"lang", "en or zh, for texts that people read"},
    {"limit", "How many at most, 1 to 100, 20 by default"},
    {"make", "A make by slug, name, Chinese name or alias"},
    {"market", "US, CN, EU, ...; by default the server's setting"},
    {"model", "A model of the make by slug, name, Chinese name or alias"},
    {"months", "Months since the car came on the road"},
    {"near", "Where the customer is: lat,lon. Lists of products count what can be fitted nearby and soon, and each hit has its workshop"},
    {"odometer_km", "What the odometer shows, in kilometres"},
    {"offset", "How many to skip; offset + limit is at most 1,000"},
    {"open_at", "Only workshops open at that time (RFC 3339 or Unix ms), and their slots from then on"},
    {"product", "A product's id"},
    {"quantity", "How many pieces of the product are to be fitted"},
    {"q", "What the customer typed. Quotation marks are no operator: \"oil filter\" is read like oil filter"},
    {"radius_m", "Nothing farther than so many metres, 50,000 by default"},
    {"service", "A type of kind service or package: oil_change"},
    {"snippet", "16 to 1,000: hits get snippets:{title, title_zh, attributes:{name}} beside highlights, of each text the stretch of at most so many UTF-16 "
                "code units that shows most of what was searched for: {text, at, length, cut_before, cut_after, highlights}; attributes where something was found"},
    {"service", "A service's id"},
    {"sort", "An order other than by relevance"},
    {"surface", "Where it is shown: storefront, cockpit or batch"},
    {"type", "A product type's id"},
    {"use", "How the car is used: severe, normal or highway"},
    {"users", "People's ids with commas between, at most 64"},
    {"user", "A person's id; an unknown one is anonymous"},
    {"vehicle", "A base vehicle's id, a configuration's id, or a VIN"},
    {"year", "A model year"},
};

static const struct { const char *name, *means; } members[] = {
    {"dropped", "What of the query had to be given up to find something: words, the position, brands, specifications; and what was said of the car "
                "and is not heeded, because the request says otherwise or no such car was built: displacement:1.4"},
    {"query_id", "What events refer to"},
    {"took_us", "Microseconds the engine worked on this request, until its answer was written; time it waited for other requests is not in it "
                "(rightfit_request_wait_seconds_total of /metrics counts that)"},
};

const struct openapi_call *openapi_find(const struct route *route) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].method == route->method && strcmp(calls[i].pattern, route->pattern) == 0) return &calls[i];
    return NULL;
}

const char *openapi_param(const char *name) {
    for (size_t i = 0; i < sizeof params / sizeof *params; i++)
        if (strcmp(params[i].name, name) == 0) return params[i].means;
    return NULL;
}

const char *openapi_member(struct slice name) {
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (slice_is(name, members[i].name)) return members[i].means;
    return NULL;
}
