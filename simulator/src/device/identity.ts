/** What a device is, whatever it runs. The recorded ones stand in `catalogue.ts`. */
export interface Identity {
  /** MAC address without separators, upper case. */
  readonly serial: string;
  readonly model: Model;
  /** The address that the device believes to be its own. */
  readonly address: string;
}

/** A product, in the words of basic device info (vapix.md 2.1). Empty text where a device says "". */
export interface Model {
  readonly prodNbr: string;
  readonly prodFullName: string;
  readonly prodShortName: string;
  readonly prodType: string;
  readonly prodVariant: string;
  readonly hardwareId: string;
  readonly soc: string;
  readonly architecture: string;
}

/** `axis-accc8e012345`: the default host name, and the common name of the certificate. */
export const hostName = ({ serial }: Identity): string => `axis-${serial.toLowerCase()}`;

/** `AC:CC:8E:01:23:45`. */
export const macAddress = ({ serial }: Identity): string => (serial.match(/../g) ?? []).join(":");

/** Chip serials are written in three lengths (vapix.md 2.1); this one is derived, so that it never changes. */
export function socSerial({ serial, model }: Identity): string {
  if (model.soc === "") return "";
  return model.soc.startsWith("Axis") ? `0000${serial.slice(0, 4)}-${serial.slice(4)}` : `0000${serial}`;
}
