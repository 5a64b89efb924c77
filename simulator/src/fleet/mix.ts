/** A product, what it runs in a new site, and what it can be upgraded to. */
export interface MixRow {
  readonly hardwareId: string;
  readonly from: string;
  readonly to: string;
}

/** One hardware id stands in one row only, so that each device has one image that is meant for it. */
export const MIX = {
  "5.51": [{ hardwareId: "18C.2", from: "5.51.7", to: "5.51.7.4" }],
  "9.80": [
    { hardwareId: "805", from: "9.80.2.2", to: "9.80.3.9" },
    { hardwareId: "70E", from: "9.80.1", to: "9.80.3.9" },
  ],
  "10.12": [
    { hardwareId: "7AC", from: "10.12.228", to: "10.12.323" },
    { hardwareId: "79F.4", from: "10.12.228", to: "10.12.323" },
  ],
  "11.11": [
    { hardwareId: "7B5.1", from: "11.11.135", to: "11.11.192" },
    { hardwareId: "92D", from: "11.11.135", to: "11.11.192" },
    { hardwareId: "7C5", from: "11.11.135", to: "11.11.192" },
  ],
  "12": [
    { hardwareId: "931.11", from: "12.9.57", to: "12.11.77" },
    { hardwareId: "92A.1", from: "12.9.57", to: "12.11.77" },
    { hardwareId: "9CF", from: "12.9.57", to: "12.11.77" },
  ],
  "13": [
    { hardwareId: "A12", from: "13.0.21", to: "13.0.33" },
    { hardwareId: "947.2", from: "13.0.21", to: "13.0.33" },
  ],
} as const satisfies Record<string, readonly MixRow[]>;

export type GenerationName = keyof typeof MIX;

export const GENERATION_NAMES = [
  "5.51",
  "9.80",
  "10.12",
  "11.11",
  "12",
  "13",
] as const satisfies GenerationName[];
