/** How much faster than life agents wait, and devices flash and boot. */
export const AGENT_SPEED = 60;
export const DEVICE_SPEED = 120;
