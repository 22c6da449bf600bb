#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Other servers behind the program: Exim and OpenSMTPD. Debian installs one mail server at a time, so that their
# packages are unpacked into a cache folder and laid over /usr and /etc in a mount namespace of their own.
set -u
. "$(dirname "$0")/lib.sh"
cache=${XDG_CACHE_HOME:-/var/cache}/postern-tests
missing=0
live_begin
live_wire postern

# Fetched once; a folder of that name is only there when it is whole.
unpacked() { # NAME PACKAGE...
	local name=$1 deb
	shift
	[ -d "$cache/$name" ] && return
	mkdir -p "$cache" "$L/debs-$name" "$L/$name"
	(cd "$L/debs-$name" && timeout 60 apt-get -qq -o APT::Sandbox::User=root download "$@") \
		>"$L/apt.log" 2>&1 || { tail -n 3 "$L/apt.log"; return 1; }
	for deb in "$L/debs-$name"/*.deb; do dpkg -x "$deb" "$L/$name" || return 1; done
	mv "$L/$name" "$cache/$name"
}

# A server in $S that sees its package as if it were installed, its accounts, and an empty /var.
room_begin() { # NAME COMMAND...
	local name=$1 etc=$L/etc-$1 var=$L/var-$1
	shift
	mkdir -p "$etc" "$var/spool/exim4" "$var/spool/smtpd" "$var/log/exim4" "$var/lib/exim4" \
		"$var/lib/opensmtpd/empty" "$var/mail"
	{ grep -vE '^(Debian-exim|opensmtp[dq]):' /etc/passwd
	echo 'Debian-exim:x:64001:64001::/var/spool/exim4:/usr/sbin/nologin'
	echo 'opensmtpd:x:64002:64002::/var/lib/opensmtpd/empty:/usr/sbin/nologin'
	echo 'opensmtpq:x:64003:64003::/var/lib/opensmtpd/empty:/usr/sbin/nologin'; } >"$etc/passwd"
	{ grep -vE '^(Debian-exim|opensmtp[dq]):' /etc/group
	echo 'Debian-exim:x:64001:'; echo 'opensmtpd:x:64002:'; echo 'opensmtpq:x:64003:'; } >"$etc/group"
	chown -R 64001:64001 "$var/spool/exim4" "$var/log/exim4"
	chmod 711 "$var/spool/smtpd"
	ln -sfn /run "$var/run"
	background $S "$L/$name.log" bash -c '
		mount -t overlay -o "lowerdir=$1/usr:/usr" overlay /usr &&
		mount -t overlay -o "lowerdir=$2:$1/etc:/etc" overlay /etc &&
		mount --bind "$3" /var && mount -t tmpfs tmpfs /run || exit 77
		shift 3
		exec "$@"' room "$cache/$name" "$etc" "$var" "$@"
	room=${live_pids[-1]}
}

room_end() {
	kill "$room" 2>/dev/null
	wait "$room"
}

takes_mails() { # NAME: two mails of swaks, one of them in one breath
	rm -rf "${L:?}/mail"/all/*
	live_wait $C 10.77.0.2 25 || { fail "$1 answers"; cat "$L"/$1.log; return 1; }
	for kind in dots attachments; do
		check "$1: swaks sends: $kind" live_mail alice@corp.example.com bob@example.org \
			--data "@$L/$kind" $([ $kind = dots ] && echo --pipeline)
	done
	check "... they arrive" live_arrived 2 20
	check "... byte by byte" "$python" "$here/message.py" same "$L/dots" "$L/attachments" -- \
		"$L"/mail/all/new/*
	check "... a wrong sender is refused before it" not live_mail mallory@evil.example.net bob@example.org
}

mkdir -p "$L/mail/all"
chmod 777 "$L/mail/all"
chown nobody:nogroup "$L/mail/all"
for kind in dots attachments bulk; do "$python" "$here/message.py" make $kind >"$L/$kind"; done
live_postern "$top/rules/sender-validation.rules"

if unpacked exim exim4-daemon-light exim4-base libidn12; then
	mkdir -p "$L/etc-exim/exim4"
	cat >"$L/etc-exim/exim4/exim4.conf" <<-EOF2
	primary_hostname = mx.example.org
	local_interfaces = 10.77.0.2
	domainlist ours = example.org
	acl_smtp_rcpt = take
	pipelining_advertise_hosts = *
	chunking_advertise_hosts = *
	host_lookup =
	tls_advertise_hosts =
	log_file_path = /var/log/exim4/%s
	smtp_accept_max = 0
	begin acl
	take:
	  accept domains = +ours
	  deny
	begin routers
	all:
	  driver = accept
	  transport = store
	begin transports
	store:
	  driver = appendfile
	  directory = $L/mail/all
	  maildir_format
	  user = nobody
	  group = nogroup
	  return_path_add
	  delivery_date_add
	  envelope_to_add
	EOF2
	room_begin exim /usr/sbin/exim4 -bdf -q1m
	if takes_mails exim; then
		check "... BDAT, pipelined" inside $C timeout 60 "$python" "$here/talk.py" 10.77.0.2 25 bdat \
			"$L/bulk" alice@corp.example.com bob@example.org
		check "... arrives" live_arrived 3 20
		check "... byte by byte" "$python" "$here/message.py" same "$L/bulk" -- "$L"/mail/all/new/*
	fi
	room_end
else
	echo "exim: its package cannot be had"
	missing=$((missing + 1))
fi

if unpacked opensmtpd opensmtpd; then
	mkdir -p "$L/etc-opensmtpd"
	echo mx.example.org >"$L/etc-opensmtpd/mailname"
	cat >"$L/etc-opensmtpd/smtpd.conf" <<-EOF2
	table everybody { "@" = "nobody" }
	listen on 10.77.0.2
	action store maildir "$L/mail/all" user nobody virtual <everybody>
	match from any for domain "example.org" action store
	EOF2
	room_begin opensmtpd /usr/sbin/smtpd -d -f /etc/smtpd.conf
	takes_mails opensmtpd
	room_end
else
	echo "opensmtpd: its package cannot be had"
	missing=$((missing + 1))
fi
live_postern_end
[ $live_failed -ne 0 ] || [ $missing -eq 0 ] || skip "$missing of two servers could not be had"
