import type { HubStore } from "../store/store.ts";
import { factorServices, type FactorServices } from "./factor-setup.ts";
import { limitedHasher } from "./passwords.ts";
import { passwordServices, type PasswordServices } from "./password-change.ts";
import type { AccountPorts } from "./ports.ts";
import { profileServices, type ProfileServices } from "./profile.ts";
import { registrationServices, type RegistrationServices } from "./registration.ts";
import { sessionServices, type SessionServices } from "./sessions.ts";
import { signInServices, type SignInServices } from "./sign-in.ts";

/** Everything that people do with their own account. */
export type AccountServices = RegistrationServices &
  SignInServices &
  SessionServices &
  FactorServices &
  PasswordServices &
  ProfileServices;

/** Two hashes at once leave two of Node's four pool threads to files and names (security.md B1-S2). */
const HASHES = { atOnce: 2, waiting: 20 };

export function accountServices(ports: AccountPorts, store: HubStore): AccountServices {
  const limited = { ...ports, passwords: limitedHasher(ports.passwords, HASHES) };
  return {
    ...registrationServices(limited, store),
    ...signInServices(limited, store),
    ...sessionServices(limited, store),
    ...factorServices(limited, store),
    ...passwordServices(limited, store),
    ...profileServices(limited, store),
  };
}
