import type { AgentId, FolderId, OrgId } from "@fyr/protocol";
import type { CertificateRecord, EnrolmentStore, ReadStanding, Slot, Standing } from "../enrolment/store.ts";
import type { Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const toSlot = (row: Row<"agents">): Slot => ({
  orgId: row.org_id as OrgId,
  agentId: row.id as AgentId,
  name: row.name,
  state: row.state as Slot["state"],
  createdAt: row.created_at,
  codeId: row.code_id,
  codeVerifier: row.code_verifier,
  codeUntil: row.code_until,
  codeUsedAt: row.code_used_at,
  claimedBy: row.claimed_by,
  claimedAt: row.claimed_at,
  hostName: row.host_name,
  folderId: row.folder_id as FolderId,
});

const fromSlot = (slot: Slot): Row<"agents"> => ({
  org_id: slot.orgId,
  id: slot.agentId,
  name: slot.name,
  state: slot.state,
  created_at: slot.createdAt,
  code_id: slot.codeId,
  code_verifier: slot.codeVerifier,
  code_until: slot.codeUntil,
  code_used_at: slot.codeUsedAt,
  claimed_by: slot.claimedBy,
  claimed_at: slot.claimedAt,
  host_name: slot.hostName,
  folder_id: slot.folderId,
});

const toCertificate = (row: Row<"certificates">): CertificateRecord => ({
  orgId: row.org_id as OrgId,
  agentId: row.agent_id as AgentId,
  serial: row.serial,
  keyHash: row.key_hash,
  chain: row.chain,
  notBefore: row.not_before,
  notAfter: row.not_after,
  issuedAt: row.issued_at,
  firstUsedAt: row.first_used_at,
  revokedAt: row.revoked_at,
});

const fromCertificate = (certificate: CertificateRecord): Row<"certificates"> => ({
  org_id: certificate.orgId,
  serial: certificate.serial,
  agent_id: certificate.agentId,
  key_hash: certificate.keyHash,
  chain: certificate.chain,
  not_before: certificate.notBefore,
  not_after: certificate.notAfter,
  issued_at: certificate.issuedAt,
  first_used_at: certificate.firstUsedAt,
  revoked_at: certificate.revokedAt,
});

const changed = ({ numUpdatedRows }: { numUpdatedRows: bigint }): boolean => numUpdatedRows > 0n;

export const enrolmentStore = ({ acrossOrgs, within }: Access): EnrolmentStore => ({
  async insertSlot(slot) {
    await within(slot.orgId).insert("agents", fromSlot(slot)).execute();
  },
  async slotOfCode(codeId) {
    const row = await acrossOrgs
      .selectFrom("agents")
      .selectAll()
      .where("code_id", "=", codeId)
      .executeTakeFirst();
    return row ? toSlot(row) : null;
  },
  async slot(orgId, agentId) {
    const row = await within(orgId).from("agents").selectAll().where("id", "=", agentId).executeTakeFirst();
    return row ? toSlot(row) : null;
  },
  async claim({ orgId, agentId }, keyHash, now, staleBefore) {
    const done = await within(orgId)
      .update("agents")
      .set({ claimed_by: keyHash, claimed_at: now })
      .where("id", "=", agentId)
      .where("state", "=", "invited")
      .where("code_used_at", "is", null)
      .where(({ eb, or }) =>
        or([
          eb("claimed_by", "is", null),
          eb("claimed_by", "=", keyHash),
          eb("claimed_at", "<", staleBefore),
        ]),
      )
      .executeTakeFirst();
    return changed(done);
  },
  async fill({ orgId, agentId }, keyHash, hostName, now) {
    const done = await within(orgId)
      .update("agents")
      .set({ state: "enrolled", code_used_at: now, host_name: hostName })
      .where("id", "=", agentId)
      .where("state", "=", "invited")
      .where("code_used_at", "is", null)
      .where("claimed_by", "=", keyHash)
      .executeTakeFirst();
    return changed(done);
  },
  async revokeSlot(orgId, agentId) {
    const done = await within(orgId)
      .update("agents")
      .set({ state: "revoked" })
      .where("id", "=", agentId)
      .where("state", "!=", "revoked")
      .executeTakeFirst();
    return changed(done);
  },
  async certificateOfKey(keyHash) {
    const query = acrossOrgs.selectFrom("certificates").selectAll().where("key_hash", "=", keyHash);
    const row = await query.executeTakeFirst();
    return row ? toCertificate(row) : null;
  },
  async insertCertificate(certificate) {
    await within(certificate.orgId).insert("certificates", fromCertificate(certificate)).execute();
  },
  async firstUse(orgId, agentId, serial, now) {
    const noted = await within(orgId)
      .update("certificates")
      .set({ first_used_at: now })
      .where("serial", "=", serial)
      .where("first_used_at", "is", null)
      .where("revoked_at", "is", null)
      .executeTakeFirst();
    if (!changed(noted)) return false;
    await within(orgId)
      .update("certificates")
      .set({ revoked_at: now })
      .where("agent_id", "=", agentId)
      .where("serial", "!=", serial)
      .where("revoked_at", "is", null)
      .execute();
    return true;
  },
  async revokeCertificates(orgId, agentId, now) {
    await within(orgId)
      .update("certificates")
      .set({ revoked_at: now })
      .where("agent_id", "=", agentId)
      .where("revoked_at", "is", null)
      .execute();
  },
});

type StandingRow = Pick<
  Row<"certificates">,
  "org_id" | "agent_id" | "not_after" | "first_used_at" | "revoked_at"
> &
  Pick<Row<"organisations">, "archived_at">;

export function readStanding(database: Database): ReadStanding {
  const query = database.reader
    .selectFrom("certificates")
    .leftJoin("organisations", "organisations.id", "certificates.org_id")
    .select(["org_id", "agent_id", "not_after", "first_used_at", "revoked_at", "organisations.archived_at"])
    .where("serial", "=", "")
    .compile();
  const read = database.prepared<StandingRow>(query);
  return async (serial) => {
    const [row] = await read([serial]);
    return row ? toStanding(row) : null;
  };
}

const toStanding = (row: StandingRow): Standing => ({
  orgId: row.org_id as OrgId,
  agentId: row.agent_id as AgentId,
  notAfter: row.not_after,
  firstUsedAt: row.first_used_at,
  revokedAt: row.revoked_at,
  archivedAt: row.archived_at,
});
