// geo.h: positions on the earth, distances between them, and the two datums positions come in.
//
// Positions are WGS-84 degrees. Distances are on a sphere of the earth's mean radius (6,371,008.8 m), which is within 0.6 % of the
// ellipsoid; all comparisons are of chords between unit vectors, so that the date line and the poles are places like any other.
//
// GCJ-02 is the datum of maps in mainland China: WGS-84 with an offset of some hundred metres that varies with the place. The formulas
// are the published ones of the Krasovsky 1940 ellipsoid; the way back has no closed form and is iterated until a step is below a
// millimetre. Outside the rectangle the formulas are for, both datums are the same.
#ifndef RF_INDEX_GEO_H
#define RF_INDEX_GEO_H

#include "base/json.h"

#define GEO_EARTH_RADIUS_M 6371008.8

struct geo { double lat, lon; };
struct geo_vector { double x, y, z; }; // of length 1

enum geo_datum { GEO_WGS84, GEO_GCJ02 };

bool geo_valid(struct geo g); // finite, -90..90 and -180..180
struct geo_vector geo_vector_of(struct geo g);
static inline double geo_chord2(struct geo_vector a, struct geo_vector b) { // the square of the chord, 0..4: grows with distance
    double x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
    return x * x + y * y + z * z;
}
double geo_metres(double chord2);       // along the surface
double geo_chord2_of_metres(double m);  // its inverse; more than half the earth's circumference is 4
double geo_distance_m(struct geo a, struct geo b);

struct geo geo_to_gcj02(struct geo wgs84);
struct geo geo_from_gcj02(struct geo gcj02);
static inline struct geo geo_read(struct geo g, enum geo_datum datum) { return datum == GEO_GCJ02 ? geo_from_gcj02(g) : g; }

// "wgs84", "gcj02"; an empty text is WGS-84.
bool geo_datum_parse(struct slice text, enum geo_datum *out);
// "31.23,121.47", blanks allowed around the numbers; false also for what is not on the earth.
bool geo_parse(struct slice text, struct geo *out);
// The members near:[lat,lon] and datum of a body, as WGS-84. ERR_BAD_REQUEST `near` or `datum`. Without near *given is false.
enum err geo_from_json(const struct json *body, struct geo *out, bool *given, struct fault *why);
void geo_json(struct json_writer *w, const char *key, struct geo g); // "key":[lat,lon], seven decimals at most

#endif
