#include "aces_capture.h"

// ---- what an application says -----------------------------------------------------------------------------------------------
static void base_vehicle_with_terms(void **state) {
    (void)state;
    expect(HEAD APP("<BaseVehicle id=\"5911\"/><SubModel id=\"20\"/><EngineBase id=\"311\"/><Qty>2</Qty><PartType id=\"5340\"/>"
                    "<MfrLabel>Premium</MfrLabel><Position id=\"22\"/><Part>W 712/94</Part>") TAIL,
           "Mann-Filter W 712/94 oil_filter 3 x2 @front 2018-2018 Volkswagen/Golf \"Premium\" trim=SE displacement=1.4 cylinders=4 "
           "fuel=gasoline fuel=hybrid\n", "");
}

static void years_make_model(void **state) {
    (void)state;
    expect(HEAD "<App action=\"A\" id=\"1\" validate=\"no\"><Years from=\"2012\" to=\"2018\"/><Make id=\"47\"/><Model id=\"9\"/>"
                "<PartType id=\"77\"/><Position id=\"1\"/><Part BrandAAIAID=\"ZZZZ\">A-1</Part></App>" TAIL,
           "ZZZZ A-1 pcdb-77 3 x1 @ 2012-2018 Volkswagen/Golf not_validated\n", "");
    expect(HEAD APP("<Years from=\"2012\" to=\"2018\"/><Make id=\"47\"/>" PART) TAIL,
           "Mann-Filter W 712/94 oil_filter 3 x1 @ 2012-2018 Volkswagen/\n", "");
}

static void names_of_version_5(void **state) {
    (void)state;
    expect("<ACES version=\"5.0\"><Header><BrandID>BBBB</BrandID><SubmissionType>UPDATE</SubmissionType></Header>"
        APP("<BaseVehicle id=\"5911\"/><Qty>1</Qty>"
           "<PartTerminology id=\"5340\"/><PartNumber>X1</PartNumber>") TAIL,
           "Mann-Filter X1 oil_filter 1 x1 @ 2018-2018 Volkswagen/Golf\n", "");
}

static void assets_are_not_fitment(void **state) {
    (void)state;
    expect(HEAD "<Asset action=\"A\" id=\"1\"><BaseVehicle id=\"5911\"/><AssetName>x</AssetName></Asset>" TAIL, "", "");
}

static void unknown_ids_are_parked(void **state) {
    (void)state;
    expect(HEAD APP("<BaseVehicle id=\"5\"/><SubModel id=\"20\"/><FuelType id=\"8\"/>" PART)
        APP("<BaseVehicle id=\"5911\"/><Position id=\"341221\"/>" PART) TAIL_OF(2),
           "Mann-Filter W 712/94 oil_filter 3 x1 @ 0-0 /<vcdb:5> trim=SE ?FuelType=8\n"
           "Mann-Filter W 712/94 oil_filter 4 x1 @ 2018-2018 Volkswagen/Golf ?Position=341221\n",
           "3 unknown id: BaseVehicle=5 FuelType=8\n4 unknown id: Position=341221\n");
}

static void rows_that_cannot_be_used(void **state) {
    (void)state;
    expect(HEAD APP("<BaseVehicle id=\"5911\"/><Qty>1</Qty><PartType id=\"5340\"/>") APP("<BaseVehicle id=\"5911\"/><Part>1</Part>")
           APP("<BaseVehicle id=\"5911\"/><Qty>two</Qty><PartType id=\"5340\"/><Part>1</Part>") APP(PART)
           APP("<Years from=\"2020\" to=\"2018\"/><Make id=\"47\"/>" PART) APP("<BaseVehicle id=\"5911\"/><BaseVehicle id=\"5911\"/>" PART)
           APP("<BaseVehicle id=\"5911\"/><SubModel id=\"1\"/><SubModel id=\"2\"/>" PART) APP("<BaseVehicle id=\"5911\"/><SubModel/>" PART)
           APP("<BaseVehicle id=\"5911\"/><Years from=\"2018\" to=\"2018\"/><Make id=\"47\"/>" PART)
           "<App action=\"X\"><BaseVehicle id=\"5911\"/>" PART "</App>\n" TAIL_OF(10), "",
           "3 Part is missing\n4 PartType is missing\n5 Qty is not a number\n6 BaseVehicle, or Years and Make, are missing\n"
           "7 Years wants from and to\n8 BaseVehicle is there twice\n9 SubModel is there twice\n10 SubModel has no id\n11 more than "
           "one vehicle\n"
           "12 action is neither A nor D\n");
}

// ---- notes ------------------------------------------------------------------------------------------------------------------
static const char *notes_file(void) {
    static char path[] = "/tmp/rightfit-notes-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    fputs("# comment\nSold  individually\nincludes *\n", f);
    fclose(f);
    return path;
}

static void informational_notes_are_left_out(void **state) {
    (void)state;
    struct capture c;
    struct aces_result r;
    struct notes *notes;
    struct idmap *map = map_make();
    const char *path = notes_file();
    capture_start(&c);
    assert_int_equal(notes_open(path, &notes, NULL), ERR_OK);
    remove(path);
    assert_int_equal(read_text(&c, map, notes, HEAD APP("<BaseVehicle id=\"5911\"/><Qual id=\"2\"><text>With A/C</text></Qual>"
                               "<Note>sold individually.</Note><Note>Includes gasket</Note>" PART) TAIL, &r, NULL), ERR_OK);
    assert_int_equal(r.informational, 2);
    buf_char(&c.text, 0);
    assert_string_equal(c.text.p, "Mann-Filter W 712/94 oil_filter 3 x1 @ 2018-2018 Volkswagen/Golf [1 With A/C||]\n");
    capture_end(&c);
    notes_close(notes);
    idmap_free(map);
}

// ---- files ------------------------------------------------------------------------------------------------------------------
static void broken_documents(void **state) {
    (void)state;
    struct capture c;
    struct aces_result r;
    struct fault why = {0};
    capture_start(&c);
    assert_int_equal(read_text(&c, NULL, NULL, "<ACES><App></ACES>", &r, &why), ERR_DAMAGED);
    assert_non_null(strstr(why.message, ":1:"));
    assert_int_equal(read_text(&c, NULL, NULL, "<PIES></PIES>", &r, &why), ERR_BAD_REQUEST);
    assert_int_equal(read_text(&c, NULL, NULL, "", &r, &why), ERR_DAMAGED);
    capture_end(&c);
}

static void sink_failures(void **state) {
    (void)state;
    struct capture c;
    struct aces_result r;
    struct fault why = {0};
    struct idmap *map = map_make();
    const char *document = HEAD APP("<BaseVehicle id=\"5911\"/>" PART) APP("<BaseVehicle id=\"5911\"/>" PART) TAIL;
    capture_start(&c);
    c.answer = ERR_BAD_REQUEST;
    assert_int_equal(read_text(&c, map, NULL, document, &r, &why), ERR_OK);
    assert_int_equal(r.rejected, 2);
    c.answer = ERR_STORAGE_FULL; // not the row's fault: the import ends
    assert_int_equal(read_text(&c, map, NULL, document, &r, &why), ERR_STORAGE_FULL);
    assert_string_equal(why.message, "the sink says no");
    capture_end(&c);
    idmap_free(map);
}

// ---- a real file: what is known about it is counted exactly ----------------------------------------------------------------
#define GOLD "../shared/data/aces_airqualitee/ACES_3_1_AirQualitee_FULL_2017-01-12.xml"

// Every id of the file but the three planted ones means something; the side map that says so is made from the file.
static void gold_element(struct idmap *m, const char *line) {
    char element[64], id[32], value[96];
    if (sscanf(line, " <%63[A-Za-z] id=\"%31[0-9]\"", element, id) != 2) return;
    bool planted = strcmp(id, "588822") == 0 || strcmp(id, "588922") == 0 || strcmp(id, "341221") == 0;
    if (planted || strcmp(element, "PartType") == 0) return;
    snprintf(value, sizeof value, "%s%s", strcmp(element, "BaseVehicle") == 0 ? "2010|Make|Model " : "", id);
    if (strcmp(element, "EngineBase") == 0) snprintf(value, sizeof value, "displacement=%s", id);
    if (strcmp(element, "Position") == 0) value[0] = 0;
    assert_int_equal(idmap_add(m, slice_str(element), slice_str(id), slice_str(value), NULL), ERR_OK);
}

static struct idmap *gold_map(void) {
    char line[512];
    struct idmap *m = idmap_new();
    FILE *f = fopen(GOLD, "r");
    while (f && fgets(line, sizeof line, f)) gold_element(m, line);
    if (f) fclose(f);
    return m;
}

static void gold_file(void **state) {
    (void)state;
    struct input *in;
    struct capture c;
    struct aces_result r;
    struct fault why = {0};
    if (input_open(GOLD, &in, &why) != ERR_OK) {
        print_message("[  SKIPPED ] %s is not here\n", GOLD);
        skip();
    }
    struct idmap *map = gold_map();
    struct sink sink = {.arg = &c, .application = capture_application, .report = capture_report};
    capture_start(&c);
    assert_int_equal(aces_read(in, map, NULL, &sink, &r, &why), ERR_OK);
    input_close(in);
    assert_int_equal(r.applications, 6512);
    assert_int_equal(r.rejected, 0);
    assert_int_equal(r.parked, 2); // the second has an unknown vehicle and an unknown position
    buf_char(&c.reports, 0);
    assert_string_equal(c.reports.p, "16 unknown id: BaseVehicle=588822\n23 unknown id: BaseVehicle=588922 Position=341221\n");
    assert_int_equal(c.parts.count, 257);
    assert_int_equal(c.conditions, 2779);
    capture_end(&c);
    idmap_free(map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_vehicle_with_terms), cmocka_unit_test(years_make_model), cmocka_unit_test(names_of_version_5),
        cmocka_unit_test(assets_are_not_fitment), cmocka_unit_test(unknown_ids_are_parked), cmocka_unit_test(rows_that_cannot_be_used),
        cmocka_unit_test(informational_notes_are_left_out),
        cmocka_unit_test(broken_documents), cmocka_unit_test(sink_failures), cmocka_unit_test(gold_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
