// What a whole ACES document says: versions, kinds of submission, kinds of vehicles, qualifiers, markets.
#include "aces_capture.h"

#define OPEN(version, header) "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ACES version=\"" version "\"><Header>" header "</Header>\n"
#define BRAND "<BrandAAIAID>BBBB</BrandAAIAID>"
#define SUBMISSION(kind) "<SubmissionType>" kind "</SubmissionType>"
#define GOLF "<BaseVehicle id=\"5911\"/>"
#define LINE(n, rest) "Mann-Filter W 712/94 oil_filter " #n " x1 @ 2018-2018 Volkswagen/Golf" rest "\n"

// ---- versions ---------------------------------------------------------------------------------------------------------------
static void versions_3_to_4(void **state) {
    static const char *const VERSIONS[] = {"3.0", "3.1", "3.2", "4.0", "4.1", "4.2"};
    char document[4096];
    (void)state;
    for (unsigned i = 0; i < sizeof VERSIONS / sizeof *VERSIONS; i++) {
        snprintf(document, sizeof document, OPEN("%s", "<VcdbVersionDate>2024-01-01</VcdbVersionDate>" BRAND SUBMISSION("UPDATE"))
                 APP(GOLF "<SubModel id=\"20\"/>" PART "<DisplayOrder>1</DisplayOrder><AssetName>p1</AssetName><AssetItemOrder>2</AssetItemOrder>") TAIL, VERSIONS[i]);
        expect(document, LINE(3, " trim=SE"), "");
    }
}

static void version_5(void **state) {
    (void)state;
    expect(OPEN("5.0", "<VcdbPublicationDate>2026-03-16</VcdbPublicationDate><PcdbPublicationDate>2026-03-16</PcdbPublicationDate><BrandID>ZZZZ</BrandID>"
                "<SubBrandID>YYYY</SubBrandID>" SUBMISSION("UPDATE"))
           APP(GOLF "<EngineBase id=\"311\"/><Note id=\"3\" lang=\"EN\">with A/C</Note><Qty>2</Qty><PartTerminology id=\"5340\"/>"
               "<MfrLabel lang=\"FR\">De luxe</MfrLabel><MfrLabel lang=\"EN\">Premium</MfrLabel><MfrLabel lang=\"ES\">Lujo</MfrLabel><Position id=\"22\"/>"
               "<PartNumber BrandID=\"BBBB\">W 712/94</PartNumber><DiagramAsset assetName=\"d1\" itemOrder=\"1\"/><NonDiagramAsset assetName=\"p1\"/>")
           APP(GOLF "<Qty>1</Qty><PartTerminology id=\"5340\"/><PartNumber>W 712/94</PartNumber>")
           "<Asset action=\"A\" id=\"3\">" GOLF "<DiagramAsset assetName=\"d1\"/></Asset>\n"
           "<DigitalAsset><DigitalFileInformation AssetName=\"d1\"><FileName>d1.png</FileName><App>not one</App></DigitalFileInformation></DigitalAsset>\n" TAIL_OF(2),
           "Mann-Filter W 712/94 oil_filter 3 x2 @front 2018-2018 Volkswagen/Golf \"Premium\" displacement=1.4 cylinders=4 fuel=gasoline fuel=hybrid [1 with A/C||]\n"
           "ZZZZ W 712/94 oil_filter 4 x1 @ 2018-2018 Volkswagen/Golf\n", "");
}

// ---- kinds of submission --------------------------------------------------------------------------------------------------------
static void full_announces_each_brand_once(void **state) {
    (void)state;
    expect(OPEN("4.2", BRAND "<SubmissionType>Full</SubmissionType>") APP(GOLF PART) APP(GOLF "<PartType id=\"5340\"/><Part BrandAAIAID=\"ZZZZ\">Z1</Part>") APP(GOLF PART)
           APP(GOLF "<PartType id=\"5340\"/><Part BrandAAIAID=\"ZZZZ\">Z2</Part>") TAIL_OF(4),
           "full Mann-Filter\n" LINE(3, "") "full ZZZZ\nZZZZ Z1 oil_filter 4 x1 @ 2018-2018 Volkswagen/Golf\n" LINE(5, "")
           "ZZZZ Z2 oil_filter 6 x1 @ 2018-2018 Volkswagen/Golf\n", "");
}

static void update_adds_and_removes(void **state) {
    (void)state;
    expect(OPEN("4.2", BRAND SUBMISSION("UPDATE")) "<App action=\"D\" id=\"1\">" GOLF PART "</App>\n" APP(GOLF "<SubModel id=\"20\"/>" PART) TAIL_OF(2),
           "- " LINE(3, "") LINE(4, " trim=SE"), "");
}

static void test_changes_nothing(void **state) {
    (void)state;
    expect(OPEN("4.2", BRAND SUBMISSION("TEST")) APP(GOLF PART) TAIL, "", "0 SubmissionType is TEST: nothing of it is imported\n");
}

static void unknown_submission_is_an_update(void **state) {
    (void)state;
    expect(OPEN("4.2", BRAND) APP(GOLF PART) TAIL, LINE(3, ""), "0 SubmissionType is not FULL, UPDATE or TEST: read as an UPDATE\n");
}

static void record_count_is_checked(void **state) {
    (void)state;
    expect(OPEN("4.2", BRAND SUBMISSION("UPDATE")) APP(GOLF PART) APP(GOLF PART) TAIL_OF(3), LINE(3, "") LINE(4, ""), "0 RecordCount says 3, the document has 2\n");
    expect(OPEN("4.2", BRAND SUBMISSION("UPDATE")) APP(GOLF PART) "<Asset action=\"A\">" GOLF "</Asset>" TAIL_OF(2), LINE(3, ""), "");
}

static void brandless_parts_are_rejected(void **state) {
    (void)state;
    expect(OPEN("4.2", SUBMISSION("FULL")) APP(GOLF PART) TAIL, "", "3 neither the Part nor the Header names a brand\n");
}

// ---- vehicles --------------------------------------------------------------------------------------------------------------------
#define UPDATE_OPEN OPEN("4.2", BRAND SUBMISSION("UPDATE"))
#define MACHINE "Mann-Filter W 712/94 oil_filter 3 x1 @ "

static void equipment(void **state) {
    (void)state;
    expect(UPDATE_OPEN APP("<EquipmentBase id=\"70\"/>" PART) TAIL, MACHINE "2018-2018 Kubota/L2501\n", "");
    expect(UPDATE_OPEN APP("<EquipmentBase id=\"71\"/>" PART) TAIL, MACHINE "1896-2100 Kubota/B2601\n", "");
    expect(UPDATE_OPEN APP("<Mfr id=\"3\"/><EquipmentModel id=\"12\"/><VehicleType id=\"5\"/><ProductionYears ProductionStart=\"2010\" ProductionEnd=\"2015\"/>" PART) TAIL,
           MACHINE "2010-2015 Kubota/L2501 vehicle_type=car\n", "");
    expect(UPDATE_OPEN APP("<Mfr id=\"3\"/><EquipmentModel id=\"12\"/><ProductionYears ProductionStart=\"2010\"/>" PART) TAIL, MACHINE "2010-2100 Kubota/L2501\n", "");
    expect(UPDATE_OPEN APP("<EquipmentBase id=\"72\"/>" PART) TAIL, MACHINE "1896-2100 ?EquipmentBase=72/ ?EquipmentBase=72\n", "3 unknown id: EquipmentBase=72\n");
    expect(UPDATE_OPEN APP("<Mfr id=\"3\"/><EquipmentModel id=\"13\"/>" PART) TAIL, MACHINE "1896-2100 Kubota/?EquipmentModel=13 ?EquipmentModel=13\n",
           "3 unknown id: EquipmentModel=13\n");
    expect(UPDATE_OPEN APP("<Mfr id=\"3\"/>" PART) TAIL, "", "3 BaseVehicle, or Years and Make, are missing\n");
}

// "?Model=3" must not become a Model 3: the pair beside it never resolves.
static void unknown_words_carry_a_pair_that_never_resolves(void **state) {
    (void)state;
    expect(UPDATE_OPEN APP("<Years from=\"2012\" to=\"2018\"/><Make id=\"47\"/><Model id=\"3\"/>" PART) APP("<Years from=\"2012\" to=\"2018\"/><Make id=\"48\"/>" PART) TAIL_OF(2),
           MACHINE "2012-2018 Volkswagen/?Model=3 ?Model=3\nMann-Filter W 712/94 oil_filter 4 x1 @ 2012-2018 ?Make=48/ ?Make=48\n",
           "3 unknown id: Model=3\n4 unknown id: Make=48\n");
}

// Elements are ANDed: gasoline|hybrid of the engine and gasoline of the fuel is gasoline.
static void elements_about_one_attribute_meet(void **state) {
    (void)state;
    expect(UPDATE_OPEN APP(GOLF "<EngineBase id=\"311\"/><FuelType id=\"5\"/>" PART) TAIL, LINE(3, " displacement=1.4 cylinders=4 fuel=gasoline"), "");
    expect(UPDATE_OPEN APP(GOLF "<FuelType id=\"5\"/><EngineBase id=\"311\"/>" PART) TAIL, LINE(3, " fuel=gasoline displacement=1.4 cylinders=4"), "");
    expect(UPDATE_OPEN APP(GOLF "<EngineBase id=\"311\"/><FuelType id=\"6\"/>" PART) TAIL, LINE(3, " displacement=1.4 cylinders=4 fuel=gasoline fuel=hybrid ?FuelType=6"),
           "3 unknown id: FuelType=6 (contradicts another attribute)\n");
}

static void plain_values_of_composites_are_refused(void **state) {
    struct idmap *m = idmap_new();
    struct fault why = {0};
    (void)state;
    assert_int_equal(idmap_add(m, SLICE("EngineBlock"), SLICE("12"), SLICE("V6"), &why), ERR_BAD_REQUEST);
    assert_int_equal(idmap_add(m, SLICE("EngineBlock"), SLICE("12"), SLICE("cylinders=6"), &why), ERR_OK);
    assert_int_equal(idmap_add(m, SLICE("EquipmentBase"), SLICE("12"), SLICE("Kubota"), &why), ERR_BAD_REQUEST);
    idmap_free(m);
}

// ---- markets ---------------------------------------------------------------------------------------------------------------------
static void regions(void **state) {
    (void)state;
    expect(UPDATE_OPEN APP(GOLF "<Region id=\"1\"/>" PART) APP(GOLF "<Region id=\"2\"/>" PART) APP(GOLF "<Region id=\"3\"/>" PART) APP(GOLF "<Region id=\"9\"/>" PART)
           APP(GOLF "<Region id=\"40\"/>" PART) TAIL_OF(5),
           LINE(3, " market=US") LINE(4, " market=CA") LINE(5, " market=MX") LINE(6, " market=US market=CA") LINE(7, " ?Region=40"), "7 unknown id: Region=40\n");
}

static void approved_countries(void **state) {
    (void)state;
    expect(OPEN("3.0", BRAND SUBMISSION("UPDATE") "<ApprovedFor>US, CA,MX</ApprovedFor>") APP(GOLF PART) APP(GOLF "<Region id=\"1\"/>" PART) TAIL_OF(2),
           LINE(3, " market=US market=CA market=MX") LINE(4, " market=US"), "");
    expect(OPEN("4.1", BRAND SUBMISSION("UPDATE") "<PartsApprovedFor><Country>CN</Country><Country>USA</Country><Country>US</Country></PartsApprovedFor>") APP(GOLF PART) TAIL,
           LINE(3, " market=CN market=US"), "");
    expect(OPEN("4.1", BRAND SUBMISSION("UPDATE") "<PartsApprovedFor><Country>US</Country><Country>QQ</Country></PartsApprovedFor>") APP(GOLF PART) TAIL,
           LINE(3, " market=US"), "0 ApprovedFor names a country without a market; see Country in the side map\n");
    expect(OPEN("4.1", BRAND SUBMISSION("UPDATE") "<PartsApprovedFor><Country>QQ</Country></PartsApprovedFor>") APP(GOLF PART) TAIL, LINE(3, " ?ApprovedFor=QQ"),
           "0 ApprovedFor names a country without a market; see Country in the side map\n3 unknown id: ApprovedFor=QQ\n");
}

// ---- qualifiers ------------------------------------------------------------------------------------------------------------------
static void qualifier_parameters(void **state) {
    (void)state;
    expect(UPDATE_OPEN APP(GOLF "<Qual id=\"1\"><param value=\"12\" uom=\"V\"/><text>With 12 V battery</text></Qual>"
                           "<Qual id=\"2\"><param value=\"3.5\" uom=\"in\" altvalue=\"89\" altuom=\"mm\"/><param value=\"2\"/><text>With exhaust pipe</text></Qual>"
                           "<Qual id=\"3\"><param value=\"Z51\"/></Qual><Qual id=\"4\"></Qual><Qual id=\"5\"><text/></Qual><Note id=\"6\"/><Note> </Note>" PART) TAIL,
           LINE(3, " [1 With 12 V battery||] [1 With exhaust pipe (3.5 in/89 mm, 2)||] [1 Qualifier 3 (Z51)||] [1 Qualifier 4||] [1 Qualifier 5||] [1 Note 6||]"), "");
}

static void texts_with_markup_and_repeats(void **state) {
    (void)state;
    expect(UPDATE_OPEN APP(GOLF "<Note>with <b>A/C</b> &amp; <![CDATA[<heater>]]></Note><Note>RHD</Note><Note>RHD</Note><Qual id=\"9\"><text>from 05/2017</text></Qual>" PART) TAIL,
           LINE(3, " [1 with A/C & <heater>||] [5 RHD|right|] [2 from 05/2017|2017-05|]"), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_3_to_4), cmocka_unit_test(version_5), cmocka_unit_test(full_announces_each_brand_once),
        cmocka_unit_test(update_adds_and_removes), cmocka_unit_test(test_changes_nothing), cmocka_unit_test(unknown_submission_is_an_update),
        cmocka_unit_test(record_count_is_checked), cmocka_unit_test(brandless_parts_are_rejected), cmocka_unit_test(equipment),
        cmocka_unit_test(unknown_words_carry_a_pair_that_never_resolves), cmocka_unit_test(elements_about_one_attribute_meet),
        cmocka_unit_test(plain_values_of_composites_are_refused), cmocka_unit_test(regions), cmocka_unit_test(approved_countries),
        cmocka_unit_test(qualifier_parameters), cmocka_unit_test(texts_with_markup_and_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
