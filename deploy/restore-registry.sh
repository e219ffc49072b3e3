#!/usr/bin/env bash
# Puts an export of the registry (GET /export) into a broker through its API. Safe to run twice: a record that is
# there is made as the export says, and one that is so already is not written again.
#
#   BROKER_URL=https://broker.example.com BROKER_KEY_FILE=operator.key deploy/restore-registry.sh export.json
#
# Credentials stay as they are: an export only says where in Key Vault their keys are. Callers need new API keys.
set -euo pipefail

export_file=${1:?usage: BROKER_URL=… BROKER_KEY_FILE=… restore-registry.sh export.json}
: "${BROKER_URL:?set BROKER_URL to the address of the broker}"
: "${BROKER_KEY_FILE:?set BROKER_KEY_FILE to a file with the API key of an operator}"

# The key goes through a file descriptor: an argument would show in the list of processes.
put() {
  curl --fail-with-body --silent --show-error --output /dev/null --write-out '%{http_code}' \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$(tr -d '[:space:]' <"$BROKER_KEY_FILE")") \
    --header 'Content-Type: application/json' --request PUT --data-binary "$2" "$BROKER_URL/$1"
}

# Applications first and callers last, so that whatever a record names is there when it arrives.
for kind in applications tenants callers; do
  created=0 kept=0
  while IFS= read -r document; do
    status=$(put "$kind/$(jq -r .id <<<"$document")" "$document")
    if [ "$status" = 201 ]; then created=$((created + 1)); else kept=$((kept + 1)); fi
  done < <(jq -c ".$kind[]" "$export_file")
  echo "$kind: $created created, $kept there already"
done
