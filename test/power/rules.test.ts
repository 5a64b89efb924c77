import { expect, test } from "vitest";
import { writeAheadLog } from "./log.ts";
import { answersRestOnSync, changes, leftBefore, nothingLeavesUnsynced, uploads } from "./rules.ts";
import { callsIn, ends } from "./trace.ts";

const WAL = "/d/hub.db-wal";
const HTTP = "TCP:[127.0.0.1:8443->127.0.0.1:5000]";
const DEVICE = "TCP:[127.0.0.1:5001->127.9.0.1:443]";

/** Lines as strace writes them, one call after the other, a millisecond each. */
const told = (...calls: string[]) =>
  callsIn(calls.map((call, at) => `77  100.${String(at).padStart(3, "0")}000 ${call} <0.000100>`).join("\n"));

const ask = `read(9<${HTTP}>, "POST /api/v1/orgs HTTP/1.1\\r\\n", 65536) = 300`;
const answer = `write(9<${HTTP}>, "HTTP/1.1 201 Created\\r\\n", 100) = 100`;
const put = `pwrite64(5<${WAL}>, "\\0\\0{\\"act\\":\\"transfer\\"}", 4096, 32) = 4096`;
const sync = `fdatasync(5<${WAL}>) = 0`;
const failed = `fsync(5<${WAL}>) = -1 EIO (Input/output error)`;
const upload = `writev(11<${DEVICE}>, [{iov_base="\\27"..., iov_len=500}], 1) = 600`;

function broken(...calls: string[]): number[] {
  const all = told(...calls);
  const log = writeAheadLog(all, WAL);
  const answers = changes(all);
  expect(answers).toHaveLength(1);
  return [nothingLeavesUnsynced(all, log).broken.length, answersRestOnSync(answers, log).broken.length];
}

test("an answer after a commit that was synced is right", () => {
  expect(broken(ask, put, put, sync, answer)).toEqual([0, 0]);
});

test.each([
  ["before the commit", [ask, answer, put, sync], [0, 1]],
  ["before the sync", [ask, put, answer, sync], [1, 1]],
  ["with no sync", [ask, put, answer], [1, 1]],
  ["on a sync that failed", [ask, put, failed, answer], [1, 1]],
  ["on a sync of what was there before", [put, ask, sync, answer], [0, 1]],
  ["while more was written than synced", [ask, put, sync, put, answer], [1, 0]],
])("an answer %s is found out", (_, calls, count) => {
  expect(broken(...calls)).toEqual(count);
});

test("a sync that is under way is no sync yet", () => {
  const trace = [
    `7 100.1 read(9<${HTTP}>, "POST /api/v1/orgs", 9) = 9 <0.1>`,
    `7 100.2 pwrite64(5<${WAL}>, "x", 1, 0) = 1 <0.1>`,
    `7 100.3 fdatasync(5<${WAL}> <unfinished ...>`,
    `8 100.4 write(9<${HTTP}>, "HTTP/1.1 200 OK", 9) = 9 <0.1>`,
    `7 100.5 <... fdatasync resumed>) = 0 <0.2>`,
  ].join("\n");
  const calls = callsIn(trace);
  const log = writeAheadLog(calls, WAL);
  expect(nothingLeavesUnsynced(calls, log)).toMatchObject({ seen: 1, broken: { length: 1 } });
  expect(log.syncs).toMatchObject([{ began: 2, ended: 4, beganAt: 100.3, endedAt: 100.5, result: 0 }]);
});

test("both ends of a connection are read, of either family", () => {
  const six = "TCPv6:[[::ffff:127.0.0.1]:8444->[::ffff:127.0.0.1]:4711]";
  const [first, second] = told(answer, `write(7<${six}>, "x", 1) = 1`);
  expect(ends(first!)).toEqual({ local: "127.0.0.1:8443", remote: "127.0.0.1:5000" });
  expect(ends(second!)).toEqual({ local: "[::ffff:127.0.0.1]:8444", remote: "[::ffff:127.0.0.1]:4711" });
});

test("bytes that left before their record are counted", () => {
  const left = (most: number, ...calls: string[]) => {
    const all = told(...calls);
    const log = writeAheadLog(all, WAL);
    const [found, ...others] = uploads(all, 1_000);
    expect(others).toEqual([]);
    return leftBefore(found!, log.first(/"act":"transfer"/), log, most).broken;
  };
  expect(left(0, put, sync, upload, upload)).toEqual([]);
  expect(left(600, upload, put, sync, upload)).toEqual([]);
  expect(left(599, upload, put, sync, upload)).toHaveLength(1);
  expect(left(600, put, upload, upload, sync)).toHaveLength(1);
  expect(left(1_000, upload, upload)).toHaveLength(1);
});
