import type { OrgSettings, Rank } from "./roles.ts";

/**
 * How far an action reaches for one role: `everywhere` in the organisation, in granted `folders`, for one's own self
 * or one's own entries (`self`), for what one started oneself inside granted folders (`ownInFolders`), or `never`.
 */
export type Reaches = "everywhere" | "folders" | "self" | "ownInFolders" | "never";

type Setting = { [S in keyof OrgSettings]: OrgSettings[S] extends boolean ? S : never }[keyof OrgSettings];

/** One row of the permission matrix (access.md 3.3): the only place that says who may do what. */
export interface Permission {
  /** The row's number there. */
  readonly row: number;
  readonly what: { readonly en: string; readonly fr: string };
  readonly reaches: Readonly<Record<Rank, Reaches>>;
  /** Whether a service account may do it, as far as its own role reaches. */
  readonly service: boolean;
  /** The setting without which operators may not do it. */
  readonly operatorsNeed?: Setting;
  /** What even an admin may not do it to: an owner. */
  readonly notToOwners?: true;
}

const CELLS = { "✓": "everywhere", F: "folders", S: "self", M: "ownInFolders", "-": "never" } as const;
type Cell = keyof typeof CELLS;
type Cells = `${Cell} ${Cell} ${Cell} ${Cell} ${"role" | "-"}`;

/** @param cells owner, admin, operator, viewer, and whether service accounts have their role's column */
const row = (
  number: number,
  cells: Cells,
  en: string,
  fr: string,
  more: Partial<Permission> = {},
): Permission => {
  const [owner, admin, operator, viewer, service] = cells.split(" ") as [Cell, Cell, Cell, Cell, string];
  const reaches = {
    owner: CELLS[owner],
    admin: CELLS[admin],
    operator: CELLS[operator],
    viewer: CELLS[viewer],
  };
  return { row: number, what: { en, fr }, reaches, service: service === "role", ...more };
};

const UPGRADING = { operatorsNeed: "operatorsMayUpgrade" } as const;
const NOT_OWNERS = { notToOwners: true } as const;

// A table is read by its columns.
// prettier-ignore
export const PERMISSIONS = {
  "account.edit": row(1, "S S S S -", "edit your own profile", "modifier votre profil"),
  "account.secure": row(2, "S S S S -", "change your own second factor and sessions", "modifier votre second facteur et vos sessions"),
  "organisation.create": row(3, "✓ ✓ ✓ ✓ -", "create an organisation", "créer une organisation"),
  "organisation.leave": row(4, "S S S S -", "leave the organisation", "quitter l’organisation"),
  "organisation.read": row(5, "✓ ✓ ✓ ✓ role", "see the organisation", "voir l’organisation"),
  "organisation.edit": row(6, "✓ ✓ - - -", "edit name and notes", "modifier le nom et les notes"),
  "organisation.defaults": row(7, "✓ ✓ - - role", "edit the organisation’s defaults", "modifier les valeurs par défaut de l’organisation"),
  "organisation.policy": row(8, "✓ - - - -", "edit the security policy", "modifier la politique de sécurité"),
  "organisation.archive": row(9, "✓ - - - -", "archive the organisation", "archiver l’organisation"),
  "organisation.support": row(10, "✓ ✓ - - -", "grant access to support", "accorder l’accès au support"),
  "user.list": row(11, "✓ ✓ ✓ ✓ role", "see users and their roles", "voir les utilisateurs et leurs rôles"),
  "user.read": row(12, "✓ ✓ S S role", "see a user’s folders and sign-in", "voir les dossiers et la connexion d’un utilisateur"),
  "user.invite": row(13, "✓ ✓ - - -", "invite users", "inviter des utilisateurs"),
  "user.confirm": row(14, "✓ ✓ - - -", "confirm a pending role", "confirmer un rôle en attente"),
  "user.role": row(15, "✓ ✓ - - -", "change a user’s role", "modifier le rôle d’un utilisateur", NOT_OWNERS),
  "user.access": row(16, "✓ ✓ - - -", "change a user’s folders", "modifier les dossiers d’un utilisateur", NOT_OWNERS),
  "user.remove": row(17, "✓ ✓ - - -", "remove a user", "supprimer un utilisateur", NOT_OWNERS),
  "user.own": row(18, "✓ - - - -", "name or unname an owner", "désigner ou retirer un propriétaire"),
  "user.resetFactor": row(19, "✓ ✓ - - -", "reset a user’s second factor", "réinitialiser le second facteur d’un utilisateur", NOT_OWNERS),
  "service.manage": row(20, "✓ ✓ - - -", "manage service accounts and their keys", "gérer les comptes de service et leurs clés"),
  "webhook.manage": row(21, "✓ ✓ - - role", "manage webhooks", "gérer les webhooks"),
  "folder.read": row(22, "✓ ✓ F F role", "see folders", "voir les dossiers"),
  "folder.edit": row(23, "✓ ✓ - - role", "create, rename and move folders", "créer, renommer et déplacer des dossiers"),
  "folder.delete": row(24, "✓ ✓ - - role", "delete a folder", "supprimer un dossier"),
  "folder.plan": row(25, "✓ ✓ - - role", "place devices on plans and maps", "placer des périphériques sur des plans et des cartes"),
  "device.read": row(26, "✓ ✓ F F role", "see devices", "voir les périphériques"),
  "device.watch": row(27, "✓ ✓ F F -", "watch live pictures", "regarder l’image en direct"),
  "device.control": row(28, "✓ ✓ F - -", "control devices", "commander les périphériques"),
  "recording.play": row(29, "✓ ✓ F - -", "play recordings", "lire les enregistrements"),
  "recording.export": row(30, "✓ ✓ F - -", "export recordings", "exporter des enregistrements", { operatorsNeed: "operatorsMayExport", }),
  "device.onboard": row(31, "✓ ✓ - - role", "add devices", "ajouter des périphériques"),
  "device.edit": row(32, "✓ ✓ - - role", "rename, tag and move devices", "renommer, étiqueter et déplacer des périphériques"),
  "device.replace": row(33, "✓ ✓ - - role", "replace a device", "remplacer un périphérique"),
  "device.remove": row(34, "✓ ✓ - - role", "remove a device", "supprimer un périphérique"),
  "device.restart": row(35, "✓ ✓ F - role", "restart devices", "redémarrer des périphériques", UPGRADING),
  "device.upgrade": row(36, "✓ ✓ F - role", "upgrade device software", "mettre à niveau le logiciel des périphériques", UPGRADING),
  "device.schedule": row(37, "✓ ✓ F - role", "schedule device software", "programmer le logiciel des périphériques", UPGRADING),
  "device.rollBack": row(38, "✓ ✓ - - role", "roll back device software", "revenir à la version précédente du logiciel"),
  "task.cancel": row(39, "✓ ✓ M - role", "cancel a waiting task", "annuler une tâche en attente"),
  "task.read": row(40, "✓ ✓ F F role", "see tasks", "voir les tâches"),
  "server.read": row(41, "✓ ✓ F F role", "see servers", "voir les serveurs"),
  "agent.read": row(41, "✓ ✓ F F role", "see agents", "voir les agents"),
  "server.monitor": row(42, "✓ ✓ F - role", "see server monitoring", "voir la surveillance des serveurs"),
  "server.tend": row(43, "✓ ✓ F - role", "manage server monitoring", "gérer la surveillance des serveurs"),
  "server.upgrade": row(44, "✓ ✓ - - role", "upgrade servers", "mettre à niveau les serveurs"),
  "agent.register": row(45, "✓ ✓ - - -", "register servers and agents", "enregistrer des serveurs et des agents"),
  "licence.read": row(46, "✓ ✓ - - role", "see licences", "voir les licences"),
  "licence.start": row(47, "✓ ✓ - - -", "start a subscription", "démarrer un abonnement"),
  "licence.redeem": row(48, "✓ ✓ - - role", "redeem a licence key", "convertir une clé de licence"),
  "licence.allocate": row(49, "✓ ✓ - - -", "allocate licences", "affecter des licences"),
  "licence.extend": row(50, "✓ ✓ - - -", "allocate extension licences", "affecter des licences d’extension"),
  "licence.transfer": row(51, "✓ ✓ - - -", "transfer licences", "transférer des licences"),
  "licence.offline": row(52, "✓ ✓ - - role", "license offline systems", "gérer les licences de systèmes hors ligne"),
  "licence.history": row(53, "✓ ✓ - - role", "see the licence history", "voir l’historique des licences"),
  "licence.cover": row(54, "✓ ✓ F F role", "see which devices are covered", "voir les périphériques couverts"),
  "alert.read": row(55, "✓ ✓ F F role", "see alerts", "voir les alertes"),
  "alert.tend": row(56, "✓ ✓ F - role", "acknowledge alerts", "acquitter les alertes"),
  "notice.own": row(57, "S S S S -", "edit your own notifications", "modifier vos notifications"),
  "alert.rules": row(58, "✓ ✓ - - role", "edit alert rules", "modifier les règles d’alerte"),
  "audit.read": row(59, "✓ ✓ S S role", "read the audit log", "lire le journal d’audit"),
  "device.export": row(60, "✓ ✓ F F role", "export devices as CSV", "exporter les périphériques en CSV"),
  "device.import": row(61, "✓ ✓ - - role", "import CSV files", "importer des fichiers CSV"),
  "compliance.read": row(62, "✓ ✓ F F role", "see compliance dashboards", "voir les tableaux de conformité"),
  "view.save": row(63, "✓ ✓ S S -", "save views", "enregistrer des vues"),
} as const satisfies Readonly<Record<string, Permission>>;

export type Action = keyof typeof PERMISSIONS;

export const ACTIONS = Object.keys(PERMISSIONS) as [Action, ...Action[]];
