// spec.h: fit by specification: what a car asks for (a tyre size, a bulb, an oil) against what a product is, as texts of the trade.
//
// A comparison answers yes, no or maybe, with the reason. What the car's text does not state is no demand; what the product's text
// does not state, though the car's does, is a maybe. A text that cannot be read is a maybe, never a yes. Either text may list
// alternatives with ';' or '|': of a product's one suffices; of a car's, whose owner knows which it is, all must agree.
//
// Rules, by attribute:
//  tyre_size, tyre_size_rear  rim equal; load index and speed at least the car's (a winter tyre may be slower, down to Q); overall
//      diameter, rim * 25.4 + 2 * width * aspect / 100, within 3 %; a commercial (C, LT) tyre where the car has one, a trailer's (ST)
//      never; run-flat where stated. Equal width is a yes; another width a maybe while the rims both allow overlap (rule of thumb:
//      measuring rim = width / 25.4 * 0.70 to 0.90 by aspect, an inch less to an inch more), since the rim's width is not in a size.
//  bolt_pattern   holes and circle equal (0.3 mm).      hub_bore  at least the hub's; larger needs a ring.
//  wheel_offset   inside the car's window "35-50"; against a single value equal, or a maybe within 5 mm.      wheel_thread  equal.
//  oil_spec       viscosity equal; API by letter (SP covers SN; diesel classes upwards), ILSAC (GF-6A covers GF-5; GF-6B is for 0W-16
//      alone), ACEA and makers' approvals as sets with the few that include others (A7/B7 A5/B5, C6 C5, MB 229.52 229.51, dexos).
//  bulb_*         the same base under its other names (9005 = HB3); H8, H9, H11 and H16 share a cap but not the keys.
//  drive_belt     profile and ribs equal, length within 0.5 %, a maybe to 1 %.
//  wiper_*        length within 15 mm, shorter by up to 30 a maybe; connector where stated.
//  battery_spec   case equal, AGM for EFB for flooded, capacity and cold cranking current at least (5 % less capacity is a maybe).
//  coolant_spec, brake_fluid, atf_spec   families: G12+ G12++ G13 G12evo upwards; DOT 3, 4, 5.1 upwards, DOT 5 alone;
//      Dexron II III VI, Mercon, ATF+3 ATF+4, SP-III SP-IV, NS-2 NS-3, else equal.
//  anything else  equal, case folded.
#ifndef RF_INDEX_SPEC_H
#define RF_INDEX_SPEC_H

#include "base/slice.h"

enum spec_kind { SPEC_TEXT, SPEC_TYRE, SPEC_PCD, SPEC_BORE, SPEC_OFFSET, SPEC_THREAD, SPEC_OIL, SPEC_BULB, SPEC_BELT, SPEC_WIPER,
                 SPEC_BATTERY, SPEC_COOLANT, SPEC_BRAKE_FLUID, SPEC_ATF };
enum spec_answer { SPEC_NO, SPEC_MAYBE, SPEC_YES };
struct spec_result { enum spec_answer answer; char reason[120], reason_zh[160]; }; // in English and Chinese

#define SPEC_TEXT_MAX 200 // longer texts are not read

enum spec_kind spec_kind_of(struct slice attribute); // by its name
struct spec_result spec_compare(enum spec_kind kind, struct slice product, struct slice car);
// Whether two texts about one car can both be true: what both state is equal ("205/55R16" and "205/55R16 91V").
bool spec_same(enum spec_kind kind, struct slice a, struct slice b);

struct spec_tyre {
    double width_mm, aspect, rim_in, diameter_mm; // aspect 0: flotation, width and diameter as written
    unsigned load;                                // of a single tyre; 0 = not stated
    char speed;                                   // 'Z' is above 240 km/h unspecified, 'y' is (Y); 0 = not stated
    bool commercial, trailer, extra_load, run_flat, winter;
};
bool spec_tyre_parse(struct slice text, struct spec_tyre *out);

// The one name of a bulb's base among several ("9005" -> "HB3"), in upper case; other texts as they are.
#define SPEC_BULB_BASE_BYTES 12
struct slice spec_bulb_base(struct slice upper);

#endif
