import { alertWords } from "./alert-words.ts";
import { quoted, type Texts } from "./letter.ts";
import { licences } from "./licences-en.ts";

const NOT_YOU = "If this was not you, change your password now and end your other sessions.";
const ROLES = { admin: "Admin", operator: "Operator", viewer: "Viewer" } as const;
const METHODS = { totp: "an authenticator app", email: "codes by e-mail" } as const;

export const en: Texts = {
  verify_address: ({ name, link, hours }) => ({
    subject: "Confirm your e-mail address",
    before: [
      `Somebody registered an account with this address under the name “${quoted(name)}”.`,
      "If it was you, open this link and enter the password that you chose:",
    ],
    link: { url: link, label: "Confirm address" },
    after: [
      `The link works for ${hours} hours. If it was not you, do nothing: without your confirmation there is no account.`,
    ],
  }),
  address_known: ({ link }) => ({
    subject: "You already have an account",
    before: [
      "Somebody tried to register an account with this address. It has one already, so nothing was changed.",
      "If it was you, sign in; if you do not know your password any more, ask for a new one there:",
    ],
    link: { url: link, label: "Sign in" },
  }),
  code: ({ code, minutes }) => ({
    subject: "Your sign-in code",
    before: ["Enter this code to go on:"],
    code,
    after: [
      `It works once, for ${minutes} minutes. Nobody of ours will ever ask you for it.`,
      "If you are not signing in, somebody knows your password: change it.",
    ],
  }),
  password_reset: ({ link, minutes }) => ({
    subject: "Choose a new password",
    before: ["Somebody asked for a new password for your account. If it was you, open this link:"],
    link: { url: link, label: "Choose a new password" },
    after: [
      `It works once, for ${minutes} minutes. Your second factor stays as it is.`,
      "If it was not you, do nothing: your password stays as it is.",
    ],
  }),
  password_changed: () => ({
    subject: "Your password was changed",
    before: [
      "The password of your account was changed, and your other sessions were ended.",
      "If this was not you, ask for a new password at once.",
    ],
  }),
  factor_changed: ({ method }) => ({
    subject: "Your second factor was changed",
    before: [`From now on your account is opened with ${METHODS[method]} beside the password.`, NOT_YOU],
  }),
  factor_reset: () => ({
    subject: "Your second factor was reset",
    before: [
      "Your second factor was taken away by somebody who may do so, and your sessions were ended.",
      "At your next sign-in you get a code by mail and choose a new second factor.",
      "If you did not ask for this, tell an admin of your organisation.",
    ],
  }),
  recovery_codes_renewed: () => ({
    subject: "You have new recovery codes",
    before: ["New recovery codes were made for your account; the old ones work no more.", NOT_YOU],
  }),
  recovery_code_used: ({ left }) => ({
    subject: "A recovery code was used",
    before: [`Somebody signed in to your account with a recovery code. Unused codes left: ${left}.`, NOT_YOU],
  }),
  email_change: ({ link, hours }) => ({
    subject: "Confirm your new e-mail address",
    before: ["Somebody wants to use this address for an account. If it was you, open this link:"],
    link: { url: link, label: "Confirm new address" },
    after: [`It works once, for ${hours} hours. If it was not you, do nothing.`],
  }),
  email_change_asked: () => ({
    subject: "A new e-mail address was asked for",
    before: [
      "Somebody wants to use another e-mail address for your account. It counts as soon as it is confirmed there.",
      NOT_YOU,
    ],
  }),
  email_changed: ({ email }) => ({
    subject: "Your e-mail address was changed",
    before: [
      `Your account now has the address ${quoted(email)}; this one works no more.`,
      "If this was not you, tell an admin of your organisation at once.",
    ],
  }),
  new_sign_in: ({ browser, source, at }) => ({
    subject: "New sign-in to your account",
    before: [`Somebody signed in from ${quoted(source)} with ${quoted(browser)} on ${at}.`, NOT_YOU],
  }),
  guarded: ({ link }) => ({
    subject: "Your account is guarded",
    before: [
      "Somebody tried wrong passwords or codes on your account again and again. None of them worked.",
      "To keep it so, your account now opens only after you chose a new password. Ask for one here:",
    ],
    link: { url: link, label: "Ask for a new password" },
  }),
  invitation: ({ organisation, inviter, link, days }) => ({
    subject: `Invitation to ${quoted(organisation)}`,
    before: [
      `“${quoted(inviter)}” invites you to the organisation “${quoted(organisation)}”.`,
      "Open this link and sign in, or register with this address:",
    ],
    link: { url: link, label: "Accept invitation" },
    after: [`The invitation works for ${days} days. If you do not know who sent it, do nothing.`],
  }),
  role_confirmed: ({ organisation, role, link }) => ({
    subject: `Your role in ${quoted(organisation)}`,
    before: [`You now have the role ${ROLES[role]} in the organisation “${quoted(organisation)}”.`],
    link: { url: link, label: "Open" },
  }),
  role_to_confirm: ({ organisation, person, email, role, link }) => ({
    subject: `Confirm a role in ${quoted(organisation)}`,
    before: [
      `“${quoted(person)}” (${email}) accepted the invitation to “${quoted(organisation)}”.`,
      `The role ${ROLES[role]} was chosen; until an admin confirms it, it is Viewer.`,
    ],
    link: { url: link, label: "Open the list of users" },
  }),
  joined_without_folders: ({ organisation, person, email, link }) => ({
    subject: `A user of ${quoted(organisation)} has no folder`,
    before: [
      `“${quoted(person)}” (${email}) accepted the invitation to “${quoted(organisation)}”.`,
      "The chosen folders were deleted meanwhile, so there is nothing to see yet. Choose others.",
    ],
    link: { url: link, label: "Open the list of users" },
  }),
  joined_with_fewer_folders: ({ organisation, person, email, dropped, link }) => ({
    subject: `A user of ${quoted(organisation)} has fewer folders than chosen`,
    before: [
      `“${quoted(person)}” (${email}) accepted the invitation to “${quoted(organisation)}”.`,
      `Folders that were chosen and deleted meanwhile: ${dropped}; the others count. Choose others if something is missing.`,
    ],
    link: { url: link, label: "Open the list of users" },
  }),
  ...licences,
  access_asked: ({ organisation, person, email, page, link }) => ({
    subject: `A user of ${quoted(organisation)} asks for access`,
    before: [
      `“${quoted(person)}” (${email}), a user of “${quoted(organisation)}”, could not open a page and asks for access to it:`,
      quoted(page),
      "It may not exist. If it does, and they shall see it, give them a role in its folder.",
    ],
    link: { url: link, label: "Open the list of users" },
  }),
  no_active_owner: ({ organisation, link }) => ({
    subject: `${quoted(organisation)} has no active owner`,
    before: [
      `The account of the last owner of “${quoted(organisation)}” who could sign in was suspended.`,
      "Everything else goes on. An admin can claim ownership; the claim takes effect after 14 days unless an owner objects.",
    ],
    link: { url: link, label: "Sign in" },
  }),
  active_owner_again: ({ organisation, link }) => ({
    subject: `${quoted(organisation)} has an active owner again`,
    before: [
      `The account of an owner of “${quoted(organisation)}” was restored.`,
      "A claim on the ownership that was made meanwhile goes on unless an owner objects.",
    ],
    link: { url: link, label: "Sign in" },
  }),
  ownership_claimed: ({ organisation, person, day, link }) => ({
    subject: `Ownership of ${quoted(organisation)} was claimed`,
    before: [
      `“${quoted(person)}”, an admin, claims ownership of “${quoted(organisation)}”, which has no active owner.`,
      `The claim takes effect on ${day} unless an owner objects.`,
    ],
    link: { url: link, label: "Sign in" },
  }),
  ownership_settled: ({ organisation, person, how, link }) => ({
    subject: `The claim on ${quoted(organisation)} is settled`,
    before: [
      `“${quoted(person)}” claimed ownership of “${quoted(organisation)}”.`,
      {
        effective: "The claim took effect: they own the organisation now.",
        objected: "An owner objected: nothing changes.",
        lapsed: "They could not be an owner any more: nothing changes.",
      }[how],
    ],
    link: { url: link, label: "Sign in" },
  }),
  organisation_archived: ({ organisation, orgId }) => ({
    subject: `${quoted(organisation)} was archived`,
    before: [
      `The organisation “${quoted(organisation)}” was archived. Nobody can open it any more.`,
      `If this was a mistake, tell support its ID: ${orgId}`,
    ],
  }),
  organisation_restored: ({ organisation, link }) => ({
    subject: `${quoted(organisation)} was restored`,
    before: [
      `The organisation “${quoted(organisation)}” was restored by support. Everybody has their role again.`,
    ],
    link: { url: link, label: "Open" },
  }),
  server_alert: ({ organisation, server, alert, link, ...facts }) => ({
    subject: `Alert: server ${quoted(server)}`,
    before: [
      `Server “${quoted(server)}” of “${quoted(organisation)}”:`,
      alertWords("en", alert, facts),
      "Acknowledge or mute the alert there, and you are sent no more about it:",
    ],
    link: { url: link, label: "Open" },
  }),
  server_alert_over: ({ organisation, server, alert, link, ...facts }) => ({
    subject: `Over: alert of server ${quoted(server)}`,
    before: [
      `An alert of server “${quoted(server)}” of “${quoted(organisation)}” is over. As it was last measured:`,
      alertWords("en", alert, facts),
    ],
    link: { url: link, label: "Open" },
  }),
};
