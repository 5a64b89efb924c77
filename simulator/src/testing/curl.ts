import { execFile } from "node:child_process";

export interface CurlResult {
  /** 0, or curl's own error number: 7 refused, 52 no answer, 56 reset. */
  readonly exit: number;
  /** Of the last answer. */
  readonly status: number;
  readonly httpVersion: string;
  readonly body: string;
  /** Header lines of all answers. */
  readonly headers: string;
}

/** Of all that curl tells, the lines that came from the other end. */
const received = (told: string): string =>
  (told.match(/^< .*$/gm) ?? []).map((line) => line.slice(2)).join("\n");

const MARK = "\n%{http_code} %{http_version}";
const MISSING = "curl is needed by the tests of the simulator: install the package named curl";

/** Runs the real curl, a client that nobody here has written. */
export function curl(...args: readonly string[]): Promise<CurlResult> {
  const common = ["--silent", "--insecure", "--max-time", "20", "--verbose", "--write-out", MARK];
  return new Promise((resolve, reject) => {
    execFile("curl", [...common, ...args], { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if ((error as NodeJS.ErrnoException | null)?.code === "ENOENT") return reject(new Error(MISSING));
      const at = stdout.lastIndexOf("\n");
      const [status = "0", httpVersion = "0"] = stdout.slice(at + 1).split(" ");
      const exit = error ? Number(error.code) : 0;
      resolve({
        exit,
        status: Number(status),
        httpVersion,
        body: stdout.slice(0, at),
        headers: received(stderr),
      });
    });
  });
}
