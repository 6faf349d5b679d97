#!/usr/bin/python3
"""Xapian as its documentation sets it up: English stemming, n-grams of Chinese, spelling correction, canonical numbers as terms of
their own that take a wildcard. Usage: xapian_peer.py WORK TOP; reads documents.jsonl and queries.jsonl there, writes {id, ids} lines."""
import json
import os
import re
import shutil
import sys
import unicodedata

import xapian

FLAGS = xapian.QueryParser
PARSE = FLAGS.FLAG_DEFAULT | FLAGS.FLAG_SPELLING_CORRECTION | FLAGS.FLAG_CJK_NGRAM
HAN = re.compile("[\u3400-\u9fff]")


def canonical(text):
    return re.sub("[^0-9a-z]", "", unicodedata.normalize("NFKC", text).lower())


def fill(work, path):
    shutil.rmtree(path, ignore_errors=True)
    database = xapian.WritableDatabase(path, xapian.DB_CREATE_OR_OVERWRITE | xapian.DB_NO_SYNC)
    terms = xapian.TermGenerator()
    terms.set_stemmer(xapian.Stem("en"))
    terms.set_database(database)
    with open(os.path.join(work, "documents.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            d = json.loads(line)
            document = xapian.Document()
            document.set_data(d["id"])
            terms.set_document(document)
            terms.set_flags(FLAGS.FLAG_CJK_NGRAM | xapian.TermGenerator.FLAG_SPELLING)
            for text, weight in ((d["title"], 4), (d["title_zh"], 4), (d["brand"], 3), (d["specs"], 2)):
                terms.index_text(text, weight)
                terms.increase_termpos()
            terms.index_text_without_positions(d["vehicles"], 2)
            document.add_term("XO" + canonical(d["number"])[:200])
            for number in [d["number"]] + d["cross"]:
                document.add_term("XN" + canonical(number)[:200])
            database.add_document(document)
    database.close()


def search(database, query, top):
    enquire = xapian.Enquire(database)
    enquire.set_query(query)
    return [m.document.get_data().decode() for m in enquire.get_mset(0, top)]


def ask(database, parser, text, top):
    number = canonical(text)
    words = re.split(r"[\s.\-/_]+", text)
    if len(number) >= 5 and re.search(r"\d{3}", number) and not HAN.search(text) and all(re.search(r"\d", w) or len(w) <= 5 for w in words):
        own = xapian.Query(xapian.Query.OP_SCALE_WEIGHT, xapian.Query("XO" + number), 10)
        ids = search(database, xapian.Query(xapian.Query.OP_OR, own, xapian.Query("XN" + number)), top) or \
            search(database, parser.parse_query("number:" + number + "*", FLAGS.FLAG_WILDCARD), top)
        if ids:
            return ids
    for operator in (xapian.Query.OP_AND, xapian.Query.OP_OR):
        parser.set_default_op(operator)
        query = parser.parse_query(text, PARSE)
        corrected = parser.get_corrected_query_string().decode()
        ids = search(database, query, top)
        if not ids and corrected:
            ids = search(database, parser.parse_query(corrected, PARSE), top)
        if ids:
            return ids
    return []


def main():
    work, top = sys.argv[1], int(sys.argv[2])
    path = os.path.join(work, "xapian")
    fill(work, path)
    database = xapian.Database(path)
    parser = xapian.QueryParser()
    parser.set_stemmer(xapian.Stem("en"))
    parser.set_stemming_strategy(xapian.QueryParser.STEM_SOME)
    parser.set_database(database)
    parser.add_prefix("number", "XN")
    with open(os.path.join(work, "queries.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            q = json.loads(line)
            print(json.dumps({"id": q["id"], "ids": ask(database, parser, q["q"], top)}))
    database.close()
    shutil.rmtree(path, ignore_errors=True)


main()
