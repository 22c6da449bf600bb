#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# ARP, ping and mail through the program: by rule, not without one, and byte by byte as they were sent.
set -u
. "$(dirname "$0")/lib.sh"
live_begin
live_wire postern

answers_arp() { inside $C arping -q -c 2 -w 2 -f -I c0 10.77.0.2; }

grep -v 'icmp:all' "$here/accept.rules" >"$L/no-icmp.rules"
NO_PING=1 live_postern "$L/no-icmp.rules"
check "ARP passes by its rule" answers_arp
check "ping does not pass without a rule" not live_pings
live_postern_end
check "frames without a rule are counted" [ "$(eve 'e.stats.drop.packet_policy > 0')" -ge 1 ]

grep -v 'arp:all' "$here/accept.rules" >"$L/no-arp.rules"
NO_PING=1 live_postern "$L/no-arp.rules"
check "ARP does not pass without a rule" not answers_arp
mac() { ip -n "$1" -br link show dev "$2" | awk '{ print $3 }'; }
ip -n $C neigh replace 10.77.0.2 lladdr "$(mac $S s0)" dev c0 nud permanent
ip -n $S neigh replace 10.77.0.1 lladdr "$(mac $C c0)" dev s0 nud permanent
check "ping passes by its rule" live_pings
ip -n $C neigh del 10.77.0.2 dev c0
ip -n $S neigh del 10.77.0.1 dev s0
live_postern_end

live_postern "$here/accept.rules"
live_postfix
sent=0
for kind in dots eight-bit attachments; do
	"$python" "$here/message.py" make $kind >"$L/$kind"
	check "swaks sends: $kind, $(stat -c %s "$L/$kind") bytes" \
		live_mail alice@corp.example.com bob@example.org --data "@$L/$kind"
	sent=$((sent + 1))
	check "... it arrives" live_arrived $sent 20
	check "... byte by byte" "$python" "$here/message.py" same "$L/$kind" -- "$L"/mail/all/new/*
done
check "one smtp event each" eve_until 3 5 "e.event_type == 'smtp'"
same "fileinfo events of the attachments" 2 "$(eve "e.fileinfo.filename in ('one.bin', 'two.bin')")"
same "the attachments' size" 2 "$(eve "e.fileinfo.size == 512 * 1024")"
live_postern_end
