import {
  Invitation,
  InvitationAccepted,
  InvitationChange,
  InvitationId,
  InvitationRegistration,
  InvitationsMade,
  InvitationToken,
  InvitationView,
  NewInvitations,
  page,
  PageQuery,
  SignedIn,
} from "@fyr/protocol";
import { memberRoute, Nothing, openRoute, personRoute } from "../route.ts";
import { keepSession } from "../signed-in.ts";
import { OrgParams } from "./params.ts";

const InvitationParams = OrgParams.extend({ invitationId: InvitationId });

export const invitations = [
  memberRoute({
    name: "listInvitations",
    method: "GET",
    path: "/orgs/:orgId/invitations",
    action: "user.invite",
    summary: "Invitations that nobody accepted yet",
    params: OrgParams,
    query: PageQuery,
    answer: page(Invitation),
    run: ({ services }, { member, query }) => services.invitations.page(member, query),
  }),
  memberRoute({
    name: "invite",
    method: "POST",
    path: "/orgs/:orgId/invitations",
    action: "user.invite",
    summary: "Invite several people with one role and folders; the answer says what became of each address",
    params: OrgParams,
    body: NewInvitations,
    repeatable: true,
    answer: InvitationsMade,
    run: ({ services }, { member, body, idempotencyKey }) =>
      services.invitations.invite(member, body, idempotencyKey),
  }),
  memberRoute({
    name: "changeInvitation",
    method: "PATCH",
    path: "/orgs/:orgId/invitations/:invitationId",
    action: "user.invite",
    summary: "Another role or other folders, until somebody accepts",
    params: InvitationParams,
    body: InvitationChange,
    versioned: true,
    answer: Invitation,
    run: ({ services }, { member, params, body, ifMatch }) =>
      services.invitations.change(member, params.invitationId, body, ifMatch),
  }),
  memberRoute({
    name: "resendInvitation",
    method: "POST",
    path: "/orgs/:orgId/invitations/:invitationId/resend",
    action: "user.invite",
    summary: "Send another link; the old one ends and the time starts anew",
    params: InvitationParams,
    answer: Invitation,
    run: ({ services }, { member, params }) => services.invitations.resend(member, params.invitationId),
  }),
  memberRoute({
    name: "revokeInvitation",
    method: "DELETE",
    path: "/orgs/:orgId/invitations/:invitationId",
    action: "user.invite",
    summary: "Take an invitation back: its link opens nothing any more",
    params: InvitationParams,
    status: 204,
    answer: Nothing,
    run: ({ services }, { member, params }) => services.invitations.revoke(member, params.invitationId),
  }),
  openRoute({
    name: "viewInvitation",
    method: "POST",
    path: "/invitations/view",
    summary: "What an invitation's link leads to, for whoever holds it",
    body: InvitationToken,
    answer: InvitationView,
    run: ({ services }, { body }) => services.invitations.view(body.token),
  }),
  openRoute({
    name: "registerInvited",
    method: "POST",
    path: "/invitations/registration",
    summary:
      "Make an account with the invited address; the session that opens is for choosing a second factor",
    body: InvitationRegistration,
    status: 201,
    answer: SignedIn,
    async run(ports, { body, source, userAgent, jar }) {
      const place = { source, browser: userAgent };
      return keepSession(ports, jar, await ports.services.invitations.register(body, place));
    },
  }),
  personRoute({
    name: "acceptInvitation",
    method: "POST",
    path: "/invitations/accept",
    summary: "Join the organisation, with the account whose address was invited",
    body: InvitationToken,
    answer: InvitationAccepted,
    run: ({ services }, { person, body }) => services.invitations.accept(person, body.token),
  }),
];
