# SPDX-License-Identifier: BSD-3-Clause
# Shared by the live tests and the tool that makes the sample capture: network namespaces, a real
# Postfix of our own. Source it; everything it makes is taken away by live_end (trap EXIT).
#
#	live_begin			a scratch folder $L, names of namespaces $C $S $M
#	live_wire direct|postern	c0 (10.77.0.1) in $C and s0 (10.77.0.2) in $S, joined by a veth,
#					or each to a port (dpc, dps) in $M
#	live_postfix			a Postfix on 10.77.0.2:25 that stores mail below $L/mail/USER
#	inside NS COMMAND...		runs in that namespace

live_pids=()

live_need_root() {
	[ "$(id -u)" -eq 0 ] && ip netns add "postern-probe-$$" 2>/dev/null &&
		ip netns del "postern-probe-$$" && return
	echo "network namespaces need root: skipped"
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
	local pid
	[ -d "$L/postfix/etc" ] && inside $S postfix -c "$L/postfix/etc" stop >/dev/null 2>&1
	for pid in "${live_pids[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${live_pids[@]}"; do wait "$pid" 2>/dev/null; done
	for n in $C $S $M; do ip netns del $n 2>/dev/null; done
	[ -n "${KEEP:-}" ] && echo "kept: $L" || rm -rf "$L"
}

inside() {
	local ns=$1
	shift
	ip netns exec "$ns" "$@"
}

# Frames as they are on a wire: no checksum left to a device that does not exist.
live_offloads_off() { # NS DEVICE
	inside "$1" ethtool -K "$2" tx off gso off tso off gro off >/dev/null 2>&1
}

live_wire() { # direct|postern
	if [ "$1" = direct ]; then
		ip -n $C link add c0 type veth peer name s0 netns $S
	else
		ip -n $C link add c0 type veth peer name dpc netns $M
		ip -n $S link add s0 type veth peer name dps netns $M
		for d in dpc dps; do ip -n $M link set $d up promisc on; done
	fi
	[ -n "${OFFLOADS_ON:-}" ] || { live_offloads_off $C c0; live_offloads_off $S s0; }
	ip -n $C addr add 10.77.0.1/24 dev c0
	ip -n $S addr add 10.77.0.2/24 dev s0
	ip -n $C link set c0 up
	ip -n $S link set s0 up
}

# Mailboxes as files, one a message: what arrives can be compared byte by byte.
live_postfix() { # [main.cf line...]
	local etc=$L/postfix/etc line
	mkdir -p "$etc" "$L/postfix/queue" "$L/postfix/data" "$L/mail"
	chown postfix "$L/postfix/data"
	chown -R nobody:nogroup "$L/mail"
	cat >"$etc/main.cf" <<-EOF
	compatibility_level = 3.6
	queue_directory = $L/postfix/queue
	data_directory = $L/postfix/data
	multi_instance_name = postfix-live
	maillog_file = $L/postfix/log
	maillog_file_prefixes = $L
	inet_interfaces = 10.77.0.2
	inet_protocols = ipv4
	myhostname = mx.example.org
	mydestination =
	mynetworks = 127.0.0.0/8
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
	biff = no
	alias_maps =
	local_recipient_maps =
	EOF
	for line in "$@"; do printf '%s\n' "$line" >>"$etc/main.cf"; done
	cat >"$etc/master.cf" <<-EOF
	smtp      inet  n - n - - smtpd
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
	inside $S postfix -c "$etc" start >"$L/postfix/start.log" 2>&1 || {
		cat "$L/postfix/start.log"
		return 1
	}
	live_wait "$S" 10.77.0.2 25 || { cat "$L/postfix/log"; return 1; }
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
