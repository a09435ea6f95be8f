import { XmlRefused } from '#adapter-kit';

/** The reason for which `work` is refused; `taken` when it is not. Anything else that is thrown is thrown on. */
export function refusalOf(work: () => unknown): string {
  try {
    work();
    return 'taken';
  } catch (error) {
    if (error instanceof XmlRefused) return error.reason;
    throw error;
  }
}
