# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# gpu-handoff itself: it finds the program of a verb, its help, and the verb that was meant.

# instead FILE TEXT: in the scenario FILE, which is there, is a program of TEXT
instead() {
	printf '#!/bin/bash\n%s\n' "$2" >"$scratch/${1##*/}"
	chmod 755 "$scratch/${1##*/}"
	mount --bind "$scratch/${1##*/}" $1
}

# no_verb WORD ADVICE: so it is said of WORD
no_verb() {
	same "$1" "status 2
gpu-handoff: there is no verb $1; $2" "$(answer gpu-handoff "$1")"
}

#: one-gpu : verbs_are_executed
verbs_are_executed() {
	same "a verb" "$(gpu-handoff-vgpu --help)" "$(gpu-handoff vgpu --help)"
	same "its arguments and its exit status" "status 2" "$(answer gpu-handoff vgpu remove | head -n 1)"
	instead /usr/sbin/gpu-handoff-take "printf '<%s>' \"\$@\"; exit 7"
	same "all of them, as they are" "status 7
<--plan><><a b>" "$(answer gpu-handoff take --plan '' 'a b')"
	chmod 644 "$scratch/gpu-handoff-take"
	same "one that cannot be executed" "status 1
gpu-handoff: /usr/sbin/gpu-handoff-take cannot be executed: Permission denied" "$(answer gpu-handoff take)"
	mkdir $scratch/sbin
	cp /usr/sbin/gpu-handoff $scratch/sbin
	mount --bind $scratch/sbin /usr/sbin
	same "one that is not there" "status 1
gpu-handoff: there is no /usr/sbin/gpu-handoff-take; install gpu-handoff again" "$(answer gpu-handoff take)"
	umount /usr/sbin
	same "no verb is found by PATH" "status 2" "$(cp /bin/true $scratch/gpu-handoff-list
		PATH=$scratch:$PATH answer gpu-handoff list | head -n 1)"
	same "the version" "status 0
gpu-handoff $(sed -n 's/^VERSION *:= //p' Makefile)" "$(answer gpu-handoff --version)"
}

#: one-gpu : did_you_mean
did_you_mean() {
	local list="gpu-handoff --help lists them"
	no_verb tkae "did you mean take?"
	no_verb give "did you mean give-back?"
	no_verb give-bakc "did you mean give-back?"
	no_verb giveback "did you mean give-back?"
	no_verb vgpus "did you mean vgpu?"
	no_verb bios "did you mean vbios?"
	no_verb vb "did you mean vbios?"
	no_verb v "$list"
	no_verb frobnicate "$list"
	no_verb a-very-long-word-that-nobody-would-type-in-earnest "$list"
	no_verb ../../bin/true "$list"
	no_verb --plan "$list"
	no_verb "" "$list"
	same "nor is there help for it" "status 2
gpu-handoff: there is no verb tkae; did you mean take?" "$(answer gpu-handoff help tkae)"
	same "wrong usage" "2 2" "$(for words in "" "help take vgpu"; do
		gpu-handoff $words >$scratch/out 2>&1
		echo $?
	done | xargs)"
}

#: one-gpu : help_of_a_verb
help_of_a_verb() {
	local ending
	mount -t tmpfs none /usr/share/man
	mkdir /usr/share/man/man8 && ln -s /usr/share/man/man8 $scratch/pages
	same "without a page, of a verb" "status 0
$(gpu-handoff-take --help)" "$(answer gpu-handoff help take)"
	same "without a page, of all" "status 0
$(gpu-handoff --help)" "$(answer gpu-handoff help)"
	instead /usr/bin/man 'echo man "$@"'
	for ending in "" .gz .zst .xz .bz2; do
		touch $scratch/pages/gpu-handoff-take.8$ending
		same "with a page$ending" "status 0
man 8 gpu-handoff-take" "$(PATH=/nowhere answer /usr/sbin/gpu-handoff help take)"
		rm $scratch/pages/gpu-handoff-take.8$ending
	done
	touch $scratch/pages/gpu-handoff.8
	same "with a page, of all" "status 0
man 8 gpu-handoff" "$(answer gpu-handoff help)"
	same "another verb has none" "status 0
$(gpu-handoff-vgpu --help)" "$(answer gpu-handoff help vgpu)"
	touch $scratch/pages/gpu-handoff-take.8
	chmod 644 $scratch/man
	same "without man" "status 0
$(gpu-handoff-take --help)" "$(answer gpu-handoff help take)"
}
