# SPDX-License-Identifier: BSD-3-Clause
# Shared by the live tests and the tool that makes the sample capture: network namespaces, the program
# between them, a real Postfix of our own. Source it; everything it makes is taken away by live_end
# (trap EXIT), which also says what is wrong with a program that does not end well.
#
#	live_begin			a scratch folder $L, names of namespaces $C $S $M
#	live_wire direct|postern	c0 (10.77.0.1) in $C and s0 (10.77.0.2) in $S, joined by a veth,
#					or each to a port (dpc, dps) in $M
#	live_config [SED-SCRIPT...]	$L/postern.yaml, the shipped config/live-af-packet.yaml changed so
#	live_postern RULES [OPTION...]	the program on that wire, until it forwards
#	live_postern_end [SIGNAL]	ends it: exit code 0, and every frame accounted for
#	live_postfix [MAIN.CF LINE...]	a Postfix on 10.77.0.2:25 that stores mail below $L/mail/all
#	inside NS COMMAND...		runs in that namespace
#	check TEXT COMMAND...		one line: ok or FAIL
#	eve EXPRESSION			how many events of eve.json it holds for
#
# POSTERN names the program. KEEP=1 leaves the scratch folder.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
POSTERN=${POSTERN:-$top/build/app/postern/postern}
# Debian's own, as the build takes it.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
live_pids=()
live_failed=0
live_postern_pid=
live_eal=() # EAL options, "--" behind them; none: those of the configuration

ok() { echo "ok: $*"; }

fail() {
	echo "FAIL: $*"
	live_failed=$((live_failed + 1))
}

# check TEXT COMMAND...: whether the command succeeds.
check() {
	local text=$1
	shift
	if "$@" >>"$L/check.log" 2>&1; then ok "$text"; else fail "$text"; fi
}

# same TEXT WANTED FOUND
same() { if [ "$2" = "$3" ]; then ok "$1"; else fail "$1: wanted $2, found $3"; fi; }

not() { ! "$@"; }

skip() {
	echo "skipped: $*"
	live_failed=skip
	exit 77
}

live_need_root() {
	[ "$(id -u)" -eq 0 ] && ip netns add "postern-probe-$$" 2>/dev/null &&
		ip netns del "postern-probe-$$" && return
	echo "skipped: network namespaces need root"
	exit 77
}

live_begin() {
	live_need_root
	L=$(mktemp -d -t postern-live.XXXXXX)
	chmod 755 "$L"
	C=pc$$ S=ps$$ M=pm$$
	for n in $C $S $M; do
		ip netns add $n
		ip -n $n link set lo up
		ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1
	done
	trap live_end EXIT
}

live_end() {
	local code=$? pid
	set +e # all of it, whatever fails
	trap - EXIT
	[ -z "$live_postern_pid" ] || live_postern_end
	live_postfix_end $S "$L/postfix"
	live_postfix_end $C "$L/postfix-relay"
	for pid in "${live_pids[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${live_pids[@]}"; do wait "$pid" 2>/dev/null; done
	for n in $C $S $M; do
		live_left $n
		ip netns del $n 2>/dev/null
	done
	rm -rf "/run/dpdk/$M" # DPDK leaves it
	if [ -n "${KEEP:-}" ]; then echo "kept: $L"; else rm -rf "$L"; fi
	if [ "$live_failed" = skip ]; then exit 77; fi
	[ "$live_failed" -eq 0 ] || exit 1
	exit "$code"
}

# Whatever still runs in a namespace after 3 s is a fault of the test; it is ended.
live_left() { # NS
	local i left=
	for i in $(seq 30); do
		left=$(ip netns pids "$1" 2>/dev/null)
		[ -n "$left" ] || return
		sleep 0.1
	done
	fail "still running in a namespace: $(ps -o pid=,args= -p "${left//$'\n'/,}" | tr '\n' ';')"
	# shellcheck disable=SC2086
	kill $left
}

# In its namespace: elsewhere it would not find its own address, and refuse to stop.
live_postfix_end() { # NS DIR
	[ ! -d "$2/etc" ] || inside "$1" postfix -c "$2/etc" stop >"$2/stop.log" 2>&1 ||
		{ fail "Postfix stops"; cat "$2/stop.log"; }
}

inside() {
	local ns=$1
	shift
	ip netns exec "$ns" "$@"
}

# Runs until the end of the test; $! is the program itself, no shell around it.
background() { # NS LOG COMMAND...
	local ns=$1 log=$2
	shift 2
	ip netns exec "$ns" "$@" >"$log" 2>&1 </dev/null &
	live_pids+=($!)
}

# Frames as they are on a wire: no checksum left to a device that does not exist.
live_offloads_off() { # NS DEVICE
	inside "$1" ethtool -K "$2" tx off gso off tso off gro off >/dev/null 2>&1
}

live_address() {
	[ -n "${OFFLOADS_ON:-}" ] || { live_offloads_off $C c0; live_offloads_off $S s0; }
	ip -n $C addr add 10.77.0.1/24 dev c0
	ip -n $S addr add 10.77.0.2/24 dev s0
	ip -n $C link set c0 up
	ip -n $S link set s0 up
}

live_wire() { # direct|postern
	if [ "$1" = direct ]; then
		ip -n $C link add c0 type veth peer name s0 netns $S
	else
		ip -n $C link add c0 type veth peer name dpc netns $M
		ip -n $S link add s0 type veth peer name dps netns $M
		for d in dpc dps; do
			ip -n $M link set $d up promisc on
			[ -n "${OFFLOADS_ON:-}" ] || live_offloads_off $M $d
		done
	fi
	live_address
}

# The configuration that is shipped for such a wire, with this wire's names.
live_config() { # [SED-SCRIPT...]
	local script args=()
	for script in "$@"; do args+=(-e "$script"); done
	mkdir -p "$L/log"
	sed -e 's/iface=eth1/iface=dpc/' -e 's/iface=eth2/iface=dps/' \
		-e 's|192\.0\.2\.0/24|10.77.0.2/32|' -e "s|log-dir: .*|log-dir: $L/log|" \
		-e "s|socket: .*|socket: $L/control|" -e "s|^eal:|&\n  file-prefix: $M|" "${args[@]}" \
		"$top/config/live-af-packet.yaml" >"$L/postern.yaml"
}

live_postern() { # RULES [OPTION...]
	local rules=$1 i
	shift
	[ -x "$POSTERN" ] || { echo "FAIL: no program $POSTERN: build it, or set POSTERN"; exit 1; }
	[ -f "$L/postern.yaml" ] || live_config
	rm -f "$L"/log/*
	: >"$L/postern.log"
	ip netns exec $M "$POSTERN" "${live_eal[@]}" -c "$L/postern.yaml" --rules "$rules" "$@" \
		>"$L/postern.log" 2>&1 </dev/null &
	live_postern_pid=$!
	for i in $(seq 200); do
		grep -q 'ready: ' "$L/postern.log" && break
		kill -0 $live_postern_pid 2>/dev/null || break
		sleep 0.1
	done
	grep -q 'ready: ' "$L/postern.log" || {
		fail "the program starts"
		cat "$L/postern.log"
		kill -0 $live_postern_pid 2>/dev/null || live_postern_pid=
		exit 1
	}
	[ -n "${NO_PING:-}" ] || live_pings || {
		fail "the program forwards"
		cat "$L/postern.log"
		exit 1
	}
}

live_pings() { # within 5 s
	local i
	for i in $(seq 10); do
		inside $C ping -q -c 1 -W 0.5 10.77.0.2 >/dev/null 2>&1 && return
	done
	return 1
}

# Exit code 0 within 20 s, and in the last stats event every frame read is accepted or blocked.
live_postern_end() { # [SIGNAL]
	local pid=$live_postern_pid code i
	live_postern_pid=
	kill -"${1:-TERM}" "$pid" 2>/dev/null
	for i in $(seq 200); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	if kill -0 "$pid" 2>/dev/null; then
		fail "the program ends at a signal (${1:-TERM})"
		kill -KILL "$pid"
	fi
	wait "$pid"
	code=$?
	same "the program ends with exit code 0" 0 $code
	[ $code -eq 0 ] || cat "$L/postern.log"
	if "$python" "$here/eve.py" "$L/log/eve.json" balance >"$L/balance" 2>&1; then
		ok "balance: $(cat "$L/balance")"
	else
		fail "balance: $(cat "$L/balance")"
	fi
}

eve() { "$python" "$here/eve.py" "$L/log/eve.json" count "$1"; }

# Until as many events as wanted are written (files are flushed once a second); at most SECONDS.
eve_until() { # COUNT SECONDS EXPRESSION
	local i
	for i in $(seq $(($2 * 5))); do
		[ "$(eve "$3")" -ge "$1" ] && return
		sleep 0.2
	done
	return 1
}

live_postfix_services() {
	cat <<-EOF
	pickup    unix  n - n 60 1 pickup
	cleanup   unix  n - n - 0 cleanup
	qmgr      unix  n - n 300 1 qmgr
	rewrite   unix  - - n - - trivial-rewrite
	bounce    unix  - - n - 0 bounce
	defer     unix  - - n - 0 bounce
	trace     unix  - - n - 0 bounce
	verify    unix  - - n - 1 verify
	flush     unix  n - n 1000? 0 flush
	proxymap  unix  - - n - - proxymap
	smtp      unix  - - n - - smtp
	relay     unix  - - n - - smtp
	error     unix  - - n - - error
	retry     unix  - - n - - error
	discard   unix  - - n - - discard
	local     unix  - n n - - local
	virtual   unix  - n n - - virtual
	anvil     unix  - - n - 1 anvil
	scache    unix  - - n - 1 scache
	tlsmgr    unix  - - n 1000? 1 tlsmgr
	postlog   unix-dgram n - n - 1 postlogd
	EOF
}

# The part of main.cf that any Postfix of ours has.
live_postfix_base() { # DIR ADDRESS NAME
	mkdir -p "$1/etc" "$1/queue" "$1/data"
	chown postfix "$1/data"
	cat >"$1/etc/main.cf" <<-EOF
	compatibility_level = 3.6
	queue_directory = $1/queue
	data_directory = $1/data
	multi_instance_name = postfix-live
	maillog_file = $1/log
	maillog_file_prefixes = $L
	inet_interfaces = $2
	inet_protocols = ipv4
	myhostname = $3
	mydestination =
	mynetworks = 127.0.0.0/8
	biff = no
	alias_maps =
	local_recipient_maps =
	EOF
}

# Mailboxes as files, one a message: what arrives can be compared byte by byte.
live_postfix() { # [main.cf line...]
	local etc=$L/postfix/etc line
	live_postfix_base "$L/postfix" 10.77.0.2 mx.example.org
	mkdir -p "$L/mail"
	chown -R nobody:nogroup "$L/mail"
	cat >>"$etc/main.cf" <<-EOF
	virtual_mailbox_domains = example.org example.com corp.example.com
	virtual_mailbox_base = $L/mail
	virtual_mailbox_maps = static:all/
	virtual_minimum_uid = 1
	virtual_uid_maps = static:$(id -u nobody)
	virtual_gid_maps = static:$(id -g nobody)
	smtpd_recipient_restrictions = reject_unauth_destination
	smtpd_client_connection_count_limit = 0
	smtpd_client_connection_rate_limit = 0
	smtpd_peername_lookup = no
	smtpd_delay_reject = no
	EOF
	for line in "$@"; do printf '%s\n' "$line" >>"$etc/main.cf"; done
	{ echo "smtp inet n - n - - smtpd"; live_postfix_services; } >"$etc/master.cf"
	inside $S postfix -c "$etc" start >"$L/postfix/start.log" 2>&1 || {
		cat "$L/postfix/start.log"
		return 1
	}
	live_wait "$S" 10.77.0.2 25 || { cat "$L/postfix/log"; return 1; }
}

# A Postfix in the client's namespace that hands everything on to 10.77.0.2, as sendmail -C DIR takes it.
live_relay() { # [main.cf line...]
	local etc=$L/postfix-relay/etc line
	live_postfix_base "$L/postfix-relay" 10.77.0.1 relay.example.net
	printf '%s\n' 'relayhost = [10.77.0.2]' 'smtp_host_lookup = native' \
		'disable_dns_lookups = yes' "$@" >>"$etc/main.cf"
	live_postfix_services >"$etc/master.cf"
	inside $C postfix -c "$etc" start >"$L/postfix-relay/start.log" 2>&1 || {
		cat "$L/postfix-relay/start.log"
		return 1
	}
}

# Until a port of the namespace answers with a banner; at most 15 s.
live_wait() { # NS ADDRESS PORT
	local i
	for i in $(seq 150); do
		inside "$1" bash -c "exec 3<>/dev/tcp/$2/$3 && read -t 1 -r line <&3" 2>/dev/null && return
		sleep 0.1
	done
	echo "nobody answers on $2:$3"
	return 1
}

# Messages stored so far.
live_stored() { find "$L/mail" -type f -path '*/new/*' 2>/dev/null | wc -l; }

# Until COUNT messages are stored; at most SECONDS.
live_arrived() { # COUNT SECONDS
	local i
	for i in $(seq $(($2 * 10))); do
		[ "$(live_stored)" -ge "$1" ] && return
		sleep 0.1
	done
	return 1
}

# A mail from $C through the wire; further swaks options behind. Its output: $L/swaks.log.
live_mail() { # FROM TO [swaks-option...]
	local from=$1 to=$2
	shift 2
	inside $C timeout 60 swaks --server 10.77.0.2 --helo client.example.net --from "$from" \
		--to "$to" "$@" >"$L/swaks.log" 2>&1
}
