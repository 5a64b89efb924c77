export { createInventory, type InventoryPorts, type SiteInventory } from "./inventory.ts";
