import { OrgId } from "@fyr/protocol";
import { z } from "zod";

export const OrgParams = z.object({ orgId: OrgId });
