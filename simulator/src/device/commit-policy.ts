import { z } from "zod";

/** The three parameters of `upgrade` as they arrive: strings, all of them, also the minutes (vapix.md 1.5). */
export const UpgradeParams = z.strictObject({
  factoryDefaultMode: z.enum(["none", "soft", "hard"]).default("none"),
  autoCommit: z.enum(["never", "boot", "started", "default"]).default("default"),
  autoRollback: z.union([z.enum(["never", "default"]), z.string().regex(/^\d{1,6}$/)]).default("default"),
});
export type UpgradeParams = z.infer<typeof UpgradeParams>;

/** What becomes of a new image when nobody says more. */
export interface CommitPolicy {
  /** At which moment it is committed without being asked. */
  readonly commit: "never" | "boot" | "started";
  /** It is rolled back so many minutes after it has booted, unless committed by then; null for never. */
  readonly rollbackMinutes: number | null;
}

const DEFAULT_ROLLBACK_MINUTES = 10;

/** Resolves `default`: what is left out of one parameter depends on the others (vapix.md 1.5, trap 15). */
export function commitPolicy({ factoryDefaultMode, autoCommit, autoRollback }: UpgradeParams): CommitPolicy {
  const impliedCommit = () => {
    if (autoRollback !== "default") return "never";
    return factoryDefaultMode === "none" ? "started" : "boot";
  };
  const impliedRollback = () => (autoCommit === "default" ? DEFAULT_ROLLBACK_MINUTES : null);
  const spokenRollback = () => (autoRollback === "never" ? null : Number(autoRollback));
  return {
    commit: autoCommit === "default" ? impliedCommit() : autoCommit,
    rollbackMinutes: autoRollback === "default" ? impliedRollback() : spokenRollback(),
  };
}
