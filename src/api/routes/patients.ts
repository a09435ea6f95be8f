import { createPatient, updatePatient, type PatientInput } from '../../commands/patients.ts';
import type { Database } from '../../db/database.ts';
import { readPatient } from '../../queries/patients.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { createdReply, ifMatch, pathId, versionedReply } from './versioned-reply.ts';

export const patientRoutes = (db: Database) =>
  ({
    async createPatient({ caller, body }: ApiRequest<PatientInput>) {
      const id = await createPatient(db, caller, body);
      return createdReply('/v1/patients', await readPatient(db, caller, id));
    },
    async readPatient(request: ApiRequest) {
      return versionedReply(await readPatient(db, request.caller, pathId(request)));
    },
    async updatePatient(request: ApiRequest<PatientInput>) {
      await updatePatient(db, request.caller, pathId(request), request.body, ifMatch(request));
      return versionedReply(await readPatient(db, request.caller, pathId(request)));
    },
  }) satisfies Handlers;
