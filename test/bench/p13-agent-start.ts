import { spawn } from "node:child_process";
import { once } from "node:events";
import { residentBytes } from "./cpu.ts";
import { absolute, interleave, ratio, type Benchmark } from "./figure.ts";
import { openStage, start } from "./stage.ts";

/** Long enough for the first syncs, the bell and a sweep to be over. */
const REST_MS = 5_000;

async function bareNodeMs(): Promise<number> {
  const begun = performance.now();
  await once(spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }), "exit");
  return performance.now() - begun;
}

export const benchmark: Benchmark = {
  id: "P13",
  title: "the agent's start, and what it holds when it rests",
  async run(rounds) {
    const stage = await openStage();
    const megabytes: number[] = [];
    const startAgent = () => start(stage.agentProgram, ["run", "--json"], stage.agentEnv);
    const agentMs = async () => {
      const agent = await startAgent();
      await agent.kill();
      return agent.startMs;
    };
    try {
      const agent = await startAgent();
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      megabytes.push((await residentBytes(agent.pid)) / 2 ** 20);
      await agent.kill();
      const starts = await interleave(rounds, agentMs, bareNodeMs);
      return [
        ratio("P13", "agent ready to work, against bare node", "ms", starts, { atMost: 2.5 }),
        absolute("P13", "agent at rest", "MB", megabytes, { atMost: 70 }),
      ];
    } finally {
      await stage.close();
    }
  },
};
