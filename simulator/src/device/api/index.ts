import type { Endpoint } from "../inside.ts";
import { apiDiscovery } from "./apidiscovery.ts";
import { applications } from "./applications.ts";
import { basicDeviceInfo } from "./basicdeviceinfo.ts";
import { config } from "./config.ts";
import { firmwareManagement } from "./firmwaremanagement.ts";
import { firmwareUpgrade } from "./firmwareupgrade.ts";
import { systemLog, serverReport } from "./logs.ts";
import { mdnssd } from "./mdnssd.ts";
import { networkSettings } from "./network-settings.ts";
import { param } from "./param.ts";
import { pwdgrp, usergroup } from "./pwdgrp.ts";
import { factoryDefault, hardFactoryDefault, restart } from "./restart.ts";
import { systemReady } from "./systemready.ts";
import { time } from "./time.ts";

/** All that a device can be asked, in the order of its list of APIs, which is not sorted (vapix.md 2.3). */
export const ENDPOINTS: readonly Endpoint[] = [
  networkSettings,
  basicDeviceInfo,
  systemReady,
  param,
  firmwareManagement,
  time,
  apiDiscovery,
  pwdgrp,
  mdnssd,
  config,
  usergroup,
  firmwareUpgrade,
  restart,
  factoryDefault,
  hardFactoryDefault,
  systemLog,
  serverReport,
  applications,
];
