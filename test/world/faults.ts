import { between, type Random } from "@fyr/runtime";

/**
 * Everything that a world may suffer, as data. `each`: at every occasion with a chance drawn from these bounds. `times`:
 * so often in one world, at drawn moments, each lasting for seconds drawn from `lasts`. To add one, write it here and
 * let the part of the world that suffers it ask `strikes`, or give it an act in `storms.ts`: a test demands that each
 * fires within a thousand seeds.
 */
export const FAULTS = {
  // the line to the hub
  requestLost: { each: [0.02, 0.3] },
  requestReset: { each: [0.02, 0.2] },
  requestDuplicated: { each: [0.05, 0.2] },
  requestReplayed: { each: [0.02, 0.1] },
  answerLost: { each: [0.02, 0.3] },
  answerReset: { each: [0.02, 0.2] },
  messageSlow: { each: [0.05, 0.3] },
  imageCut: { each: [0.05, 0.4] },
  bellLost: { each: [0.2, 1] },
  // what the hub gives out
  orderForged: { each: [0.01, 0.1] },
  metadataMissing: { each: [0.02, 0.3] },
  imageDamaged: { each: [0.02, 0.2] },
  linePartition: { times: [1, 3], lasts: [5, 900] },
  lineDeaf: { times: [1, 3], lasts: [5, 300] },
  // the hub's process and disk
  hubKilled: { times: [1, 4], lasts: [1, 30] },
  hubCut: { times: [1, 3], lasts: [2, 60] },
  hubKilledBeforeAnswer: { each: [0.01, 0.06] },
  hubCutBeforeAnswer: { each: [0.01, 0.06] },
  hubDiskFull: { times: [1, 2], lasts: [5, 120] },
  hubDiskBroken: { times: [1, 2], lasts: [1, 20] },
  // agents
  agentKilled: { times: [1, 4], lasts: [1, 60] },
  agentCut: { times: [1, 3], lasts: [2, 120] },
  agentKilledAtPoint: { times: [1, 3], lasts: [1, 20] },
  agentCutAtPoint: { times: [1, 3], lasts: [1, 20] },
  agentPaused: { times: [1, 2], lasts: [5, 1200] },
  agentDiskFull: { times: [1, 2], lasts: [5, 120] },
  agentDiskBroken: { times: [1, 2], lasts: [1, 20] },
  agentDiskReadOnly: { times: [1, 1], lasts: [5, 60] },
  imageRots: { times: [1, 2], lasts: [0, 0] },
  // clocks
  agentClockJumps: { times: [1, 2], lasts: [10, 600] },
  hubClockJumps: { times: [1, 2], lasts: [10, 600] },
  // devices and the way to them
  deviceLineCut: { each: [0.005, 0.05] },
  deviceLineSilent: { each: [0.002, 0.01] },
  devicePowerCut: { times: [1, 3], lasts: [1, 30] },
  deviceTrouble: { times: [1, 4], lasts: [0, 0] },
  // people
  cancel: { times: [1, 4], lasts: [0, 0] },
  clickRepeated: { each: [0.2, 0.8] },
  ordersRepeated: { times: [1, 3], lasts: [0, 0] },
  agentRevoked: { times: [1, 1], lasts: [0, 0] },
  renewalDue: { times: [1, 1], lasts: [0, 0] },
} as const satisfies Record<
  string,
  | { readonly each: readonly [number, number] }
  | { readonly times: readonly [number, number]; readonly lasts: readonly [number, number] }
>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** How much of which fault one world suffers: a chance, or a count. What is missing does not happen. */
export type FaultRates = Readonly<Partial<Record<FaultName, number>>>;

/** Of all seeds, this share is left in peace: what goes wrong there needs no fault. */
const CALM = 0.06;
/** Some are grave enough to drown the others, some lead to places that nothing else leads to. */
const SHARES: Readonly<Partial<Record<FaultName, number>>> = {
  agentRevoked: 0.06,
  bellLost: 0.15,
  agentKilledAtPoint: 0.5,
  agentCutAtPoint: 0.4,
  deviceTrouble: 0.5,
};

/** A random few of the faults, each with a random rate: faults that hide each other are apart in some seeds. */
export function drawFaults(random: Random): FaultRates {
  if (random.next() < CALM) return {};
  const share = 0.1 + random.next() * 0.35;
  const rates: Partial<Record<FaultName, number>> = {};
  for (const name of FAULT_NAMES) {
    const own = random.split(name);
    if (own.next() >= (SHARES[name] ?? share)) continue;
    const fault: (typeof FAULTS)[FaultName] = FAULTS[name];
    rates[name] =
      "each" in fault
        ? Number((fault.each[0] + own.next() * (fault.each[1] - fault.each[0])).toFixed(3))
        : between(own, fault.times[0], fault.times[1]);
  }
  return rates;
}
