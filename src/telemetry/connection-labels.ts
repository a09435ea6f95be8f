/** What every metric of a connection is labelled with. */
export interface MeteredConnection {
  /** Id of the organization; a connection's key is unique in it. */
  readonly organizationId: string;
  readonly key: string;
  readonly adapter: string;
}

export const CONNECTION_LABELS = ['organization', 'connection', 'adapter'] as const;

export const connectionLabels = ({ organizationId, key, adapter }: MeteredConnection) => ({
  organization: organizationId,
  connection: key,
  adapter,
});
