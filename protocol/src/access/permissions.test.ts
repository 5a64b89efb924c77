import { expect, test } from "vitest";
import { FolderId } from "../ids.ts";
import { may, rankIn, reachOf, type Standing } from "./may.ts";
import { ACTIONS, PERMISSIONS, type Permission } from "./permissions.ts";
import { DEFAULT_SETTINGS, RANKS, type Rank } from "./roles.ts";

/** The matrix as it was decided, row by row: owner, admin, operator, viewer, service account. */
const DECIDED = `
1 SSSS- 2 SSSS- 3 ✓✓✓✓- 4 SSSS- 5 ✓✓✓✓r 6 ✓✓--- 7 ✓✓--r 8 ✓---- 9 ✓---- 10 ✓✓--- 11 ✓✓✓✓r 12 ✓✓SSr 13 ✓✓---
14 ✓✓--- 15 ✓✓--- 16 ✓✓--- 17 ✓✓--- 18 ✓---- 19 ✓✓--- 20 ✓✓--- 21 ✓✓--r 22 ✓✓FFr 23 ✓✓--r 24 ✓✓--r 25 ✓✓--r
26 ✓✓FFr 27 ✓✓FF- 28 ✓✓F-- 29 ✓✓F-- 30 ✓✓F-- 31 ✓✓--r 32 ✓✓--r 33 ✓✓--r 34 ✓✓--r 35 ✓✓F-r 36 ✓✓F-r 37 ✓✓F-r
38 ✓✓--r 39 ✓✓M-r 40 ✓✓FFr 41 ✓✓FFr 42 ✓✓F-r 43 ✓✓F-r 44 ✓✓--r 45 ✓✓--- 46 ✓✓--r 47 ✓✓--- 48 ✓✓--r 49 ✓✓---
50 ✓✓--- 51 ✓✓--- 52 ✓✓--r 53 ✓✓--r 54 ✓✓FFr 55 ✓✓FFr 56 ✓✓F-r 57 SSSS- 58 ✓✓--r 59 ✓✓SSr 60 ✓✓FFr 61 ✓✓--r
62 ✓✓FFr 63 ✓✓SS-`;

const decided = new Map(
  [...DECIDED.matchAll(/(\d+) ([✓SFM-]{4})([r-])/g)].map(
    ([, row, cells = "", service = ""]) => [Number(row), { cells: [...cells], service }] as const,
  ),
);
const SIGN = { everywhere: "✓", folders: "F", self: "S", ownInFolders: "M", never: "-" } as const;
const all: [string, Permission][] = Object.entries(PERMISSIONS);

test("the table has every row of the matrix and no other", () => {
  expect([...new Set(all.map(([, { row }]) => row))].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 63 }, (_, at) => at + 1),
  );
});

test.each(all)("%s reaches as far as its row says, role by role", (_name, { row, reaches, service }) => {
  const columns: Rank[] = ["owner", "admin", "operator", "viewer"];
  expect(columns.map((rank) => SIGN[reaches[rank]])).toEqual(decided.get(row)?.cells);
  expect(service ? "r" : "-").toBe(decided.get(row)?.service);
});

const id = (n: number) => FolderId.parse(`01890000-0000-7000-8000-${String(n).padStart(12, "0")}`);
const [root, lyon, hall, paris] = [id(1), id(2), id(3), id(4)];
const OPEN = { ...DEFAULT_SETTINGS, operatorsMayUpgrade: true, operatorsMayExport: true };

const standing = (facts: Partial<Standing> = {}): Standing => ({
  ...{ kind: "person", role: "viewer", owner: false, grants: [], settings: OPEN, scope: null },
  ...facts,
});

const as = (rank: Rank): Standing =>
  rank === "owner" || rank === "admin"
    ? standing({ role: "admin", owner: rank === "owner" })
    : standing({ role: rank, grants: [{ folderId: lyon, role: rank }] });

test.each(ACTIONS.flatMap((action) => RANKS.map((rank) => [action, rank] as const)))(
  "A-20 A-21: %s as %s: allowed in scope, hidden outside it, refused where the row says never",
  (action, rank) => {
    const reaches = PERMISSIONS[action].reaches[rank];
    const scoped = rank === "operator" || rank === "viewer";
    const inside = may(as(rank), action, { path: [hall, lyon, root] });
    const outside = may(as(rank), action, { path: [paris, root] });
    expect(inside.kind).toBe(reaches === "never" ? "refused" : "allowed");
    expect(outside.kind).toBe(scoped ? "hidden" : inside.kind);
    if (inside.kind === "refused") {
      expect(RANKS.indexOf(inside.requiredRole)).toBeGreaterThan(RANKS.indexOf(rank));
      expect(may(as(inside.requiredRole), action, { path: [lyon, root] }).kind).toBe("allowed");
    }
  },
);

test("A-10 A-11: a role holds in a folder and below; the highest on the way up counts; nothing takes away", () => {
  const both = standing({
    role: "operator",
    grants: [
      { folderId: lyon, role: "operator" },
      { folderId: paris, role: "viewer" },
    ],
  });
  expect(rankIn(both, [hall, lyon, root])).toBe("operator");
  expect(rankIn(both, [paris, root])).toBe("viewer");
  expect(rankIn(both, [root])).toBeNull();
  const nested = standing({ grants: [...both.grants, { folderId: hall, role: "viewer" }] });
  expect(rankIn(nested, [hall, lyon, root])).toBe("operator");
  expect(may(both, "device.control", { path: [paris, root] })).toMatchObject({
    kind: "refused",
    because: "role",
  });
  expect(reachOf(both, "device.control")).toEqual([lyon]);
  expect(reachOf(both, "device.read")).toEqual([lyon, paris]);
});

test("A-12: a member without any grant reaches no folder, and sees the users", () => {
  const lone = standing({ role: "operator" });
  expect(reachOf(lone, "device.read")).toEqual([]);
  expect(may(lone, "user.list").kind).toBe("allowed");
});

test("C-07: operators upgrade, schedule and restart only where the organisation opened it", () => {
  const closed = { ...as("operator"), settings: DEFAULT_SETTINGS };
  for (const action of ["device.upgrade", "device.schedule", "device.restart", "recording.export"] as const) {
    expect(may(closed, action, { path: [lyon] })).toEqual({
      ...{ kind: "refused", because: "setting", requiredRole: "admin" },
    });
    expect(reachOf(closed, action)).toEqual([]);
    expect(may(as("operator"), action, { path: [lyon] }).kind).toBe("allowed");
  }
});

test("A-36: what an admin may do to others ends at owners", () => {
  for (const action of ["user.role", "user.access", "user.remove", "user.resetFactor"] as const) {
    expect(may(as("admin"), action, { toOwner: true })).toMatchObject({
      because: "owner",
      requiredRole: "owner",
    });
    expect(may(as("owner"), action, { toOwner: true }).kind).toBe("allowed");
    expect(may(as("admin"), action).kind).toBe("allowed");
  }
});

test("a service account has its role's column where its row says so, and its key's scope at most", () => {
  for (const action of ACTIONS) {
    const service = standing({ kind: "service", role: "admin" });
    expect(may(service, action).kind).toBe(
      PERMISSIONS[action].service && PERMISSIONS[action].reaches.admin !== "never" ? "allowed" : "refused",
    );
    expect(may({ ...service, scope: [] }, action).kind).toBe("refused");
    expect(reachOf({ ...service, scope: [] }, action)).toEqual([]);
  }
});

test("what is one's own is not what is another's", () => {
  expect(may(as("viewer"), "audit.read", { own: false })).toMatchObject({
    kind: "refused",
    requiredRole: "admin",
  });
  expect(may(as("viewer"), "audit.read", { own: true }).kind).toBe("allowed");
  expect(may(as("operator"), "task.cancel", { path: [lyon], own: false }).kind).toBe("refused");
  expect(may(as("admin"), "task.cancel", { path: [lyon], own: false }).kind).toBe("allowed");
});

const inLyon = (rank: Rank, action: (typeof ACTIONS)[number]) =>
  may(as(rank), action, { path: [hall, lyon, root] });
const inParis = (rank: Rank, action: (typeof ACTIONS)[number]) =>
  may(as(rank), action, { path: [paris, root] });

test("R-027 R-032: operators and viewers watch live pictures in their folders, and see no others", () => {
  for (const rank of ["operator", "viewer"] as const) {
    expect(inLyon(rank, "device.watch").kind).toBe("allowed");
    expect(inParis(rank, "device.watch").kind).toBe("hidden");
  }
});

test("R-028 R-033: operators control devices in their folders, viewers none", () => {
  expect(inLyon("operator", "device.control").kind).toBe("allowed");
  expect(inParis("operator", "device.control").kind).toBe("hidden");
  expect(inLyon("viewer", "device.control")).toEqual({
    ...{ kind: "refused", because: "role", requiredRole: "operator" },
  });
});

test("R-029 R-034: operators play recordings of their folders, viewers reach none", () => {
  expect(inLyon("operator", "recording.play").kind).toBe("allowed");
  expect(inParis("operator", "recording.play").kind).toBe("hidden");
  expect(inLyon("viewer", "recording.play")).toEqual({
    ...{ kind: "refused", because: "role", requiredRole: "operator" },
  });
  expect(reachOf(as("viewer"), "recording.play")).toEqual([]);
});

test("R-024 R-162: an owner may do everything there is, an admin everything but what only owners decide", () => {
  const refused = (rank: Rank) => ACTIONS.filter((action) => inParis(rank, action).kind !== "allowed");
  expect(refused("owner")).toEqual([]);
  expect(refused("admin")).toEqual(["organisation.policy", "organisation.archive", "user.own"]);
});
