import { syncBuiltinESMExports } from "node:module";

/** What must not be used while the world runs, by the object that it hangs on. */
interface Closed {
  readonly on: object;
  /** As a reader knows it: `node:fs`, `Date`. */
  readonly called: string;
  /** Every function when left out, but classes and what begins with `_`. */
  readonly names?: readonly string[];
}

const builtin = (name: string): object => {
  const found: object | undefined = process.getBuiltinModule(`node:${name}`);
  if (!found) throw new Error(`Node has no module ${name}`);
  return found;
};

const inModule = (name: string, names?: readonly string[]): Closed => ({
  on: builtin(name),
  called: `node:${name}`,
  ...(names && { names }),
});

const inClass = (module: string, name: string, method: string): Closed => ({
  on: (builtin(module) as Record<string, { prototype: object }>)[name]?.prototype ?? {},
  called: `node:${module} ${name}`,
  names: [method],
});

const { scheduler } = builtin("timers/promises") as { scheduler: object };

/**
 * Key pairs and the thread pool are chance too: nobody can say what comes out, or when. (`getRandomValues` of this
 * module is that of the global.)
 */
const CHANCE = [
  ...["randomBytes", "pseudoRandomBytes", "randomFill", "randomFillSync", "randomInt", "randomUUID"],
  ...["generateKey", "generateKeySync", "generateKeyPair", "generateKeyPairSync"],
  ...["generatePrime", "generatePrimeSync", "scrypt", "pbkdf2", "hkdf"],
];

const TIMERS = ["setTimeout", "setInterval", "setImmediate"];

const CLOSED: readonly Closed[] = [
  { on: globalThis, called: "the global", names: [...TIMERS, "fetch"] },
  { on: Math, called: "Math", names: ["random"] },
  { on: performance, called: "performance", names: ["now"] },
  { on: AbortSignal, called: "AbortSignal", names: ["timeout"] },
  { on: process, called: "process", names: ["hrtime", "uptime"] },
  { on: crypto, called: "crypto", names: ["getRandomValues", "randomUUID"] },
  { on: Object.getPrototypeOf(crypto.subtle) as object, called: "crypto.subtle" },
  inModule("crypto", CHANCE),
  inModule("timers", TIMERS),
  inModule("timers/promises", TIMERS),
  { on: scheduler, called: "node:timers/promises scheduler", names: ["wait", "yield"] },
  inModule("fs"),
  inModule("fs/promises"),
  inModule("os"),
  inModule("dns"),
  inModule("dns/promises"),
  inModule("child_process"),
  inModule("net", ["connect", "createConnection", "createServer"]),
  inClass("net", "Socket", "connect"),
  inClass("net", "Server", "listen"),
  inModule("tls", ["connect", "createServer"]),
  inModule("http", ["request", "get", "createServer"]),
  inModule("https", ["request", "get", "createServer"]),
  inModule("http2", ["connect", "createServer", "createSecureServer"]),
  inModule("dgram", ["createSocket"]),
];

/** Classes of which none may be made, and getters that lead outside. */
const CLOSED_GLOBALS = ["WebSocket", "EventSource", "WeakRef", "FinalizationRegistry"];

/** Packages that note the time for what nobody here asks of them: for them it stands still. */
const TIMELESS = ["/node_modules/p-queue/"];

const RealDate = Date;
const realImmediate = setImmediate;
const realEnv = process.env;

/** One turn of the event loop: every microtask has run. The one real thing that stays open to the scheduler. */
export const turn = (): Promise<void> => new Promise((resolve) => void realImmediate(resolve));

let isSealed = false;

/**
 * Closes real time, timers, chance, environment, disk and network: until the seal is broken, whoever reaches for one
 * gets an Error that names what was reached and from where. What a run needs of the disk, its modules too, is loaded
 * before. Modules that were given a function by value keep it; an import by name does not.
 *
 * @returns breaks the seal; throws what was reached first, so that nobody can catch it and say nothing
 * @throws Error when it is sealed already
 */
export function seal(): () => void {
  if (isSealed) throw new Error("the world is sealed already");
  let first: Error | undefined;
  const refuse = (what: string): never => {
    const error = new Error(`the world reached for ${what}, from ${caller()}`);
    first ??= error;
    throw error;
  };
  void [process.stdout, process.stderr]; // made at their first use, of a socket or a file
  const undo = [...CLOSED.flatMap((closed) => close(closed, refuse)), ...closeGlobals(refuse)];
  syncBuiltinESMExports();
  isSealed = true;
  return () => {
    if (!isSealed) return;
    for (const open of undo.reverse()) open();
    syncBuiltinESMExports();
    isSealed = false;
    if (first) throw first;
  };
}

type Refuse = (what: string) => never;

function close({ on, called, names = functionsOf(on) }: Closed, refuse: Refuse): (() => void)[] {
  return names
    .filter((name) => name in on)
    .map((name) => replace(on, name, { value: refusing(on, name, () => refuse(`${called}.${name}`)) }));
}

const functionsOf = (on: object): string[] =>
  Object.entries(on).flatMap(([name, value]) =>
    typeof value === "function" && /^[a-z]/.test(name) ? [name] : [],
  );

/** Some functions carry others, such as `process.hrtime.bigint`: they refuse too. */
function refusing(on: object, name: string, refuse: () => never): unknown {
  const own = Object.keys((on as Record<string, object>)[name] ?? {});
  return Object.assign(() => refuse(), Object.fromEntries(own.map((key) => [key, () => refuse()])));
}

function closeGlobals(refuse: Refuse): (() => void)[] {
  const now = () => (isTimelessAsking() ? 0 : refuse("Date.now"));
  return [
    replace(RealDate, "now", { value: now }),
    replace(globalThis, "Date", { value: sealedDate(now, refuse) }),
    replace(process, "env", { get: () => (isNodeAsking() ? realEnv : refuse("process.env")) }),
    ...CLOSED_GLOBALS.map((name) => replace(globalThis, name, { value: refusingClass(name, refuse) })),
    replace(builtin("worker_threads"), "Worker", { value: refusingClass("Worker", refuse) }),
  ];
}

function refusingClass(name: string, refuse: Refuse): unknown {
  return function () {
    refuse(`new ${name}`);
  };
}

/** Dates are made of numbers and texts as ever, but none of the present. */
function sealedDate(now: () => number, refuse: Refuse): unknown {
  const sealed = function (...given: readonly unknown[]) {
    if (!new.target || given.length === 0) refuse(new.target ? "new Date()" : "Date()");
    return Reflect.construct(RealDate, given, new.target === sealed ? RealDate : new.target) as Date;
  };
  const { parse, UTC, prototype } = RealDate;
  return Object.assign(sealed, { parse, UTC, now, prototype });
}

function replace(on: object, name: string, by: PropertyDescriptor): () => void {
  const before = Object.getOwnPropertyDescriptor(on, name);
  Object.defineProperty(on, name, {
    configurable: true,
    enumerable: before?.enumerable ?? false,
    ...("value" in by && { writable: true }),
    ...by,
  });
  return () => {
    if (before) Object.defineProperty(on, name, before);
    else Reflect.deleteProperty(on, name);
  };
}

/** Where the stack first leaves this file and Node. */
function caller(): string {
  const outside = stack().find((line) => !line.includes("node:"));
  return outside?.trim().replace(/^at /, "") ?? "somewhere without a stack";
}

/** Node itself looks at the environment before it writes a line to the console, and when it copies `node:process`. */
const isNodeAsking = (): boolean =>
  stack()
    .find((line) => !line.includes("get (<anonymous>)"))
    ?.includes("(node:internal/") ?? false;

/** Asked at each of their tasks, so it looks no further than it must. */
const isTimelessAsking = (): boolean => {
  const nearest = filesOf(5).find((file) => file !== import.meta.filename && file !== import.meta.url) ?? "";
  return TIMELESS.some((part) => nearest.includes(part));
};

/** The files of the calls, nearest first. Without their text, for which Node would look up the lines of each source. */
function filesOf(depth: number): string[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = depth;
  Error.prepareStackTrace = (_error, sites) => sites.map((site) => site.getFileName() ?? "");
  const files = new Error().stack as unknown as string[];
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  return files;
}

/** Who called, nearest first, without this file. */
function stack(depth = 30): string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = depth;
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = stackTraceLimit;
  return lines.filter((line) => !line.includes(import.meta.filename));
}
