#!/bin/sh
# At the first start of PostgreSQL's container: a role and a database for the hub, a role that may make Temporal's.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
  --set hookline="$HOOKLINE_DATABASE_PASSWORD" --set temporal="$TEMPORAL_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE hookline LOGIN PASSWORD :'hookline';
CREATE DATABASE hookline OWNER hookline;
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal';
SQL
