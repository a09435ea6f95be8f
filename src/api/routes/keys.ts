/** Rotation of the keys that everything is sealed with, step by step. */
import { checkRunsPlatform } from '../../commands/organizations.ts';
import type { Database } from '../../db/database.ts';
import type { ApiRequest, Handlers } from '../operation.ts';

/** The ledger's own; each step tells how many keys the newest one wraps, of how many. */
export interface RotationSteps {
  stepRoot(): Promise<{ readonly done: number; readonly total: number }>;
  /** Without a step. */
  progressOfRoot(): Promise<{ readonly done: number; readonly total: number }>;
  beginOrganization(organizationId: string): Promise<void>;
  stepOrganization(organizationId: string): Promise<{ readonly done: number; readonly total: number }>;
  progressOfOrganization(organizationId: string): Promise<{ readonly done: number; readonly total: number }>;
}

interface Step {
  readonly of: 'root' | 'patients';
  readonly begin?: boolean;
  readonly dryRun?: boolean;
}

export const keyRoutes = (db: Database, rotation: RotationSteps) =>
  ({
    async rotateKeys({ caller, body: { of, begin, dryRun } }: ApiRequest<Step>) {
      if (of === 'root') {
        await checkRunsPlatform(db, caller);
        return { status: 200, body: { of, ...(await (dryRun ? rotation.progressOfRoot() : rotation.stepRoot())) } };
      }
      if (dryRun)
        return { status: 200, body: { of, ...(await rotation.progressOfOrganization(caller.organizationId)) } };
      if (begin) await rotation.beginOrganization(caller.organizationId);
      return { status: 200, body: { of, ...(await rotation.stepOrganization(caller.organizationId)) } };
    },
  }) satisfies Handlers;
