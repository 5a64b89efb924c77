import type { World } from "../cast.ts";
import type { Judge } from "../witness.ts";
import { oneEntryPerChange } from "./audit.ts";
import { notFlashedTwice, oneJobPerDevice, sentAsAnnounced } from "./devices.ts";
import { oncePerSite } from "./line.ts";
import { outMeansOut, ownThingsOnly, secretsStayHome } from "./people.ts";
import { saidIsStored, toldIsStored } from "./promises.ts";
import { seenAtDevices, seenOnTheLine } from "./sights.ts";
import { drawnEdges, trueSuccess } from "./tasks.ts";

/** Everyone who judges a world, each in sight of all of it. To add an invariant, write a judge and name it here. */
export const JUDGES: readonly ((world: World) => Judge)[] = [
  notFlashedTwice,
  sentAsAnnounced,
  oneJobPerDevice,
  drawnEdges,
  trueSuccess,
  saidIsStored,
  toldIsStored,
  ownThingsOnly,
  secretsStayHome,
  outMeansOut,
  oneEntryPerChange,
  oncePerSite,
  seenOnTheLine,
  seenAtDevices,
];
