#!/bin/sh
# Makes Temporal's two databases where they are missing and brings their schemas up to the version of the tool; what is
# there stays. Run it before the servers of that version start. SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_TLS…
# say where: the role needs CREATEDB, or databases that are there already.
set -eu
tool=${TEMPORAL_SQL_TOOL:-temporal-sql-tool}
export SQL_PLUGIN="${SQL_PLUGIN:-postgres12_pgx}"

prepare() {
  "$tool" --db "$1" create
  "$tool" --db "$1" setup-schema --version 0.0
  "$tool" --db "$1" update-schema --schema-name "postgresql/v12/$2"
}

prepare "${TEMPORAL_DATABASE:-temporal}" temporal
prepare "${TEMPORAL_VISIBILITY_DATABASE:-temporal_visibility}" visibility
