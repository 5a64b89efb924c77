import { KILL_POINTS } from "@fyr/agent/testing";
import { expect, test } from "vitest";
import { HALVES, ROUNDS, shotsIn, togetherIn } from "./shots.ts";

test(`every kill point of the tables is aimed at ${ROUNDS} times, and no other`, () => {
  const aimed = HALVES.flatMap((half) => [...togetherIn(half).flat(), ...shotsIn(half)]).map(
    ({ point }) => point,
  );
  const wanted = Array.from({ length: ROUNDS }, () => KILL_POINTS).flat();
  expect(aimed.sort()).toEqual([...wanted].sort());
});
