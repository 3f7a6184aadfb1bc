# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# All that the doctor says of each machine, and the forms in which it says it.
# shellcheck source=tests/scenarios/doctor-lib.sh
. tests/scenarios/doctor-lib.sh

#: r720 --load kvmgt : laptop
laptop() {
	installed
	whole r720 --xml $recipe
}

#: muxed : switched_laptop
switched_laptop() {
	installed
	whole muxed
}

#: twins : desktop
desktop() {
	installed
	whole twins
}

#: one-gpu : single
single() {
	installed
	whole one-gpu
}

#: flex : server
server() {
	installed
	whole flex
}

#: r720 --load kvmgt : running
running() {
	local pid
	installed
	prepare Win10 <$recipe
	pid=$(hold --path qemu-system-x86 /dev/vfio/1)
	whole r720-running --xml $recipe
	kill $pid
	until_gone $pid
}

# What the JSON says, as the lines for a person.
as_lines() {
	sed -nE 's/^ +"(group|result|text|remedy)":"(.*)",?$/\1 \2/p' | sed 's/\\"/"/g' |
		awk '{ value = substr($0, length($1) + 2) }
			$1 == "group" && value != group { print (group ? "\n" : "") value; group = value }
			$1 == "result" { result = value }
			$1 == "text" { text = value }
			$1 == "remedy" { printf "  %-8s %s\n", result, text (value ? "; " value : "") }'
}

#: r720 : as_json
#: muxed : as_json
as_json() {
	same "JSON says the same" "$(gpu-handoff doctor)" "$(gpu-handoff doctor --json | as_lines)"
	gpu-handoff doctor --json >$scratch/json
	same "its head" '{
  "version":1,
  "lines":[
    {
      "group":"IOMMU and vfio",
      "check":"iommu-firmware",
      "result":"ok",
      "text":"VT-d is on in the firmware (ACPI table DMAR)",
      "remedy":""
    },' "$(head -n 10 $scratch/json)"
	rm -r /lib/modules/*
	same "errors make the exit status" 1 "$(gpu-handoff doctor --json >$scratch/json; echo $?)"
}

# terminal COMMAND: what it prints on one
terminal() {
	script -qec "stty cols 80; $1" /dev/null </dev/null | tr -d '\r'
}

#: r720 : on_a_terminal
on_a_terminal() {
	local plain shown escape=$'\e'
	installed
	plain=$(gpu-handoff doctor --xml $recipe)
	shown=$(terminal "NO_COLOR=1 gpu-handoff doctor --xml $recipe")
	same "no line is longer than 80 columns" "" "$(grep -E '^.{81}' <<<"$shown")"
	same "words are the same" "$(tr -s ' \n' '\n' <<<"$plain")" "$(tr -s ' \n' '\n' <<<"$shown")"
	same "lines go on below their text" "  note     0000:01:00.0 has no option ROM of its own; gpu-handoff vbios \
extract
           finds it in the firmware's update" "$(grep -A 1 "no option ROM" <<<"$shown")"
	same "no escape without colours" "" "$(grep -F "$escape" <<<"$shown")"
	shown=$(terminal "gpu-handoff doctor --xml $recipe")
	same "colours" "${escape}[1mIOMMU and vfio${escape}[0m
  ${escape}[32mok${escape}[0m       VT-d is on in the firmware (ACPI table DMAR)" "$(head -n 2 <<<"$shown")"
	same "no colour elsewhere" "" "$(grep -F "$escape" <<<"$plain")"
}

#: r720 : wrong_usage
wrong_usage() {
	local usage arguments
	usage=$(gpu-handoff doctor --help)
	for arguments in "a b" "--xml" "--xml a b" "--nothing"; do
		same "doctor $arguments" "status 2
$usage" "$(answer gpu-handoff doctor $arguments | grep -v "^gpu-handoff-doctor: \|^doctor: ")"
	done
}

ordinary="setpriv --reuid=65534 --regid=65534 --keep-groups"

#: r720 --load kvmgt : anybody
anybody() {
	local pid shown
	if ! $ordinary true 2>$scratch/ignored; then
		echo "skip anybody: there is only root inside, because the tests do not run as root"
		return
	fi
	installed
	file /sys/module/nvidia_drm/parameters/fbdev Y
	prepare Win10 <$recipe
	pid=$(hold --path qemu-system-x86 /dev/vfio/1)
	chmod 600 /etc/gpu-handoff.conf
	shown=$(answer $ordinary gpu-handoff doctor)
	same "what cannot be seen is said" "  note     only root may read i915.enable_gvt; the kernel's command line says 1
  note     only root may read i915.enable_guc
  note     what N processes hold cannot be seen; sudo gpu-handoff doctor
  note     only root may read /etc/gpu-handoff.conf
  note     what guests have cannot be seen: /run/gpu-handoff is root's; sudo gpu-handoff doctor" \
		"$(grep -E "only root|cannot be seen" <<<"$shown" | sed -E 's/what [0-9]+ processes/what N processes/')"
	same "and is no error" "status 0" "$(head -n 1 <<<"$shown")"
	kill $pid
	until_gone $pid
	release Win10 <$recipe
}
