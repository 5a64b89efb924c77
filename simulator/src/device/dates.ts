import type { Inside } from "./inside.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (number: number) => String(number).padStart(2, "0");

/** `Feb 20 2026 18:19`, in UTC. */
export function buildDate(seconds: number): string {
  const at = new Date(seconds * 1000);
  const day = `${MONTHS[at.getUTCMonth()]} ${two(at.getUTCDate())} ${at.getUTCFullYear()}`;
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

export const firmwareBuildDate = (device: Inside): string => device.state.firmware.active.buildDate;

/** `2026-01-01T00:00:00Z`. */
export const isoSeconds = (wallMs: number): string => `${new Date(wallMs).toISOString().slice(0, 19)}Z`;

/** `2018-08-12T11:55:12+00:00`: the form of `lastUpgradeAt` (vapix.md 1.4). */
export const isoOffset = (wallMs: number): string => `${new Date(wallMs).toISOString().slice(0, 19)}+00:00`;
