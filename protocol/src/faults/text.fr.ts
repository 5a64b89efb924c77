import type { FaultCode } from "./codes.ts";
import { say, type FaultText } from "./say.ts";

const UNCHANGED = "Rien n’a été modifié.";
const DEVICE_UNTOUCHED = "Rien n’a été envoyé au périphérique ; il fonctionne comme avant.";

export const french: Record<FaultCode, FaultText> = {
  MESSAGE_INVALID: say(
    "La demande n’a pas la forme attendue.",
    UNCHANGED,
    "Corrigez les endroits cités dans les détails et renvoyez-la.",
  ),
  MESSAGE_TOO_LARGE: say(
    "La demande dépasse la taille acceptée ici.",
    UNCHANGED,
    "Envoyez moins à la fois ; la limite figure dans les détails.",
  ),
  MEDIA_TYPE_UNKNOWN: say(
    "Ce type de contenu n’est pas accepté ici.",
    UNCHANGED,
    "Utilisez le type indiqué dans la description de l’API.",
  ),
  UNAUTHENTICATED: say(
    "La demande n’indique pas son auteur, ou sa preuve n’est plus valable.",
    UNCHANGED,
    "Connectez-vous ou envoyez un jeton valable.",
  ),
  FORBIDDEN: say(
    "Vous pouvez voir cet élément mais pas le modifier.",
    UNCHANGED,
    "Demandez à un administrateur de l’organisation le rôle cité dans les détails.",
  ),
  NOT_FOUND: say(
    "Il n’y a rien ici, ou rien que vous puissiez voir.",
    UNCHANGED,
    "Vérifiez l’adresse et l’organisation.",
  ),
  METHOD_UNKNOWN: say(
    "Cette adresse n’accepte pas cette méthode.",
    UNCHANGED,
    "Utilisez une méthode indiquée dans la description de l’API.",
  ),
  IDEMPOTENCY_MISMATCH: say(
    "Cette Idempotency-Key a déjà servi pour une autre demande.",
    "La première demande reste valable ; celle-ci est sans effet.",
    "Prenez une nouvelle clé pour une nouvelle demande.",
  ),
  VERSION_CONFLICT: say(
    "Quelqu’un a modifié cet élément entre-temps.",
    "Sa modification reste ; la vôtre est sans effet.",
    "Relisez l’élément et refaites votre modification.",
  ),
  RANGE_INVALID: say(
    "Le fichier n’a pas cette plage d’octets.",
    UNCHANGED,
    "Demandez une plage comprise dans la longueur indiquée.",
  ),
  TOO_MANY_REQUESTS: say(
    "Trop de demandes sont venues d’ici en peu de temps.",
    "Celle-ci n’a pas été examinée.",
    "Attendez la durée indiquée par Retry-After.",
  ),
  HUB_BUSY: say(
    "Le hub a plus à faire qu’il ne peut en prendre.",
    "La demande n’a pas été examinée.",
    "Réessayez après la durée indiquée par Retry-After.",
  ),
  HUB_DISK_FULL: say(
    "Le disque du hub est plein.",
    "Rien n’a été enregistré, et rien d’ancien n’est perdu.",
    "Libérez de la place sur le disque du hub ; le travail reprend seul.",
  ),
  INTERNAL: say(
    "Une erreur qui ne devrait pas arriver s’est produite dans Fyr.",
    "La demande n’a pas été exécutée.",
    "Réessayez ; si cela persiste, transmettez l’identifiant de la demande à l’exploitant du hub.",
  ),

  ENROL_CODE_INVALID: say(
    "Ce code d’inscription est inconnu ou mal saisi.",
    "L’agent n’a pas encore d’identité.",
    "Comparez le code avec celui affiché par le hub, ou créez-en un nouveau.",
  ),
  ENROL_CODE_EXPIRED: say(
    "Ce code d’inscription est trop ancien.",
    "L’agent n’a pas encore d’identité.",
    "Créez un nouveau code pour l’agent dans le hub.",
  ),
  ENROL_CODE_USED: say(
    "Ce code d’inscription a déjà servi.",
    "Le premier agent qui l’a utilisé garde son identité.",
    "Créez un nouveau code ; si ce n’était pas vous, révoquez cet agent.",
  ),
  ENROL_REQUEST_INVALID: say(
    "La demande de certificat de l’agent n’est pas acceptable.",
    "Aucun certificat n’a été délivré.",
    "Mettez l’agent à jour et inscrivez-le de nouveau.",
  ),
  ENROL_KEY_KNOWN: say(
    "Cette clé appartient déjà à un agent.",
    "Aucun certificat n’a été délivré.",
    "Supprimez le dossier de données de l’agent s’il s’agit d’une copie, puis inscrivez-le.",
  ),
  ENROL_DONE: say(
    "Cet agent est déjà inscrit.",
    "Son identité est inchangée.",
    "Prenez un autre dossier de données pour un autre agent.",
  ),
  ENROL_MISSING: say(
    "Cet agent n’est pas encore inscrit.",
    "Il ne fait rien.",
    "Créez un code dans le hub et lancez la commande d’inscription de l’agent.",
  ),
  CERTIFICATE_REQUIRED: say(
    "Cette adresse est réservée aux agents munis d’un certificat de ce hub.",
    UNCHANGED,
    "Inscrivez l’agent.",
  ),
  CERTIFICATE_UNKNOWN: say(
    "Ce certificat n’a pas été délivré par ce hub.",
    UNCHANGED,
    "Vérifiez l’adresse du hub, ou inscrivez l’agent de nouveau.",
  ),
  CERTIFICATE_EXPIRED: say(
    "Le certificat de l’agent est trop ancien.",
    "L’agent termine ce qu’il a commencé et rend compte dès qu’il a un nouveau certificat.",
    "Renouvelez-le : l’agent essaie seul ; après 180 jours, inscrivez-le de nouveau.",
  ),
  CERTIFICATE_REVOKED: say(
    "Le certificat de cet agent a été révoqué.",
    "Ses connexions sont coupées ; plus rien n’est accepté de lui.",
    "Si c’est une erreur, créez un nouveau code et inscrivez-le de nouveau.",
  ),
  AGENT_MISMATCH: say(
    "Le message parle au nom d’un autre agent que son certificat.",
    "Rien n’en a été retenu.",
    "Vérifiez si le dossier de données d’un agent a été copié.",
  ),
  SITE_ALREADY_BOUND: say(
    "Une autre copie de cet agent est en charge du site.",
    "Cette copie ne reçoit aucun travail.",
    "Arrêtez l’une des deux ; si vous n’en connaissez qu’une, révoquez l’agent.",
  ),
  EPOCH_STALE: say(
    "La tâche a été réattribuée depuis.",
    "L’attribution la plus récente vaut ; ce compte rendu est gardé comme preuve.",
    "Rien : l’agent s’arrête seul.",
  ),
  HUB_UNREACHABLE: say(
    "Le hub n’est pas joignable.",
    "Le travail commencé continue ; les comptes rendus attendent sur le site.",
    "Vérifiez la sortie du site vers le hub.",
  ),
  HUB_UNTRUSTED: say(
    "La machine qui a répondu n’est pas le hub de cet agent.",
    "Rien ne lui a été dit.",
    "Vérifiez l’adresse, les proxys et la résolution de noms du site.",
  ),

  METADATA_MISSING: say(
    "Le hub n’a pas fourni la liste signée des images.",
    DEVICE_UNTOUCHED,
    "L’agent réessaie ; si cela persiste, lancez la commande doctor du hub.",
  ),
  METADATA_INVALID: say(
    "La liste signée des images est illisible.",
    DEVICE_UNTOUCHED,
    "Publiez de nouveau les métadonnées ; cherchez qui les a modifiées.",
  ),
  METADATA_SIGNATURE: say(
    "La liste des images ne porte pas assez de signatures valables des éditeurs.",
    DEVICE_UNTOUCHED,
    "Considérez cela comme une attaque jusqu’à preuve du contraire : comparez les clés, publiez de nouveau.",
  ),
  METADATA_EXPIRED: say(
    "La liste signée des images est trop ancienne.",
    "Les mises à niveau en cours continuent ; aucune nouvelle ne démarre.",
    "Signez-la de nouveau avec les clés des éditeurs.",
  ),
  METADATA_ROLLBACK: say(
    "Le hub propose une liste d’images plus ancienne que celle déjà vue.",
    DEVICE_UNTOUCHED,
    "Publiez les métadonnées les plus récentes ; cherchez qui a remis les anciennes.",
  ),
  METADATA_MISMATCH: say(
    "Les parties de la liste signée ne vont pas ensemble.",
    DEVICE_UNTOUCHED,
    "Publiez de nouveau l’ensemble des métadonnées.",
  ),
  METADATA_TOO_LARGE: say(
    "La liste des images est plus grande que toute liste honnête.",
    DEVICE_UNTOUCHED,
    "Examinez ce que sert le hub ; publiez de nouveau.",
  ),
  ORDER_SIGNATURE: say(
    "L’ordre n’est pas signé par ce hub.",
    DEVICE_UNTOUCHED,
    "Considérez cela comme une attaque jusqu’à preuve du contraire ; réinscrivez l’agent si la clé du hub a changé.",
  ),
  ORDER_EXPIRED: say(
    "L’ordre est arrivé trop tard à l’agent.",
    DEVICE_UNTOUCHED,
    "Rien : le hub en donne un nouveau.",
  ),
  ORDER_REPLAYED: say(
    "Cet ordre, ou un ordre plus récent, a déjà été vu.",
    DEVICE_UNTOUCHED,
    "Vérifiez si le hub a été restauré depuis une sauvegarde.",
  ),
  ORDER_FOREIGN: say(
    "L’ordre est destiné à un autre agent.",
    DEVICE_UNTOUCHED,
    "Considérez cela comme une attaque jusqu’à preuve du contraire.",
  ),

  IMAGE_UNKNOWN: say("Aucune image publiée n’a cette empreinte.", UNCHANGED, "Importez d’abord l’image."),
  IMAGE_FORMAT: say(
    "Le fichier n’est pas une image AXIS OS lisible par Fyr.",
    "Il n’a pas été enregistré.",
    "Téléchargez de nouveau l’image chez le fabricant ; prenez le fichier .bin.",
  ),
  IMAGE_TRUNCATED: say(
    "L’image se termine trop tôt.",
    "Elle n’a été ni enregistrée ni utilisée.",
    "Téléchargez de nouveau l’image.",
  ),
  IMAGE_CORRUPT: say(
    "Les octets de l’image ne sont pas ceux que les éditeurs ont signés.",
    DEVICE_UNTOUCHED,
    "Vérifiez le disque et la ligne ; l’image est rechargée pour le prochain essai.",
  ),
  IMAGE_TOO_LARGE: say(
    "L’image est plus grande que toute image AXIS OS.",
    "Elle n’a pas été enregistrée.",
    "Vérifiez le fichier.",
  ),
  IMAGE_UNTRUSTED: say(
    "Les éditeurs n’ont pas signé cette image.",
    DEVICE_UNTOUCHED,
    "Importez l’image avec les clés des éditeurs.",
  ),
  IMAGE_WITHDRAWN: say(
    "Les éditeurs ont retiré cette image.",
    DEVICE_UNTOUCHED,
    "Choisissez une image plus récente.",
  ),
  IMAGE_MODEL_UNNAMED: say(
    "L’image ne dit pas pour quels modèles elle est faite.",
    "Elle n’a pas été enregistrée.",
    "Indiquez les modèles à l’importation.",
  ),
  IMAGE_WRONG_MODEL: say(
    "L’image est faite pour un autre modèle.",
    DEVICE_UNTOUCHED,
    "Choisissez l’image de ce modèle.",
  ),
  IMAGE_WRONG_HARDWARE: say(
    "L’image est faite pour une autre version matérielle de ce modèle.",
    DEVICE_UNTOUCHED,
    "Choisissez l’image qui cite cet identifiant matériel.",
  ),
  IMAGE_DOWNGRADE: say(
    "Le périphérique exécute déjà une version plus récente.",
    DEVICE_UNTOUCHED,
    "Une version antérieure exige un retour aux valeurs d’usine ; une mise à niveau ne le fait pas.",
  ),
  IMAGE_PATH_BLOCKED: say(
    "Le périphérique ne peut pas atteindre cette version en une étape.",
    DEVICE_UNTOUCHED,
    "Passez d’abord à la version citée dans les détails.",
  ),
  IMAGE_UNAVAILABLE: say(
    "L’image n’a pas pu être chargée depuis le hub.",
    DEVICE_UNTOUCHED,
    "L’agent reprend là où il s’est arrêté ; vérifiez la ligne.",
  ),
  PUBLISHER_KEY_MISSING: say(
    "Ce hub ne détient pas la clé des éditeurs.",
    "L’image n’a pas été enregistrée.",
    "Signez l’image avec la ligne de commande de l’éditeur et publiez les métadonnées.",
  ),

  BUNDLE_INVALID: say(
    "Le fichier n’est pas un PKCS#12 ou PKCS#7 lisible.",
    "Aucun certificat n’a été repris.",
    "Exportez-le de nouveau depuis votre autorité de certification.",
  ),
  BUNDLE_PASSWORD: say(
    "Le mot de passe n’ouvre pas le fichier.",
    "Aucun certificat n’a été repris.",
    "Vérifiez le mot de passe donné à l’exportation.",
  ),
  BUNDLE_KEY_MISSING: say(
    "Le fichier ne contient pas de clé privée correspondant au certificat.",
    "Aucun certificat n’a été repris.",
    "Exportez le certificat avec sa clé privée, ou indiquez le fichier de clé.",
  ),
  BUNDLE_KEY_KIND: say(
    "La clé du fichier n’est pas une clé RSA.",
    "Aucun certificat n’a été repris.",
    "Utilisez un certificat RSA, ou donnez certificat et clé en fichiers PEM.",
  ),
  BUNDLE_CHAIN_INCOMPLETE: say(
    "Il manque des certificats entre le vôtre et sa racine.",
    "Aucun certificat n’a été repris.",
    "Exportez avec tous les certificats du chemin.",
  ),
  BUNDLE_EXPIRED: say(
    "Le certificat du fichier n’est pas valable aujourd’hui.",
    "Aucun certificat n’a été repris.",
    "Demandez-en un nouveau à votre autorité de certification.",
  ),

  UPGRADE_ACTIVE: say(
    "Une mise à niveau de ce périphérique est déjà en cours.",
    UNCHANGED,
    "Attendez sa fin, ou annulez-la d’abord.",
  ),
  UPGRADE_AT_TARGET: say("Le périphérique exécute déjà cette version.", UNCHANGED, "Rien à faire."),
  CANCEL_TOO_LATE: say(
    "La mise à niveau a passé le point de non-retour.",
    "Elle continue ; l’arrêter maintenant pourrait endommager le périphérique.",
    "Attendez la fin indiquée dans les détails.",
  ),
  CANCEL_FINISHED: say("Cette mise à niveau est terminée.", "Son résultat reste.", "Rien à faire."),
  SERVER_CLAIMED: say(
    "Le serveur a commencé sa mise à niveau.",
    "Elle continue ; un programme d’installation n’est jamais interrompu.",
    "Vous pouvez suspendre les serveurs qui n’ont pas commencé.",
  ),
  CANCELLED: say(
    "La mise à niveau a été annulée.",
    "Le périphérique exécute son ancienne version.",
    "Lancez une nouvelle mise à niveau quand vous voulez.",
  ),
  FENCED: say(
    "Une attribution plus récente de cette tâche est en vigueur.",
    "Cet essai s’est arrêté là où c’était sûr.",
    "Rien : l’essai plus récent continue.",
  ),
  WINDOW_MISSED: say(
    "La fenêtre de maintenance s’est fermée avant le début de la mise à niveau.",
    DEVICE_UNTOUCHED,
    "Elle commence dans la prochaine fenêtre.",
  ),
  DEADLINE_PASSED: say(
    "La date limite de la mise à niveau est passée.",
    DEVICE_UNTOUCHED,
    "Lancez une nouvelle mise à niveau.",
  ),

  DEVICE_UNKNOWN: say(
    "L’agent ne connaît pas ce périphérique.",
    DEVICE_UNTOUCHED,
    "Vérifiez qu’il est sous tension et que sa plage d’adresses est configurée.",
  ),
  DEVICE_UNREACHABLE: say(
    "Le périphérique ne répond pas.",
    DEVICE_UNTOUCHED,
    "Vérifiez son alimentation et son réseau ; l’agent réessaie.",
  ),
  DEVICE_DENIED: say(
    "Le périphérique a refusé notre nom d’utilisateur ou notre mot de passe.",
    DEVICE_UNTOUCHED,
    "Saisissez le mot de passe du périphérique sur l’agent ; la mise à niveau reprend alors.",
  ),
  DEVICE_NO_CREDENTIALS: say(
    "L’agent n’a pas de mot de passe pour ce périphérique.",
    DEVICE_UNTOUCHED,
    "Saisissez le mot de passe du périphérique sur l’agent ; la mise à niveau reprend alors.",
  ),
  DEVICE_WRONG: say(
    "Un autre périphérique répond à cette adresse.",
    DEVICE_UNTOUCHED,
    "L’agent cherche le bon ; vérifiez si une adresse a changé.",
  ),
  DEVICE_REPLACED: say(
    "Le périphérique a été échangé pendant la mise à niveau.",
    "Le nouvel appareil n’a pas été touché.",
    "Lancez une mise à niveau du nouvel appareil s’il en a besoin.",
  ),
  DEVICE_KEY_CHANGED: say(
    "Le périphérique présente une autre clé TLS qu’auparavant.",
    "Aucun mot de passe ne lui a été envoyé.",
    "Assurez-vous qu’il s’agit du même appareil, puis acceptez sa nouvelle clé sur l’agent.",
  ),
  DEVICE_BUSY: say(
    "Le périphérique traite une autre demande de firmware.",
    DEVICE_UNTOUCHED,
    "L’agent réessaie plus tard.",
  ),
  DEVICE_ANSWER: say(
    "Le périphérique a donné une réponse incompréhensible.",
    "L’essai s’est arrêté.",
    "Redémarrez le périphérique ; si cela persiste, consultez son journal.",
  ),
  DEVICE_REJECTED: say(
    "Le périphérique a refusé l’image.",
    "Il exécute son ancienne version.",
    "Consultez le code du périphérique dans les détails.",
  ),
  DEVICE_IMAGE_REFUSED: say(
    "Le périphérique indique que cette image n’est pas pour lui.",
    "Il exécute son ancienne version.",
    "Choisissez une autre image ; le code du périphérique figure dans les détails.",
  ),
  DEVICE_DEFAULTED: say(
    "Le périphérique est aux valeurs d’usine.",
    "Il n’a pas de compte, et Fyr ne lui en crée pas.",
    "Configurez-le, puis saisissez son mot de passe sur l’agent.",
  ),
  DEVICE_UNCOMMITTED: say(
    "La mise à niveau de quelqu’un d’autre est encore à l’essai sur ce périphérique.",
    DEVICE_UNTOUCHED,
    "Validez ou annulez d’abord cette mise à niveau.",
  ),
  DEVICE_NO_RETURN: say(
    "Le périphérique n’est pas encore revenu de sa mise à niveau.",
    "Il écrit peut-être encore ; personne n’y touche.",
    "Attendez ; s’il reste muet, examinez-le sur place avant de couper son alimentation.",
  ),
  DEVICE_UNREACHABLE_AFTER_UPGRADE: say(
    "Le périphérique n’est pas revenu dans le temps imparti.",
    "Son état est inconnu.",
    "Rendez-vous sur place.",
  ),
  DEVICE_UNVERIFIED: say(
    "Le périphérique dit exécuter la nouvelle version mais ne peut le prouver.",
    "La mise à niveau n’est pas comptée comme faite.",
    "Examinez le périphérique ; les relevés figurent dans les détails.",
  ),
  DEVICE_RECOVERY_MODE: say(
    "Le périphérique est en mode de récupération.",
    "Il n’exécute pas AXIS OS.",
    "Rendez-vous sur place et réinitialisez-le.",
  ),
  DEVICE_NEWER: say(
    "Le périphérique exécute déjà une version plus récente que celle commandée.",
    DEVICE_UNTOUCHED,
    "Rien à faire.",
  ),
  TRANSFER_CUT: say(
    "La connexion s’est coupée pendant l’envoi de l’image.",
    "Le périphérique a jeté ce qu’il avait reçu ; il exécute son ancienne version.",
    "L’agent réessaie ; vérifiez le réseau si cela se répète.",
  ),
  TRANSFER_STALLED: say(
    "Le périphérique a cessé de recevoir l’image.",
    "Le périphérique a jeté ce qu’il avait reçu ; il exécute son ancienne version.",
    "L’agent réessaie ; vérifiez le réseau si cela se répète.",
  ),
  BACKUP_FAILED: say(
    "Les réglages du périphérique n’ont pas pu être sauvegardés avant la mise à niveau.",
    DEVICE_UNTOUCHED,
    "Examinez la raison, ou autorisez la mise à niveau sans sauvegarde.",
  ),
  HEALTH_FAILED: say(
    "Le périphérique n’allait pas bien avec la nouvelle version.",
    "Il est revenu à son ancienne version.",
    "Examinez les contrôles dans les détails avant de réessayer.",
  ),
  COMMIT_FAILED: say(
    "Le périphérique n’a pas validé la nouvelle version.",
    "Il revient seul à son ancienne version.",
    "Consultez son journal avant de réessayer.",
  ),
  ROLLED_BACK: say(
    "Le périphérique est revenu à son ancienne version.",
    "Il fonctionne comme avant la mise à niveau.",
    "Vérifiez son alimentation et son journal, puis lancez une nouvelle mise à niveau.",
  ),
  ROLLBACK_FAILED: say(
    "Le périphérique n’a pas pu revenir en arrière.",
    "Il exécute la nouvelle version, avec des défauts.",
    "Examinez-le sur place.",
  ),

  DISK_FULL: say(
    "Le disque de l’agent est plein.",
    "Rien d’enregistré n’est perdu ; rien n’est commencé qui ne puisse être enregistré.",
    "Libérez de la place ; le travail reprend seul.",
  ),
  STORE_FAILED: say(
    "Le disque a refusé d’enregistrer.",
    "Rien n’est fait qui ne puisse être enregistré.",
    "Vérifiez le disque et les droits du dossier ; redémarrez.",
  ),
  JOURNAL_CORRUPT: say(
    "Une entrée du journal de l’agent est endommagée.",
    "Le périphérique concerné est laissé en paix.",
    "Vérifiez le disque ; laissez le hub réattribuer la tâche.",
  ),
  JOURNAL_NEWER: say(
    "Le journal de l’agent a été écrit par une version plus récente.",
    "L’agent ne démarre pas.",
    "Réinstallez la version plus récente.",
  ),
  INSTANCE_RUNNING: say(
    "Un autre processus travaille déjà avec ce dossier de données.",
    "Celui-ci n’a rien fait.",
    "Arrêtez l’autre processus, ou prenez un autre dossier.",
  ),
  VAULT_SEALED: say(
    "Les mots de passe des périphériques ne s’ouvrent pas avec cette clé.",
    "Aucun mot de passe n’a été utilisé ni modifié.",
    "Restaurez le fichier de clé du coffre, ou saisissez de nouveau les mots de passe.",
  ),
  ADDRESS_REFUSED: say(
    "Cette adresse n’est pas autorisée par l’installateur.",
    "Aucune connexion n’a été faite.",
    "Ajoutez la plage à la configuration de l’agent si elle appartient au site.",
  ),
  CLOCK_UNCERTAIN: say(
    "Le site ne connaît pas assez bien l’heure pour sa fenêtre.",
    "Rien n’est démarré.",
    "Laissez l’agent joindre le hub, ou donnez au site un serveur de temps.",
  ),
  PEER_SILENT: say(
    "L’autre côté a cessé de répondre.",
    "On ne sait pas s’il a pris le message.",
    "L’agent vérifie et réessaie.",
  ),
  RESPONSE_TOO_LARGE: say(
    "La réponse est plus grande que toute réponse honnête.",
    "Elle n’a pas été lue.",
    "Examinez le périphérique ou le proxy qui répond.",
  ),
};
