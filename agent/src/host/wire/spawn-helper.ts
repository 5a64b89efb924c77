import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** How a helper of this agent is started: the agent's own program, with another command. */
export interface HelperCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Starts a process of its own session that outlives this one, whatever happens to it. What it says goes to `logPath`.
 *
 * @returns resolves when it ends, for whoever wants to wait so long
 */
export function spawnDetached(
  { program, args }: HelperCommand,
  logPath: string,
): { readonly ended: Promise<void> } {
  const log = openSync(logPath, "a", 0o600);
  const child = spawn(program, [...args], {
    detached: true,
    windowsHide: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return { ended };
}

/** Whether a process of this id is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
