# rightfit: build, test, lint, bench, run. `make help` lists the targets.
#
# Objects of different flags never mix: every flavour has its own folder under build/. Header dependencies are
# automatic (-MMD). Libraries come from Debian through pkg-config; see make/setup.sh for what is installed.

FLAVOUR ?= release
CC ?= gcc
CXX ?= g++
OUT := build/$(FLAVOUR)
Q := $(if $(V),,@)
SCALE ?= S

PKGS_BASE  := libxxhash simdjson libcrypto
PKGS_INDEX := lmdb icu-i18n icu-uc
PKGS_MODEL := openblas
PKGS_SERVER := libevent_core libevent_pthreads zlib
PKGS_TOOLS := expat sqlite3 libzstd libarchive libcurl
LIBS := $(shell pkg-config --libs $(PKGS_INDEX) $(PKGS_BASE) $(PKGS_MODEL) $(PKGS_SERVER) 2>/dev/null) -lroaring -llapacke -lpthread -lm
LIBS_TOOLS := $(shell pkg-config --libs $(PKGS_TOOLS) 2>/dev/null)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS_INDEX) $(PKGS_BASE) $(PKGS_MODEL) $(PKGS_SERVER) $(PKGS_TOOLS) 2>/dev/null)
LLHTTP := /usr/share/llhttp

WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wno-psabi -Werror
WARN_C := $(WARN) -Wstrict-prototypes -Wmissing-prototypes
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -Wformat -Wformat-security
ARCH ?= $(if $(filter release,$(FLAVOUR)),-march=native,)

OPT_release := -O3 -g -fno-omit-frame-pointer $(HARDEN)
OPT_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPT_tsan    := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
OPT_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
OPT := $(OPT_$(FLAVOUR)) $(ARCH)
LINK_release := -pie -Wl,-z,relro,-z,now
LINK_asan    := -fsanitize=address,undefined
LINK_tsan    := -fsanitize=thread
LINK_fuzz    := -fsanitize=address,undefined

INCLUDES := -I. -I$(OUT)
CFLAGS_ALL := -std=c17 -D_GNU_SOURCE $(INCLUDES) $(PKG_CFLAGS) $(OPT) -MMD -MP
CXXFLAGS_ALL := -std=c++17 $(INCLUDES) $(PKG_CFLAGS) $(OPT) -MMD -MP

BASE_OBJ   := $(patsubst %.c,$(OUT)/%.o,$(wildcard index/base/*.c)) $(patsubst %.cc,$(OUT)/%.o,$(wildcard index/base/*.cc))
INDEX_OBJ  := $(patsubst %.c,$(OUT)/%.o,$(wildcard index/*.c))
MODEL_OBJ  := $(patsubst %.c,$(OUT)/%.o,$(wildcard model/*.c))
SERVER_OBJ := $(patsubst %.c,$(OUT)/%.o,$(filter-out server/main.c,$(wildcard server/*.c))) $(OUT)/llhttp/llhttp.o $(OUT)/llhttp/api.o $(OUT)/llhttp/http.o
TOOLS_OBJ  := $(patsubst %.c,$(OUT)/%.o,$(filter-out data-tools/main.c,$(wildcard data-tools/*.c)))

TESTS := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/unit/*/test_*.c))

BENCH_OBJ := $(patsubst %.c,$(OUT)/%.o,$(filter-out bench/decay.c,$(wildcard bench/*.c)) bench/peers/sqlite.c) $(OUT)/bench/gbench.o
PEERS_OBJ := $(patsubst %.c,$(OUT)/%.o,$(filter-out bench/peers/sqlite.c,$(wildcard bench/peers/*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,build/fuzz/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 30

.PHONY: all build run test unit system lint bench bench-peers bench-vectors bench-words bench-relevance bench-quality bench-rerank scale decay fuzz asan tsan clean help
.DEFAULT_GOAL := build

# Targets people call install what is missing first, then call make again, since pkg-config answers differently afterwards.
build: ## compile rightfitd and rightfit
	@sh make/setup.sh build && $(MAKE) --no-print-directory all
run: ## build, load the default data on first use, train and serve; SCALE=tiny|S|M, RIGHTFIT_* as in the README
	@sh make/setup.sh run && $(MAKE) --no-print-directory -j2 all && SCALE=$(SCALE) SCALE_GIVEN='$(filter-out file default undefined,$(origin SCALE))' sh make/run.sh
test: ## build and run all tests that take minutes, not hours
	@sh make/setup.sh test && $(MAKE) --no-print-directory -j2 all unit && $(MAKE) --no-print-directory system
lint: ## include directions, headers alone, banned functions, warnings of gcc and clang, cppcheck
	@sh make/setup.sh lint && $(MAKE) --no-print-directory lint-now
asan tsan: ## unit tests under address and undefined-behaviour, or thread sanitizer
	@sh make/setup.sh test && $(MAKE) --no-print-directory -j2 FLAVOUR=$@ unit
bench: ## benchmarks, and a load run beside nginx, on the default data (make run once before)
	@sh make/setup.sh bench && $(MAKE) --no-print-directory -j2 all bench-now
bench-peers: ## one question beside PostgreSQL, SQLite and Redis, on the default data (make run once before)
	@sh make/setup.sh peers && $(MAKE) --no-print-directory -j2 all $(OUT)/bench/rightfit-peers && sh bench/peers/run.sh
bench-words: ## prefix queries over titles beside Xapian, Groonga and Sphinx, as far as installed, on the default data (make run once before)
	@sh make/setup.sh bench && $(MAKE) --no-print-directory -j2 $(OUT)/bench/rightfit-words && sh bench/words/run.sh
bench-vectors: ## scoring kernels beside the bare memory reads, the multiplier, OpenBLAS and FAISS, on made-up vectors; VECTORS=approximate for indexes
	@sh make/setup.sh vectors && $(MAKE) --no-print-directory -j2 $(OUT)/bench/rightfit-vectors && $(OUT)/bench/rightfit-vectors $(or $(VECTORS),exact)
bench-relevance: ## labelled queries of every kind: ours, Groonga's and Xapian's success and nDCG, on the default data (make run once before)
	@sh make/setup.sh relevance && $(MAKE) --no-print-directory -j2 all && RIGHTFIT_BIN=$(OUT) node bench/relevance/run.mjs
bench-quality: ## Recall and NDCG on public data beside the published lines; QUALITY_DATA is where the data is
	@sh make/setup.sh build && $(MAKE) --no-print-directory -j2 all && RIGHTFIT_BIN=$(OUT) sh bench/quality/run.sh
bench-rerank: ## batch re-ranking of lists out of a million products from both forms, beside bare random reads; 2 GB of disk
	@sh make/setup.sh bench && $(MAKE) --no-print-directory -j2 all $(OUT)/bench/rightfit-bench && RIGHTFIT_BUILD=$(OUT) sh bench/rerank/run.sh
scale: ## a million products, 100 million rows: import under 4 GiB, size and speed against the budgets; minutes, 7 GB of disk
	@sh make/setup.sh bench && $(MAKE) --no-print-directory -j2 all $(OUT)/bench/rightfit-bench && RIGHTFIT_BUILD=$(OUT) sh bench/scale.sh
decay: ## 100,000 random changes (RIGHTFIT_DECAY_CHANGES), then size and speed beside a fresh import of the same content
	@sh make/setup.sh bench && $(MAKE) --no-print-directory -j2 all $(OUT)/bench/rightfit-decay && RIGHTFIT_BUILD=$(OUT) sh bench/decay.sh
fuzz: ## every fuzz target for FUZZ_SECONDS
	@sh make/setup.sh fuzz && $(MAKE) --no-print-directory -j2 FLAVOUR=fuzz CC=clang CXX=clang++ fuzz-now
clean: ## forget everything built; data/ stays
	rm -rf build
help: ## this list
	@sed -n 's/^\([a-z][a-z -]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

all: $(OUT)/rightfitd $(OUT)/rightfit
unit: $(TESTS)
	@sh make/unit.sh $(TESTS)
system: all
	@RIGHTFIT_BIN=$(OUT) sh make/system.sh
lint-now:
	@CFLAGS='-std=c17 -D_GNU_SOURCE -I. $(PKG_CFLAGS) $(WARN_C) -Wno-error' sh make/lint.sh
bench-now: $(OUT)/bench/rightfit-bench $(OUT)/bench/rightfit-paced
	@$< --benchmark_min_time=0.3
	@RIGHTFIT_BUILD=$(OUT) sh bench/load.sh
fuzz-now: $(FUZZERS)
	@for f in $(FUZZERS); do echo "== $$f"; mkdir -p build/corpus/$$(basename $$f); \
	  $$f -max_total_time=$(FUZZ_SECONDS) -print_final_stats=0 -verbosity=0 build/corpus/$$(basename $$f) || exit 1; done

$(OUT)/%.o: %.c
	@mkdir -p $(@D); echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(WARN_C) -c $< -o $@
$(OUT)/%.o: %.cc
	@mkdir -p $(@D); echo "  CXX   $<"
	$(Q)$(CXX) $(CXXFLAGS_ALL) -Wall -Wextra -Werror -c $< -o $@
$(OUT)/llhttp/%.o: $(LLHTTP)/%.c
	@mkdir -p $(@D); echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS_ALL) -I/usr/share/include/llhttp -c $< -o $@

$(OUT)/libbase.a: $(BASE_OBJ)
$(OUT)/libindex.a: $(INDEX_OBJ)
$(OUT)/libmodel.a: $(MODEL_OBJ)
$(OUT)/libserver.a: $(SERVER_OBJ)
$(OUT)/libtools.a: $(TOOLS_OBJ)
$(OUT)/%.a:
	@rm -f $@
	$(Q)ar rcs $@ $^

LIB_ALL := $(OUT)/libserver.a $(OUT)/libmodel.a $(OUT)/libindex.a $(OUT)/libbase.a
$(OUT)/rightfitd: $(OUT)/server/main.o $(LIB_ALL)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS)
$(OUT)/rightfit: $(OUT)/data-tools/main.o $(OUT)/libtools.a $(OUT)/libmodel.a $(OUT)/libindex.a $(OUT)/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS) $(LIBS_TOOLS)

# A unit test is one program; it links what its folder may use.
$(OUT)/tests/unit/base/%: $(OUT)/tests/unit/base/%.o $(OUT)/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS) -lcmocka
$(OUT)/tests/unit/index/%: $(OUT)/tests/unit/index/%.o $(OUT)/libindex.a $(OUT)/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS) -lcmocka
$(OUT)/tests/unit/model/%: $(OUT)/tests/unit/model/%.o $(OUT)/libmodel.a $(OUT)/libindex.a $(OUT)/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS) -lcmocka
$(OUT)/tests/unit/server/%: $(OUT)/tests/unit/server/%.o $(LIB_ALL)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS) -lcmocka
$(OUT)/tests/unit/data-tools/%: $(OUT)/tests/unit/data-tools/%.o $(OUT)/libtools.a $(OUT)/libmodel.a $(OUT)/libindex.a $(OUT)/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS) $(LIBS_TOOLS) -lcmocka
$(OUT)/bench/rightfit-bench: $(BENCH_OBJ) $(OUT)/libmodel.a $(OUT)/libindex.a $(OUT)/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS) -lbenchmark -lsqlite3
$(OUT)/bench/rightfit-paced: $(OUT)/bench/paced/paced.o
	@echo "  LINK  $@"
	$(Q)$(CC) $(LINK_$(FLAVOUR)) -o $@ $^ -lm
$(OUT)/bench/rightfit-decay: $(OUT)/bench/decay.o $(OUT)/libindex.a $(OUT)/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS)
$(OUT)/bench/rightfit-peers: $(PEERS_OBJ) $(OUT)/libmodel.a $(OUT)/libindex.a $(OUT)/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS) -lsqlite3 $(shell pkg-config --libs libpq hiredis 2>/dev/null)
$(OUT)/bench/rightfit-words: $(OUT)/bench/words/words.o $(OUT)/libindex.a $(OUT)/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -o $@ $^ $(LIBS)
$(OUT)/bench/rightfit-vectors: $(patsubst %.c,$(OUT)/%.o,$(wildcard bench/vectors/*.c)) $(OUT)/bench/vectors/peer_faiss.o $(OUT)/libmodel.a $(OUT)/libindex.a $(OUT)/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LINK_$(FLAVOUR)) -fopenmp -o $@ $^ -lfaiss $(LIBS)
$(OUT)/bench/vectors/peer_faiss.o: CXXFLAGS_ALL += -fopenmp
$(OUT)/bench/vectors/%.o: CFLAGS_ALL += $(CFLAGS_ROWS)
$(OUT)/bench/words-xapian: bench/words/xapian.cc
	@mkdir -p $(@D); echo "  CXX   $<"
	$(Q)$(CXX) -std=c++17 -O3 -march=native -Wall -Wextra -Werror -o $@ $< -lxapian
build/fuzz/tests/fuzz/%: build/fuzz/tests/fuzz/%.o build/fuzz/libtools.a build/fuzz/libserver.a build/fuzz/libmodel.a build/fuzz/libindex.a build/fuzz/libbase.a
	@echo "  LINK  $@"
	$(Q)$(CXX) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS) $(LIBS_TOOLS)
.SECONDARY:

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
