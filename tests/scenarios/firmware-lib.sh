# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Makes firmware byte by byte, as the UEFI Platform Initialization Specification has it (volume 3).
# What a function makes goes to stdout; what is within comes from stdin. $work is a directory.
# shellcheck disable=SC2034,SC2154
file=a0327fe0-1fda-4e5b-905d-b510c45a61d0
core=9e21fd93-9c72-4c15-8c4b-e77f1db2d792

little() { # little BYTES NUMBER
	local i value=$(($2)) text=
	for ((i = 0; i < $1; i++, value >>= 8)); do
		text+=$(printf '\\x%02x' $((value & 255)))
	done
	# shellcheck disable=SC2059
	printf "$text"
}

hex() { # hex DIGITS
	# shellcheck disable=SC2001,SC2059
	printf "$(sed 's/../\\x&/g' <<<"$1")"
}

guid() { # guid TEXT: the first three parts have their lowest byte first
	local a b c d e
	IFS=- read -r a b c d e <<<"$1"
	little 4 "0x$a" && little 2 "0x$b" && little 2 "0x$c" && hex "$d$e"
}

fill() { # fill COUNT BYTE, two hex digits
	head -c "$1" /dev/zero | tr '\0' "\\$(printf %o "0x$2")"
}

align() { # align BOUNDARY BYTE: stdin, filled up to a multiple
	local file=$work/align.$BASHPID
	cat >"$file"
	cat "$file"
	fill $((-$(stat -c %s "$file") & ($1 - 1))) "$2"
	rm "$file"
}

# The sum of stdin's numbers of SIZE bytes, negative, in as many bits.
checksum() { # checksum SIZE
	local sum=0 number
	for number in $(od -An -v -tu"$1"); do
		sum=$((sum + number))
	done
	echo $((-sum & ((1 << 8 * $1) - 1)))
}

section() { # section TYPE
	local file=$work/section.$BASHPID
	cat >"$file"
	little 3 $(($(stat -c %s "$file") + 4)) && little 1 "$1" && cat "$file"
	rm "$file"
}

guid_section() { # guid_section GUID ATTRIBUTES
	{ guid "$1" && little 2 24 && little 2 "$2" && cat; } | section 2
}

lzma_guid=ee4e5898-3914-4259-9d6e-dc7bd79403cf
lzma() {
	xz --format=lzma --stdout
}

compression_section() { # compression_section TYPE SIZE: SIZE is what will come out
	{ little 4 "$2" && little 1 "$1" && cat; } | section 1
}

ffs_file() { # ffs_file GUID TYPE
	local file=$work/file.$BASHPID head=$work/head.$BASHPID
	cat >"$file"
	{ guid "$1" && fill 2 00 && little 1 "$2" && fill 1 00 &&
		little 3 $(($(stat -c %s "$file") + 24)); } >"$head"
	{ head -c 16 "$head" && little 1 "$(checksum 1 <"$head")" && fill 1 aa && tail -c +19 "$head" &&
		fill 1 f8 && cat "$file"; } | align 8 ff
	rm "$file" "$head"
}

volume() { # volume [GUID]: the file system's
	local file=$work/volume.$BASHPID head=$work/volume-head.$BASHPID size
	cat >"$file"
	size=$(($(stat -c %s "$file") + 72))
	{ fill 16 00 && guid "${1:-8c8ce578-8a3d-4f1c-9935-896185c32dd3}" && little 8 $size && printf _FVH &&
		little 4 0x4feff && little 2 72 && fill 5 00 && fill 1 02 && little 4 1 && little 4 $size &&
		fill 8 00; } >"$head"
	head -c 50 "$head" && little 2 "$(checksum 2 <"$head")" && tail -c +53 "$head" && cat "$file"
	rm "$file" "$head"
}

capsule() { # capsule [GUID]
	local file=$work/capsule.$BASHPID
	cat >"$file"
	guid "${1:-6dcbd5ed-e82d-4c44-bda1-7194199ad92a}" && little 4 28 && little 4 0x50000 &&
		little 4 $(($(stat -c %s "$file") + 28)) && cat "$file"
	rm "$file"
}

# The program that unpacks itself, but for what it unpacks.
unpacker() {
	printf MZ && fill 150000 cc
}

zlib() { # from gzip, whose data are the same between another header and another checksum
	local file=$work/zlib.$BASHPID
	cat >"$file"
	hex 789c && gzip -9nc "$file" | tail -c +11 | head -c -8
	od -An -v -tu1 "$file" | awk '{for (i = 1; i <= NF; i++) {a = (a + $i) % 65521; b = (b + a + 1) % 65521}}
		END {printf "%04x%04x", b, (a + 1) % 65521}' | { read -r sum || true && hex "$sum"; }
	rm "$file"
}

# As in Dell's update programs.
dell_zlib() {
	local file=$work/dell.$BASHPID head=$work/dell-head.$BASHPID sum=0 byte
	zlib >"$file"
	{ little 4 "$(stat -c %s "$file")" && hex aaeeaa761becbb20f1e651; } >"$head"
	for byte in $(od -An -v -tu1 "$head"); do
		sum=$((sum ^ byte))
	done
	cat "$head" && little 1 $sum && cat "$file" && fill 16 ee
	rm "$file" "$head"
}

dell_list() {
	local file=$work/list.$BASHPID
	cat >"$file"
	printf PFS.HDR. && little 4 1 && little 4 "$(stat -c %s "$file")" && cat "$file"
	rm "$file"
}

dell_part() { # dell_part VERSION: with a signature of 8 bytes behind it
	local file=$work/part.$BASHPID
	cat >"$file"
	fill 16 11 && little 4 "$1" && fill 20 00 && little 4 "$(stat -c %s "$file")" && little 4 8 &&
		fill 8 00 && fill $((16 * $1)) 00 && cat "$file" && fill 8 22
	rm "$file"
}

block() { # block OFFSET [ATTRIBUTES]: of Intel's BIOS Guard
	local file=$work/block.$BASHPID
	cat >"$file"
	little 2 2 && little 2 0 && printf 'DELL            ' && little 4 "${2:-0}" && fill 4 00 && little 4 40 &&
		little 4 "$(stat -c %s "$file")" && fill 12 00
	fill 12 00 && little 4 "$1" && fill 12 00 && little 4 "$(stat -c %s "$file")" && fill 8 00
	cat "$file"
	rm "$file"
}

# As in AMI's updates: blocks in their order.
ami_blocks() {
	little 4 26 && fill 4 00 && printf _AMIPFAT && fill 1 00 && printf '1 BIOS\r\n\r' && cat
}

# Insyde turns each byte of its archives to the left by a bit.
turn() {
	local bytes
	bytes=$(od -An -v -tu1 | awk '{for (i = 1; i <= NF; i++)
		printf "%02x", $i * 2 % 256 + int($i / 128)}')
	hex "$bytes"
}

# LZMA behind the filter for x86 code: xz writes no header for that.
lzma_x86() {
	hex 5d00001000ffffffffffffffff
	xz --format=raw --x86 --lzma1=dict=1MiB --stdout
}
