# lib.bash - read before every cmd.
set -uo pipefail
pages=$SAMPLE/pages.warc.gz
as_of=optout.as_of=2025-11-15 # the day of the sample's opt-outs

# snapshot: the path of the robots snapshot of the sample's hosts
snapshot() {
    [ -f "$WORK/sample.robots" ] || sluice -q robots build -o "$WORK/sample.robots" "$SAMPLE/robots.warc.gz"
    echo "$WORK/sample.robots"
}

# corpus CONFIG: the path of a finished run over the sample, made once; WORK/CONFIG.stdout and .stderr are what it wrote
corpus() {
    if [ ! -d "$WORK/$1" ]; then
        sluice run -c "$ROOT/configs/$1.yml" -o "$WORK/$1" --robots "$(snapshot)" --set "$as_of" "$pages" \
            >"$WORK/$1.stdout" 2>"$WORK/$1.stderr" || return
    fi
    echo "$WORK/$1"
}

# of URL: the lines (JSON) that have this URL
of() { grep -F "\"url\":\"$1\""; }

# offset_of URL: where the first response of that URL lies in the sample
offset_of() { sluice ls --no-digests "$pages" 2>/dev/null | of "$1" | grep '"type":"response"' | head -n 1 | sed 's/.*"offset":\([0-9]*\).*/\1/'; }

# documents: what extract gives of the sample
documents() {
    [ -f "$WORK/documents.jsonl" ] || sluice extract "$pages" >"$WORK/documents.jsonl" 2>/dev/null
    cat "$WORK/documents.jsonl"
}
