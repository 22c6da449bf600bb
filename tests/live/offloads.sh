#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A host that leaves checksums to a network card that is not there: nothing but ping passes, and the
# program says what to do about it; after that, it works.
set -u
. "$(dirname "$0")/lib.sh"
live_begin
OFFLOADS_ON=1 live_wire postern
live_postfix
live_postern "$here/accept.rules"
check "a mail does not pass" not inside $C timeout 4 swaks --server 10.77.0.2 --timeout 3 \
	--from alice@corp.example.com --to bob@example.org
sleep 1.5 # said once a second at most
check "the program names the command" grep -q 'run: ethtool -K IFACE tx off' "$L/postern.log"
same "... once" 1 "$(grep -c 'tx off' "$L/postern.log")"
inside $C ethtool -K c0 tx off >/dev/null
inside $S ethtool -K s0 tx off >/dev/null
check "with that command the mail passes" live_mail alice@corp.example.com bob@example.org
check "... and arrives" live_arrived 1 10
live_postern_end
check "frames with wrong checksums are counted" [ "$(eve 'e.stats.drop.decode > 0')" -ge 1 ]

# Settings that break a wire without a word are said at the start.
inside $M ethtool -K dpc gro on
ip -n $M link set dps down
NO_PING=1 live_postern "$here/accept.rules"
check "GRO is named at the start" grep -q 'run: ethtool -K dpc gro off' "$L/postern.log"
check "an interface that is down is named" grep -q 'run: ip link set dps up' "$L/postern.log"
ip -n $M link set dps up
check "... and when it is up, frames pass" live_pings
live_postern_end

live_config 's/^  rx: 1/&\n  mtu: 9000/'
check "an MTU above the slots does not start" not inside $M timeout 10 "$POSTERN" -c "$L/postern.yaml" \
	--rules "$here/accept.rules"
check "... and says how large they must be" grep -q 'raise framesz= of the device to 10240' "$L/check.log"
