#!/usr/bin/env bash
# Sees to it that there is a Chromium for the browser's tests: one that is there, or Debian's.
set -euo pipefail

for place in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
  if [[ -n "$place" && -x "$place" ]]; then exit 0; fi
done
if ! command -v apt-get >/dev/null; then
  echo "Chromium is missing: install it with your package manager, or name one in CHROMIUM." >&2
  exit 1
fi
if [[ $(id -u) -ne 0 ]]; then
  echo "Chromium is missing: run 'sudo apt-get install chromium', or name one in CHROMIUM." >&2
  exit 1
fi
echo "Installing Debian's chromium …"
export DEBIAN_FRONTEND=noninteractive
{ apt-get update -q && apt-get install -yq --no-install-recommends chromium; } >/tmp/jobimport-chromium.log 2>&1 || {
  tail -n 20 /tmp/jobimport-chromium.log >&2
  echo "Chromium could not be installed; the whole log is /tmp/jobimport-chromium.log." >&2
  exit 1
}
