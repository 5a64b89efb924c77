export type Scheme = "http" | "https";

/** Where a device listens; null where the site has no such port for it. */
export interface Ports {
  readonly http: number | null;
  readonly https: number | null;
}

/** One door of one device. The host is a literal address: names are resolved nowhere near a device. */
export interface Endpoint {
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
}

export const addressOf = ({ host, port }: Endpoint): string => `${host}:${port}`;

export const urlOf = (endpoint: Endpoint, path: string): string =>
  `${endpoint.scheme}://${addressOf(endpoint)}${path}`;
