import { makerOf } from "./maker.ts";
import type { MigrationFor } from "./index.ts";

const ACTIVE = ["ready", "leased", "running", "reconciling"];
/** The condition that both databases recognise when a query names it too. */
const open = "ended_at" as never;

/** Organisations, agents, devices, upgrades, tasks, events, commands, audit. */
export const spine: MigrationFor = ({ text }) => ({
  async up(db) {
    const { table, index } = makerOf(db, text);

    await table("organisations", ["id"], ["id", "name"], ["created_at"]);
    await table("images", ["digest"], ["digest"], ["imported_at"]);

    await table(
      "agents",
      ["org_id", "id"],
      ["org_id", "id", "name", "state", "code_id", "code_verifier", "claimed_by?", "host_name?"],
      ["created_at", "code_until", "code_used_at?", "claimed_at?"],
    );
    await index("agents_id", "agents", ["id"]).unique().execute();
    await index("agents_code", "agents", ["code_id"]).unique().execute();

    await table(
      "certificates",
      ["org_id", "serial"],
      ["org_id", "serial", "agent_id", "key_hash", "chain"],
      ["not_before", "not_after", "issued_at", "first_used_at?", "revoked_at?"],
    );
    await index("certificates_serial", "certificates", ["serial"]).unique().execute();
    await index("certificates_key_hash", "certificates", ["key_hash"]).unique().execute();
    await index("certificates_agent", "certificates", ["org_id", "agent_id"]).execute();

    await table(
      "links",
      ["org_id", "agent_id"],
      [
        "org_id",
        "agent_id",
        "boot_id?",
        "displaced",
        "agent_version?",
        "inventory_hash?",
        "last_sync_id?",
        "last_answer?",
      ],
      ["boot_since?", "last_seen_at?", "order_seq"],
    );

    await table(
      "devices",
      ["org_id", "id"],
      [
        "org_id",
        "id",
        "serial",
        "agent_id",
        "model",
        "name",
        "hardware_id",
        "version",
        "address",
        "scheme",
        "trouble?",
      ],
      ["seen_at", "present_at"],
    );
    await index("devices_serial", "devices", ["org_id", "serial"]).unique().execute();
    await index("devices_agent", "devices", ["org_id", "agent_id"]).execute();

    await table("upgrades", ["org_id", "id"], ["org_id", "id", "actor"], ["created_at"]);
    await table(
      "task_counts",
      ["org_id", "upgrade_id", "phase"],
      ["org_id", "upgrade_id", "phase"],
      ["tasks"],
    );

    await table(
      "tasks",
      ["org_id", "id"],
      [
        ...[
          "org_id",
          "id",
          "upgrade_id",
          "device_id",
          "serial",
          "model",
          "agent_id",
          "digest",
          "from_version",
        ],
        ...[
          "to_version",
          "backup",
          "windows",
          "dedupe",
          "phase",
          "job_state?",
          "holds",
          "cancel",
          "last_hash",
        ],
        ...["last_step?", "tries", "outcome_code?", "evidence"],
      ],
      [
        ...[
          "size_bytes",
          "deadline",
          "created_at",
          "epoch",
          "attempt",
          "job_open",
          "lease_until?",
          "acked_seq",
        ],
        ...["seq_high", "past_no_return", "look_first", "reconciling_since?", "dark_since?", "wake_at?"],
        ...["changed_at", "ended_at?", "version"],
      ],
    );
    await index("tasks_one_active", "tasks", ["org_id", "device_id"])
      .unique()
      .where("phase" as never, "in", ACTIVE)
      .execute();
    await index("tasks_dedupe", "tasks", ["org_id", "dedupe"]).unique().where(open, "is", null).execute();
    await index("tasks_agent", "tasks", ["org_id", "agent_id", "phase", "id"])
      .where(open, "is", null)
      .execute();
    await index("tasks_upgrade", "tasks", ["org_id", "upgrade_id", "id"]).execute();
    await index("tasks_device", "tasks", ["org_id", "device_id", "id"]).execute();
    await index("tasks_phase", "tasks", ["org_id", "phase", "id"]).execute();
    await index("tasks_wake", "tasks", ["wake_at"])
      .where("wake_at" as never, "is not", null)
      .execute();

    await table(
      "events",
      ["org_id", "job_id", "seq"],
      ["org_id", "job_id", "task_id", "body"],
      ["seq", "epoch", "late", "received_at"],
    );

    await table(
      "commands",
      ["org_id", "id"],
      ["org_id", "id", "agent_id", "task_id", "kind"],
      ["created_at", "acked_at?"],
    );
    await index("commands_open", "commands", ["org_id", "agent_id", "id"])
      .where("acked_at" as never, "is", null)
      .execute();
    await index("commands_task", "commands", ["org_id", "task_id"]).execute();

    await table(
      "audit",
      ["org_id", "seq"],
      ["org_id", "actor", "action", "object", "before", "after", "previous", "hash"],
      ["seq", "at"],
    );
    await table("audit_heads", ["org_id"], ["org_id", "hash"], ["seq"]);

    await table("idempotency", ["org_id", "key"], ["org_id", "key", "body_hash", "answer"], ["created_at"]);
    await index("idempotency_age", "idempotency", ["created_at"]).execute();
  },
});
