// xapian.cc: the titles of `rightfit-words titles` in Xapian, and the queries asked in process: words all required, the last a wildcard.
//
//   words-xapian fill DIR < titles.tsv        words-xapian run DIR FILE SECONDS [exact]     exact: totals counted, as ours are
#include <time.h>
#include <xapian.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

static double cpu_seconds() {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) + double(t.tv_nsec) / 1e9;
}

static std::vector<std::string> words_of(const std::string &text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string w; in >> w;) words.push_back(w);
    return words;
}

static int fill(const char *dir) {
    Xapian::WritableDatabase db(dir, Xapian::DB_CREATE_OR_OVERWRITE);
    for (std::string line; std::getline(std::cin, line);) {
        Xapian::Document d;
        for (const std::string &w : words_of(line.substr(line.find('\t') + 1))) d.add_term(w);
        db.replace_document(Xapian::docid(std::stoul(line)), d);
    }
    db.commit();
    db.compact(std::string(dir) + ".compact");
    return 0;
}

static Xapian::Query query_of(const std::string &text) {
    std::vector<std::string> words = words_of(text);
    Xapian::Query last(Xapian::Query::OP_WILDCARD, words.back(), 0, Xapian::Query::WILDCARD_LIMIT_ERROR, Xapian::Query::OP_OR);
    if (words.size() == 1) return last;
    Xapian::Query others(Xapian::Query::OP_AND, words.begin(), words.end() - 1);
    return Xapian::Query(Xapian::Query::OP_AND, others, last);
}

static int run(const char *dir, const char *path, double seconds, bool exact) {
    Xapian::Database db(std::string(dir) + ".compact");
    std::vector<std::string> queries;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) queries.push_back(line);
    Xapian::Enquire enquire(db);
    enquire.set_weighting_scheme(Xapian::BoolWeight());
    double hits = 0;
    unsigned long asked = 0;
    double began = cpu_seconds(), now = began;
    for (size_t i = 0; now - began < seconds || asked < queries.size(); i = (i + 1) % queries.size(), asked++) {
        enquire.set_query(query_of(queries[i]));
        Xapian::MSet found = enquire.get_mset(0, 20, exact ? db.get_doccount() : 0);
        if (asked < queries.size()) hits += found.get_matches_estimated();
        now = cpu_seconds();
    }
    std::printf("xapian %s\t%.0f\t%.1f\n", exact ? "exact totals" : "first 20", double(asked) / (now - began), hits / double(queries.size()));
    return 0;
}

int main(int argc, char **argv) {
    try {
        if (argc == 3 && !std::strcmp(argv[1], "fill")) return fill(argv[2]);
        if (argc >= 5 && !std::strcmp(argv[1], "run")) return run(argv[2], argv[3], std::stod(argv[4]), argc > 5);
    } catch (const Xapian::Error &e) {
        std::fprintf(stderr, "words-xapian: %s\n", e.get_description().c_str());
        return 2;
    }
    std::fprintf(stderr, "usage: words-xapian fill DIR | run DIR FILE SECONDS [exact]\n");
    return 2;
}
