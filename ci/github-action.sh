#!/usr/bin/env bash
# The step `Check` of action.yml: LINKCHECK_* (the action's inputs) → one run, its reports, and the step's outputs.
# Nothing in a variable is ever evaluated; what holds several words holds one a line. Ends with 0 whatever was found: the
# step `Verdict` fails the job, after the store is kept.
set -euo pipefail

bin="$RUNNER_TEMP/linkcheck-venv/bin"
report="$RUNNER_TEMP/linkcheck-report.json"
words=(run --format console --format "json=$report")

lines() { # the lines of $1 that are not empty, into the array `found`
  found=()
  local line
  while IFS= read -r line || [ -n "$line" ]; do
    line="${line%$'\r'}"
    if [ -n "$line" ]; then found+=("$line"); fi
  done <<<"$1"
}

option() { # --$1=$2, unless $2 is empty
  if [ -n "$2" ]; then words+=("--$1=$2"); fi
}

option config "${LINKCHECK_CONFIG:-}"
option fail-on "${LINKCHECK_FAIL_ON:-}"
option baseline "${LINKCHECK_BASELINE:-}"
option format "${LINKCHECK_SARIF_FILE:+sarif=$LINKCHECK_SARIF_FILE}"
option format "${LINKCHECK_JUNIT_FILE:+junit=$LINKCHECK_JUNIT_FILE}"
option format "${LINKCHECK_HTML_FILE:+html=$LINKCHECK_HTML_FILE}"

case "${LINKCHECK_CHANGED:-false}" in
  false) ;;
  true) words+=(--changed) ;;
  -*) # an optional value that begins with a dash would be an option of its own
    echo "::error title=linkcheck::the input 'changed' is no base"
    echo "exit-code=2" >>"$GITHUB_OUTPUT"
    exit 0
    ;;
  *) words+=("--changed=$LINKCHECK_CHANGED") ;;
esac

if [ "${LINKCHECK_CACHE:-true}" = true ]; then words+=(--store .linkcheck/store.db); fi

if [ "${LINKCHECK_ANNOTATIONS:-true}" = true ]; then
  words+=(--format github) # which writes the job's summary, too
elif [ "${LINKCHECK_JOB_SUMMARY:-true}" = true ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  words+=(--format "markdown=$GITHUB_STEP_SUMMARY")
fi
if [ "${LINKCHECK_JOB_SUMMARY:-true}" != true ]; then unset GITHUB_STEP_SUMMARY; fi

lines "${LINKCHECK_ARGS:-}"
words+=(${found[@]+"${found[@]}"})
lines "${LINKCHECK_PATHS:-.}"
words+=(-- ${found[@]+"${found[@]}"})

code=0
"$bin/linkcheck" "${words[@]}" || code=$?

{
  echo "exit-code=$code"
  if [ -f "$report" ]; then
    echo "report=$report"
    "$bin/python" -c '
import json, sys
head = []
with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        head.append(line)
        if line.strip() == "\"findings\": [":  # what follows may be large
            break
report = json.loads("".join(head) + "]}")
print("broken=%d" % report["counts"]["broken"])
print("new=%d" % report["delta"]["new"])
print("fixed=%d" % report["delta"]["fixed"])
' "$report"
  fi
} >>"$GITHUB_OUTPUT"
