import { ACCOUNT_TABLES } from "./account-tables.ts";
import { LICENCE_GLOBAL_TABLES, LICENCE_TENANT_TABLES } from "./licence-tables.ts";
import { PEOPLE_TABLES } from "./people-tables.ts";

/**
 * The tables as the code sees them: rows hold integer milliseconds, integer booleans, JSON text and UUIDv7 ids
 * (design.md D5). One list gives the row types and the bulk statements; a test holds it against the migrated database.
 */
export type ColumnKind = "text" | "text?" | "int" | "int?";

/** Tables that belong to nobody in particular. */
export const GLOBAL_TABLES = {
  organisations: {
    id: "text",
    name: "text",
    created_at: "int",
    notes: "text",
    settings: "text",
    version: "int",
    archived_at: "int?",
    archived_by: "text?",
  },
  images: { digest: "text", imported_at: "int" },
  ...LICENCE_GLOBAL_TABLES,
  ...ACCOUNT_TABLES,
} as const satisfies Record<string, Record<string, ColumnKind>>;

/** Tables of which every row belongs to one organisation, named first in every key. */
export const TENANT_TABLES = {
  agents: {
    org_id: "text",
    id: "text",
    name: "text",
    state: "text",
    created_at: "int",
    code_id: "text",
    code_verifier: "text",
    code_until: "int",
    code_used_at: "int?",
    claimed_by: "text?",
    claimed_at: "int?",
    host_name: "text?",
    folder_id: "text",
  },
  certificates: {
    org_id: "text",
    serial: "text",
    agent_id: "text",
    key_hash: "text",
    chain: "text",
    not_before: "int",
    not_after: "int",
    issued_at: "int",
    first_used_at: "int?",
    revoked_at: "int?",
  },
  links: {
    org_id: "text",
    agent_id: "text",
    boot_id: "text?",
    boot_since: "int?",
    displaced: "text",
    agent_version: "text?",
    last_seen_at: "int?",
    inventory_hash: "text?",
    order_seq: "int",
    last_sync_id: "text?",
    last_answer: "text?",
  },
  devices: {
    org_id: "text",
    id: "text",
    serial: "text",
    agent_id: "text",
    model: "text",
    name: "text",
    hardware_id: "text",
    version: "text",
    address: "text",
    scheme: "text",
    trouble: "text?",
    seen_at: "int",
    present_at: "int",
    folder_id: "text",
  },
  folders: {
    org_id: "text",
    id: "text",
    parent_id: "text?",
    name: "text",
    name_key: "text",
    created_at: "int",
    version: "int",
  },
  folder_paths: { org_id: "text", folder_id: "text", ancestor_id: "text", distance: "int" },
  former_members: { org_id: "text", principal_id: "text" },
  support_grants: {
    org_id: "text",
    id: "text",
    granted_by: "text",
    reason: "text",
    granted_at: "int",
    until: "int",
    ended_at: "int?",
    ended_by: "text?",
  },
  members: {
    org_id: "text",
    principal_id: "text",
    kind: "text",
    role: "text",
    pending: "text?",
    invited_by: "text?",
    owner: "int",
    active: "int",
    joined_at: "int",
    version: "int",
  },
  grants: { org_id: "text", principal_id: "text", folder_id: "text", role: "text", created_at: "int" },
  upgrades: {
    org_id: "text",
    id: "text",
    actor: "text",
    created_at: "int",
    kind: "text",
  },
  task_counts: { org_id: "text", upgrade_id: "text", phase: "text", tasks: "int" },
  tasks: {
    org_id: "text",
    id: "text",
    upgrade_id: "text",
    device_id: "text",
    serial: "text",
    model: "text",
    agent_id: "text",
    digest: "text",
    size_bytes: "int",
    from_version: "text",
    to_version: "text",
    backup: "text",
    windows: "text",
    deadline: "int",
    dedupe: "text",
    created_at: "int",
    phase: "text",
    epoch: "int",
    attempt: "int",
    job_open: "int",
    job_state: "text?",
    lease_until: "int?",
    holds: "text",
    cancel: "text",
    acked_seq: "int",
    seq_high: "int",
    last_hash: "text",
    last_step: "text?",
    past_no_return: "int",
    look_first: "int",
    tries: "text",
    outcome_code: "text?",
    evidence: "text",
    reconciling_since: "int?",
    dark_since: "int?",
    wake_at: "int?",
    changed_at: "int",
    ended_at: "int?",
    version: "int",
    server_uid: "text?",
    attention: "text?",
    unavailable_since: "int?",
  },
  servers: {
    org_id: "text",
    id: "text",
    uid: "text",
    state: "text",
    name: "text",
    version: "text?",
    facts: "text",
    agent_id: "text",
    folder_id: "text",
    rival_id: "text?",
    devices_hash: "text?",
    health: "text",
    standing: "text",
    device_count: "int?",
    registered_at: "int",
    reported_at: "int",
  },
  thresholds: { org_id: "text", scope: "text", changes: "text", version: "int" },
  alerts: {
    org_id: "text",
    id: "text",
    server_id: "text",
    kind: "text",
    part: "text",
    state: "text",
    measured: "text",
    threshold: "text",
    comment: "text",
    acknowledged_by: "text?",
    since: "int",
    opened_at: "int?",
    closed_at: "int?",
    acknowledged_at: "int?",
    muted_until: "int?",
  },
  server_devices: { org_id: "text", server_id: "text", serial: "text" },
  events: {
    org_id: "text",
    job_id: "text",
    seq: "int",
    task_id: "text",
    epoch: "int",
    late: "int",
    received_at: "int",
    body: "text",
  },
  commands: {
    org_id: "text",
    id: "text",
    agent_id: "text",
    task_id: "text",
    kind: "text",
    created_at: "int",
    acked_at: "int?",
  },
  audit: {
    org_id: "text",
    seq: "int",
    at: "int",
    actor: "text",
    action: "text",
    object: "text",
    before: "text",
    after: "text",
    previous: "text",
    hash: "text",
  },
  audit_heads: { org_id: "text", seq: "int", hash: "text" },
  idempotency: { org_id: "text", key: "text", body_hash: "text", answer: "text", created_at: "int" },
  ...PEOPLE_TABLES,
  ...LICENCE_TENANT_TABLES,
} as const satisfies Record<string, { org_id: "text" } & Record<string, ColumnKind>>;

type Value<Kind> = Kind extends "text"
  ? string
  : Kind extends "int"
    ? number
    : Kind extends "text?"
      ? string | null
      : number | null;
type RowOf<Columns> = { -readonly [Column in keyof Columns]: Value<Columns[Column]> };

export type GlobalTables = { [Table in keyof typeof GLOBAL_TABLES]: RowOf<(typeof GLOBAL_TABLES)[Table]> };
export type TenantTables = { [Table in keyof typeof TENANT_TABLES]: RowOf<(typeof TENANT_TABLES)[Table]> };
export type Tables = GlobalTables & TenantTables;

export type TenantTable = keyof TenantTables;
export type Row<Table extends keyof Tables> = Tables[Table];

export const COLUMNS: {
  readonly [Table in keyof Tables]: Readonly<Record<keyof Tables[Table], ColumnKind>>;
} = {
  ...GLOBAL_TABLES,
  ...TENANT_TABLES,
};
