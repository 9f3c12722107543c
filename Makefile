# SPDX-License-Identifier: MIT
# catbox: `make` builds, `make suites` runs the suites, `make check` everything.
# Packages that are missing are installed when you are root, else named.

VERSION := $(shell sed -n 's/.*CATBOX_VERSION "\(.*\)".*/\1/p' src/include/catbox.h)
SONAME := libcatbox.so.0
PREFIX ?= /usr/local
DESTDIR ?=
comma := ,
SANITIZE ?=
# a sanitizer build is kept apart: build-address-undefined
BUILD ?= build$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
CC ?= cc
AR ?= ar
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
OPT ?= -O2 -g
WERROR ?= -Werror

# --- what we compile with

WARN := -Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes $(WERROR)
HARDEN := -fstack-protector-strong -fPIC
ifeq ($(SANITIZE),)
HARDEN += -D_FORTIFY_SOURCE=2
else
OPT += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
endif
LDHARDEN := -pie -Wl,-z,relro,-z,now
INCLUDES := -iquote src -Isrc/include -iquote harness $(shell pkg-config --cflags libxml-2.0 2>/dev/null)
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARN) $(HARDEN) \
	-fvisibility=hidden $(INCLUDES) $(OPT) -MMD -MP $(CFLAGS)
CORE_LIBS := -lpcre2-8 -lfyaml -ljansson -larchive -lpthread
HARNESS_LIBS := -lxml2 $(CORE_LIBS) -lm

# --- what there is

LIB_SRC := $(wildcard src/base/*.c src/fake/*.c src/linux/*.c src/policy/*.c src/trace/*.c src/api/*.c)
CLI_SRC := $(wildcard src/cli/*.c)
HARNESS_SRC := $(wildcard harness/*.c)
UNIT_SRC := $(wildcard harness/unit/*.c)
FUZZ_SRC := $(wildcard harness/fuzz/*.c)
FUZZ := $(patsubst harness/fuzz/fuzz_%.c,%,$(wildcard harness/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
PROBE_SRC := $(wildcard fixtures/probes/*.c)
BENCH_SRC := $(wildcard fixtures/bench/*.c)
PROBE_HDR := $(wildcard fixtures/probes/*.h)
ALL_SRC := $(LIB_SRC) $(wildcard src/linux/generate/*.c) $(CLI_SRC) $(HARNESS_SRC) $(UNIT_SRC) $(FUZZ_SRC) \
	$(wildcard harness/api/*.c docs/examples/*.c)
LINT_FLAGS := -std=gnu11 -D_GNU_SOURCE $(INCLUDES) -iquote $(BUILD)/clang/gen
obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
BENCH := $(patsubst fixtures/bench/%.c,$(BUILD)/bench/%,$(BENCH_SRC))
PROBES := $(patsubst fixtures/probes/%.c,$(BUILD)/probes/%,$(PROBE_SRC))
PROBES_STATIC := $(patsubst fixtures/probes/%.c,$(BUILD)/probes/%-static,$(PROBE_SRC))

# --- what to do: each first finds what is missing, then calls itself, since
# --- only then the compiler and its flags are known

all: deps
	+@$(MAKE) --no-print-directory programs

suites: deps-tests
	+@$(MAKE) --no-print-directory run-suites

check: deps-tests
	+@$(MAKE) --no-print-directory -j$$(nproc) programs probes bench-programs $(BUILD)/unit $(BUILD)/test-api replays
	@sh scripts/check.sh $(BUILD)

# long things: not part of check

# what tracing costs, and whether that changed: the quick set, or all of it
bench: deps-bench
	+@$(MAKE) --no-print-directory -j$$(nproc) programs bench-programs
	@$(BUILD)/catbox-harness bench $(BENCH_OPTIONS)

bench-large: deps-bench
	+@$(MAKE) --no-print-directory -j$$(nproc) programs bench-programs
	@$(BUILD)/catbox-harness bench --large $(BENCH_OPTIONS)

# does the benchmark find a slow-down, and does it find none where there is none?
bench-proof: deps-bench
	+@$(MAKE) --no-print-directory -j$$(nproc) programs bench-programs
	@sh scripts/bench-proof.sh $(BUILD)

overhead: deps-tests
	+@$(MAKE) --no-print-directory programs
	@sh scripts/overhead.sh

storm: deps-tests
	+@$(MAKE) --no-print-directory programs
	@sh scripts/storm.sh

races: deps-tests
	+@$(MAKE) --no-print-directory programs probes
	@BUILD=$(BUILD) sh scripts/races.sh

# do the tests bite? MUTANT=part of a name for some of them
mutants: deps-tests
	+@$(MAKE) --no-print-directory programs probes $(BUILD)/unit
	@sh scripts/mutants.sh $(MUTANT)

# libFuzzer comes with clang; everything is built again for it
fuzz: deps-fuzz
	+@$(MAKE) --no-print-directory -j$$(nproc) CC=clang BUILD=build-fuzz \
		SANITIZE=fuzzer-no-link,address,undefined fuzzers
	@sh scripts/fuzz.sh run build-fuzz $(FUZZ_SECONDS)

# Every case under each engine: verdicts, events and files must be the same.
check-both: deps-tests
	+@$(MAKE) --no-print-directory -j$$(nproc) programs probes
	@$(BUILD)/catbox-harness run -j2 --engine both --tag "not conformance and not packages" \
		--junit reports/both.xml

conformance: deps-conformance
	+@$(MAKE) --no-print-directory programs
	@$(BUILD)/catbox-harness run -j1 --tag conformance --junit reports/conformance.xml conformance

packages: deps-packages
	+@$(MAKE) --no-print-directory programs
	@sh scripts/real-packages.sh $(BUILD)
	@$(BUILD)/catbox-harness run -j1 --tag packages --junit reports/packages.xml real-packages

lint: deps-lint
	+@$(MAKE) --no-print-directory CC=clang BUILD=$(BUILD)/clang programs $(BUILD)/clang/unit replays
	printf '%s\n' $(ALL_SRC) | xargs -P2 -n8 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(LINT_FLAGS)' sh
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -j2 \
		--enable=warning,performance,portability --suppress=missingIncludeSystem \
		--suppress=ctuuninitvar '-DHASH_ITER(hh,head,el,tmp)=for(;;)' \
		'-Djson_array_foreach(a,i,v)=for(;;)' '-Djson_object_foreach(o,k,v)=for(;;)' -Isrc/include src harness -i harness/unit

layers:
	@sh scripts/layers.sh

programs: $(BUILD)/catbox $(BUILD)/catbox-harness $(BUILD)/libcatbox.so $(BUILD)/libcatbox.a

# the Python module, ready to be used with PYTHONPATH=build/python
python: deps-python
	+@$(MAKE) --no-print-directory $(BUILD)/python/catbox/_catbox.abi3.so

run-suites: programs probes
	@$(BUILD)/catbox-harness run -j2 --tag "not conformance and not packages" --junit reports/junit.xml

# --- missing packages

deps:
	@sh scripts/deps.sh build

deps-tests:
	@sh scripts/deps.sh tests

deps-python:
	@sh scripts/deps.sh python

deps-bench:
	@sh scripts/deps.sh bench

deps-fuzz:
	@sh scripts/deps.sh fuzz

deps-conformance:
	@sh scripts/deps.sh conformance

deps-packages:
	@sh scripts/deps.sh packages

deps-lint:
	@sh scripts/deps.sh lint

# --- compiling and linking (V=1 shows the commands)

Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)')

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

# seccomp programs are made from the table once, by a program that runs here
GENERATOR := $(call obj,src/linux/generate/filters.c src/linux/syscalls.c src/base/effect.c)
$(BUILD)/gen/make-filters: $(GENERATOR)
	@mkdir -p $(@D)
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) $(LDHARDEN) $(LDFLAGS) $^ -o $@ -lseccomp

$(BUILD)/gen/linux/filters.inc: $(BUILD)/gen/make-filters
	@mkdir -p $(@D)
	$(call say,GEN $@)
	$(Q)$< >$@.new && mv $@.new $@

$(call obj,src/linux/filter.c): $(BUILD)/gen/linux/filters.inc
$(call obj,src/linux/filter.c): INCLUDES += -iquote $(BUILD)/gen

# the calls that the kernel headers of this machine know, for test_headers.c
HEADER_ABIS := 64 32
$(BUILD)/gen/syscalls-header.inc: Makefile
	@mkdir -p $(@D)
	$(call say,GEN $@)
	$(Q)for abi in $(HEADER_ABIS); do \
		echo "#include <asm/unistd_$$abi.h>" | \
			$(CC) -E -dM -MD -MP -MT $@ -MF $(@D)/header-$$abi.d - >$@.macros || exit 1; \
		sed -n "s/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$$/CB_HEADER($$abi, \1, \2)/p" $@.macros; \
	done >$@.new && mv $@.new $@

$(call obj,harness/unit/test_headers.c): $(BUILD)/gen/syscalls-header.inc
$(call obj,harness/unit/test_headers.c): INCLUDES += -iquote $(BUILD)/gen

$(BUILD)/libcatbox.a: $(call obj,$(LIB_SRC))
	@rm -f $@
	$(call say,AR $@)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/libcatbox.so: $(call obj,$(LIB_SRC))
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) -shared -Wl,-soname,$(SONAME) -Wl,-z,relro,-z,now -Wl,-z,defs $(LDFLAGS) $^ -o $@ $(CORE_LIBS)
	$(Q)ln -sf $(@F) $(@D)/$(SONAME)

# --- the Python module: against any CPython from 3.8 on

PYTHON_FILES := $(wildcard src/python/catbox/*)
$(BUILD)/python/catbox/_catbox.abi3.so: src/python/_catbox.c $(BUILD)/libcatbox.so $(PYTHON_FILES) src/include/catbox.h
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)cp $(PYTHON_FILES) $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) $(HARDEN) $(OPT) -DPy_LIMITED_API=0x03080000 -Isrc/include \
		-I$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_paths()["include"])') \
		-shared -Wl,-rpath,'$$ORIGIN/../..' $< -o $@ -L$(BUILD) -lcatbox

$(BUILD)/catbox: $(call obj,$(CLI_SRC)) $(BUILD)/libcatbox.a
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) $(LDHARDEN) $(LDFLAGS) $^ -o $@ $(CORE_LIBS)

$(BUILD)/catbox-harness: $(call obj,$(HARNESS_SRC)) $(BUILD)/libcatbox.a
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) $(LDHARDEN) $(LDFLAGS) $^ -o $@ $(HARNESS_LIBS)

$(BUILD)/unit: $(call obj,$(UNIT_SRC) $(filter-out harness/main.c,$(HARNESS_SRC))) $(BUILD)/libcatbox.a
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) $(LDHARDEN) $(LDFLAGS) $^ -o $@ -lcunit $(HARNESS_LIBS)

# as a program would use the library: only its header, and what it exports
API_TESTS := $(wildcard harness/api/*.c)
$(BUILD)/test-api: $(API_TESTS) harness/api/api_test.h src/include/catbox.h $(BUILD)/libcatbox.so
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(OPT) -Isrc/include $(API_TESTS) -o $@ -L$(BUILD) -lcatbox \
		-Wl,-rpath,'$$ORIGIN' -lpthread

# a fuzz target is linked twice: to replay its corpus, and with libFuzzer
FUZZ_COMMON := $(call obj,harness/fuzz/input.c $(filter-out harness/main.c,$(HARNESS_SRC)))
$(BUILD)/replay/%: $(BUILD)/obj/harness/fuzz/fuzz_%.o $(BUILD)/obj/harness/fuzz/replay.o \
		$(FUZZ_COMMON) $(BUILD)/libcatbox.a
	@mkdir -p $(@D)
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) $(LDHARDEN) $(LDFLAGS) $^ -o $@ $(HARNESS_LIBS)

$(BUILD)/fuzz/%: $(BUILD)/obj/harness/fuzz/fuzz_%.o $(FUZZ_COMMON) $(BUILD)/libcatbox.a
	@mkdir -p $(@D)
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) -fsanitize=fuzzer $(LDHARDEN) $(LDFLAGS) $^ -o $@ $(HARNESS_LIBS)

replays: $(addprefix $(BUILD)/replay/,$(FUZZ))
fuzzers: $(addprefix $(BUILD)/fuzz/,$(FUZZ))
.SECONDARY: $(call obj,$(FUZZ_SRC))

# probes are what a tracee runs: plain programs, without sanitizers; their data lies
# below 4 GiB, where calls of i386 can point to it
$(BUILD)/probes/%: fixtures/probes/%.c $(PROBE_HDR)
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARN) -Wno-missing-prototypes -fno-pie -no-pie $< -o $@ -lpthread -lutil

$(BUILD)/probes/%-static: fixtures/probes/%.c $(PROBE_HDR)
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARN) -Wno-missing-prototypes -static $< -o $@ -lpthread -lutil

probes: $(PROBES) $(PROBES_STATIC)

# what the benchmark measures with; not what is measured
$(BUILD)/bench/%: fixtures/bench/%.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 $(WARN) $< -o $@

bench-programs: $(BENCH) $(BUILD)/build-info $(BUILD)/second-stop/catbox

# a catbox with one more stop a call: a slow-down for the benchmark to find. Its
# own object comes before that of the archive, which then is not taken.
$(BUILD)/second-stop/tracing.o: src/linux/tracing.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(ALL_CFLAGS) -DCB_SECOND_STOP -c $< -o $@

$(BUILD)/second-stop/catbox: $(call obj,$(CLI_SRC)) $(BUILD)/second-stop/tracing.o $(BUILD)/libcatbox.a $(BUILD)/build-info
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) $(LDHARDEN) $(LDFLAGS) $(filter-out %/build-info,$^) -o $@ $(CORE_LIBS)
	@cp $(BUILD)/build-info $(@D)

# what the benchmark compares machines by: how catbox was compiled here
$(BUILD)/build-info: FORCE
	@mkdir -p $(@D)
	@{ echo "compiler: $$(echo __VERSION__ | $(CC) -E -P - | tr -d '"')"; echo "flags: $(OPT) $(HARDEN)"; } >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

FORCE:

# --- installing

MAN1 := docs/man/catbox.1 docs/man/catbox-fakeroot.1 docs/man/catbox-harness.1
MAN5 := docs/man/catbox-policy.5 docs/man/catbox-suite.5
MAN3 := docs/man/catbox.3
BINDIR = $(DESTDIR)$(PREFIX)/bin
LIBDIR = $(DESTDIR)$(PREFIX)/lib
INCDIR = $(DESTDIR)$(PREFIX)/include
MANDIR = $(DESTDIR)$(PREFIX)/share/man

install: all
	install -d $(BINDIR) $(LIBDIR) $(INCDIR) $(MANDIR)/man1 $(MANDIR)/man3 $(MANDIR)/man5
	install -m 755 $(BUILD)/catbox $(BUILD)/catbox-harness $(BINDIR)
	ln -sf catbox $(BINDIR)/fakeroot-catbox
	install -m 755 $(BUILD)/libcatbox.so $(LIBDIR)/libcatbox.so.$(VERSION)
	ln -sf libcatbox.so.$(VERSION) $(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(LIBDIR)/libcatbox.so
	install -m 644 $(BUILD)/libcatbox.a $(LIBDIR)
	install -m 644 src/include/catbox.h $(INCDIR)
	install -d $(LIBDIR)/pkgconfig
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' src/api/catbox.pc.in >$(LIBDIR)/pkgconfig/catbox.pc
	chmod 644 $(LIBDIR)/pkgconfig/catbox.pc
	install -m 644 $(MAN1) $(MANDIR)/man1
	install -m 644 $(MAN3) $(MANDIR)/man3
	install -m 644 $(MAN5) $(MANDIR)/man5

uninstall:
	rm -f $(BINDIR)/catbox $(BINDIR)/catbox-harness $(BINDIR)/fakeroot-catbox
	rm -f $(LIBDIR)/libcatbox.so.$(VERSION) $(LIBDIR)/$(SONAME) $(LIBDIR)/libcatbox.so $(LIBDIR)/libcatbox.a
	rm -f $(INCDIR)/catbox.h $(LIBDIR)/pkgconfig/catbox.pc
	rm -f $(addprefix $(MANDIR)/man3/,$(notdir $(MAN3)))
	rm -f $(addprefix $(MANDIR)/man1/,$(notdir $(MAN1))) $(addprefix $(MANDIR)/man5/,$(notdir $(MAN5)))

clean:
	rm -rf build build-*
	find reports -mindepth 1 ! -name .gitignore -delete

.PHONY: all programs deps deps-tests deps-fuzz deps-conformance deps-packages deps-lint deps-python python probes suites run-suites check check-both \
	bench bench-large bench-proof bench-programs deps-bench overhead storm races mutants fuzz conformance packages \
	replays fuzzers lint \
	layers install uninstall clean
.DEFAULT_GOAL := all
-include $(shell find $(BUILD)/obj $(BUILD)/gen $(BUILD)/second-stop -name '*.d' 2>/dev/null)
