import type { ImageFacts } from "@fyr/certs";
import { ServiceAccountId, type TaskId } from "@fyr/protocol";
import { ownerOf } from "../../testing/members.ts";
import type { Member } from "../../access/member.ts";
import type { ApiBed } from "../testing/api-bed.ts";
import type { Branch, House } from "../testing/house.ts";

/** What a case of the matrix is tried on. */
export interface Site {
  readonly bed: ApiBed;
  readonly house: House;
  readonly branch: Branch;
  /** Who will try it: some things can only be done to what is one's own. */
  readonly by: Member;
  /** An image that devices may get. */
  readonly image: ImageFacts;
  /** The name of the route that is tried. */
  readonly route: string;
}

/**
 * Makes something new for a path's parameter, standing in the branch of the case, and gives its id.
 *
 * @param ids of the parameters before it
 */
type Maker = (site: Site, ids: Readonly<Record<string, string>>) => Promise<string>;

/** An upgrade of a new device, asked for by whoever tries the case if they may, and by an owner otherwise. */
async function newTask({
  bed,
  house,
  branch,
  by,
  image,
}: Site): Promise<{ upgradeId: string; taskId: TaskId }> {
  const { services } = bed.hub;
  const deviceId = await house.newDevice(branch);
  const wish = { targets: [{ deviceId, digest: image.digest }], backup: "wanted" as const };
  const order = (member: Member) => services.createUpgrade(member, wish, undefined);
  const { id } = await order(by).catch(() => order(ownerOf(house.orgId)));
  const [task] = (await services.tasks(ownerOf(house.orgId), { upgradeId: id }, { limit: 1 })).items;
  if (!task) throw new Error("the upgrade has no task");
  return { upgradeId: id, taskId: task.id };
}

/**
 * What each parameter of a path can be. A route with another parameter is not known to the matrix, and the test says so.
 */
export const MAKERS: Readonly<Record<string, Maker>> = {
  orgId: ({ house }) => Promise.resolve(house.orgId),
  deviceId: ({ house, branch }) => house.newDevice(branch),
  taskId: async (site) => (await newTask(site)).taskId,
  upgradeId: async (site) => (await newTask(site)).upgradeId,
  agentId: async ({ bed, house, branch }) => {
    const folderId = house.folders[branch];
    const { agent } = await bed.hub.services.createAgent(ownerOf(house.orgId), { name: "Gateway", folderId });
    return agent.id;
  },
  folderId: ({ bed, house, branch }) => newFolder(bed, house, branch),
  accountId: async ({ house, route }) => {
    const pending = route === "confirmRole" || route === "refuseRole" ? "operator" : undefined;
    return (await house.newcomer(route === "markOwner" ? "admin" : "viewer", pending)).accountId;
  },
  invitationId: async ({ bed, house, branch }) => {
    const wish = { emails: [address()], role: "viewer", folderIds: [house.folders[branch]] } as const;
    const { items } = await bed.hub.services.invitations.invite(ownerOf(house.orgId), {
      ...wish,
      emails: [...wish.emails],
      folderIds: [...wish.folderIds],
    });
    return items[0]?.invitation?.id ?? "";
  },
  serviceAccountId: async ({ bed, house, branch }) => {
    const wish = { name: label(), ...accessTo(house, branch) };
    return (await bed.hub.services.serviceAccounts.create(ownerOf(house.orgId), wish)).id;
  },
  keyId: async ({ bed, house }, { serviceAccountId }) => {
    const service = ServiceAccountId.parse(serviceAccountId);
    const wish = { name: label(), scope: null, days: 30 };
    return (await bed.hub.services.serviceAccounts.createKey(ownerOf(house.orgId), service, wish)).key.id;
  },
  grantId: async ({ bed, house }) => {
    const wish = { reason: "a look at the network", forMs: 3_600_000 };
    return (await bed.hub.services.grantSupport(ownerOf(house.orgId), wish)).id;
  },
  serverId: ({ house, branch }) => house.newServer(branch),
  alertId: async ({ bed, house, branch }) => {
    const serverId = await house.newServer(branch);
    const { items } = await bed.hub.services.alerts(ownerOf(house.orgId), { open: true }, { limit: 500 });
    const alert = items.find((each) => each.serverId === serverId);
    if (!alert) throw new Error("no alert was opened");
    return alert.id;
  },
};

const accessTo = ({ folders }: House, branch: Branch) => ({
  role: "viewer" as const,
  grants: [{ folderId: folders[branch], role: "viewer" as const }],
});

let addresses = 0;
const address = (): string => `guest${++addresses}@matrix.example`;

let labels = 0;
/** Names that nothing has yet: below one folder no two are the same. */
const label = (): string => `Room ${++labels}`;

async function newFolder({ hub }: ApiBed, { orgId, folders }: House, branch: Branch): Promise<string> {
  const wish = { name: label(), parentId: folders[branch] };
  return (await hub.services.folders.create(ownerOf(orgId), wish)).id;
}

/** Parameters whose thing stands in a folder: it is hidden from whoever does not reach that. */
export const PLACED: ReadonlySet<string> = new Set([
  "deviceId",
  "taskId",
  "upgradeId",
  "agentId",
  "folderId",
  "serverId",
  "alertId",
]);

type Body = (site: Site) => Promise<object>;

/** What each route is sent. A route that takes a body and is not named here is not known to the matrix. */
export const BODIES: Readonly<Record<string, Body>> = {
  createOrganisation: async () => ({ name: "One more" }),
  createFolder: async ({ house, branch }) => ({ name: label(), parentId: house.folders[branch] }),
  renameFolder: async () => ({ name: label() }),
  moveFolder: async ({ house }) => ({ parentId: house.folders.lyon }),
  deleteFolder: async () => ({ riskUnderstood: true }),
  moveServer: async ({ house }) => ({ folderId: house.folders.lyon }),
  previewAccess: async ({ house, branch }) => accessTo(house, branch),
  changeAccess: async ({ house, branch }) => accessTo(house, branch),
  markOwner: async () => ({ owner: true }),
  resetMemberFactor: async () => ({ reason: "lost phone" }),
  removeMembers: async ({ house }) => ({ accountIds: [(await house.newcomer("viewer")).accountId] }),
  handOver: async ({ house }) => ({ to: (await house.newcomer("admin")).accountId }),
  invite: async ({ house, branch }) => ({
    ...{ emails: [address()], role: "viewer", folderIds: [house.folders[branch]] },
  }),
  changeInvitation: async ({ house }) => ({ role: "operator", folderIds: [house.folders.lyon] }),
  createServiceAccount: async ({ house, branch }) => ({ name: label(), ...accessTo(house, branch) }),
  renameServiceAccount: async () => ({ name: label() }),
  changeServiceAccess: async ({ house }) => accessTo(house, "hall"),
  createApiKey: async () => ({ name: label() }),
  editOrganisation: async () => ({ notes: label() }),
  editOrganisationSettings: async () => ({ operatorsMayUpgrade: true }),
  archiveOrganisation: async () => ({ id: ABSENT, riskUnderstood: true }),
  grantSupport: async () => ({ reason: "a look at the network", forMs: 3_600_000 }),
  previewDeviceMove: async ({ house, branch }) => ({
    ...{ deviceIds: [await house.newDevice(branch)], folderId: house.folders.lyon },
  }),
  moveDevices: async ({ house, branch }) => ({
    ...{ deviceIds: [await house.newDevice(branch)], folderId: house.folders.lyon },
  }),
  moveDevice: async ({ house }) => ({ folderId: house.folders.lyon }),
  upgradeServer: async () => ({ digest: "ab".repeat(32) }),
  previewServerUpgrade: async () => ({ digest: "ab".repeat(32) }),
  setMonitoring: async () => ({}),
  setServerMonitoring: async () => ({}),
  acknowledgeAlert: async () => ({ comment: "seen" }),
  muteAlert: async () => ({ until: null }),
  startSubscription: async () => ({ product: PRODUCT }),
  redeemKey: async () => ({ key: "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA" }),
  allocateLicences: async () => ({ product: PRODUCT, years: [{ index: 0, items: { CORE: 1 } }] }),
  releaseLicences: async () => ({ allocation: ABSENT }),
  transferLicences: async () => ({
    ...{ to: ABSENT, lines: [{ product: PRODUCT, type: "CORE", kind: "subscription", qty: 1 }] },
  }),
  extendSystem: async () => ({ systemId: ABSENT, items: { CORE: 1 } }),
  upgradeLicences: async () => ({ product: PRODUCT, type: "CORE", qty: 1 }),
  chooseUncovered: async () => ({ product: PRODUCT, devices: [] }),
  uploadSystemFile: async () => ({ file: "not a file of a system" }),
  issueLicenceFile: async () => ({ systemId: ABSENT }),
  registerHardware: async () => ({ hardware: "RX-1", name: label() }),
  removeSystem: async () => ({ systemId: ABSENT }),
  createAgent: async ({ house, branch }) => ({ name: "Gateway", folderId: house.folders[branch] }),
  createUpgrade: async ({ house, branch, image }) => ({
    targets: [{ deviceId: await house.newDevice(branch), digest: image.digest }],
  }),
};

/** What each route is asked with, where it has to be asked with something. */
export const QUERIES: Readonly<Record<string, (site: Site) => Record<string, string>>> = {
  previewFolderMove: ({ house }) => ({ parentId: house.folders.lyon }),
  getLicenceYears: () => ({ product: PRODUCT }),
  getLicenceCover: () => ({ product: PRODUCT }),
  getPostings: () => ({ account: "wallet", commodity: "VMS/CORE/subscription" }),
};

const PRODUCT = "VMS";
const ABSENT = "01890000-0000-7000-8000-00000000abcd";

/**
 * Routes that succeed only after a history of purchases, or with a server's package, which their own tests play. Here it counts that whoever may is
 * let through to the rules of licences, and whoever may not is not.
 */
export const WANTS_HISTORY: ReadonlySet<string> = new Set([
  ...["startSubscription", "redeemKey", "allocateLicences", "releaseLicences", "transferLicences"],
  ...["extendSystem", "upgradeLicences", "chooseUncovered", "uploadSystemFile", "issueLicenceFile"],
  // Archived, the organisation would be gone for the other cases: the pasted id is another's.
  ...["archiveOrganisation"],
  // Only where every owner was suspended.
  ...["claimOwnership", "objectToClaim"],
  ...["upgradeServer", "previewServerUpgrade", "getServerUpgrade", "withdrawServerUpgrade", "restoreServer"],
  ...["registerHardware", "removeSystem", "getLicenceYears", "getLicenceCover"],
]);

/** Routes whose body names what stands in the branch of the case. */
export const PLACED_BY_BODY: ReadonlySet<string> = new Set(["createUpgrade"]);
