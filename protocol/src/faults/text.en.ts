import type { FaultCode } from "./codes.ts";
import { say, type FaultText } from "./say.ts";

const UNCHANGED = "Nothing was changed.";
const DEVICE_UNTOUCHED = "Nothing was sent to the device; it runs as before.";

export const english: Record<FaultCode, FaultText> = {
  MESSAGE_INVALID: say(
    "The request does not have the expected form.",
    UNCHANGED,
    "Correct the places that the details name and send it again.",
  ),
  MESSAGE_TOO_LARGE: say(
    "The request is larger than this address accepts.",
    UNCHANGED,
    "Send less at once; the limit stands in the details.",
  ),
  MEDIA_TYPE_UNKNOWN: say(
    "The request's content type is not accepted here.",
    UNCHANGED,
    "Send the content type that the API description names.",
  ),
  UNAUTHENTICATED: say(
    "The request does not say who sends it, or the proof does not count any more.",
    UNCHANGED,
    "Sign in, or send a valid token.",
  ),
  FORBIDDEN: say(
    "You may see this but not change it.",
    UNCHANGED,
    "Ask an administrator of the organisation for the role that the details name.",
  ),
  NOT_FOUND: say(
    "There is nothing here, or nothing that you may see.",
    UNCHANGED,
    "Check the address and the organisation.",
  ),
  METHOD_UNKNOWN: say(
    "This address does not take that method.",
    UNCHANGED,
    "Use a method that the API description names.",
  ),
  IDEMPOTENCY_MISMATCH: say(
    "This Idempotency-Key was used before with another request.",
    "The first request stands; this one had no effect.",
    "Use a new key for a new request.",
  ),
  VERSION_CONFLICT: say(
    "Somebody changed this in the meantime.",
    "Their change stands; yours had no effect.",
    "Read it again and repeat your change.",
  ),
  RANGE_INVALID: say(
    "The file has no such range of bytes.",
    UNCHANGED,
    "Ask for a range inside the length that the answer names.",
  ),
  TOO_MANY_REQUESTS: say(
    "Too many requests came from here in a short time.",
    "This one was not looked at.",
    "Wait as long as Retry-After says.",
  ),
  HUB_BUSY: say(
    "The hub has more to do than it can take on now.",
    "The request was not looked at.",
    "Try again after the time in Retry-After.",
  ),
  HUB_DISK_FULL: say(
    "The hub's disk is full.",
    "Nothing was stored, and nothing stored before was lost.",
    "Make room on the hub's disk; work goes on by itself.",
  ),
  INTERNAL: say(
    "Something went wrong inside Fyr that should not.",
    "The request was not carried out.",
    "Try again; if it stays, send the request id to the hub's operator.",
  ),

  ENROL_CODE_INVALID: say(
    "This enrolment code is not known, or was mistyped.",
    "The agent has no identity yet.",
    "Compare the code with the one shown in the hub, or make a new one.",
  ),
  ENROL_CODE_EXPIRED: say(
    "This enrolment code is too old.",
    "The agent has no identity yet.",
    "Make a new code for the agent in the hub.",
  ),
  ENROL_CODE_USED: say(
    "This enrolment code was used already.",
    "The first agent that used it keeps its identity.",
    "Make a new code; if you did not use the old one yourself, revoke that agent.",
  ),
  ENROL_REQUEST_INVALID: say(
    "The agent's certificate request is not acceptable.",
    "No certificate was issued.",
    "Update the agent and enrol again.",
  ),
  ENROL_KEY_KNOWN: say(
    "This key already belongs to an agent.",
    "No certificate was issued.",
    "Remove the agent's data folder, if it is a copy, and enrol again.",
  ),
  ENROL_DONE: say(
    "This agent is enrolled already.",
    "Its identity is unchanged.",
    "Use another data folder for another agent.",
  ),
  ENROL_MISSING: say(
    "This agent is not enrolled yet.",
    "It does nothing.",
    "Make a code in the hub and run the agent's enrol command with it.",
  ),
  CERTIFICATE_REQUIRED: say(
    "This address is for agents with a certificate of this hub.",
    UNCHANGED,
    "Enrol the agent.",
  ),
  CERTIFICATE_UNKNOWN: say(
    "This certificate was not issued by this hub.",
    UNCHANGED,
    "Check the hub's address, or enrol the agent again.",
  ),
  CERTIFICATE_EXPIRED: say(
    "The agent's certificate is too old.",
    "The agent finishes what it began and reports once it has a new certificate.",
    "Renew it: the agent tries by itself; after 180 days enrol again.",
  ),
  CERTIFICATE_REVOKED: say(
    "This agent's certificate was revoked.",
    "Its connections were cut; nothing more is accepted from it.",
    "If that was a mistake, make a new code and enrol again.",
  ),
  AGENT_MISMATCH: say(
    "The message speaks for another agent than its certificate.",
    "Nothing was taken from it.",
    "Look whether an agent's data folder was copied.",
  ),
  SITE_ALREADY_BOUND: say(
    "Another running copy of this agent is in charge of the site.",
    "This copy gets no work.",
    "Stop one of the two; if you only know one, revoke the agent.",
  ),
  EPOCH_STALE: say(
    "The task has been granted anew since.",
    "The newer grant stands; this report was kept as evidence.",
    "Nothing: the agent stops by itself.",
  ),
  HUB_UNREACHABLE: say(
    "The hub cannot be reached.",
    "Work that was begun goes on; reports wait on the site.",
    "Check the site's way out to the hub.",
  ),
  HUB_UNTRUSTED: say(
    "The machine that answered is not this agent's hub.",
    "Nothing was told to it.",
    "Check the address, proxies and name resolution on the site.",
  ),

  METADATA_MISSING: say(
    "The hub did not give the signed list of images.",
    DEVICE_UNTOUCHED,
    "The agent tries again; if it stays, run the hub's doctor command.",
  ),
  METADATA_INVALID: say(
    "The signed list of images cannot be read.",
    DEVICE_UNTOUCHED,
    "Publish the metadata again; look who changed it.",
  ),
  METADATA_SIGNATURE: say(
    "The list of images does not carry enough valid signatures of the publishers.",
    DEVICE_UNTOUCHED,
    "Treat it as an attack until shown otherwise: compare the keys, publish again.",
  ),
  METADATA_EXPIRED: say(
    "The signed list of images is too old.",
    "Running upgrades go on; no new one starts.",
    "Sign it again with the publishers' keys.",
  ),
  METADATA_ROLLBACK: say(
    "The hub offers an older list of images than this agent has seen.",
    DEVICE_UNTOUCHED,
    "Publish the newest metadata; look who put the old one back.",
  ),
  METADATA_MISMATCH: say(
    "The parts of the signed list of images do not belong together.",
    DEVICE_UNTOUCHED,
    "Publish the metadata again as a whole.",
  ),
  METADATA_TOO_LARGE: say(
    "The list of images is larger than any honest one.",
    DEVICE_UNTOUCHED,
    "Look what the hub serves; publish again.",
  ),
  ORDER_SIGNATURE: say(
    "The order is not signed by this hub.",
    DEVICE_UNTOUCHED,
    "Treat it as an attack until shown otherwise; enrol again if the hub's order key was changed.",
  ),
  ORDER_EXPIRED: say(
    "The order reached the agent too late.",
    DEVICE_UNTOUCHED,
    "Nothing: the hub gives a new one.",
  ),
  ORDER_REPLAYED: say(
    "This order, or a later one, was seen before.",
    DEVICE_UNTOUCHED,
    "Look whether the hub was restored from a backup.",
  ),
  ORDER_FOREIGN: say(
    "The order is for another agent.",
    DEVICE_UNTOUCHED,
    "Treat it as an attack until shown otherwise.",
  ),

  IMAGE_UNKNOWN: say("No published image has this digest.", UNCHANGED, "Import the image first."),
  IMAGE_FORMAT: say(
    "The file is no AXIS OS image that Fyr can read.",
    "It was not stored.",
    "Download the image again from the vendor; take the .bin file.",
  ),
  IMAGE_TRUNCATED: say(
    "The image ends too early.",
    "It was not stored or used.",
    "Download the image again.",
  ),
  IMAGE_CORRUPT: say(
    "The image's bytes are not those that the publishers signed.",
    DEVICE_UNTOUCHED,
    "Check the disk and the line; the image is fetched again for the next attempt.",
  ),
  IMAGE_TOO_LARGE: say(
    "The image is larger than any AXIS OS image.",
    "It was not stored.",
    "Check the file.",
  ),
  IMAGE_UNTRUSTED: say(
    "The publishers did not sign this image.",
    DEVICE_UNTOUCHED,
    "Import the image through the publishers' keys.",
  ),
  IMAGE_WITHDRAWN: say("The publishers withdrew this image.", DEVICE_UNTOUCHED, "Choose a newer image."),
  IMAGE_MODEL_UNNAMED: say(
    "The image does not say for which models it is.",
    "It was not stored.",
    "Name the models when importing it.",
  ),
  IMAGE_WRONG_MODEL: say(
    "The image is for another model.",
    DEVICE_UNTOUCHED,
    "Choose the image of this model.",
  ),
  IMAGE_WRONG_HARDWARE: say(
    "The image is for another hardware version of this model.",
    DEVICE_UNTOUCHED,
    "Choose the image that names this hardware id.",
  ),
  IMAGE_DOWNGRADE: say(
    "The device already runs a newer version.",
    DEVICE_UNTOUCHED,
    "An older version needs a factory default and is not done by an upgrade.",
  ),
  IMAGE_PATH_BLOCKED: say(
    "The device cannot go to this version in one step.",
    DEVICE_UNTOUCHED,
    "Upgrade to the version that the details name first.",
  ),
  IMAGE_UNAVAILABLE: say(
    "The image could not be fetched from the hub.",
    DEVICE_UNTOUCHED,
    "The agent goes on fetching where it stopped; check the line.",
  ),
  PUBLISHER_KEY_MISSING: say(
    "This hub does not hold the publishers' key.",
    "The image was not stored.",
    "Sign the image with the publisher's command line and publish the metadata.",
  ),

  BUNDLE_INVALID: say(
    "The file is no PKCS#12 or PKCS#7 file that can be read.",
    "No certificate was taken over.",
    "Export it again from your certificate authority.",
  ),
  BUNDLE_PASSWORD: say(
    "The password does not open the file.",
    "No certificate was taken over.",
    "Check the password given at export.",
  ),
  BUNDLE_KEY_MISSING: say(
    "The file holds no private key that fits its certificate.",
    "No certificate was taken over.",
    "Export the certificate with its private key, or name the key file.",
  ),
  BUNDLE_KEY_KIND: say(
    "The file's key is not an RSA key.",
    "No certificate was taken over.",
    "Use an RSA certificate, or give certificate and key as PEM files.",
  ),
  BUNDLE_CHAIN_INCOMPLETE: say(
    "Certificates between yours and its root are missing.",
    "No certificate was taken over.",
    "Export with all certificates of the path.",
  ),
  BUNDLE_EXPIRED: say(
    "The certificate in the file is not valid today.",
    "No certificate was taken over.",
    "Ask your certificate authority for a new one.",
  ),

  UPGRADE_ACTIVE: say(
    "This device already has an upgrade under way.",
    UNCHANGED,
    "Wait for its end, or cancel it first.",
  ),
  UPGRADE_AT_TARGET: say("The device already runs this version.", UNCHANGED, "Nothing to do."),
  CANCEL_TOO_LATE: say(
    "The upgrade is past the point of no return.",
    "It goes on; stopping now could damage the device.",
    "Wait for the end that the details name.",
  ),
  CANCEL_FINISHED: say("This upgrade is over.", "Its outcome stands.", "Nothing to do."),
  SERVER_CLAIMED: say(
    "The server has begun its upgrade.",
    "It goes on; an installer is never stopped.",
    "You can pause the servers that have not begun.",
  ),
  CANCELLED: say(
    "The upgrade was cancelled.",
    "The device runs its old version.",
    "Start a new upgrade when you want.",
  ),
  FENCED: say(
    "A newer grant of this task is in force.",
    "This attempt stopped where it was safe.",
    "Nothing: the newer attempt goes on.",
  ),
  WINDOW_MISSED: say(
    "The maintenance window closed before the upgrade could begin.",
    DEVICE_UNTOUCHED,
    "It begins in the next window.",
  ),
  DEADLINE_PASSED: say("The upgrade's last date has passed.", DEVICE_UNTOUCHED, "Start a new upgrade."),

  DEVICE_UNKNOWN: say(
    "The agent does not know this device.",
    DEVICE_UNTOUCHED,
    "Check that the device is switched on and that its address range is configured.",
  ),
  DEVICE_UNREACHABLE: say(
    "The device does not answer.",
    DEVICE_UNTOUCHED,
    "Check its power and network; the agent tries again.",
  ),
  DEVICE_DENIED: say(
    "The device refused our user name or password.",
    DEVICE_UNTOUCHED,
    "Enter the device's password at the agent; the upgrade then goes on.",
  ),
  DEVICE_NO_CREDENTIALS: say(
    "The agent has no password for this device.",
    DEVICE_UNTOUCHED,
    "Enter the device's password at the agent; the upgrade then goes on.",
  ),
  DEVICE_WRONG: say(
    "Another device answers at this address.",
    DEVICE_UNTOUCHED,
    "The agent looks for the right one; check for a changed address.",
  ),
  DEVICE_REPLACED: say(
    "The device was exchanged during the upgrade.",
    "The new unit was not touched.",
    "Start an upgrade for the new unit if it needs one.",
  ),
  DEVICE_KEY_CHANGED: say(
    "The device shows another TLS key than before.",
    "No password was sent to it.",
    "Make sure that it is the same unit, then accept its new key at the agent.",
  ),
  DEVICE_BUSY: say(
    "The device is busy with another firmware request.",
    DEVICE_UNTOUCHED,
    "The agent tries again later.",
  ),
  DEVICE_ANSWER: say(
    "The device answered something that makes no sense.",
    "The attempt stopped.",
    "Restart the device; if it stays, look at its log.",
  ),
  DEVICE_REJECTED: say(
    "The device refused the image.",
    "It runs its old version.",
    "Look at the device's own code in the details.",
  ),
  DEVICE_IMAGE_REFUSED: say(
    "The device says that this image is not for it.",
    "It runs its old version.",
    "Choose another image; the device's own code stands in the details.",
  ),
  DEVICE_DEFAULTED: say(
    "The device is in factory-default state.",
    "It has no account, and Fyr does not give it one.",
    "Set the device up, then enter its password at the agent.",
  ),
  DEVICE_UNCOMMITTED: say(
    "Somebody else's upgrade is still on trial on this device.",
    DEVICE_UNTOUCHED,
    "Commit or roll back that upgrade first.",
  ),
  DEVICE_NO_RETURN: say(
    "The device has not come back from its upgrade yet.",
    "It may still be flashing; nobody touches it.",
    "Wait; if it stays dark, look at it on site before cutting its power.",
  ),
  DEVICE_UNREACHABLE_AFTER_UPGRADE: say(
    "The device did not come back within the time allowed.",
    "Its state is unknown.",
    "Visit the device.",
  ),
  DEVICE_UNVERIFIED: say(
    "The device says that it runs the new version but cannot prove it.",
    "The upgrade is not counted as done.",
    "Look at the device; the readings stand in the details.",
  ),
  DEVICE_RECOVERY_MODE: say(
    "The device is in recovery mode.",
    "It does not run AXIS OS.",
    "Visit the device and reset it.",
  ),
  DEVICE_NEWER: say(
    "The device already runs a version newer than the one ordered.",
    DEVICE_UNTOUCHED,
    "Nothing to do.",
  ),
  TRANSFER_CUT: say(
    "The connection broke while the image was sent.",
    "The device discarded what it had; it runs its old version.",
    "The agent tries again; check the network if it repeats.",
  ),
  TRANSFER_STALLED: say(
    "The device stopped taking the image.",
    "The device discarded what it had; it runs its old version.",
    "The agent tries again; check the network if it repeats.",
  ),
  BACKUP_FAILED: say(
    "The device's settings could not be saved before the upgrade.",
    DEVICE_UNTOUCHED,
    "Look at the reason, or allow the upgrade without a backup.",
  ),
  HEALTH_FAILED: say(
    "The device was not well on the new version.",
    "It was rolled back to its old version.",
    "Look at the checks in the details before trying again.",
  ),
  COMMIT_FAILED: say(
    "The device did not confirm the new version.",
    "It goes back to its old version by itself.",
    "Look at the device's log before trying again.",
  ),
  ROLLED_BACK: say(
    "The device went back to its old version.",
    "It runs as before the upgrade.",
    "Look at its power and its log, then start a new upgrade.",
  ),
  ROLLBACK_FAILED: say(
    "The device could not be rolled back.",
    "It runs the new version, with faults.",
    "Look at the device on site.",
  ),

  DISK_FULL: say(
    "The agent's disk is full.",
    "Nothing recorded was lost; nothing is begun that could not be recorded.",
    "Make room; work goes on by itself.",
  ),
  STORE_FAILED: say(
    "The disk refused to store.",
    "Nothing is done that could not be recorded.",
    "Check the disk and the folder's permissions; restart.",
  ),
  JOURNAL_CORRUPT: say(
    "An entry of the agent's journal is damaged.",
    "The device that it is about is left alone.",
    "Check the disk; let the hub grant the task anew.",
  ),
  JOURNAL_NEWER: say(
    "The agent's journal was written by a newer version.",
    "The agent does not start.",
    "Install the newer version again.",
  ),
  INSTANCE_RUNNING: say(
    "Another process already works with this data folder.",
    "This one has done nothing.",
    "Stop the other process, or use another data folder.",
  ),
  VAULT_SEALED: say(
    "The device passwords cannot be opened with this key.",
    "No password was used or changed.",
    "Restore the vault's key file, or enter the passwords again.",
  ),
  ADDRESS_REFUSED: say(
    "This address is not one that the installer allowed.",
    "No connection was made.",
    "Add the range to the agent's configuration if it belongs to the site.",
  ),
  CLOCK_UNCERTAIN: say(
    "The site does not know the time well enough for its window.",
    "Nothing is started.",
    "Let the agent reach the hub, or give the site a time server.",
  ),
  PEER_SILENT: say(
    "The other side stopped answering.",
    "It is unknown whether it took the message.",
    "The agent looks and tries again.",
  ),
  RESPONSE_TOO_LARGE: say(
    "The answer is larger than any honest one.",
    "It was not read.",
    "Look at the device or the proxy that answers.",
  ),
};
