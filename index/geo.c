#include "geo.h"

#include <math.h>
#include <stdio.h>

#define RADIANS (3.14159265358979323846 / 180)
#define PI 3.14159265358979323846

bool geo_valid(struct geo g) { return g.lat >= -90 && g.lat <= 90 && g.lon >= -180 && g.lon <= 180; }

struct geo_vector geo_vector_of(struct geo g) {
    double lat = g.lat * RADIANS, lon = g.lon * RADIANS, c = cos(lat);
    return (struct geo_vector){c * cos(lon), c * sin(lon), sin(lat)};
}

double geo_metres(double chord2) {
    double half = sqrt(chord2) / 2;
    return 2 * GEO_EARTH_RADIUS_M * asin(half > 1 ? 1 : half);
}

double geo_chord2_of_metres(double m) {
    double angle = m / GEO_EARTH_RADIUS_M;
    if (!(angle < PI)) return 4;
    if (angle <= 0) return 0;
    double chord = 2 * sin(angle / 2);
    return chord * chord;
}

double geo_distance_m(struct geo a, struct geo b) { return geo_metres(geo_chord2(geo_vector_of(a), geo_vector_of(b))); }

// ---- GCJ-02 -----------------------------------------------------------------------------------------------------------------
// Krasovsky 1940: semi-major axis in metres, squared eccentricity.
static const double AXIS_M = 6378245.0, ECCENTRICITY2 = 0.00669342162296594323;

static bool shifted(struct geo g) { return g.lat >= 0.8293 && g.lat <= 55.8271 && g.lon >= 72.004 && g.lon <= 137.8347; }

static double waves(double t) { return (20 * sin(6 * t * PI) + 20 * sin(2 * t * PI)) * 2 / 3; }

// Metres to the north and east, in the units of the published polynomials; x and y are degrees from 105 E, 35 N.
static double north(double x, double y) {
    double m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x)) + waves(x);
    m += (20 * sin(y * PI) + 40 * sin(y / 3 * PI)) * 2 / 3;
    return m + (160 * sin(y / 12 * PI) + 320 * sin(y * PI / 30)) * 2 / 3;
}

static double east(double x, double y) {
    double m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x)) + waves(x);
    m += (20 * sin(x * PI) + 40 * sin(x / 3 * PI)) * 2 / 3;
    return m + (150 * sin(x / 12 * PI) + 300 * sin(x / 30 * PI)) * 2 / 3;
}

static struct geo shift(struct geo g) {
    double x = g.lon - 105, y = g.lat - 35, sine = sin(g.lat * RADIANS), w = 1 - ECCENTRICITY2 * sine * sine;
    double meridian_m = AXIS_M * (1 - ECCENTRICITY2) / (w * sqrt(w)), parallel_m = AXIS_M / sqrt(w) * cos(g.lat * RADIANS);
    return (struct geo){north(x, y) / meridian_m / RADIANS, east(x, y) / parallel_m / RADIANS};
}

struct geo geo_to_gcj02(struct geo wgs84) {
    if (!shifted(wgs84)) return wgs84;
    struct geo d = shift(wgs84);
    return (struct geo){wgs84.lat + d.lat, wgs84.lon + d.lon};
}

// The offset changes by less than a thousandth of the way, so each step brings three more digits.
struct geo geo_from_gcj02(struct geo gcj02) {
    enum { STEPS_MAX = 10 };
    static const double MILLIMETRE_DEGREES = 1e-8;
    struct geo g = gcj02;
    if (!shifted(gcj02)) return gcj02;
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        struct geo d = shift(g), next = {gcj02.lat - d.lat, gcj02.lon - d.lon};
        double step = fabs(next.lat - g.lat) + fabs(next.lon - g.lon);
        g = next;
        if (step < MILLIMETRE_DEGREES) break;
    }
    return g;
}

// ---- texts -------------------------------------------------------------------------------------------------------------------
bool geo_datum_parse(struct slice text, enum geo_datum *out) {
    *out = slice_is(text, "gcj02") ? GEO_GCJ02 : GEO_WGS84;
    return text.n == 0 || *out == GEO_GCJ02 || slice_is(text, "wgs84");
}

bool geo_parse(struct slice text, struct geo *out) {
    struct slice rest = text, lat = slice_trim(slice_cut(&rest, ','));
    return rest.p && slice_f64(lat, &out->lat) && slice_f64(slice_trim(rest), &out->lon) && geo_valid(*out);
}

static bool is_number(const struct json *j) { return j->type == JSON_INTEGER || j->type == JSON_NUMBER; }

enum err geo_from_json(const struct json *body, struct geo *out, bool *given, struct fault *why) {
    const struct json *near = NULL;
    struct slice text = SLICE_NONE;
    enum geo_datum datum;
    TRY(json_get_array(body, "near", &near, why));
    TRY(json_get_string(body, "datum", &text, why));
    if (!geo_datum_parse(text, &datum)) return fault_set(why, ERR_BAD_REQUEST, "datum", "datum is wgs84 or gcj02");
    *given = near != NULL;
    if (!near) return ERR_OK;
    if (near->count != 2 || !is_number(&near->items[0]) || !is_number(&near->items[1]))
        return fault_set(why, ERR_BAD_REQUEST, "near", "near must be [lat,lon]");
    *out = (struct geo){near->items[0].number, near->items[1].number};
    if (!geo_valid(*out)) return fault_set(why, ERR_BAD_REQUEST, "near", "near must be within -90..90 and -180..180 degrees");
    *out = geo_read(*out, datum);
    return ERR_OK;
}

static void degrees(struct json_writer *w, double v) {
    char text[32];
    int n = snprintf(text, sizeof text, "%.7f", v);
    while (n > 0 && text[n - 1] == '0') n--;
    if (n > 0 && text[n - 1] == '.') n--;
    json_raw(w, slice_of(text, (size_t)n));
}

void geo_json(struct json_writer *w, const char *key, struct geo g) {
    json_key_open(w, key, '[');
    degrees(w, g.lat);
    degrees(w, g.lon);
    json_close(w, ']');
}
