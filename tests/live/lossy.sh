#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A cable that loses, doubles and delays frames, on either side of the program: mail still arrives byte by byte.
#	LOSSY	the program of lossy.c
set -u
. "$(dirname "$0")/lib.sh"
lossy=${LOSSY:-$top/build/tests/live/lossy}
mails=20
live_begin

# c0 -- l0 =lossy= l1 -- dpc, and the same with l2, l3 on the server's side.
ip -n $C link add c0 type veth peer name l0 netns $M
ip -n $M link add l1 type veth peer name dpc
ip -n $S link add s0 type veth peer name l3 netns $M
ip -n $M link add l2 type veth peer name dps
for d in l0 l1 dpc dps l2 l3; do
	ip -n $M link set $d up promisc on
	live_offloads_off $M $d
done
live_address
mkdir "$L/sent"
for i in $(seq $mails); do "$python" "$here/message.py" make bulk $i >"$L/sent/$i"; done
live_postfix

cables=()
cables_begin() { # RATE-AT-CLIENT RATE-AT-SERVER SEED
	local before=${#live_pids[@]}
	background $M "$L/lossy0" "$lossy" l0 l1 "$3" "$1"
	background $M "$L/lossy1" "$lossy" l2 l3 "$3" "$2"
	cables=("${live_pids[@]:$before}")
}
cables_end() {
	kill "${cables[@]}"
	wait "${cables[@]}"
	cat "$L/lossy0" "$L/lossy1"
}

# So many of 1000 frames lost at the client's side, at the server's side.
bad_wire() { # RATE RATE SEED
	rm -f "$L"/mail/all/new/*
	cables_begin "$1" "$2" "$3"
	live_postern "$top/rules/sender-validation.rules"
	export C L
	seq $mails | xargs -P 5 -I {} bash -c 'ip netns exec "$C" timeout 90 swaks --server 10.77.0.2 \
		--helo client.example.net --from alice@corp.example.com --to bob@example.org \
		--data "@$L/sent/{}" --silent 3 >/dev/null 2>&1 || echo {}' >"$L/failed"
	same "lost of 1000: $1 before, $2 behind: all $mails are sent" "" "$(tr '\n' ' ' <"$L/failed")"
	check "... all arrive" live_arrived $mails 20
	check "... byte by byte, once" "$python" "$here/message.py" same "$L"/sent/* -- "$L"/mail/all/new/*
	same "... nothing else" $mails "$(live_stored)"
	check "... a wrong sender is refused" not live_mail mallory@evil.example.net bob@example.org --pipeline
	check "... before the server saw it" not grep -q 'evil' "$L/postfix/log"
	live_postern_end
	same "... no event lost" $mails "$(eve "e.event_type == 'smtp' and e.postern.reply_code == 250")"
	cables_end
}

bad_wire 10 0 1
bad_wire 50 0 2
bad_wire 10 50 3
