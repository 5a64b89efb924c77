import { subject } from "./child.ts";
import { absolute, type Benchmark } from "./figure.ts";

interface Cost {
  readonly startMs: number;
  readonly residentBytes: number;
}

const DEVICES = 50_000;

export const benchmark: Benchmark = {
  id: "P15",
  title: `${DEVICES} idle simulated devices in one process`,
  async run(rounds) {
    const program = await subject("idle-devices");
    const costs: Cost[] = [];
    for (let round = 0; round < rounds; round++) costs.push(await program.run<Cost>(String(DEVICES)));
    await program.remove();
    const seconds = costs.map(({ startMs }) => startMs / 1000);
    const megabytes = costs.map(({ residentBytes }) => residentBytes / 2 ** 20);
    return [
      absolute("P15", "whole process with 50,000 idle devices", "MB", megabytes, { atMost: 100 }),
      absolute("P15", "until 50,000 devices can be dialled", "s", seconds, { atMost: 0.5 }),
    ];
  },
};
