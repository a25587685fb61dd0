#!/usr/bin/env bash
# Makes signed-nsec.zone and signed-nsec3.zone from signed.in, with BIND's tools.
#
# The keys are made anew each time and thrown away: nobody needs to change these zones, and a trust anchor can be
# taken from the DNSKEY with the flags 257. The signatures last until 2046, so that no test has an expiry date;
# ldns 1.8 alone takes dates after January 2038 for dates before 1970, and its ldns-verify-zone refuses them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT

sign() { # ORIGIN ALGORITHM OUTPUT OPTION...
    local origin=$1 algorithm=$2 output=$3
    shift 3
    dnssec-keygen -q -K "$keys" -a "$algorithm" -f KSK "$origin" >/dev/null
    dnssec-keygen -q -K "$keys" -a "$algorithm" "$origin" >/dev/null
    dnssec-signzone -S -q -K "$keys" -d "$keys" -o "$origin" -s 20260101000000 -e 20460101000000 \
        -O full -f "$keys/signed" "$@" signed.in >/dev/null
    {
        echo "; Made by sign.sh from signed.in; changes belong there."
        grep -v '^;' "$keys/signed"
    } >"$output"
}

sign nsec.example. ECDSAP256SHA256 signed-nsec.zone
# RFC 9276: no iterations and no salt.
sign nsec3.example. ED25519 signed-nsec3.zone -3 - -H 0
