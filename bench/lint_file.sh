#!/bin/sh
# An ACES file to time `rightfit lint` with, and to count by: N applications without fault (a multiple of 1000; 1,000,000 unless said), ten
# part types a vehicle, and at its end, far from the rows they meet, N/1000 duplicates, N/500 second parts (overlap) and N/250 rows
# with a note beside a bare one (comment-no-comment).
#   sh bench/lint_file.sh 1000000 >/tmp/million.xml && /usr/bin/time -v build/release/rightfit lint /tmp/million.xml
awk -v n="${1:-1000000}" '
function app(i, part, inner) {
    printf "\t<App action=\"A\" id=\"%d\">\n\t\t<BaseVehicle id=\"%d\"/>\n%s\t\t<Qty>%d</Qty>\n\t\t<PartType id=\"%d\"/>\n\t\t<Position id=\"%d\"/>\n" \
           "\t\t<Part>%s</Part>\n\t</App>\n", ++count, 1 + int((i - 1) / 10) * 7919 % 1000003, inner, 1 + i % 4, 5000 + i % 10, 1 + i % 3, part
}
BEGIN {
    print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ACES version=\"4.2\">\n<Header><Company>Example</Company><BrandAAIAID>BBBB</BrandAAIAID>" \
          "<DocumentTitle>Lint</DocumentTitle><SubmissionType>FULL</SubmissionType></Header>"
    for (i = 1; i <= n; i++) app(i, "P" i % 50021, i % 4 ? "" : "\t\t<SubModel id=\"" 1 + i % 900 "\"/>\n")
    # rows whose number is a multiple of 4 have a sub-model; their neighbours are bare
    for (i = 1; i <= n; i += 1000) app(i, "P" i % 50021, "")
    for (i = 3; i <= n; i += 500) app(i, "Q" i, "")
    for (i = 5; i <= n; i += 250) app(i, "R" i, "\t\t<Note>With A/C</Note>\n")
    print "<Footer><RecordCount>" count "</RecordCount></Footer>\n</ACES>"
}'
