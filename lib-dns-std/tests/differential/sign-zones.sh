#!/bin/sh
# Signs the zones of the differential test. It is run by hand, once; the signed files are committed,
# so that the test needs no signing tool and asks the same questions everywhere. Keys are thrown away.
#
# Needs dnssec-keygen, dnssec-signzone and dnssec-dsfromkey (bind9-utils, bind9-dnsutils), and
# ldns-signzone and ldns-keygen (ldnsutils). Usage: sign-zones.sh [WORLD…]; without names, all of them.
set -eu

zones=$(cd "$(dirname "$0")/zones" && pwd)
inception=20260101000000
# ldns counts in signed 32 bits, hence not beyond 2038.
expiration=20371201000000
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT

origin_of() {
    sed -n 's/^\$ORIGIN[[:space:]]*//p;/^\$ORIGIN/q' "$1"
}

# compact ORIGIN FILE: one record a line without comments and columns. The data is left alone, but for
# octets that dnssec-signzone leaves bare and Knot's scanner wants escaped.
compact() {
    echo "\$ORIGIN $1"
    grep -v '^;' "$2" | sed -E 's/[[:space:]]+/ /; s/[[:space:]]+IN[[:space:]]+([A-Z0-9]+)[[:space:]]+/ IN \1 /
        s/\[/\\091/g; s/`/\\096/g; s/\{/\\123/g'
}

# sign WORLD SOURCE ALGORITHM FILE OPTION…: one key does everything, so the files stay small, except
# where SPLIT_KEYS is set. A child's DS comes from the dsset file that signing the child left behind,
# so children come before their parents.
sign() {
    world=$1 source=$2 algorithm=$3 file=$4
    shift 4
    origin=$(origin_of "$zones/$source/$file")
    mkdir -p "$zones/$world" "$keys/$world"
    (
        cd "$keys/$world"
        dnssec-keygen -q -a "$algorithm" -L 3600 -f KSK "$origin" >"$file.keys"
        flags=-z
        if [ -n "${SPLIT_KEYS:-}" ]; then
            dnssec-keygen -q -a "$algorithm" -L 3600 "$origin" >>"$file.keys"
            flags=
        fi
        # shellcheck disable=SC2046,SC2086
        (cat "$zones/$source/$file"; echo '$TTL 3600'; cat $(sed 's/$/.key/' "$file.keys")) >"$file.unsigned"
        # The signature of the child's key set is checked against the file, never against the network.
        dnssec-signzone -q -S -x $flags -g -P -d . -K . -s $inception -e $expiration -o "$origin" \
            -O full -f "$file.signed" "$@" "$file.unsigned" >/dev/null
        compact "$origin" "$file.signed" >"$zones/$world/$file"
    )
}

# Like sign, but by ldns-signzone, whose NSEC3 chains differ: it hashes the empty non-terminals that
# opted-out delegations alone create.
sign_with_ldns() {
    world=$1 source=$2 algorithm=$3 file=$4
    shift 4
    origin=$(origin_of "$zones/$source/$file")
    mkdir -p "$zones/$world" "$keys/$world"
    (
        cd "$keys/$world"
        key=$(ldns-keygen -a "$algorithm" -k "$origin")
        ldns-signzone -i $inception -e $expiration -o "$origin" -f "$file.signed" "$@" \
            "$zones/$source/$file" "$key"
        compact "$origin" "$file.signed" >"$zones/$world/$file"
    )
}

# The same zones under NSEC and under NSEC3 show what the two kinds of denial make of the same data.
everything_worth_signing() {
    world=$1
    shift
    sign "$world" plain ED25519 deep.served.delegation.test.zone "$@"
    sign "$world" plain ED25519 served.delegation.test.zone "$@"
    SPLIT_KEYS=yes sign "$world" plain ECDSAP256SHA256 delegation.test.zone "$@"
    sign "$world" plain ECDSAP256SHA256 wildcard.test.zone "$@"
    sign "$world" plain ED25519 apex-wildcard.test.zone "$@"
    sign "$world" plain ED25519 wildcard-delegation.test.zone "$@"
    sign "$world" plain ED25519 cname.test.zone "$@"
    sign "$world" plain ECDSAP256SHA256 cname-target.test.zone "$@"
    sign "$world" plain ED25519 dname.test.zone "$@"
    sign "$world" plain ED25519 dname-apex.test.zone "$@"
    sign "$world" plain ED25519 ent.test.zone "$@"
    sign "$world" plain ECDSAP256SHA256 mixed-case.test.zone "$@"
    sign "$world" plain ED25519 escapes.test.zone "$@"
    sign "$world" plain ED25519 minimal.test.zone "$@"
    sign "$world" plain ED25519 occluded.test.zone "$@"
    sign "$world" plain ED25519 tld.zone "$@"
}

make_world() {
    rm -rf "${zones:?}/$1"
    case $1 in
    nsec) everything_worth_signing nsec ;;
    nsec3) everything_worth_signing nsec3 -3 - -H 0 ;;
    nsec3-salted)
        for file in deep.served.delegation served.delegation delegation wildcard wildcard-delegation dname ent \
            mixed-case occluded; do
            sign nsec3-salted plain ED25519 $file.test.zone -3 AABBCCDD -H 10
        done
        ;;
    opt-out)
        for file in deep.served.delegation.test served.delegation.test delegation.test wildcard.test \
            wildcard-delegation.test ent.test occluded.test tld; do
            sign opt-out plain ED25519 $file.zone -3 - -H 0 -A
        done
        ;;
    opt-out-ldns)
        for file in ent.test wildcard-delegation.test tld; do
            sign_with_ldns opt-out-ldns plain ED25519 $file.zone -n -p -t 0
        done
        ;;
    root-nsec)
        sign root-nsec root ED25519 tld.zone
        sign root-nsec root ED25519 net.zone
        sign root-nsec root ECDSAP256SHA256 root.zone
        ;;
    *) echo "sign-zones.sh: no world is called $1" >&2; exit 2 ;;
    esac
}

if [ $# -eq 0 ]; then
    set -- nsec nsec3 nsec3-salted opt-out opt-out-ldns root-nsec
fi
for world; do
    make_world "$world"
done
