import { expect, test } from "vitest";
import { createDoorbells } from "./doorbells.ts";

function bells() {
  const said: string[] = [];
  let made = 0;
  const all = createDoorbells(() => {
    const name = `bell ${++made}`;
    return {
      start: () => void said.push(`${name} starts`),
      stop: async () => void said.push(`${name} stops`),
    };
  });
  return { all, said };
}

test("A-49: a hushed doorbell hangs up once, and rings again when it is woken", async () => {
  const { all, said } = bells();
  all.start();
  all.hush();
  all.hush();
  all.wake();
  all.wake();
  await all.stop();
  expect(said).toEqual(["bell 1 starts", "bell 1 stops", "bell 2 starts", "bell 2 stops"]);
});

test("a doorbell that was stopped, or has not begun, is not woken", async () => {
  const { all, said } = bells();
  all.wake();
  expect(said).toEqual([]);
  all.start();
  await all.stop();
  all.wake();
  expect(said).toEqual(["bell 1 starts", "bell 1 stops"]);
});
