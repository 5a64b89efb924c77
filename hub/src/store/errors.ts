import { Fault, isFault } from "@fyr/protocol";

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
};

const UNIQUE = new Set(["SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"]);
const DISK_FULL = new Set(["SQLITE_FULL", "53100", "ENOSPC"]);
/** Another transaction was in the way; the same work, started again, may well succeed. */
const COLLISIONS = new Set(["40001", "40P01", "SQLITE_BUSY_SNAPSHOT"]);
const BUSY = new Set(["SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "57014", "53300"]);

/** A row with one of its unique keys exists already. */
export const isTaken = (error: unknown): boolean => UNIQUE.has(codeOf(error));

/** Somebody else changed a row after it was read. */
export class Collision extends Error {
  override readonly name = "Collision";
}

export const isCollision = (error: unknown): boolean =>
  error instanceof Collision || COLLISIONS.has(codeOf(error));

/** The database as a whole is in trouble, not this one piece of work. */
export const isStoreDown = (error: unknown): boolean =>
  isFault(error, "HUB_DISK_FULL", "HUB_BUSY", "STORE_FAILED");

/** What the database's own check says that an organisation keeps an owner (0002-access). */
const RAISED = new Set(["SQLITE_CONSTRAINT_TRIGGER", "P0001"]);
const saysLastOwner = (error: unknown): boolean =>
  RAISED.has(codeOf(error)) && error instanceof Error && error.message.includes("LAST_OWNER");

const driverError = (code: string): boolean =>
  code.startsWith("SQLITE_") || /^[0-9A-Z]{5}$/.test(code) || /^E[A-Z]{3,}$/.test(code);

/**
 * A driver's error as the rest of the hub knows it; anything that is not the database's stays what it is.
 * Constraint errors stay too: they say something about the work, not about the database.
 */
export function storeFault(error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof Fault || UNIQUE.has(code) || COLLISIONS.has(code)) return error;
  if (saysLastOwner(error)) return new Fault("LAST_OWNER", {}, { cause: error });
  if (DISK_FULL.has(code)) return new Fault("HUB_DISK_FULL", {}, { cause: error });
  if (BUSY.has(code)) return new Fault("HUB_BUSY", {}, { cause: error });
  const constraint = code.startsWith("SQLITE_CONSTRAINT") || code.startsWith("23") || code.startsWith("22");
  if (driverError(code) && !constraint) return new Fault("STORE_FAILED", { reason: code }, { cause: error });
  const lost =
    error instanceof Error &&
    /connection (terminated|timeout)|database connection is not open|driver has already been destroyed/i.test(
      error.message,
    );
  return lost ? new Fault("STORE_FAILED", { reason: "connection" }, { cause: error }) : error;
}
