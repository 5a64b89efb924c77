import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundle } from "./bundle.ts";
import { subject } from "./child.ts";
import { absolute, interleave, ratio, type Benchmark } from "./figure.ts";
import { start } from "./stage.ts";

interface Cost {
  readonly cpuSecondsPerGb: number;
  readonly growthBytes: number;
}

interface Sample {
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

const MB = 2 ** 20;
const run = promisify(execFile);

async function sample(folder: string, megabytes: number): Promise<Sample> {
  const path = join(folder, `${megabytes}.bin`);
  const hash = createHash("sha256");
  const file = await open(path, "w");
  for (let written = 0; written < megabytes; written++) {
    const piece = randomBytes(MB);
    hash.update(piece);
    await file.write(piece);
  }
  await file.close();
  return { path, digest: hash.digest("hex"), sizeBytes: megabytes * MB };
}

/** User and system time of commands in a shell, per GB of the sample. */
async function shellCost(script: string, { sizeBytes }: Sample): Promise<number> {
  const timed = `TIMEFORMAT='%U %S'; time { ${script}; } >/dev/null 2>&1`;
  const { stderr } = await run("bash", ["-c", timed]);
  const [user, system] = stderr.trim().split(" ").map(Number);
  return ((user ?? 0) + (system ?? 0)) / (sizeBytes / 1e9);
}

const curl = (port: number, { path }: Sample) =>
  `curl -fsS --digest -u root:pass -H Expect: -F 'json={"method":"upgrade"};type=application/json' -F 'file=@${path}' http://127.0.0.1:${port}/axis-cgi/firmwaremanagement.cgi`;

export const benchmark: Benchmark = {
  id: "P10",
  title: "an image on its way to a device",
  async run(rounds) {
    const folder = await mkdtemp(join(tmpdir(), "fyr-bench-"));
    const [agent, sinkProgram] = [
      await subject("upload-agent"),
      await bundle(new URL("subjects/upload-sink.ts", import.meta.url)),
    ];
    const sink = await start(sinkProgram.file, [], {});
    const port = Number(sink.ready["port"]);
    const [large, small] = [await sample(folder, 512), await sample(folder, 16)];
    const growths: number[] = [];
    const send = ({ path, digest, sizeBytes }: Sample, times: number) =>
      agent.run<Cost>(String(port), path, digest, String(sizeBytes), String(times));
    const product = async () => {
      const cost = await send(large, 1);
      growths.push(cost.growthBytes / MB);
      return cost.cpuSecondsPerGb;
    };
    const hashed = `${curl(port, large)} && openssl dgst -sha256 ${large.path}`;
    try {
      const plain = await interleave(rounds, product, () => shellCost(curl(port, large), large));
      const alike = await interleave(rounds, product, () => shellCost(hashed, large));
      const many: number[] = [];
      for (let round = 0; round < rounds; round++) many.push((await send(small, 50)).growthBytes / MB);
      return [
        ratio("P10", "upload, CPU against curl, which does not hash what it sends", "s/GB", plain, {
          atMost: 1.3,
        }),
        ratio("P10", "upload, CPU against curl and openssl hashing the same", "s/GB", alike, { atMost: 1.3 }),
        absolute("P10", "memory that one upload adds", "MB", growths, { atMost: 12 }),
        absolute("P10", "memory that 50 uploads at once add", "MB", many, { atMost: 30 }),
      ];
    } finally {
      await sink.kill();
      await Promise.all([agent.remove(), sinkProgram.remove(), rm(folder, { recursive: true, force: true })]);
    }
  },
};
