/** Erases a patient, for whoever has been asked to. */
import type { Command } from 'commander';
import { callApi, findAccess } from './hub-api.ts';
import { addAccess, print, type HubOptions } from './transactions.ts';

export function addEraseCommand(program: Command): void {
  addAccess(
    program
      .command('erase')
      .description(
        'erase a patient: the key is destroyed, and the ledger keeps ids, times and states only. It cannot be undone; export first (GET /v1/patients/{id}/export). A token of an admin',
      )
      .argument('<patient>', 'the patient’s id')
      .requiredOption('--reason <text>', 'why; kept sealed, as the proof'),
  ).action(erase);
}

async function erase(id: string, options: HubOptions & { readonly reason: string }): Promise<void> {
  const access = await findAccess(options, 'admin');
  const { reason } = options;
  const erasure = await callApi<{ readonly patientId: string; readonly erasedAt: string }>(
    access,
    'POST',
    `/v1/patients/${encodeURIComponent(id)}/erase`,
    { reason },
  );
  print(options.json ? JSON.stringify(erasure) : `patient ${erasure.patientId} was erased at ${erasure.erasedAt}`);
}
