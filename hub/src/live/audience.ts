import { may, type Action, type FolderId, type LiveNotice, type Standing } from "@fyr/protocol";

interface Seen {
  /** What lets somebody see such a thing. */
  readonly action: Action;
  /** Whether it lies in a folder that decides about it. */
  readonly placed: boolean;
}

const inFolder = (action: Action): Seen => ({ action, placed: true });
const anywhere = (action: Action): Seen => ({ action, placed: false });

/** By kind. What is not named here is told to those who may read all of the audit. */
const SEEN_BY: ReadonlyMap<string, Seen> = new Map([
  ["organisation", anywhere("organisation.read")],
  ["folder", inFolder("folder.read")],
  ["device", inFolder("device.read")],
  ["task", inFolder("task.read")],
  ["upgrade", inFolder("task.read")],
  ["server", inFolder("server.read")],
  ["agent", inFolder("agent.read")],
  ["member", anywhere("user.list")],
  ["user", anywhere("user.list")],
  ["invitation", anywhere("user.invite")],
  ["service", anywhere("service.manage")],
  ["licence", anywhere("licence.read")],
]);

/** Whether such a thing lies in a folder, so that its place has to be known. */
export const isPlaced = (kind: string): boolean => SEEN_BY.get(kind)?.placed ?? false;

/**
 * Whether somebody sees, at this moment, what a notice is about.
 *
 * @param paths where it lies: for an upgrade, where any of its devices does. Empty for what is gone or in no folder:
 * then it takes a role that reaches everywhere.
 */
export function maySee(
  standing: Standing,
  { kind }: Pick<LiveNotice, "kind">,
  paths: readonly (readonly FolderId[])[],
): boolean {
  const seen = SEEN_BY.get(kind);
  if (!seen) return may(standing, "audit.read", { own: false }).kind === "allowed";
  if (!seen.placed) return may(standing, seen.action).kind === "allowed";
  const places = paths.length === 0 ? [[]] : paths;
  return places.some((path) => may(standing, seen.action, { path }).kind === "allowed");
}
