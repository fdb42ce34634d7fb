#!/usr/bin/env bash
# Fills corpus/ with the valid files of the fixtures, and with the state files of a store:
# seeds.sh [STORE].
set -euo pipefail
cd "$(dirname "$0")"
base=../../fixtures/errors/base
for target in scalars manifest settlements fees reference policy pipeline state_files; do
    mkdir -p "corpus/$target"
done
cp $base/settlements.csv corpus/settlements/base.csv
cp $base/fees.csv corpus/fees/base.csv
cp $base/pipeline.toml $base/keys.toml corpus/pipeline/
if command -v zstd > /dev/null; then
    zstd -qf $base/settlements.csv -o corpus/settlements/base.zst
fi
find ../../fixtures ../../pipelines -name manifest.json | while read -r file; do
    cp "$file" "corpus/manifest/$(echo "$file" | tr / _)"
done
find ../../fixtures ../../pipelines -path '*policy*' -name '*.toml' | while read -r file; do
    cp "$file" "corpus/policy/$(echo "$file" | tr / _)"
done
files=(agreements balances chronic enrolment filings first_payment institutions items links
    price_limits regions suspensions)
letters=abcdefghijkl
for i in "${!files[@]}"; do
    file=$base/reference/${files[$i]}.csv
    if [ -e "$file" ]; then
        { printf %s "${letters:$i:1}"; cat "$file"; } > "corpus/reference/${files[$i]}"
    fi
done
number=0
for text in 2026-03-10 '2026-03-10 10:00:00' 99999999999999.99 -12.30 0.1000 92.2 310115 310 1101 \
    03 21 H31011500002 'S:3:100:850000:85;E:0:-1:0:-1'; do
    number=$((number + 1))
    printf %s "$text" > "corpus/scalars/$number"
done
# State files of a store, where there is one, and the records of an empty bucket.
printf '\0' > corpus/state_files/empty
number=0
for file in "${1:-../../night-store}"/state/*/*.bin; do
    number=$((number + 1))
    if [ -e "$file" ]; then cp "$file" "corpus/state_files/$number"; fi
done
