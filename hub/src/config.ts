import { EmailAddress } from "@fyr/protocol";
import { z } from "zod";

const Port = z.int().min(0).max(65_535);
const Milliseconds = z.int().positive();
const Count = z.int().positive();

/** Every setting of the hub. In the environment each begins with `HUB_`, e.g. `HUB_API_PORT`. */
export const HubConfig = z.strictObject({
  dataDir: z.string().min(1).default("data/hub").describe("Folder with everything the hub keeps."),
  databaseUrl: z
    .string()
    .regex(/^(sqlite:|postgres(ql)?:\/\/)/, "must begin with sqlite: or postgres://")
    .optional()
    .describe("Where the hub keeps its state; a SQLite file in the data folder when left out."),
  hosts: z
    .array(z.string().min(1))
    .min(1)
    .default(["localhost", "127.0.0.1"])
    .describe("Names and addresses by which agents reach this hub, the first one told to them."),
  apiHost: z
    .string()
    .default("0.0.0.0")
    .describe(
      "Address of the public API; without a certificate it listens on loopback whatever stands here.",
    ),
  apiPort: Port.default(8443).describe("Port of the console and the public API; 0 takes a free one."),
  apiCertificate: z
    .string()
    .optional()
    .describe("File with key and certificates for the public API, as `certs import` writes it."),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Address of the console, for links in mails; the address of the API when left out."),
  smtpUrl: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe(
      "Mail server, e.g. smtp://user:password@mail.example:587; without one mails stay in the outbox.",
    ),
  mailFrom: z
    .string()
    .regex(/^[^\r\n]*@[^\r\n]*$/, "must hold an e-mail address")
    .default("Fyr <fyr@localhost>")
    .describe("Sender of the hub's mails."),
  support: z
    .union([z.email(), z.url({ protocol: /^https?$/ })])
    .optional()
    .describe("Mail address or web address of support, told to members of an archived organisation."),
  operatorMail: EmailAddress.optional().describe(
    "Address of the hub's operator, for warnings about customers' licences; without one they stand in the audit.",
  ),
  apiRequestsPerMinute: Count.default(1_200).describe(
    "Requests that one session or one key may send to the public API in a minute.",
  ),
  apiStrangerRequestsPerMinute: Count.default(120).describe(
    "Requests that one source may send in a minute without showing who it is, as for signing in.",
  ),
  apiProxies: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .default([])
    .describe(
      "Addresses or networks of reverse proxies before the public API: what they say in X-Forwarded-For counts as the source.",
    ),
  apiConnections: Count.default(5_000).describe("Connections that the public API holds open together."),
  agentsHost: z.string().default("0.0.0.0").describe("Address of the agents' listener."),
  agentsPort: Port.default(8444).describe("Port of the agents' listener; 0 takes a free one."),
  agentsUrl: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe("Address that agents are told, when it differs from the first host and the agents' port."),
  mqtt: z.boolean().default(true).describe("Whether agents are rung over MQTT; without it they poll."),
  mqttHost: z.string().default("0.0.0.0").describe("Address of the MQTT listener."),
  mqttPort: Port.default(8883).describe("Port of the MQTT listener; 0 takes a free one."),
  mqttUrl: z
    .url({ protocol: /^(mqtts|wss)$/ })
    .optional()
    .describe("MQTT address that agents are told, when it differs from the first host and the MQTT port."),
  metricsPort: Port.default(9464).describe("Port of metrics and health, on loopback; 0 takes a free one."),
  idlePollMs: Milliseconds.default(300_000).describe("Milliseconds between polls of an agent without work."),
  busyPollMs: Milliseconds.default(5_000).describe("Milliseconds between polls of an agent with work."),
  leaseMs: Milliseconds.default(900_000).describe("Milliseconds after which a silent agent loses its tasks."),
  codeMs: Milliseconds.default(86_400_000).describe("Milliseconds for which an enrolment code can be used."),
  enrolmentsPerMinute: Count.default(10).describe("Enrolments that one source may try in a minute."),
  agentRequestsPerSecond: Count.default(50).describe(
    "Requests that one agent may make in a second, on average.",
  ),
  agentConnections: Count.default(15_000).describe("Connections that agents may hold open together."),
  maxImageBytes: Count.default(2 ** 31).describe("Largest image that can be imported, in bytes."),
  spareDiskBytes: z
    .int()
    .nonnegative()
    .default(256 * 2 ** 20)
    .describe("Bytes of the disk that an import must leave free."),
  logLevel: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("How much the hub tells in its log."),
  shutdownGraceMs: Milliseconds.default(10_000).describe("Milliseconds for a clean stop."),
});
export type HubConfig = z.infer<typeof HubConfig>;
