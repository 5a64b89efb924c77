import type { Model } from "./identity.ts";

type Row = [
  prodNbr: string,
  type: string,
  variant: string,
  hardwareId: string,
  soc: string,
  architecture: string,
];

/** Products as they were recorded (vapix.md 2.1), one row per hardware id. */
const RECORDED: readonly Row[] = [
  ["P3265-V", "Dome Camera", "", "931.11", "Axis Artpec-8", "aarch64"],
  ["P3245-LVE", "Network Camera", "", "79F.4", "Axis Artpec-7", "armv7hf"],
  ["P3245-LVE", "Network Camera", "22mm", "92D", "Axis Artpec-7", "armv7hf"],
  ["M1075-L", "Box Camera", "", "92A.1", "Ambarella CV25", "aarch64"],
  ["M3066-V", "Network Camera", "", "7AC", "Ambarella S5L", "aarch64"],
  ["P8815-2", "3D People Counter", "", "7C5", "Axis Artpec-6", "armv7hf"],
  ["Q1951-E", "Thermal Camera", "", "7B5.1", "Axis Artpec-7", "armv7hf"],
  ["Q1961-TE", "Thermal Camera", "13mm", "947.2", "Axis Artpec-8", "aarch64"],
  ["D4200-VE", "Network Strobe Speaker", "", "9CF", "i.MX8MN", "aarch64"],
  ["D6310", "Air Quality Sensor", "", "A12", "Ambarella S6Lm", "aarch64"],
  ["M1065-LW", "Network Camera", "", "70E", "Ambarella S2L", "armv7hf"],
  ["P5512", "PTZ Dome Network Camera", "", "18C.2", "", "crisv32"],
];

const fromRow = ([prodNbr, prodType, prodVariant, hardwareId, soc, architecture]: Row): Model => ({
  prodNbr,
  prodFullName: `AXIS ${prodNbr} ${prodType}`,
  prodShortName: `AXIS ${prodNbr}`,
  prodType,
  prodVariant,
  hardwareId,
  soc,
  architecture,
});

/** Its ProdNbr has spaces and is not part of its names. */
const BULLET: Model = {
  prodNbr: "C Bullet LE",
  prodFullName: "AXIS Companion Bullet LE Network Camera",
  prodShortName: "AXIS Companion Bullet LE",
  prodType: "Network Camera",
  prodVariant: "",
  hardwareId: "805",
  soc: "Axis Artpec-5",
  architecture: "mips",
};

export const MODELS: readonly Model[] = [...RECORDED.map(fromRow), BULLET];

/** The recorded product with this hardware id; an unknown one is a broken assumption. */
export function modelOf(hardwareId: string): Model {
  const found = MODELS.find((model) => model.hardwareId === hardwareId);
  if (!found) throw new Error(`no recorded product has the hardware id ${hardwareId}`);
  return found;
}
