#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Shapes of the dataplane on two CPUs: sending inline and by sender lcores, one worker and several behind a
# spreader. The same mails pass all of them.
set -u
. "$(dirname "$0")/lib.sh"
live_begin
live_wire postern
live_postfix
for kind in dots attachments; do "$python" "$here/message.py" make $kind >"$L/$kind"; done

shape() { # TEXT [PING-SIZE]
	rm -f "$L"/mail/all/new/*
	live_postern "$here/accept.rules"
	check "$1: the shape is as asked" grep -qE "ready: .*$1" "$L/postern.log"
	for kind in dots attachments; do
		check "... swaks sends: $kind" live_mail alice@corp.example.com bob@example.org \
			--data "@$L/$kind"
	done
	check "... both arrive" live_arrived 2 20
	check "... byte by byte" "$python" "$here/message.py" same "$L/dots" "$L/attachments" -- \
		"$L"/mail/all/new/*
	check "... 40 short sessions at a time" inside $C timeout 60 smtp-source -s 20 -m 40 -l 500 \
		-f alice@corp.example.com -t bob@example.org 10.77.0.2:25
	check "... arrive" live_arrived 42 20
	[ -z "${2:-}" ] || check "... a ping of $2 bytes, unfragmented" inside $C ping -q -c 1 -W 2 -M do \
		-s "$2" 10.77.0.2
	live_postern_end
	same "... one event each" 42 "$(eve "e.event_type == 'smtp' and e.postern.reply_code == 250")"
}

live_config
shape '1 worker polling, sending inline'

# The same from EAL's own options: three lcores on two CPUs.
live_config 's/^  tx: .*/  tx: 1/'
live_eal=(--lcores '0@0,1@1,2@0' --no-pci --no-huge -m 512 "--file-prefix=$M"
	--vdev net_af_packet0,iface=dpc,framesz=2048,blocksz=65536,framecnt=4096
	--vdev net_af_packet1,iface=dps,framesz=2048,blocksz=65536,framecnt=4096 --)
shape '1 worker polling, sender lcores'
live_eal=()

live_config 's/^  rx: 1/  rx: 2/' 's/^  tx: .*/  tx: 1/'
shape '2 workers behind a spreader, sender lcores'

# Large frames: slots of 16 KiB, MTU 9000 everywhere.
ip -n $C link set c0 mtu 9000
ip -n $S link set s0 mtu 9000
for d in dpc dps; do ip -n $M link set $d mtu 9000; done
live_config 's/^  rx: 1/&\n  mtu: 9000\n  mbufs: 8192/' 's/framesz=2048,framecnt=4096/framesz=16384,framecnt=512/'
shape '1 worker polling, sending inline' 8900
