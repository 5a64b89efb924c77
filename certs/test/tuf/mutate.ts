import { createHash } from "node:crypto";
import type { SignedDocument } from "@fyr/protocol";
import { between, pick, type Random } from "@fyr/runtime";
import { signatureOf, type SigningKey } from "../../src/images/signing-key.ts";
import type { History, Moment } from "./histories.ts";

/** A case to be judged: a served repository that something was done to, and a client's trust. */
export interface Case extends Moment {
  /** What was done, for the person who reads a disagreement. */
  readonly done: readonly string[];
}

type Files = Map<string, Uint8Array>;
type Signed = Record<string, unknown>;
interface Document {
  signed: Signed;
  signatures: SignedDocument["signatures"][number][];
}

interface Work {
  readonly random: Random;
  readonly history: History;
  readonly files: Files;
  readonly done: string[];
}

const parse = (bytes: Uint8Array | undefined): Document | null => {
  try {
    const document = JSON.parse(Buffer.from(bytes ?? []).toString()) as Document | null;
    return document?.signed && Array.isArray(document.signatures) ? document : null;
  } catch {
    return null;
  }
};
const print = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document));

/** The files that a client of now would look at, by role. */
function current({ files }: Work): Record<string, string | undefined> {
  const newest = (role: string) =>
    [...files.keys()]
      .filter((name) => name.endsWith(`.${role}.json`))
      .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0];
  const snapshot = newest("snapshot");
  return { root: newest("root"), timestamp: "timestamp.json", snapshot, targets: newest("targets") };
}

const anyFile = (work: Work): string => pick(work.random, [...work.files.keys()]);

/** A file that matters, in four cases of five. */
function aFile(work: Work): string {
  if (work.random.next() < 0.2) return anyFile(work);
  return pick(
    work.random,
    Object.values(current(work)).flatMap((name) => name ?? []),
  );
}

const roleOf = (name: string): string => name.split(".").at(-2) ?? "";

/** Signs a changed document with those keys that signed it before, so that what was changed is all there is to find. */
function resigned(work: Work, { signed, signatures }: Document): Document {
  const signers = signatures.flatMap(
    ({ keyid }) => work.history.keys.find((key) => key.keyid === keyid) ?? [],
  );
  try {
    return { signed, signatures: signers.map((key) => signatureOf(key, signed)) };
  } catch {
    return { signed, signatures }; // it cannot even be written canonically: the old signatures stay
  }
}

const metaFor = (version: unknown, bytes: Uint8Array) => ({
  version,
  length: bytes.length,
  hashes: { sha256: createHash("sha256").update(bytes).digest("hex") },
});

/** Makes snapshot and timestamp vouch for a changed file below them, as an online key in wrong hands would. */
function vouch(work: Work, role: string): void {
  const names = current(work);
  const chain = role === "targets" ? (["targets", "snapshot"] as const) : (["snapshot"] as const);
  for (const below of chain) {
    const above = below === "targets" ? "snapshot" : "timestamp";
    const lower = work.files.get(names[below] ?? "");
    const upper = parse(work.files.get(names[above] ?? ""));
    const version = parse(lower)?.signed["version"];
    if (!lower || !upper) return;
    upper.signed["meta"] = { [`${below}.json`]: metaFor(version, lower) };
    work.files.set(names[above] ?? "", print(resigned(work, upper)));
  }
}

/** Changes a parsed file; mostly signed again, sometimes not; mostly vouched for, sometimes not. */
function edit(work: Work, name: string, change: (document: Document) => void): void {
  const document = parse(work.files.get(name));
  if (!document) return;
  change(document);
  const isSigned = work.random.next() < 0.8;
  work.files.set(name, print(isSigned ? resigned(work, document) : document));
  const role = roleOf(name);
  if ((role === "targets" || role === "snapshot") && work.random.next() < 0.8) vouch(work, role);
}

const ODD_NUMBERS = [0, -1, 1.5, 2 ** 53, 2 ** 53 + 2, 1e300, "1", null, true, [], {}];
const FEW_NUMBERS = [1, 2, 3, 4, 5, 6];
const ODD_DATES = [
  "garbage",
  "",
  "2030-13-45T00:00:00Z",
  "2099-01-01",
  4102444800,
  null,
  "3000-01-01T00:00:00+14:00",
];

const soon = (seconds: number): string =>
  `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`;

type Roles = Record<string, { keyids: unknown[]; threshold: unknown }>;

/** Everything that is done to repositories; each picks its own place. */
const MUTATIONS: Readonly<Record<string, (work: Work) => void>> = {
  nothing: () => undefined,
  bitFlip(work) {
    const name = aFile(work);
    const bytes = Uint8Array.from(work.files.get(name) ?? []);
    const at = between(work.random, 0, Math.max(0, bytes.length - 1));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << between(work.random, 0, 7));
    work.files.set(name, bytes);
  },
  truncated(work) {
    const name = aFile(work);
    const bytes = work.files.get(name) ?? new Uint8Array();
    work.files.set(name, bytes.subarray(0, between(work.random, 0, bytes.length)));
  },
  padded(work) {
    const name = aFile(work);
    const sizes = [1, 100, 16_384, 65_536, 600_000];
    const spaces = Buffer.alloc(pick(work.random, sizes), " ");
    work.files.set(name, Buffer.concat([work.files.get(name) ?? new Uint8Array(), spaces]));
    if (work.random.next() < 0.5) vouch(work, roleOf(name));
  },
  missing: (work) => void work.files.delete(aFile(work)),
  swapped(work) {
    const [a, b] = [aFile(work), anyFile(work)];
    const [first, second] = [work.files.get(a), work.files.get(b)];
    if (first && second) work.files.set(a, second).set(b, first);
  },
  renamed(work) {
    const bytes = work.files.get(aFile(work));
    const names = [
      "2.root.json",
      "5.root.json",
      "7.snapshot.json",
      "snapshot.json",
      "targets.json",
      "9.targets.json",
    ];
    if (bytes) work.files.set(pick(work.random, names), bytes);
  },
  otherTime(work) {
    const { served } = pick(work.random, work.history.moments);
    const name = aFile(work);
    const bytes = served.get(name) ?? served.get(pick(work.random, [...served.keys()]));
    if (bytes) work.files.set(name, bytes);
  },
  otherTimeWhole(work) {
    const { served } = pick(work.random, work.history.moments);
    work.files.clear();
    for (const [name, bytes] of served) work.files.set(name, bytes);
  },
  expired: (work) =>
    edit(work, aFile(work), ({ signed }) => (signed["expires"] = soon(-between(work.random, 10, 1e6)))),
  oddDate: (work) =>
    edit(work, aFile(work), ({ signed }) => (signed["expires"] = pick(work.random, ODD_DATES))),
  oddVersion: (work) =>
    edit(work, aFile(work), ({ signed }) => (signed["version"] = pick(work.random, ODD_NUMBERS))),
  otherVersion: (work) =>
    edit(work, aFile(work), ({ signed }) => (signed["version"] = pick(work.random, FEW_NUMBERS))),
  oddSpec: (work) =>
    edit(work, aFile(work), ({ signed }) => {
      signed["spec_version"] = pick(work.random, [
        "1.0",
        "1.99.1",
        "2.0.0",
        "1",
        "1.0.0.0",
        "",
        1,
        null,
        "x.y.z",
      ]);
    }),
  oddType: (work) =>
    edit(work, aFile(work), ({ signed }) => {
      signed["_type"] = pick(work.random, [
        "root",
        "targets",
        "snapshot",
        "timestamp",
        "mirrors",
        "",
        null,
        1,
      ]);
    }),
  unknownField: (work) =>
    edit(work, aFile(work), ({ signed }) => {
      signed[pick(work.random, ["x", "__proto__x", "toString", "delegations2"])] = pick<unknown>(
        work.random,
        [1, "é", null, { a: [] }],
      );
    }),
  lostField: (work) =>
    edit(work, aFile(work), ({ signed }) => void delete signed[pick(work.random, Object.keys(signed))]),
  oddField: (work) =>
    edit(work, aFile(work), ({ signed }) => {
      signed[pick(work.random, Object.keys(signed))] = pick<unknown>(work.random, [
        null,
        1,
        "",
        [],
        {},
        true,
        [null],
      ]);
    }),
  lostSignature: (work) =>
    edit2(
      work,
      ({ signatures }) => void signatures.splice(between(work.random, 0, signatures.length - 1), 1),
    ),
  noSignatures: (work) => edit2(work, (document) => (document.signatures = [])),
  doubledSignature: (work) =>
    edit2(work, ({ signatures }) => {
      const one = pick(work.random, signatures.length > 0 ? signatures : [{ keyid: "", sig: "" }]);
      signatures.push(work.random.next() < 0.5 ? one : { ...one, sig: "00".repeat(64) });
    }),
  borrowedSignature: (work) =>
    edit2(work, ({ signatures }) => {
      for (const signature of signatures)
        if (work.random.next() < 0.5) signature.keyid = pick(work.random, work.history.keys).keyid;
    }),
  oddSignature: (work) =>
    edit2(work, ({ signatures }) => {
      const odd = pick(work.random, ["", "zz", "00", "ab".repeat(64), "ab".repeat(1000)]);
      if (signatures[0]) signatures[0].sig = odd;
    }),
  upperCaseSignature: (work) =>
    edit2(work, ({ signatures }) =>
      signatures.forEach((signature) => (signature.sig = signature.sig.toUpperCase())),
    ),
  moreSigners: (work) =>
    edit2(work, (document) => {
      const key = pick(work.random, work.history.keys);
      document.signatures.push(
        safely(() => signatureOf(key, document.signed)) ?? { keyid: key.keyid, sig: "" },
      );
    }),
  wrongSigner: (work) =>
    edit2(work, (document) => {
      const key = pick(work.random, work.history.keys);
      document.signatures = [
        safely(() => signatureOf(key, document.signed)) ?? { keyid: key.keyid, sig: "" },
      ];
    }),
  signedByAll: (work) =>
    edit2(work, (document) => {
      const all = work.history.keys.flatMap((key) => safely(() => signatureOf(key, document.signed)) ?? []);
      document.signatures = all;
    }),
  unsignedJunk: (work) =>
    edit2(work, (document) => Object.assign(document, { junk: work.random.next() < 0.5 ? 1 : { a: 1 } })),
  threshold: (work) =>
    editRoles(
      work,
      (roles, role) =>
        ((roles[role] ??= { keyids: [], threshold: 1 }).threshold = pick<unknown>(work.random, [
          0,
          1,
          2,
          3,
          4,
          -1,
          1.5,
          "1",
          null,
        ])),
    ),
  doubledKeyId: (work) =>
    editRoles(work, (roles, role) => {
      const keyids = roles[role]?.keyids ?? [];
      keyids.push(keyids[0]);
    }),
  lostKeyId: (work) => editRoles(work, (roles, role) => void roles[role]?.keyids.splice(0, 1)),
  unknownKeyId: (work) => editRoles(work, (roles, role) => void roles[role]?.keyids.push("e".repeat(64))),
  otherRoleKeys: (work) =>
    editRoles(work, (roles, role) => {
      const other = roles[pick(work.random, Object.keys(roles))];
      if (other) roles[role] = structuredClone(other);
    }),
  lostRole: (work) => editRoles(work, (roles, role) => void delete roles[role]),
  extraRole: (work) => editRoles(work, (roles) => void (roles["mirrors"] = { keyids: ["a"], threshold: 1 })),
  lostKey: (work) =>
    edit(work, current(work)["root"] ?? "", ({ signed }) => {
      const keys = signed["keys"] as Record<string, unknown> | undefined;
      if (keys && Object.keys(keys).length > 0) delete keys[pick(work.random, Object.keys(keys))];
    }),
  consistency: (work) =>
    edit(work, current(work)["root"] ?? "", ({ signed }) => {
      signed["consistent_snapshot"] = pick<unknown>(work.random, [false, false, true, 1, "yes", null]);
      const names = current(work);
      for (const role of ["snapshot", "targets"]) {
        const bytes = work.files.get(names[role] ?? "");
        if (bytes && work.random.next() < 0.7) work.files.set(`${role}.json`, bytes);
      }
    }),
  meta: (work) =>
    edit(work, current(work)[pick(work.random, ["timestamp", "snapshot"])] ?? "", ({ signed }) => {
      const meta = signed["meta"] as Record<string, Record<string, unknown>> | undefined;
      const one = Object.values(meta ?? {})[0];
      if (!one) return;
      const changes: (() => void)[] = [
        () => (one["length"] = pick<unknown>(work.random, [0, 1, 100_000, -5, 1.5, "9", null])),
        () => (one["version"] = pick<unknown>(work.random, [...FEW_NUMBERS, ...ODD_NUMBERS])),
        () =>
          (one["hashes"] = pick<unknown>(work.random, [
            {},
            { sha256: "00" },
            { md5: "00" },
            { sha999: "00" },
            { sha512: "x" },
            null,
            [],
            "x",
          ])),
        () => void delete one["length"],
        () => void delete one["hashes"],
        () => void delete meta?.[Object.keys(meta)[0] ?? ""],
        () => Object.assign(meta ?? {}, { "other.json": { version: 1 } }),
      ];
      pick(work.random, changes)();
    }),
  targets: (work) =>
    edit(work, current(work)["targets"] ?? "", ({ signed }) => {
      const targets = (signed["targets"] ?? {}) as Record<string, Record<string, unknown>>;
      const one = Object.values(targets)[0] ?? {};
      const changes: (() => void)[] = [
        () =>
          (signed["targets"] = pick<unknown>(work.random, [
            {},
            { x: {} },
            { x: null },
            { "../x": { length: 1, hashes: {} } },
          ])),
        () => (one["length"] = pick<unknown>(work.random, [0, -1, 1.5, "1", null])),
        () => (one["hashes"] = pick<unknown>(work.random, [{}, { md5: "1" }, null, "x", { sha256: 1 }])),
        () => (one["custom"] = pick<unknown>(work.random, [{}, null, [], 1])),
        () => (signed["delegations"] = { keys: {}, roles: [] }),
      ];
      pick(work.random, changes)();
    }),
  misnumbered(work) {
    // a file is vouched for, and served, under a version that is not its own
    const [above, below] = pick(work.random, [
      ["snapshot", "targets"],
      ["timestamp", "snapshot"],
    ] as const);
    const bytes = work.files.get(current(work)[below] ?? "");
    const number = between(work.random, 2, 9);
    if (!bytes) return;
    edit(work, current(work)[above] ?? "", ({ signed }) => {
      signed["meta"] = { [`${below}.json`]: metaFor(number, bytes) };
    });
    work.files.set(`${number}.${below}.json`, bytes);
  },
  ahead(work) {
    // an attacker with every key moves a role far ahead, then vouches for it or not
    const role = pick(work.random, ["timestamp", "snapshot", "targets"]);
    edit(work, current(work)[role] ?? "", ({ signed }) => (signed["version"] = 1_000_000));
  },
  nextRootByStranger(work) {
    const root = parse(work.files.get(current(work)["root"] ?? ""));
    if (!root) return;
    const version = Number(root.signed["version"]) + 1;
    const signed = { ...root.signed, version };
    const signers: SigningKey[] = work.history.keys.filter(() => work.random.next() < 0.5);
    work.files.set(
      `${version}.root.json`,
      print({ signed, signatures: signers.flatMap((key) => safely(() => signatureOf(key, signed)) ?? []) }),
    );
  },
};

function safely<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}

/** Changes the signatures of a file and vouches for it, so that its signatures are all there is to find. */
function edit2(work: Work, change: (document: Document) => void): void {
  const name = aFile(work);
  const document = parse(work.files.get(name));
  if (!document) return;
  change(document);
  work.files.set(name, print(document));
  if (work.random.next() < 0.9) vouch(work, roleOf(name));
}

function editRoles(work: Work, change: (roles: Roles, role: string) => void): void {
  edit(work, current(work)["root"] ?? "", ({ signed }) => {
    if (typeof signed["roles"] !== "object" || signed["roles"] === null) return;
    const roles = signed["roles"] as Roles;
    const names = Object.keys(roles).filter((role) => Array.isArray(roles[role]?.keyids));
    if (names.length > 0) change(roles, pick(work.random, names));
  });
}

export const MUTATION_NAMES = Object.keys(MUTATIONS);

/** A case that follows from `random`: one to three things done to a repository of some moment. */
export function mutated(history: History, random: Random): Case {
  const moment = pick(random, history.moments);
  const { trusted } = random.next() < 0.6 ? moment : pick(random, history.moments);
  const work: Work = { random, history, files: new Map(moment.served), done: [] };
  const rounds = pick(random, [1, 1, 1, 2, 3]);
  for (let round = 0; round < rounds; round++) {
    const name = pick(random, MUTATION_NAMES);
    MUTATIONS[name]?.(work);
    work.done.push(name);
  }
  return { served: work.files, trusted, done: work.done };
}
