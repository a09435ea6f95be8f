import { useConnectionName, useLocationName, useProviderName } from './names.ts';

export const ConnectionName = ({ of }: { readonly of: string | null | undefined }) => <>{useConnectionName()(of)}</>;
export const LocationName = ({ of }: { readonly of: string | undefined }) => <>{useLocationName()(of)}</>;
export const ProviderName = ({ of }: { readonly of: string | undefined }) => <>{useProviderName(of)}</>;
