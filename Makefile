# Sluice: one Makefile.  `make help` lists the targets.
#
#   make                build ./sluice (in build/)
#   make SAN=address,undefined check-unit     sanitizer build, in a folder of its own
#   make V=1            show the commands
#   make DEV=1          warnings are errors

prefix  ?= /usr/local
DESTDIR ?=
CC      ?= cc
CLANG   ?= clang
CFLAGS  ?= -O2 -g
SAN     ?=
DEV     ?=
V       ?=

comma := ,
BUILD := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))$(if $(BUILD_SUFFIX),/$(BUILD_SUFFIX))
PKGS  := libbrotlidec libcurl libdeflate libzstd zlib libxml-2.0 libpcre2-8 icu-uc icu-i18n libxxhash yaml-0.1 sqlite3 libcrypto

ifeq ($(shell pkg-config --exists $(PKGS) && echo yes),)
$(error a library is missing: run scripts/setup (it installs $(PKGS) by their Debian names))
endif

COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. -march=x86-64-v2 -ffp-contract=off -fno-strict-aliasing \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unused-parameter \
	-Wno-missing-field-initializers -DSLUICE_PREFIX='"$(prefix)"' \
	$(if $(DEV),-Werror) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
ifeq ($(shell uname -m),aarch64)
ALL_CFLAGS := $(filter-out -march=x86-64-v2,$(ALL_CFLAGS))
endif
# libcurl is loaded when it is needed (pipeline/ingest/curl_library.h); libxml2 is what tests compare trees with.
LIBS := $(shell pkg-config --libs $(filter-out libcurl libxml-2.0,$(PKGS))) -lpthread -lm -ldl
TEST_LIBS := $(shell pkg-config --libs libxml-2.0)

LIB_SRCS  := $(sort $(wildcard core/*.c core/text/*.c pipeline/*/*.c filters/*.c tokenizer/*.c shards/*.c))
CMD_SRCS  := $(sort $(wildcard cmd/*.c))
UNIT_SRCS := $(sort $(wildcard tests/unit/test_*.c))
FUZZ_SRCS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
# What `make check` runs, in this order; each is a target below and ends with "N passed, N failed".  Sanitizer builds run
# what they can see: memory and arithmetic in the unit, fuzz and golden tests, races where there are threads.
CHECKS := check-unit fuzz-replay check-golden check-commands check-corpus check-house check-threads check-law check-fault check-remote check-oracle
ifneq ($(findstring address,$(SAN)),)
CHECKS := check-unit fuzz-replay check-golden check-remote
endif
ifeq ($(SAN),thread)
CHECKS := check-unit check-threads
UNIT_SRCS := tests/unit/test_files.c
endif

LIB_OBJS  := $(LIB_SRCS:%.c=$(BUILD)/%.o)
CMD_OBJS  := $(CMD_SRCS:%.c=$(BUILD)/%.o)
UNIT_BINS := $(UNIT_SRCS:%.c=$(BUILD)/%)
FUZZ_BINS := $(FUZZ_SRCS:%.c=$(BUILD)/%)
LIB       := $(BUILD)/libsluice.a
# The program of this build, for runners that take another than ./sluice.
SLUICE    := $(if $(SAN)$(BUILD_SUFFIX),$(BUILD)/sluice,./sluice)

Q := $(if $(V),,@)

.PHONY: all sluice-crash check check-unit fuzz-replay check-golden golden-update check-commands check-corpus check-house check-threads check-fault check-law check-remote check-oracle bench lint man install uninstall clean help
all: sluice ## build ./sluice

ifeq ($(SAN)$(BUILD_SUFFIX),)
sluice: $(BUILD)/sluice
	$(Q)cp -f $< $@.tmp && mv -f $@.tmp $@
else
sluice: $(BUILD)/sluice
endif

$(BUILD)/sluice: $(CMD_OBJS) $(LIB_OBJS)
	@echo "  LD $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(CMD_OBJS) $(LIB_OBJS) $(LIBS)

# The same program, but it dies on pages that ask for it (pipeline/run/crash.h): for tests/fault alone.
CRASH_SRCS := pipeline/run/crash.c pipeline/run/process.c pipeline/run/step_tokenize.c
CRASH_OBJS := $(CRASH_SRCS:%.c=$(BUILD)/crash/%.o)
sluice-crash: $(BUILD)/sluice-crash
$(BUILD)/sluice-crash: $(CMD_OBJS) $(CRASH_OBJS) $(filter-out $(CRASH_SRCS:%.c=$(BUILD)/%.o),$(LIB_OBJS))
	@echo "  LD $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/crash/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $@"
	$(Q)$(CC) $(ALL_CFLAGS) -DSLUICE_CRASH_MARK -MMD -MP -c -o $@ $<

$(BUILD)/measure: tests/fault/measure.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $<

$(LIB): $(LIB_OBJS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Loops over characters and trees: 4 % of extraction.
$(BUILD)/pipeline/extract/%.o: ALL_CFLAGS += -O3

# The commit is in the program: rebuild that one file when it changes.
$(BUILD)/commit.h: FORCE
	@mkdir -p $(@D)
	@echo '#define SLUICE_COMMIT "$(COMMIT)"' > $@.tmp
	@cmp -s $@.tmp $@ && rm -f $@.tmp || mv -f $@.tmp $@
$(BUILD)/core/version.o: $(BUILD)/commit.h
$(BUILD)/core/version.o: ALL_CFLAGS += -I$(BUILD)

# The prose of the man pages is in --help, too.
PROSE := $(filter-out doc/man/sluice%,$(sort $(wildcard doc/man/*.scd)))
$(BUILD)/prose.h: $(PROSE) scripts/make-prose
	@mkdir -p $(@D)
	$(Q)scripts/make-prose $(PROSE) > $@.tmp && mv -f $@.tmp $@
$(BUILD)/cmd/help.o: $(BUILD)/prose.h
$(BUILD)/cmd/help.o: ALL_CFLAGS += -I$(BUILD)
FORCE:

$(BUILD)/tests/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIB) -lcmocka $(TEST_LIBS) $(LIBS)

# Each fuzz target is one file with LLVMFuzzerTestOneInput(); the driver replays a folder with any compiler.
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(LIB)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< tests/fuzz/replay.c $(LIB) $(LIBS)

check: $(BUILD)/sluice $(UNIT_BINS) $(if $(filter fuzz-replay,$(CHECKS)),$(FUZZ_BINS)) ## every test
	$(Q)scripts/steps $(foreach c,$(CHECKS),"$(c)=$(MAKE) -s $(c)")

check-unit: $(UNIT_BINS) ## unit tests (cmocka)
	$(Q)tests/run_unit $(UNIT_BINS)

fuzz-replay: $(FUZZ_BINS) ## replay the fuzz corpora
	$(Q)tests/fuzz/run $(FUZZ_BINS)

check-golden: sluice ## what every command writes on the bundled sample
	$(Q)SLUICE=$(SLUICE) tests/golden/run

golden-update: sluice ## accept what is written now as golden, and show the difference
	$(Q)SLUICE=$(SLUICE) tests/golden/run --update

check-remote: sluice ## archives on web servers and in S3, with faults
	$(Q)SLUICE=$(abspath $(SLUICE)) tests/remote/run

check-fault: sluice sluice-crash $(BUILD)/measure ## bad input, full disks, crashes
	$(Q)tests/fault/run

check-commands: sluice ## ls, cat and the filters, sentence by sentence of their man pages
	$(Q)SLUICE=$(SLUICE) tests/commands/run

check-corpus: sluice ## the output folder, read by independent code, and the commands that read it
	$(Q)tests/corpus/run

check-house: sluice ## help, man pages, examples, README, install, Slurm
	$(Q)tests/house/run

check-threads: sluice ## many threads give what one gives
	$(Q)SLUICE=$(SLUICE) tests/threads/run

check-law: sluice ## same bytes for any worker count, order and kills
	$(Q)tests/law/run

check-oracle: sluice ## answers equal the Python peers' (scripts/setup --oracles)
	$(Q)tests/oracle/run

bench: sluice ## speed and quality beside peers, as ratios in one run
	$(Q)bench/run

lint: ## layers, sizes, style, shellcheck
	$(Q)scripts/lint

# clang's pointer-overflow takes NULL + 0 for a fault, which C2y allows and an empty span is.
FUZZ_CFLAGS := -O1 -g -fno-sanitize=pointer-overflow
fuzz: ## make fuzz TARGET=warc [FUZZ_ARGS=-max_total_time=60]: libFuzzer with clang (scripts/setup --fuzz), until stopped
	$(Q)test -f "tests/fuzz/fuzz_$(TARGET).c" || { echo "make fuzz: TARGET is one of: $(FUZZ_SRCS:tests/fuzz/fuzz_%.c=%)" >&2; exit 2; }
	$(Q)$(MAKE) CC="$(CLANG)" CFLAGS="$(FUZZ_CFLAGS)" SAN=address,undefined,fuzzer-no-link BUILD_SUFFIX=fuzz \
		build/san-address-undefined-fuzzer-no-link/fuzz/libsluice.a
	$(Q)$(CLANG) -fsanitize=address,undefined,fuzzer -fno-sanitize-recover=all -std=gnu11 -D_GNU_SOURCE -I. $(shell pkg-config --cflags $(PKGS)) \
		$(FUZZ_CFLAGS) -o build/fuzz_$(TARGET) tests/fuzz/fuzz_$(TARGET).c build/san-address-undefined-fuzzer-no-link/fuzz/libsluice.a $(LIBS)
	$(Q)mkdir -p build/corpus_$(TARGET) && build/fuzz_$(TARGET) -artifact_prefix=build/found_$(TARGET)_ $(FUZZ_ARGS) \
		build/corpus_$(TARGET) tests/fuzz/corpus/$(TARGET)

man: sluice ## build/man: the man pages, from --help and doc/man
	$(Q)scripts/make-man ./sluice build/man

install: sluice ## install under $(DESTDIR)$(prefix)
	$(Q)scripts/install "$(DESTDIR)$(prefix)"

uninstall: ## remove what install put there
	$(Q)scripts/install --remove "$(DESTDIR)$(prefix)"

clean: ## remove what was built
	$(Q)rm -rf build sluice

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

-include $(LIB_OBJS:.o=.d) $(CRASH_OBJS:.o=.d) $(CMD_OBJS:.o=.d) $(UNIT_BINS:=.d) $(FUZZ_BINS:=.d)
