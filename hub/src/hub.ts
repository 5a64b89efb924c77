import { auditService } from "./audit/service.ts";
import { accountServices } from "./accounts/service.ts";
import { sessionStanding } from "./accounts/sessions.ts";
import { sweepAccounts } from "./accounts/sweep.ts";
import { authenticator } from "./enrolment/authenticate.ts";
import { enrolDoor } from "./enrolment/enrol.ts";
import { renewDoor } from "./enrolment/renew.ts";
import { slotService } from "./enrolment/slots.ts";
import { createContacts } from "./fleet/contacts.ts";
import { fleetService, showAgent } from "./fleet/service.ts";
import { deviceMoves } from "./fleet/move-devices.ts";
import { createSightings } from "./fleet/sightings.ts";
import { syncDoor } from "./fleet/sync/door.ts";
import { createHourly } from "./hourly.ts";
import { invitationService } from "./invitations/service.ts";
import { createPost } from "./mail/post.ts";
import { createMailSender } from "./mail/sender.ts";
import { folderService } from "./folders/service.ts";
import { memberService } from "./members/service.ts";
import { noticing } from "./live/noticing.ts";
import { createStreams } from "./live/streams.ts";
import { CATALOGUE } from "./licences/catalogue.ts";
import { createLicenceDay } from "./licences/daily.ts";
import { inUse } from "./licences/in-use.ts";
import { licenceLoss } from "./licences/loss.ts";
import { licenceServices } from "./licences/services.ts";
import { requireServerCover } from "./licences/cover.ts";
import { tellByMail } from "./licences/tell.ts";
import { newsService } from "./news/service.ts";
import { archiveService } from "./organisations/archive.ts";
import { organisationEdits } from "./organisations/edit.ts";
import { supportService } from "./organisations/support.ts";
import { organisationService } from "./organisations/service.ts";
import type { AgentDoor, Gatekeeper, Hub, HubPorts, Services } from "./ports.ts";
import { createKeyDesk } from "./service-accounts/gate.ts";
import { serviceAccountService } from "./service-accounts/service.ts";
import type { HubStore } from "./store/store.ts";
import { monitorService } from "./servers/monitor/service.ts";
import { alertLetters } from "./servers/monitor/tell.ts";
import { serverService } from "./servers/service.ts";
import { serverUpgradeService } from "./servers/upgrade-service.ts";
import { imageService } from "./upgrades/image-service.ts";
import { createScheduler } from "./upgrades/scheduler.ts";
import { upgradeService } from "./upgrades/service.ts";

/** The hub without its edges: what it keeps, what it decides, what it offers to agents and to people. */
export function createHub(ports: HubPorts, kept: HubStore): Hub {
  const { clock } = ports;
  const live = createStreams(ports, kept.read.live);
  const store = noticing(kept, (orgs) => live.changed(orgs));
  const contacts = createContacts();
  const show = showAgent(ports, contacts);
  const post = createPost(ports);
  const tell = alertLetters({ ...ports, post });
  const scheduler = createScheduler(ports, store, tell);
  const sightings = createSightings(ports, store, contacts);
  const sweeper = createHourly(ports, "what is over could not be cleared away", () =>
    sweepAccounts(store, clock.wall()),
  );
  const keys = createKeyDesk(ports, store);
  const sender = ports.mail && createMailSender({ ...ports, transport: ports.mail }, store);
  const { sync, idle } = syncDoor(ports, store, {
    ...{ contacts, tell },
    changed: (at) => scheduler.expect(at),
  });

  const door: AgentDoor = {
    authenticate: authenticator(ports, store),
    enrol: enrolDoor(ports, store),
    renew: renewDoor(ports, store),
    sync,
    presence: ({ orgId, agentId }, presence) => contacts.presence(orgId, agentId, presence, clock.wall()),
    progress: ({ agentId }, report) => contacts.progress(agentId, report.jobs),
  };

  const gate: Gatekeeper = {
    session: sessionStanding(ports, store),
    key: (token) => keys.key(token),
    membership: (orgId, principalId) => store.read.access.membership(orgId, principalId),
    archivedFor: (orgId, principalId) => store.read.access.archivedFor(orgId, principalId),
  };

  const tellPorts = { ...ports, post };
  const licensing = { ports: tellPorts, store, catalogue: CATALOGUE, inUse };
  const services: Services = {
    accounts: accountServices({ ...ports, post }, store),
    members: memberService({ ...ports, post }, store),
    invitations: invitationService({ ...ports, post }, store),
    serviceAccounts: serviceAccountService(ports, store),
    ...organisationService(ports, store),
    ...organisationEdits(ports, store),
    ...archiveService({ ...ports, post, licenceLoss: licenceLoss(licensing) }, store),
    ...supportService(ports, store),
    ...auditService(ports, store),
    folders: folderService(ports, store),
    licences: licenceServices(licensing, { files: ports.licenceFiles, exports: ports.exports }),
    ...slotService(ports, store, contacts, show),
    ...fleetService(ports, store, contacts),
    ...deviceMoves(ports, store),
    ...newsService(),
    ...imageService(ports, store, () => scheduler.expect(clock.wall())),
    ...serverService(ports, store, show),
    ...serverUpgradeService(ports, store, {
      ...{ contacts, expect: (at) => scheduler.expect(at) },
      requireCover: requireServerCover(licensing),
    }),
    ...monitorService(ports, store),
    ...upgradeService(ports, store, { contacts, showAgent: show, expect: (at) => scheduler.expect(at) }),
  };

  const claims = createHourly(
    ports,
    "claims on ownership could not be settled; they are looked at again",
    () => services.members.settleClaims(),
  );

  return {
    door,
    services,
    gate,
    live,
    licenceDay: createLicenceDay(licensing, {
      clock,
      log: ports.log,
      tell: tellByMail(tellPorts, CATALOGUE),
    }),
    start() {
      scheduler.start();
      sightings.start();
      sweeper.start();
      claims.start();
      sender?.start();
    },
    async stop() {
      await live.stop();
      await idle();
      await scheduler.stop();
      await sightings.stop();
      await sweeper.stop();
      await claims.stop();
      await sender?.stop();
      await keys.idle();
    },
  };
}
