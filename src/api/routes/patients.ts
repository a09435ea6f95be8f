import { createPatient, updatePatient, type PatientInput, type PatientParts } from '../../commands/patients.ts';
import { readPatient } from '../../queries/patients.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { createdReply, ifMatch, pathId, versionedReply } from './versioned-reply.ts';

export const patientRoutes = (parts: PatientParts) =>
  ({
    async createPatient({ caller, body }: ApiRequest<PatientInput>) {
      const id = await createPatient(parts, caller, body);
      return createdReply('/v1/patients', await readPatient(parts, caller, id));
    },
    async readPatient(request: ApiRequest) {
      return versionedReply(await readPatient(parts, request.caller, pathId(request)));
    },
    async updatePatient(request: ApiRequest<PatientInput>) {
      await updatePatient(parts, request.caller, pathId(request), request.body, ifMatch(request));
      return versionedReply(await readPatient(parts, request.caller, pathId(request)));
    },
  }) satisfies Handlers;
