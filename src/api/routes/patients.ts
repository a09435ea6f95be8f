import { erasePatient, setLegalHold } from '../../commands/erase-patient.ts';
import { createPatient, updatePatient, type PatientInput, type PatientParts } from '../../commands/patients.ts';
import { exportPatient, type ExportParts } from '../../queries/export-patient.ts';
import { readPatient, searchPatients, type PatientSearch } from '../../queries/patients.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { createdReply, ifMatch, pathId, versionedReply } from './versioned-reply.ts';

export const patientRoutes = (parts: PatientParts & ExportParts) =>
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
    async searchPatients({ caller, body }: ApiRequest<PatientSearch>) {
      return { status: 200, body: { items: await searchPatients(parts, caller, body) } };
    },
    async exportPatient(request: ApiRequest) {
      return { status: 200, body: await exportPatient(parts, request.caller, pathId(request)) };
    },
    async erasePatient(request: ApiRequest<{ readonly reason: string }>) {
      const { caller, body } = request;
      return { status: 200, body: await erasePatient(parts, caller, pathId(request), body.reason) };
    },
    async setLegalHold(request: ApiRequest<{ readonly reason: string | null }>) {
      const { caller, body } = request;
      await setLegalHold(parts, caller, pathId(request), body.reason);
      return { status: 200, body: { reason: body.reason } };
    },
  }) satisfies Handlers;
