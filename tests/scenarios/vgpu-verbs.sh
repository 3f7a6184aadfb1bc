# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# gpu-handoff vgpu, by hand: vGPUs are listed, made and removed, and those in use are left.
. tests/scenarios/status-lib.sh
second=${vgpu/af/bf}
third=${vgpu/af/cf}
igpu=0000:00:02.0
hint="nothing more of it is touched until it does (close what uses it, else reboot)"

vgpu() {
	answer gpu-handoff vgpu "$@"
}

anybody() { # anybody COMMAND...: as a user that is not root
	unshare -U "$@"
}

vgpus() { # those that exist, and their types
	local path
	for path in /sys/bus/mdev/devices/*; do
		[ ! -e "$path" ] || echo "${path##*/} $(basename "$(readlink "$path/mdev_type")")"
	done
}

# refuses NAME MESSAGE ARGUMENT...: that is said, and the machine stays as it is
refuses() {
	local before
	before=$(machine)
	same "$1" "status 1
gpu-handoff-vgpu: $2" "$(vgpu "${@:3}")"
	as_before "$1, and nothing is changed" "$before"
}

# makes_and_removes: the same on every machine with GVT-g
makes_and_removes() {
	local before uuid
	before=$(machine)
	same "a type" "status 0
$vgpu" "$(vgpu create i915-GVTg_V5_4 $vgpu)"
	same "it is there" "$vgpu i915-GVTg_V5_4" "$(vgpus)"
	same "it is no guest's" "" "$(undo_files)"
	same "it goes" "status 0" "$(vgpu remove $vgpu)"
	as_before "the machine is as before" "$before"
	uuid=$(gpu-handoff vgpu create auto)
	same "auto is the largest share; the UUID is random" "$uuid i915-GVTg_V5_4" "$(vgpus)"
	same "it is one of version 4" 1 "$(grep -cE \
		'^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' <<<"$uuid")"
	gpu-handoff vgpu remove $uuid
	same "another time it is another" "other" \
		"$([ "$(gpu-handoff vgpu create auto)" = "$uuid" ] || echo other)"
	gpu-handoff vgpu remove "$(vgpus | cut -d ' ' -f 1)"
	gpu-handoff vgpu create i915-GVTg_V5_8 $vgpu >$scratch/out
	same "auto takes what has room" "status 0
$second" "$(vgpu create --parent $igpu auto ${second^^})"
	same "both are there" "$vgpu i915-GVTg_V5_8
$second i915-GVTg_V5_8" "$(vgpus)"
	same "both go" "status 0" "$(vgpu remove $vgpu ${second^^})"
	as_before "the machine is as before" "$before"
}

#: r720 --load kvmgt : by_hand_on_the_r720
by_hand_on_the_r720() {
	makes_and_removes
}

#: muxed --load kvmgt : by_hand_on_a_muxed_one
by_hand_on_a_muxed_one() {
	makes_and_removes
}

#: r720 --load kvmgt : cannot_be_made
cannot_be_made() {
	local word
	refuses "a type that there is not" "type i915-GVTg_V5_1 is not offered by any GPU of this host; gpu-handoff \
vgpu list shows the types" create i915-GVTg_V5_1
	refuses "a GPU without that type" "type i915-GVTg_V5_1 is not offered by $igpu; gpu-handoff vgpu list \
shows the types" create --parent $igpu i915-GVTg_V5_1
	for word in i915-GVTg_V5_8 auto; do
		refuses "a GPU that makes none, $word" "0000:01:00.0 makes no vGPUs (there is no \
/sys/class/mdev_bus/0000:01:00.0); see gpu-handoff doctor" create --parent 0000:01:00.0 $word
	done
	refuses "a name that is a path" "../i915-GVTg_V5_8 cannot be the name of a type" create \
		../i915-GVTg_V5_8
	tell "fail */create ENOSPC 1"
	refuses "the kernel has no room" "vGPU $vgpu of type $igpu/i915-GVTg_V5_4 could not be created: the \
GPU has no room left for one of this type (other vGPUs hold it, or it is fragmented); remove vGPUs, \
choose a smaller type= in gpu-handoff.conf(5), or reboot" create i915-GVTg_V5_4 $vgpu
	gpu-handoff vgpu create i915-GVTg_V5_4 $vgpu >$scratch/out
	refuses "one that is there" "vGPU $vgpu exists already, as $igpu/i915-GVTg_V5_4; choose another \
UUID" create i915-GVTg_V5_4 $vgpu
	refuses "no room for that type" "type i915-GVTg_V5_8 has no free instance; choose another one \
(gpu-handoff vgpu list), or remove vGPUs that nobody uses" create i915-GVTg_V5_8 $second
	refuses "no room for any" "vGPU $second cannot be made: no type has a free instance; stop another \
guest that has a vGPU, or remove vGPUs that nobody uses" create auto $second
}

#: r720 --load kvmgt : somebody_makes_it_first
somebody_makes_it_first() {
	tell "fail */create EEXIST 1"
	tell "on */create write $igpu/mdev_supported_types/i915-GVTg_V5_4/create $vgpu"
	same "EEXIST, the same type" "status 1
gpu-handoff-vgpu: vGPU $vgpu exists already, as $igpu/i915-GVTg_V5_4; choose another UUID" \
		"$(vgpu create i915-GVTg_V5_4 $vgpu)"
	same "that one stays" "$vgpu i915-GVTg_V5_4" "$(vgpus)"
	same "it is anybody's to remove" "status 0" "$(vgpu remove $vgpu)"
}

#: r720 : without_kvmgt
without_kvmgt() {
	local word
	for word in i915-GVTg_V5_8 auto; do
		refuses "no GPU offers types, $word" "vGPU $vgpu cannot be made: module kvmgt is not loaded; \
run modprobe kvmgt, and gpu-handoff doctor if that fails" create $word $vgpu
	done
}

#: r720 --load kvmgt : those_in_use_stay
those_in_use_stay() {
	local group pid
	refuses "one that there is not" "there is no vGPU $vgpu; gpu-handoff vgpu list shows those that \
there are" remove $vgpu
	guest Win11 $win11 $vgpu >$scratch/xml
	prepare Win11 <$scratch/xml
	refuses "a guest's" "$vgpu belongs to guest Win11 now; stop that guest first, or run gpu-handoff \
give-back $win11 if it does not run" remove $vgpu
	echo 1 >/sys/bus/mdev/devices/$vgpu/remove
	refuses "nor is a guest's made" "$vgpu belongs to guest Win11 now; stop that guest first, or run \
gpu-handoff give-back $win11 if it does not run" create auto $vgpu
	release Win11 <$scratch/xml
	gpu-handoff vgpu create i915-GVTg_V5_8 $vgpu >$scratch/out
	gpu-handoff vgpu create i915-GVTg_V5_8 $second >$scratch/out
	group=/dev/vfio/$(basename "$(readlink /sys/bus/mdev/devices/$vgpu/iommu_group)")
	pid=$(hold --path qemu-system-x86 $group)
	refuses "one that a QEMU has open" "vGPU $vgpu is in use by qemu-system-x86 (pid $pid, $group); \
stop that first" remove $vgpu
	same "the others go all the same" "status 1
gpu-handoff-vgpu: vGPU $vgpu is in use by qemu-system-x86 (pid $pid, $group); stop that first
gpu-handoff-vgpu: there is no vGPU $third; gpu-handoff vgpu list shows those that there are" \
		"$(vgpu remove $vgpu $third $second)"
	same "it stays" "$vgpu i915-GVTg_V5_8" "$(vgpus)"
	same "of it, remove was never written" "" "$(grep "$vgpu/remove" $laptop | grep -v 'remove "1\\n"')"
	kill $pid
	until_gone $pid
	mkdir -p /etc/mdevctl.d/$igpu
	touch /etc/mdevctl.d/$igpu/$vgpu
	refuses "one that mdevctl defines" "vGPU $vgpu is defined by mdevctl (/etc/mdevctl.d/$igpu/$vgpu); \
run mdevctl stop --uuid $vgpu" remove $vgpu
	rm /etc/mdevctl.d/$igpu/$vgpu
	same "and then it goes" "status 0" "$(vgpu remove $vgpu)"
	same "none is left" "" "$(vgpus)"
}

#: r720 --load kvmgt : opened_at_the_last_moment
opened_at_the_last_moment() {
	gpu-handoff vgpu create i915-GVTg_V5_8 $vgpu >$scratch/out
	tell "fail */remove EBUSY 1"
	refuses "the kernel refuses" "vGPU $vgpu could not be removed: a guest still has it open" \
		remove $vgpu
}

#: r720 --load kvmgt : the_kernel_does_not_answer
the_kernel_does_not_answer() {
	conf "[handoff]" "operation-timeout = 1" "busy-timeout = 1"
	tell "block */create 1"
	same "a create that does not return" "status 1
gpu-handoff-vgpu: $vgpu is stuck: the kernel has not returned from moving its mdev to \
$igpu/i915-GVTg_V5_8; $hint" "$(vgpu create i915-GVTg_V5_8 $vgpu)"
	same "it is not tried again" "status 1 1" "$(vgpu create i915-GVTg_V5_8 $vgpu | head -n 1) \
$(grep -c /create $laptop)"
	tell unblock
	until [ -e /sys/bus/mdev/devices/$vgpu ]; do :; done
	tell "block */remove 1"
	same "a remove that does not return" "status 1
gpu-handoff-vgpu: $vgpu is stuck: the kernel has not returned from moving its mdev to absent; $hint" \
		"$(vgpu remove $vgpu)"
	same "another vGPU is not hindered" "status 0
$second" "$(vgpu create auto $second)"
	tell unblock
	while [ -e /sys/bus/mdev/devices/$vgpu ]; do :; done
	same "in the end it is gone" "$second i915-GVTg_V5_8" "$(vgpus)"
	conf "[handoff]" "operation-timeout = never"
	same "a configuration with an error keeps nobody from it" "status 0" "$(vgpu remove $second)"
}

#: r720 --load kvmgt : not_by_anybody
not_by_anybody() {
	local before words
	before=$(machine)
	same "create" "status 1
gpu-handoff-vgpu: only root can make or remove a vGPU; run it with sudo" \
		"$(answer anybody gpu-handoff vgpu create auto)"
	same "remove" "status 1
gpu-handoff-vgpu: only root can make or remove a vGPU; run it with sudo" \
		"$(answer anybody gpu-handoff vgpu remove $vgpu)"
	same "no UUID" "status 2
gpu-handoff-vgpu: Win10 is not a UUID; uuidgen makes one" "$(vgpu create auto Win10)"
	same "none to remove" "status 2
gpu-handoff-vgpu: all is not a UUID; gpu-handoff vgpu list shows them" "$(vgpu remove $vgpu all)"
	same "wrong usage" "2 2 2 2 2 2 2 2" "$(for words in "" make "create auto $vgpu $second" remove \
		"remove --parent $igpu $vgpu" "create --boot $igpu auto" "create --boot $igpu --parent $igpu" \
		"create --parent $igpu"; do
		gpu-handoff vgpu $words >$scratch/out 2>&1
		echo $?
	done | xargs)"
	as_before "the machine is as before" "$before"
}

head="  type            free  low_gm_size  high_gm_size  resolution  fence  weight"

# offers V5_4 V5_8: what list shows of the Intel GPU with that many free instances
offers() {
	echo "$igpu
$head
  i915-GVTg_V5_4     $1        128MB         512MB   1920x1200      4       4
  i915-GVTg_V5_8     $2         64MB         384MB    1024x768      4       2"
}

# lists: the same on every machine with GVT-g
lists() {
	local group pid
	same "types alone" "status 0
$(offers 1 2)" "$(vgpu list)"
	gpu-handoff vgpu create i915-GVTg_V5_8 $vgpu >$scratch/out
	same "one of nobody's" "status 0
$(offers 0 1)

$vgpu  $igpu  i915-GVTg_V5_8
  nobody's" "$(vgpu list)"
	same "as the manual shows it" "$(awk '/^# gpu-handoff vgpu list/ {on = 1; next} /^```/ {on = 0} on' \
		helpers/gpu-handoff-vgpu.8.scd)" "$(gpu-handoff vgpu list)"
	guest $'Win\xc2\x9b11' $win11 $second >$scratch/xml
	prepare $'Win\xc2\x9b11' <$scratch/xml
	group=/dev/vfio/$(basename "$(readlink /sys/bus/mdev/devices/$second/iommu_group)")
	pid=$(hold --path qemu-system-x86 $group)
	mkdir -p /etc/mdevctl.d/$igpu
	touch /etc/mdevctl.d/$igpu/$vgpu
	same "a guest's, and one of mdevctl's" "status 0
$(offers 0 0)

$vgpu  $igpu  i915-GVTg_V5_8
  defined by mdevctl
$second  $igpu  i915-GVTg_V5_8
  guest Win\\xc2\\x9b11
  open in qemu-system-x86 (pid $pid, $group)" "$(vgpu list)"
	kill $pid
	until_gone $pid
	same "nobody else sees whose they are" "status 0
$(offers 0 0)

$vgpu  $igpu  i915-GVTg_V5_8
  defined by mdevctl
$second  $igpu  i915-GVTg_V5_8
  not known
gpu-handoff-vgpu: who uses the vGPUs is not all known: only root may read /run/gpu-handoff and what \
processes have open; run it with sudo" "$(answer anybody gpu-handoff vgpu list)"
	same "the list is as wide as a terminal" "" "$(vgpu list | grep '.\{81\}')"
}

#: r720 --load kvmgt : listed_on_the_r720
listed_on_the_r720() {
	lists
}

#: muxed --load kvmgt : listed_on_a_muxed_one
listed_on_a_muxed_one() {
	lists
}

#: r720 --load kvmgt : listed_in_other_words
listed_in_other_words() {
	local before
	tell "set $igpu/mdev_supported_types/i915-GVTg_V5_8/description num_heads=4, framebuffer=1024M\n"
	tell "fail-read */i915-GVTg_V5_4/available_instances EIO"
	before=$(machine)
	same "what a driver does not say is -" "status 0
$igpu
$head
  i915-GVTg_V5_4     -        128MB         512MB   1920x1200      4       4
  i915-GVTg_V5_8     2            -             -           -      -       -" "$(vgpu list)"
	as_before "nothing is changed" "$before"
}

#: one-gpu : listed_where_there_is_nothing
listed_where_there_is_nothing() {
	same "no GPU with types" "status 0
No GPU of this host offers vGPUs; gpu-handoff doctor says why." "$(vgpu list)"
	same "for anybody" "status 0
No GPU of this host offers vGPUs; gpu-handoff doctor says why." \
		"$(answer anybody gpu-handoff vgpu list)"
	same "stdout is full" "status 1
gpu-handoff-vgpu: not all could be printed: No space left on device" \
		"$(answer eval 'gpu-handoff vgpu list >/dev/full')"
	same "wrong usage" "2 2" "$(for words in "list $vgpu" "list --parent $igpu"; do
		gpu-handoff vgpu $words >$scratch/out 2>&1
		echo $?
	done | xargs)"
}

# of_schema <JSON: what of it is not as the schema's vgpu_list
of_schema() {
	jq -r --argjson schema "$(jq '{"$ref": "#/$defs/vgpu_list", "$defs"}' packaging/status.schema.json)" \
		"$validator"
}

#: r720 --load kvmgt : listed_for_programs
listed_for_programs() {
	local json group pid name=$'Win\xe2\x80\xae11'
	gpu-handoff vgpu create i915-GVTg_V5_8 $vgpu >$scratch/out
	guest $name $win11 $second >$scratch/xml
	prepare "Win11" <$scratch/xml
	group=/dev/vfio/$(basename "$(readlink /sys/bus/mdev/devices/$vgpu/iommu_group)")
	pid=$(hold --path qemu-system-x86 $group)
	json=$(gpu-handoff vgpu list --json)
	same "the object" "{\"version\":1,\"gpus\":[{\"address\":\"$igpu\",\"vgpu_types\":[\
{\"name\":\"i915-GVTg_V5_4\",\"available\":0,\"vfio_pci\":true,\"low_mb\":128,\"high_mb\":512,\"fence\":4,\
\"weight\":4,\"resolution\":\"1920x1200\"},\
{\"name\":\"i915-GVTg_V5_8\",\"available\":0,\"vfio_pci\":true,\"low_mb\":64,\"high_mb\":384,\"fence\":4,\
\"weight\":2,\"resolution\":\"1024x768\"}]}],\"vgpus\":[\
{\"uuid\":\"$vgpu\",\"parent\":\"$igpu\",\"type\":\"i915-GVTg_V5_8\",\"mdevctl\":false,\"moving\":false,\"stuck\":false,\"guest\":null,\
\"holders\":[{\"pid\":$pid,\"command\":\"qemu-system-x86\",\"path\":\"$group\"}],\"holders_omitted\":0},\
{\"uuid\":\"$second\",\"parent\":\"$igpu\",\"type\":\"i915-GVTg_V5_8\",\"mdevctl\":false,\"moving\":false,\"stuck\":false,\
\"guest\":\"$name\",\"holders\":[],\"holders_omitted\":0}],\
\"unseen\":{\"processes\":0,\"holders\":null,\"guests\":null}}" "$(jq -c . <<<"$json")"
	same "it is as its schema says" "" "$(of_schema <<<"$json")"
	same "which finds what is wrong" '.gpus[0]: no address
.vgpus[0].uuid: is null
.unseen.holders: is integer' "$(jq 'del(.gpus[0].address) | .vgpus[0].uuid = null | .unseen.holders = 1' \
		<<<"$json" | of_schema)"
	same "status has the same objects" "$(jq -c '[.gpus[].vgpu_types, .vgpus, .unseen]' <<<"$json")" \
		"$(gpu-handoff status --json | jq -c '[(.gpus[] | select(.vgpu_types != []).vgpu_types), .vgpus, .unseen]')"
	same "what is not seen is in it" true \
		"$(anybody gpu-handoff vgpu list --json | jq '.unseen.guests != null')"
	kill $pid
	until_gone $pid
	release "Win11" <$scratch/xml
	same "it goes with list alone" "2 2" "$(for words in "remove --json $vgpu" "create --json auto"; do
		gpu-handoff vgpu $words >$scratch/out 2>&1
		echo $?
	done | xargs)"
	same "stdout is full" "status 1
gpu-handoff-vgpu: not all could be printed: No space left on device" \
		"$(answer eval 'gpu-handoff vgpu list --json >/dev/full')"
}

#: one-gpu : listed_for_programs_where_there_is_nothing
listed_for_programs_where_there_is_nothing() {
	same "no GPU, no vGPU" '{"version":1,"gpus":[],"vgpus":[],"unseen":{"processes":0,"holders":null,"guests":null}}' \
		"$(gpu-handoff vgpu list --json | jq -c .)"
}
