import { expect, test } from "vitest";
import { commitPolicy, UpgradeParams } from "./commit-policy.ts";

/** Straight from the table of vapix.md 1.5. */
test.each([
  [{}, "started", 10],
  [{ factoryDefaultMode: "soft" }, "boot", 10],
  [{ factoryDefaultMode: "hard" }, "boot", 10],
  [{ autoRollback: "30" }, "never", 30],
  [{ autoRollback: "never" }, "never", null],
  [{ factoryDefaultMode: "soft", autoRollback: "30" }, "never", 30],
  [{ autoCommit: "never" }, "never", null],
  [{ autoCommit: "started" }, "started", null],
  [{ autoCommit: "boot" }, "boot", null],
  [{ autoCommit: "never", autoRollback: "default" }, "never", null],
  [{ autoCommit: "default", autoRollback: "5" }, "never", 5],
  [{ autoCommit: "never", autoRollback: "30" }, "never", 30],
  [{ autoCommit: "started", autoRollback: "5" }, "started", 5],
])("%j commits %s and rolls back after %s", (params, commit, rollbackMinutes) => {
  expect(commitPolicy(UpgradeParams.parse(params))).toEqual({ commit, rollbackMinutes });
});

test.each([{ autoRollback: 30 }, { autoRollback: "soon" }, { autoCommit: "later" }, { extra: "1" }])(
  "%j is not understood",
  (params) => {
    expect(UpgradeParams.safeParse(params).success).toBe(false);
  },
);
