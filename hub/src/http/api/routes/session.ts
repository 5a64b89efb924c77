import {
  FactorProof,
  MailOnItsWay,
  NewRegistration,
  PasswordReset,
  PasswordResetWish,
  RegistrationProof,
  SignedIn,
  SignIn,
} from "@fyr/protocol";
import { Nothing, openRoute, personRoute, sessionRoute } from "../route.ts";
import { keepSession, showSession } from "../signed-in.ts";

const MAILED = { mailed: true } as const;

/** Getting an account, and getting in. */
export const session = [
  openRoute({
    name: "register",
    method: "POST",
    path: "/registrations",
    summary: "Ask for an account; the address is mailed a link, whether it is known or not",
    body: NewRegistration,
    status: 202,
    answer: MailOnItsWay,
    async run({ services }, { body, source, userAgent }) {
      await services.accounts.register(body, { source, browser: userAgent });
      return MAILED;
    },
  }),
  openRoute({
    name: "verifyRegistration",
    method: "POST",
    path: "/registrations/verify",
    summary:
      "Prove the address with the link's token; the session that opens is for choosing a second factor",
    body: RegistrationProof,
    status: 201,
    answer: SignedIn,
    async run(ports, { body, source, userAgent, jar }) {
      const place = { source, browser: userAgent };
      return keepSession(ports, jar, await ports.services.accounts.verifyRegistration(body, place));
    },
  }),
  openRoute({
    name: "signIn",
    method: "POST",
    path: "/session",
    summary: "Sign in with a password; nothing is open before the second factor was passed",
    body: SignIn,
    status: 201,
    answer: SignedIn,
    async run(ports, { body, source, userAgent, jar }) {
      const place = { source, browser: userAgent };
      return keepSession(ports, jar, await ports.services.accounts.signIn(body, place));
    },
  }),
  sessionRoute({
    name: "passFactor",
    method: "POST",
    path: "/session/factor",
    summary: "Give the second factor's code, or a recovery code",
    body: FactorProof,
    answer: SignedIn,
    async run(ports, { body, standing, jar }) {
      return keepSession(ports, jar, await ports.services.accounts.passFactor(standing.sessionId, body.code));
    },
  }),
  sessionRoute({
    name: "sendFactorCode",
    method: "POST",
    path: "/session/factor/code",
    summary: "Mail another code, for whoever has codes by mail",
    status: 202,
    answer: MailOnItsWay,
    async run({ services }, { standing }) {
      await services.accounts.sendCode(standing.sessionId);
      return MAILED;
    },
  }),
  personRoute({
    name: "stepUp",
    method: "POST",
    path: "/session/step-up",
    summary: "Give a code of the second factor again, for what is dangerous",
    body: FactorProof,
    answer: SignedIn,
    async run(ports, { body, person, jar }) {
      return keepSession(ports, jar, await ports.services.accounts.passFactor(person.sessionId, body.code));
    },
  }),
  sessionRoute({
    name: "getSession",
    method: "GET",
    path: "/session",
    summary: "Where your session stands, and the token that changes have to carry",
    answer: SignedIn,
    run: (ports, { standing, jar }) => showSession(ports, standing, jar.token),
  }),
  sessionRoute({
    name: "signOut",
    method: "DELETE",
    path: "/session",
    summary: "Sign out",
    status: 204,
    answer: Nothing,
    async run({ services }, { standing, jar }) {
      await services.accounts.signOut(standing.sessionId);
      jar.drop();
    },
  }),
  openRoute({
    name: "askForPassword",
    method: "POST",
    path: "/account/password-reset",
    summary: "Ask for a new password by mail",
    body: PasswordResetWish,
    status: 202,
    answer: MailOnItsWay,
    async run({ services }, { body, source, userAgent }) {
      await services.accounts.askForPassword(body.email, { source, browser: userAgent });
      return MAILED;
    },
  }),
  openRoute({
    name: "resetPassword",
    method: "POST",
    path: "/account/password-reset/finish",
    summary: "Choose a new password with the link's token; all sessions end",
    body: PasswordReset,
    status: 204,
    answer: Nothing,
    run: ({ services }, { body }) => services.accounts.resetPassword(body),
  }),
];
