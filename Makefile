# SPDX-License-Identifier: MIT
# catbox: `make` builds, `make suites` runs the suites, `make check` everything.
# Packages that are missing are installed when you are root, else named.

VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
CC ?= cc
AR ?= ar
OPT ?= -O2 -g
SANITIZE ?=
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
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DCATBOX_VERSION='"$(VERSION)"' $(WARN) $(HARDEN) \
	-fvisibility=hidden $(INCLUDES) $(OPT) -MMD -MP $(CFLAGS)
CORE_LIBS := -lseccomp -lpcre2-8 -lfyaml -ljansson -lpthread
HARNESS_LIBS := -lxml2 $(CORE_LIBS)

# --- what there is

LIB_SRC := $(wildcard src/base/*.c src/linux/*.c src/policy/*.c src/trace/*.c src/api/*.c)
CLI_SRC := $(wildcard src/cli/*.c)
HARNESS_SRC := $(wildcard harness/*.c)
UNIT_SRC := $(wildcard harness/unit/*.c)
PROBE_SRC := $(wildcard fixtures/probes/*.c)
obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
PROBES := $(patsubst fixtures/probes/%.c,$(BUILD)/probes/%,$(PROBE_SRC))
PROBES_STATIC := $(patsubst fixtures/probes/%.c,$(BUILD)/probes/%-static,$(PROBE_SRC))

all: deps
	+$(MAKE) --no-print-directory programs

programs: $(BUILD)/catbox $(BUILD)/catbox-harness $(BUILD)/libcatbox.so $(BUILD)/libcatbox.a

# --- missing packages

deps:
	@sh scripts/deps.sh

# --- compiling and linking (V=1 shows the commands)

Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)')

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

$(BUILD)/libcatbox.a: $(call obj,$(LIB_SRC))
	@rm -f $@
	$(call say,AR $@)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/libcatbox.so: $(call obj,$(LIB_SRC))
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) -shared -Wl,-soname,libcatbox.so.0 -Wl,-z,relro,-z,now $(LDFLAGS) $^ -o $@ $(CORE_LIBS)

$(BUILD)/catbox: $(call obj,$(CLI_SRC)) $(BUILD)/libcatbox.a
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) $(LDHARDEN) $(LDFLAGS) $^ -o $@ $(CORE_LIBS)

$(BUILD)/catbox-harness: $(call obj,$(HARNESS_SRC)) $(BUILD)/libcatbox.a
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) $(LDHARDEN) $(LDFLAGS) $^ -o $@ $(HARNESS_LIBS)

$(BUILD)/unit: $(call obj,$(UNIT_SRC) $(filter-out harness/main.c,$(HARNESS_SRC))) $(BUILD)/libcatbox.a
	$(call say,LD $@)
	$(Q)$(CC) $(OPT) $(LDHARDEN) $(LDFLAGS) $^ -o $@ -lcunit $(HARNESS_LIBS)

# probes are what a tracee runs: plain programs, without sanitizers
$(BUILD)/probes/%: fixtures/probes/%.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARN) -Wno-missing-prototypes $< -o $@ -lpthread -lutil

$(BUILD)/probes/%-static: fixtures/probes/%.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARN) -Wno-missing-prototypes -static $< -o $@ -lpthread -lutil

probes: $(PROBES) $(PROBES_STATIC)

.PHONY: all programs deps probes
.DEFAULT_GOAL := all
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
