import { describe, expect, test } from "vitest";
import {
  ATTENTION_CODES,
  cancelAt,
  CANCEL_SERVER_JOB,
  CANCEL_SERVER_TASK,
  CAMERA_STEP_NAMES,
  changesTarget,
  FAULTS,
  INSTALL,
  isTerminal,
  JOB_STATES,
  MachineId,
  nextState,
  RESTORE_OFFERED,
  SERVER_OBSERVATION,
  SERVER_SHOWN,
  SERVER_STEP_NAMES,
  SERVER_STEPS,
  ServerProduct,
  serverUid,
  STEPS,
  TASK_PHASES,
} from "../index.ts";

describe("R-077 C-20: a request for a server's upgrade", () => {
  test("is withdrawn at once until an agent claimed it, and never after", () => {
    const withdrawn = TASK_PHASES.filter((phase) => CANCEL_SERVER_TASK[phase] === "now");
    expect(withdrawn).toEqual(["pending", "ready"]);
    for (const phase of TASK_PHASES) expect(CANCEL_SERVER_TASK[phase] === "over").toBe(isTerminal(phase));
  });

  test("cannot be stopped by any state or step of the job that claimed it", () => {
    const over = JOB_STATES.filter((state) => CANCEL_SERVER_JOB[state] !== "claimed");
    expect(over).toEqual(["closing", "closed"]);
    for (const step of SERVER_STEP_NAMES) expect(cancelAt(step)).toBe("claimed");
    expect(cancelAt("transfer")).toBe("stop");
  });
});

describe("R-080 R-081: the steps at a server", () => {
  test("have names that no camera's step has", () => {
    expect(Object.keys(STEPS)).toHaveLength(CAMERA_STEP_NAMES.length + SERVER_STEP_NAMES.length);
  });

  test("only lead forward from the installation on, and change nothing before it", () => {
    const from = SERVER_STEP_NAMES.indexOf("install");
    for (const [at, step] of SERVER_STEP_NAMES.entries()) {
      expect(SERVER_STEPS[step].way).toBe(at < from ? "free" : "noReturn");
      expect(changesTarget(step)).toBe(at >= from);
    }
    expect(SERVER_STEPS.install.tries).toBe(1);
  });

  test("write their intent before a backup, an installation and a restoration", () => {
    const intents = SERVER_STEP_NAMES.filter((step) => SERVER_STEPS[step].intent);
    expect(intents).toEqual(["save", "install", "restore"]);
  });

  test("alert people at least an hour after the installer started, and ask a person later still", () => {
    expect(INSTALL.alertMs).toBeGreaterThanOrEqual(60 * 60_000);
    expect(INSTALL.askPersonMs).toBeGreaterThan(INSTALL.alertMs);
    for (const code of ATTENTION_CODES) expect(FAULTS[code].retry).toBe("indeterminate");
  });
});

test("everything that is concluded from traces leads along an edge of the job table", () => {
  for (const move of Object.values(SERVER_OBSERVATION)) expect(nextState("observing", move)).toBeDefined();
});

test("an installer that may have begun is only started again where a package is put in place whole", () => {
  const again = Object.entries(SERVER_OBSERVATION).filter(([, move]) => move === "resend");
  expect(again.map(([sight]) => sight)).toEqual(["untouched", "neverBegan", "cutWhole"]);
});

test("R-081: a server is shown as unavailable while it is installed on, and only then", () => {
  const away = JOB_STATES.filter((state) => SERVER_SHOWN[state].unavailable);
  expect(away).toEqual(["settling", "verifying", "observing"]);
});

test("a backup is offered only after ends that are no success and will not be tried again", () => {
  for (const code of RESTORE_OFFERED) expect(FAULTS[code].retry).toBe("permanent");
});

test("a server is known by its product and its machine, whatever its address", () => {
  const uid = serverUid(ServerProduct.parse("acs-pro-server"), MachineId.parse("4c4c4544-0042-3510"));
  expect(uid).toBe("acs-pro-server:4c4c4544-0042-3510");
});
