import { spawn } from "node:child_process";
import { Fault } from "@fyr/protocol";
import type { RunProgram } from "../../server/index.ts";

const MOST_OUT = 256 * 1024;

/** The surroundings that a program is given, of those of this process. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Starts programs by their name or path, with their arguments as they are, and waits for their end. */
export const programRunner = (own: Env): RunProgram =>
  function runProgram(program, args, { env, onStart } = {}) {
    return new Promise((resolve, reject) => {
      const child = spawn(program, [...args], {
        shell: false,
        windowsHide: true,
        stdio: ["ignore", "pipe", "ignore"],
        env: { ...own, ...env },
      });
      let out = "";
      child.stdout.on("data", (bytes: Buffer) => {
        if (out.length < MOST_OUT) out += bytes.toString("utf8");
      });
      child.once("spawn", () => onStart?.(child.pid ?? 0));
      child.once("error", (error) =>
        reject(new Fault("INSTALLER_MISSING", { program, reason: error.message }, { cause: error })),
      );
      child.once("close", (exit) => resolve({ exit, out }));
    });
  };
