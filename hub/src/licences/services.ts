import type { ExportSigner } from "../exports/signed-lines.ts";
import type { Member } from "../access/member.ts";
import type { ExportedFile } from "../ports.ts";
import type { LicenceParts } from "./command.ts";
import { coverService, type CoverService } from "./cover.ts";
import { exportHistory } from "./export.ts";
import { guideService, type GuideService } from "./guide-service.ts";
import { operatorLicences, type OperatorLicences } from "./operator-service.ts";
import { memberLicences, type MemberLicences } from "./service.ts";
import { systemLicences, type LicenceFiles, type SystemLicences } from "./systems.ts";

/** Everything that people, programs and the hub's operator may ask of licences. */
export interface LicenceServices extends MemberLicences, SystemLicences, CoverService {
  exportHistory(member: Member, format: "csv" | "json"): Promise<ExportedFile>;
  readonly guide: GuideService;
  readonly operator: OperatorLicences;
}

export const licenceServices = (
  parts: LicenceParts,
  { files, exports }: { readonly files: LicenceFiles; readonly exports: ExportSigner },
): LicenceServices => ({
  ...memberLicences(parts),
  ...systemLicences(parts, files),
  ...coverService(parts),
  exportHistory: ({ orgId }, format) =>
    exportHistory(parts.store.read.licences, exports, { orgId, at: parts.ports.clock.wall(), format }),
  guide: guideService(parts),
  operator: operatorLicences(parts),
});
