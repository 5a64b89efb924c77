import {
  Account,
  AccountChange,
  EmailChange,
  EmailProof,
  FactorChoice,
  FactorProof,
  FactorSet,
  FactorSetup,
  MailOnItsWay,
  page,
  PageQuery,
  PasswordChange,
  RecoveryCodes,
  SessionId,
  SessionSummary,
  SignedIn,
} from "@fyr/protocol";
import { z } from "zod";
import { qrCode } from "../qr-code.ts";
import { Nothing, personRoute, sessionRoute } from "../route.ts";
import { keepSession } from "../signed-in.ts";

const FactorConfirmed = FactorSet.extend({ session: SignedIn }).meta({ id: "FactorConfirmed" });

/** One's own account (access.md 3.3, rows 1 and 2). */
export const account = [
  personRoute({
    name: "getAccount",
    method: "GET",
    path: "/account",
    summary: "Your account",
    answer: Account,
    run: ({ services }, { person }) => services.accounts.account(person.accountId),
  }),
  personRoute({
    name: "editAccount",
    method: "PATCH",
    path: "/account",
    summary: "Change your name, language, time zone or theme",
    body: AccountChange,
    answer: Account,
    run: ({ services }, { person, body }) => services.accounts.editAccount(person.accountId, body),
  }),
  personRoute({
    name: "changePassword",
    method: "POST",
    path: "/account/password",
    summary: "Change your password; all other sessions end",
    stepUp: true,
    body: PasswordChange,
    answer: SignedIn,
    async run(ports, { person, body, jar }) {
      const { accounts } = ports.services;
      return keepSession(ports, jar, await accounts.changePassword(person.sessionId, body));
    },
  }),
  personRoute({
    name: "askForEmail",
    method: "POST",
    path: "/account/email",
    summary: "Ask for another e-mail address; it counts once the link mailed there was followed",
    stepUp: true,
    body: EmailChange,
    status: 202,
    answer: MailOnItsWay,
    async run({ services }, { person, body }) {
      await services.accounts.askForEmail(person.sessionId, body.email);
      return { mailed: true } as const;
    },
  }),
  personRoute({
    name: "changeEmail",
    method: "POST",
    path: "/account/email/verify",
    summary: "Prove the new e-mail address with the link's token",
    body: EmailProof,
    answer: Account,
    run: ({ services }, { person, body }) => services.accounts.changeEmail(person.accountId, body.token),
  }),
  sessionRoute({
    name: "chooseFactor",
    method: "POST",
    path: "/account/factor",
    summary: "Choose a second factor; it counts once a code of it was given",
    body: FactorChoice,
    answer: FactorSetup,
    async run({ services }, { standing, body }) {
      const setup = await services.accounts.chooseFactor(standing.sessionId, body.method);
      return { ...setup, qrCode: setup.url === null ? null : await qrCode(setup.url) };
    },
  }),
  sessionRoute({
    name: "confirmFactor",
    method: "POST",
    path: "/account/factor/confirm",
    summary: "Give a code of the second factor that you chose; recovery codes are shown once",
    body: FactorProof,
    answer: FactorConfirmed,
    async run(ports, { standing, body, jar }) {
      const { opened, set } = await ports.services.accounts.confirmFactor(standing.sessionId, body.code);
      return { ...set, session: await keepSession(ports, jar, opened) };
    },
  }),
  personRoute({
    name: "renewRecoveryCodes",
    method: "POST",
    path: "/account/recovery-codes",
    summary: "Make new recovery codes; the old ones end, the new ones are shown once",
    stepUp: true,
    status: 201,
    answer: RecoveryCodes,
    run: async ({ services }, { person }) => ({
      codes: await services.accounts.renewRecoveryCodes(person.sessionId),
    }),
  }),
  personRoute({
    name: "listSessions",
    method: "GET",
    path: "/account/sessions",
    summary: "Where you are signed in",
    query: PageQuery,
    answer: page(SessionSummary),
    run: ({ services }, { person, query }) =>
      services.accounts.sessions(person.accountId, person.sessionId, query),
  }),
  personRoute({
    name: "endSession",
    method: "DELETE",
    path: "/account/sessions/:sessionId",
    summary: "End one of your sessions",
    params: z.strictObject({ sessionId: SessionId }),
    status: 204,
    answer: Nothing,
    run: ({ services }, { person, params }) =>
      services.accounts.endSession(person.accountId, params.sessionId),
  }),
  personRoute({
    name: "endOtherSessions",
    method: "DELETE",
    path: "/account/sessions",
    summary: "End all your sessions but this one",
    status: 204,
    answer: Nothing,
    run: async ({ services }, { person }) => {
      await services.accounts.endOtherSessions(person.accountId, person.sessionId);
    },
  }),
];
