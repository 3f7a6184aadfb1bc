# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2016
# What the scenarios of status share: names that are the same everywhere, and golden outputs.
golden=tests/data/status

# The hardware database of tests/data/status/names.hwdb alone, in the throwaway /etc.
pin_names() {
	mkdir -p "$scratch/root/etc/udev/hwdb.d" /etc/udev
	cp $golden/names.hwdb "$scratch/root/etc/udev/hwdb.d/"
	systemd-hwdb update --root="$scratch/root"
	cp "$scratch/root/etc/udev/hwdb.bin" /etc/udev/hwdb.bin
}

# The page, with N for every process.
page() {
	gpu-handoff status | sed -E 's/\(pid [0-9]+\)/(pid N)/'
}

# The object as jq writes it, with 0 for every process.
object() {
	gpu-handoff status --json | jq '(.. | objects | select(has("pid"))).pid = 0'
}

# golden NAME: all outputs are those in tests/data/status/NAME.*
golden() {
	same "the page" "$(cat $golden/"$1".txt)" "$(page)"
	same "no line is wider than 80 characters" "" \
		"$(gpu-handoff status | LC_ALL=C.UTF-8 grep -E '^.{81}' || true)"
	same "the object" "$(cat $golden/"$1".json)" "$(object)"
	same "the graph" "$(cat $golden/"$1".dot)" "$(gpu-handoff status --dot)"
	same "graphviz draws it" PNG "$(gpu-handoff status --dot | dot -Tpng 2>"$scratch/ignored" |
		head -c 4 | tail -c 3)"
	schema
}

# fields TITLE: the members below that line of JSON in gpu-handoff-status(8), as an object of types
fields() {
	awk -v title="$1" '/^# /{on = $0 == "# JSON"} !on{next}
		$0 == title || (title == "" && /^```/ && !seen){wait = 1}
		/^```/{if (body) exit; if (wait) {body = 1; seen = 1; next}}
		body{print $1, $2}' helpers/gpu-handoff-status.8.scd |
		jq -Rn '[inputs | split(" ") | {(.[0] | rtrimstr("[]")): .[1]}] | add'
}

# conforms PATH TITLE: what of the objects at PATH of the object on stdin is not as the page says
conforms() {
	jq -c --argjson fields "$(fields "$2")" "[$1] | .[]"' |
		if (keys_unsorted | sort) != ($fields | keys) then {members: keys_unsorted} else empty end,
		(to_entries[] | select((.value | type) as $is | ($fields[.key] // "none") as $said |
			$is != ($said | rtrimstr("?")) and
			($is != "null" or ($said | endswith("?") | not))))'
}

# The top level has members of members, too: they are looked at flat.
flat='{version, "wiring.kind": .wiring.kind, "wiring.evidence": .wiring.evidence, gpus, vgpus, guests,
	"unseen.processes": .unseen.processes, "unseen.holders": .unseen.holders,
	"unseen.guests": .unseen.guests}'

# The words of JSON Schema that packaging/status.schema.json uses; whatever is wrong, with its path.
validator='
def kind: if type == "number" and floor == . then "integer" else type end;
def wrong($schema; $root; $path):
	if $schema["$ref"] then wrong($root["$defs"][$schema["$ref"] | ltrimstr("#/$defs/")]; $root; $path)
	else . as $value
	| (if ($schema | has("const")) and $value != $schema.const then "\($path): not \($schema.const)"
		else empty end),
	  (if $schema.enum and ([$value] | inside($schema.enum) | not) then "\($path): \($value)" else empty end),
	  (if $schema.type and ($value | kind as $is | [$schema.type] | flatten | index($is) | not)
		then "\($path): is \($value | kind)" else empty end),
	  (if kind == "object" then ($schema.required // [] | .[]) as $key |
		select(has($key) | not) | "\($path): no \($key)" else empty end),
	  (if kind == "object" then ($schema.properties // {} | to_entries[]) as $member |
		select(has($member.key)) |
		.[$member.key] | wrong($member.value; $root; "\($path).\($member.key)") else empty end),
	  (if kind == "array" and $schema.items then range(length) as $i |
		.[$i] | wrong($schema.items; $root; "\($path)[\($i)]") else empty end)
	end;
wrong($schema; $schema; "")'

# validate <JSON: what is not as packaging/status.schema.json says
validate() {
	jq -r --argjson schema "$(<packaging/status.schema.json)" "$validator"
}

# The output is as the JSON section of gpu-handoff-status(8) says, member by member, and as the schema does.
schema() {
	local json
	json=$(gpu-handoff status --json)
	same "the object is as its schema says" "" "$(validate <<<"$json")"
	same "the object is as its page says" "" "$(
		conforms "$flat" "" <<<"$json"
		conforms ".gpus[]" "A GPU:" <<<"$json"
		conforms ".gpus[] | .functions[], .group_members[]" "A function or group member:" <<<"$json"
		conforms ".. | objects | .holders? // empty | arrays | .[]" "A holder, one process and one node:" <<<"$json"
		conforms ".gpus[].vgpu_types[]" "A vGPU type:" <<<"$json"
		conforms ".vgpus[]" "A vGPU:" <<<"$json"
		conforms ".guests[]" "A guest:" <<<"$json"
		conforms ".guests[].give_back[]" "A step:" <<<"$json"
		jq -c '[keys == ["gpus", "guests", "unseen", "version", "vgpus", "wiring"],
			(.wiring | keys) == ["evidence", "kind"],
			(.unseen | keys) == ["guests", "holders", "processes"], .version == 1] |
			select(all | not)' <<<"$json"
	)"
}
