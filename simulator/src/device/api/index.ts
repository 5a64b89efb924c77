import type { Endpoint } from "../inside.ts";
import { apiDiscovery } from "./apidiscovery.ts";
import { basicDeviceInfo } from "./basicdeviceinfo.ts";
import { firmwareManagement } from "./firmwaremanagement.ts";
import { param } from "./param.ts";
import { systemReady } from "./systemready.ts";

/** All that a device can be asked, in the order of its list of APIs, which is not sorted. */
export const ENDPOINTS: readonly Endpoint[] = [
  param,
  basicDeviceInfo,
  apiDiscovery,
  systemReady,
  firmwareManagement,
];
