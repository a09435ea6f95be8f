import { createPatient, updatePatient, type PatientInput, type PatientParts } from '../../commands/patients.ts';
import { readPatient } from '../../queries/patients.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { createdReply, ifMatch, pathId, versionedReply } from './versioned-reply.ts';

export const patientRoutes = (parts: PatientParts) => {
  const { db } = parts;
  return {
    async createPatient({ caller, body }: ApiRequest<PatientInput>) {
      const id = await createPatient(db, caller, body);
      return createdReply('/v1/patients', await readPatient(db, caller, id));
    },
    async readPatient(request: ApiRequest) {
      return versionedReply(await readPatient(db, request.caller, pathId(request)));
    },
    async updatePatient(request: ApiRequest<PatientInput>) {
      await updatePatient(parts, request.caller, pathId(request), request.body, ifMatch(request));
      return versionedReply(await readPatient(db, request.caller, pathId(request)));
    },
  } satisfies Handlers;
};
