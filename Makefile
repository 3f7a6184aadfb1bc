# SPDX-License-Identifier: LGPL-2.1-or-later
# make            everything that is installed, in build/
# make check      unit tests, fuzz corpora and the simulated laptop
# make lab        the scenarios on a real kernel with a real libvirtd, in QEMU
# make lint       formatting, static analysis, shell scripts
# make bench      what it costs, against what a user would have otherwise
# make dist       the source as a tarball; from it make deb, make rpm, make arch: packages, in build/packages
# make fuzz       the parsers under libFuzzer, FUZZ_SECONDS each
# Variants: make SANITIZE=1 BUILD=build/asan, make CC=clang BUILD=build/clang, make WERROR=1

VERSION  := 1.0.0
PREFIX   ?= /usr
SBINDIR  := $(PREFIX)/sbin
SYSCONF  := /etc
UNITDIR  := $(PREFIX)/lib/systemd/system
UDEVDIR  := $(PREFIX)/lib/udev
MANDIR   := $(PREFIX)/share/man
DOCDIR   := $(PREFIX)/share/doc/gpu-handoff
# Where AppArmor lets QEMU read.
TABLEDIR := $(PREFIX)/share/qemu/gpu-handoff
BUILD    ?= build
CC       ?= cc
FUZZ_SECONDS ?= 60

WARN     := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wmissing-prototypes -Wstrict-prototypes \
            -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wold-style-definition
HARDEN   := -fPIE -fstack-protector-strong -fstack-clash-protection $(if $(filter x86_64 i386 i686,$(shell uname -m)),-fcf-protection)
LDHARDEN := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed -Wl,--gc-sections
ifdef SANITIZE
OPT      := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
OPT      := -O2 -g
# a distribution's flags may bring it, and at another level
HARDEN   += $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-D_FORTIFY_SOURCE=2)
endif
ifdef LIBFUZZER
OPT      += -fsanitize=fuzzer-no-link
endif
ifdef WERROR
WARN     += -Werror
endif
XML2     := $(shell pkg-config --variable=includedir libxml-2.0 2>/dev/null || echo /usr/include)/libxml2
CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Ihelpers/lib -isystem $(XML2) -DVERSION='"$(VERSION)"' -DSBINDIR='"$(SBINDIR)"' -DMANDIR='"$(MANDIR)"' -DTABLEDIR='"$(TABLEDIR)"'
CFLAGS   += -std=gnu11 $(OPT) $(WARN) $(HARDEN) -ffunction-sections -fdata-sections
LDFLAGS  += $(LDHARDEN)

# A program is gpu-handoff- plus its source file's name; hooks/qemu.c is the gate.
HELPERS  := acpi boot doctor guest take give-back status vbios vgpu
CLAIM    := $(BUILD)/gpu-handoff-claim
PROGRAMS := $(BUILD)/gpu-handoff $(BUILD)/gpu-handoff-qemu $(HELPERS:%=$(BUILD)/gpu-handoff-%)
LIBSRC   := $(wildcard helpers/lib/*/*.c)
LIB      := $(BUILD)/libgpu-handoff.a
# --as-needed keeps of these what a program uses; tests/run reads the ELF and compares.
LIBS     := -lexpat -linih -lkmod -lxml2 -lvirt -ludev -ljson-c -larchive -llzma -lz
UNITS    := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
FUZZERS  := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
BENCHES  := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
MANUALS  := $(patsubst %.scd,$(BUILD)/man/%,$(notdir $(wildcard helpers/*.scd hooks/*.scd udev/*.scd conf/*.scd)))
LAPTOP   := $(addprefix $(BUILD)/laptop/,laptop systemctl hold snapshot inject peak)
# Tables for guests that are the same for everybody.
TABLES   := $(addprefix $(BUILD)/tables/,battery.aml vbios.aml)
# Completions of shells: the program that they ask, and what makes each of them ask it.
COMPLETIONS := $(addprefix $(BUILD)/completions/,complete bash zsh fish)

.PHONY: laptop benches all check units lab lint bench fuzz fuzzers install uninstall dist deb rpm arch clean tests
all: $(PROGRAMS) $(CLAIM) $(MANUALS) $(TABLES) $(COMPLETIONS)
tests: all $(UNITS) $(FUZZERS) $(LAPTOP)
laptop: $(LAPTOP)
units: $(UNITS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(LIB): $(LIBSRC:%.c=$(BUILD)/%.o)
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/gpu-handoff: $(BUILD)/helpers/gpu-handoff.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
$(BUILD)/gpu-handoff-qemu: $(BUILD)/hooks/qemu.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
$(CLAIM): $(BUILD)/udev/claim.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/gpu-handoff-%: $(BUILD)/helpers/%.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka
# A fuzz target is linked with libFuzzer (make fuzz), or runs once for each file that it is given.
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(if $(LIBFUZZER),,$(BUILD)/tests/fuzz/main/corpus.o) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $(if $(LIBFUZZER),-fsanitize=fuzzer) -o $@ $^ $(LIBS)
fuzz:
	$(MAKE) CC=clang SANITIZE=1 LIBFUZZER=1 BUILD=$(BUILD)/fuzzer fuzzers
	set -e; for name in $(notdir $(FUZZERS)); do \
		mkdir -p $(BUILD)/fuzzer/found/$$name; \
		$(BUILD)/fuzzer/fuzz/$$name -max_total_time=$(FUZZ_SECONDS) -verbosity=0 -print_final_stats=1 \
			-artifact_prefix=$(BUILD)/fuzzer/found/$$name- $(BUILD)/fuzzer/found/$$name tests/fuzz/corpus/$$name; \
	done
fuzzers: $(FUZZERS)
benches: $(BENCHES)
$(BUILD)/laptop/laptop: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/laptop/model/*.c))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs fuse3 libseccomp) -lpthread
$(BUILD)/tests/laptop/model/%.o: CPPFLAGS += $(shell pkg-config --cflags fuse3 libseccomp 2>/dev/null) -Itests/laptop/model
$(BUILD)/laptop/%: $(BUILD)/tests/laptop/%.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
# An archive: a program gets of it what it calls, and returns.c nothing.
MEASURE  := $(BUILD)/bench/measure.a
$(MEASURE): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/measure/*.c))
	@mkdir -p $(@D)
	$(AR) rcs $@ $^
$(BUILD)/tests/bench/%.o: CPPFLAGS += -Itests/bench
$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(MEASURE) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/tables/%.aml: $(BUILD)/gpu-handoff-acpi
	@mkdir -p $(@D)
	$< $* >$@.new
	@mv -f $@.new $@
$(BUILD)/completions/%: packaging/completions/% packaging/completions/commands
	@mkdir -p $(@D)
	awk 'NR == FNR {if (!/^#/) table = table $$0 "\n"; next} /^@COMMANDS@$$/ {printf "%s", table; next} 1' \
		packaging/completions/commands $< >$@.new
	@mv -f $@.new $@
# scdoc begins paragraphs where none follows, which checkers of pages complain about.
define page
	@mkdir -p $(@D)
	scdoc <$< >$@.scdoc
	@awk '/^\.P$$/ {held = !heading; next} /^\.RE$$/ {print; next} held && !/^\.S[HS] / {print ".P"} \
		{held = 0; heading = /^\.S[HS] /; print}' $@.scdoc >$@.new
	@rm $@.scdoc && mv -f $@.new $@
endef
$(BUILD)/man/%: helpers/%.scd
	$(page)
$(BUILD)/man/%: hooks/%.scd
	$(page)
$(BUILD)/man/%: udev/%.scd
	$(page)
$(BUILD)/man/%: conf/%.scd
	$(page)
-include $(shell find $(BUILD)/helpers $(BUILD)/hooks $(BUILD)/udev $(BUILD)/tests -name "*.d" 2>/dev/null)

# New files come by rename: libvirt may execute the hook at any moment.
define put
	install -d $(DESTDIR)$(2)
	for f in $(1); do install -m $(3) $$f $(DESTDIR)$(2)/.new && \
		mv -f $(DESTDIR)$(2)/.new $(DESTDIR)$(2)/$${f##*/} || exit 1; done
endef

UNITFILES := $(wildcard packaging/systemd/*)
RULES     := $(wildcard udev/*.rules)
HOOKLINK  := $(SYSCONF)/libvirt/hooks/qemu.d/50-gpu-handoff
PROFILE   := $(SYSCONF)/apparmor.d/gpu-handoff
# What the makers of initramfs images read, FILE:PATH:MODE; some of them are on some systems only.
IMAGEMAKERS ?= initramfs-tools dracut mkinitcpio
IMAGETOOLS := $(filter early:% $(IMAGEMAKERS:%=%/%),early:/usr/lib/gpu-handoff/early:755 \
	mkinitcpio/early.service:/usr/lib/gpu-handoff/early.service:644 \
	initramfs-tools/hook:/usr/share/initramfs-tools/hooks/gpu-handoff:755 \
	initramfs-tools/init-top:/usr/share/initramfs-tools/scripts/init-top/gpu-handoff:755 \
	dracut/module-setup.sh:/usr/lib/dracut/modules.d/90gpu-handoff/module-setup.sh:755 \
	dracut/gpu-handoff.sh:/usr/lib/dracut/modules.d/90gpu-handoff/gpu-handoff.sh:755 \
	mkinitcpio/install:/usr/lib/initcpio/install/gpu-handoff:644 \
	mkinitcpio/hook:/usr/lib/initcpio/hooks/gpu-handoff:644)
IMAGEPATHS := $(foreach tool,$(IMAGETOOLS),$(word 2,$(subst :, ,$(tool))))

# FILE:PATH:MODE; of zsh, Debian's own functions look elsewhere than others do.
ZSHDIR    ?= $(PREFIX)/share/zsh/$(if $(wildcard /etc/debian_version),$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions),site-functions)
# On Debian /usr/sbin is not in everybody's PATH, and everybody may ask for the status.
BINLINK   ?= $(if $(wildcard /etc/debian_version),$(filter-out $(SBINDIR)/gpu-handoff,$(PREFIX)/bin/gpu-handoff))
COMPLETE  := complete:$(PREFIX)/lib/gpu-handoff/complete:755 \
	bash:$(PREFIX)/share/bash-completion/completions/gpu-handoff:644 \
	zsh:$(ZSHDIR)/_gpu-handoff:644 \
	fish:$(PREFIX)/share/fish/vendor_completions.d/gpu-handoff.fish:644
# What the scripts of packages call.
LIFECYCLE := $(PREFIX)/lib/gpu-handoff/lifecycle
COMPLETEPATHS := $(foreach tool,$(COMPLETE),$(word 2,$(subst :, ,$(tool))))

install: all
	$(call put,$(PROGRAMS),$(SBINDIR),755)
	$(if $(BINLINK),install -d $(DESTDIR)$(dir $(BINLINK)) && \
		ln -sfn ../$(notdir $(SBINDIR))/gpu-handoff $(DESTDIR)$(BINLINK))
	$(call put,$(UNITFILES),$(UNITDIR),644)
	sed -i 's,/usr/sbin/,$(SBINDIR)/,' $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(UNITFILES)))
	$(call put,$(CLAIM),$(UDEVDIR),755)
	$(call put,$(RULES),$(UDEVDIR)/rules.d,644)
	sed -i 's,/usr/lib/udev/,$(UDEVDIR)/,' $(addprefix $(DESTDIR)$(UDEVDIR)/rules.d/,$(notdir $(RULES)))
	$(call put,$(filter %.8,$(MANUALS)),$(MANDIR)/man8,644)
	$(call put,$(filter %.5,$(MANUALS)),$(MANDIR)/man5,644)
	$(call put,$(TABLES),$(TABLEDIR),644)
	$(call put,README.md packaging/NEWS.md packaging/COPYING packaging/status.schema.json,$(DOCDIR),644)
	install -d $(DESTDIR)$(SYSCONF)
	test -e $(DESTDIR)$(SYSCONF)/gpu-handoff.conf || \
		install -m 644 conf/gpu-handoff.conf $(DESTDIR)$(SYSCONF)/gpu-handoff.conf
	install -d -m 755 $(DESTDIR)$(dir $(HOOKLINK))
	ln -sfn $(SBINDIR)/gpu-handoff-qemu $(DESTDIR)$(HOOKLINK).new
	mv -fT $(DESTDIR)$(HOOKLINK).new $(DESTDIR)$(HOOKLINK)
	$(call put,packaging/apparmor/gpu-handoff,$(dir $(PROFILE)),644)
	sed -i 's,/usr/sbin/,$(SBINDIR)/,; s,/usr/lib/udev/,$(UDEVDIR)/,' $(DESTDIR)$(PROFILE)
	set -e; for tool in $(IMAGETOOLS); do \
		to=$(DESTDIR)$${tool#*:}; mode=$${to##*:}; to=$${to%:*}; install -d $${to%/*}; \
		sed 's,/usr/sbin/,$(SBINDIR)/,' packaging/initramfs/$${tool%%:*} >$$to.new; \
		chmod $$mode $$to.new; mv -f $$to.new $$to; done
	set -e; for tool in $(COMPLETE); do \
		to=$(DESTDIR)$${tool#*:}; mode=$${to##*:}; to=$${to%:*}; install -d $${to%/*}; \
		sed 's,/usr/sbin,$(SBINDIR),; s,/usr/lib/gpu-handoff,$(PREFIX)/lib/gpu-handoff,' \
			$(BUILD)/completions/$${tool%%:*} >$$to.new; \
		chmod $$mode $$to.new; mv -f $$to.new $$to; done
	$(call put,packaging/lifecycle,$(dir $(LIFECYCLE)),755)
	sed -i 's,/usr/sbin/,$(SBINDIR)/,' $(DESTDIR)$(LIFECYCLE)

# Leaves a configuration that was edited, and directories that hold something else.
uninstall:
	rm -f $(DESTDIR)$(HOOKLINK) $(addprefix $(DESTDIR),$(BINLINK)) \
		$(addprefix $(DESTDIR)$(SBINDIR)/,$(notdir $(PROGRAMS))) \
		$(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(UNITFILES))) \
		$(DESTDIR)$(UDEVDIR)/$(notdir $(CLAIM)) \
		$(addprefix $(DESTDIR)$(UDEVDIR)/rules.d/,$(notdir $(RULES))) \
		$(addprefix $(DESTDIR)$(MANDIR)/man8/,$(notdir $(filter %.8,$(MANUALS)))) \
		$(addprefix $(DESTDIR)$(MANDIR)/man5/,$(notdir $(filter %.5,$(MANUALS))))
	rm -f $(DESTDIR)$(PROFILE)
	rm -f $(addprefix $(DESTDIR),$(IMAGEPATHS))
	rm -f $(addprefix $(DESTDIR),$(COMPLETEPATHS)) $(DESTDIR)$(LIFECYCLE)
	rm -f $(addprefix $(DESTDIR)$(TABLEDIR)/,$(notdir $(TABLES)))
	rm -rf $(DESTDIR)$(DOCDIR)
	! cmp -s conf/gpu-handoff.conf $(DESTDIR)$(SYSCONF)/gpu-handoff.conf || \
		rm -f $(DESTDIR)$(SYSCONF)/gpu-handoff.conf
	for d in $(dir $(HOOKLINK)) $(dir $(PROFILE)) $(dir $(IMAGEPATHS)) $(dir $(COMPLETEPATHS)) $(SBINDIR) $(dir $(BINLINK)) $(UNITDIR) $(UDEVDIR)/rules.d $(MANDIR)/man8 $(MANDIR)/man5 $(TABLEDIR) $(dir $(DOCDIR)); do \
		rmdir -p --ignore-fail-on-non-empty $(DESTDIR)$$d 2>/dev/null || true; done

DIST     := $(BUILD)/gpu-handoff-$(VERSION).tar.xz
dist:
	packaging/dist $(VERSION) $(DIST)
# Packages are made from the tarball, below build/, and end in build/packages.
PACKAGES := $(BUILD)/packages
deb: dist
	packaging/build-deb $(VERSION) $(DIST) $(PACKAGES)
rpm: dist
	packaging/build-rpm $(VERSION) $(DIST) $(PACKAGES)
arch: dist
	packaging/build-arch $(VERSION) $(DIST) $(PACKAGES)

check:
	tests/run check
lab:
	tests/run lab
lint:
	tests/run lint
bench:
	tests/run bench

clean:
	rm -rf build
